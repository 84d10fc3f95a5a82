"""The operator's desk in a terminal: the live inbox, and the commands."""
