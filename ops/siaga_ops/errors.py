"""An error for the person at the terminal: what happened and what to do."""

__all__ = ["OpsError"]


class OpsError(Exception):
    """Ends the command with status 1 and this text."""
