"""The router: who is asked, what waits for a human, and when a call is over."""
