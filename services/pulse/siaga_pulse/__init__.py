"""Pulse: what crosses calls, as advice. A Faust application; nothing waits for it."""
