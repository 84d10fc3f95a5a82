"""The notifier: tells the posts, and takes their answers."""
