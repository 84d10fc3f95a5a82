"""`siaga eval`."""
