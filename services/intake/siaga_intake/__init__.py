"""Intake: what gateways say of calls, made uniform and re-keyed by call. Without a state of its own."""
