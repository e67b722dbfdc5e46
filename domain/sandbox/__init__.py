"""Stand-ins for Stripe's HTTP API and for a mail server: small servers of their own, for the demo and the tests."""
