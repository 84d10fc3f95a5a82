"""Understands a report: category, priority, prank, place."""
