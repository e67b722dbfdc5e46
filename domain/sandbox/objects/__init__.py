"""Stripe's documents, one file a noun: pure functions that build the JSON that the API and the events carry."""
