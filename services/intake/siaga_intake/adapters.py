"""Numbers as the world writes them."""

from __future__ import annotations

import phonenumbers

__all__ = ["e164"]

REGION = "ID"


def e164(number: str) -> str | None:
    """`0812 3456 7890` -> `+6281234567890`. None for what can't be a number (too short, letters, short codes).

    A possible number in a range that the numbering plan does not know is kept: plans grow, callers need a call back.
    """
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
