"""The demonstration: a compressed day of calls through the whole line, with simulated posts and a simulated operator."""
