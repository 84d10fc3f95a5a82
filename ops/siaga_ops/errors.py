"""How a command ends before its end."""

__all__ = ["OpsError", "OutputClosed"]


class OpsError(Exception):
    """For the person at the terminal: what happened and what to do. Ends the command with status 1 and this text."""


class OutputClosed(Exception):
    """Nobody reads what the command writes any more. Ends it without a word, and with a shell's status for that, 141.

    No BrokenPipeError: typer ends with status 1 for one.
    """
