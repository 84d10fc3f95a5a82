"""The whole system in memory, in virtual time, with seeded faults."""
