"""What the tests of `siaga_streams` share: a sample decider, and clusters of both kinds to run it on."""
