"""What the classifier decides: pure, without clock, randomness or I/O after loading."""
