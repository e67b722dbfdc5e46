"""Every step of every verb, and what may go wrong at it: one run a fault, with all jobs held at their steps at once."""
