"""Whose phone a number is, from the posts' files: WhatsApp knows no directory, but a person at the page wants names."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter
from siaga_events.types import PostRegistered

from siaga_ops.sandbox.phones import digits

__all__ = ["read_names"]


def read_names(folder: Path) -> dict[str, str]:
    """A post's name by its number's digits; none without the folder. Raises ValueError for a file that is no list of posts."""
    posts = TypeAdapter(list[PostRegistered])
    return {
        digits(contact.number): post.name
        for path in sorted(folder.glob("*.json"))
        for post in posts.validate_json(path.read_bytes())
        for contact in post.contacts
    }
