"""The other frameworks, each with a lock file and an environment of its own."""
