"""How good the machine's decisions are: against labelled reports, and against its operators in the logs."""
