"""The desk and the stories of its calls."""
