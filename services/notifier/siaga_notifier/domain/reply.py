"""How a post's answer is read: a button's payload, or words such as "OK 4821" and "TDK 4821 mobil rusak"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Answer", "alarm_number_in", "button_payload", "read_answer", "read_button"]

Meaning: TypeAlias = Literal["accepted", "declined", "read", "en_route", "on_scene", "finished"]

_MEANINGS: dict[Meaning, tuple[str, ...]] = {
    "declined": ("tdk", "tidak", "tolak", "ga bisa", "gak bisa", "nggak", "tdk bisa", "no"),
    "finished": ("selesai", "sls"),
    "on_scene": ("tiba", "sampai", "di tkp", "di lokasi"),
    "en_route": ("berangkat", "otw", "meluncur", "jalan"),
    "accepted": ("ok", "oke", "siap", "terima", "ya", "bisa"),
    "read": ("diterima", "86", "8.6", "monitor", "dibaca"),
}
"""Longer words first where one begins with another; "diterima" means read, not coming."""
_OUTCOMES = ("ditangani", "dirujuk", "nihil", "palsu", "batal")
_BUTTONS: dict[str, Meaning] = {"TERIMA": "accepted", "TOLAK": "declined"}
_NUMBER = re.compile(r"\b([1-9][0-9]{3})\b")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a post means, and the words after it (a refusal's reason, how it ended)."""

    meaning: Meaning
    rest: str | None = None


def alarm_number_in(text: str) -> str | None:
    """The alarm's number in an answer, if there is exactly one."""
    found = set(_NUMBER.findall(text))
    return found.pop() if len(found) == 1 else None


def button_payload(answer: Literal["TERIMA", "TOLAK"], alarm_id: str) -> str:
    return f"{answer}:{alarm_id}"


def read_button(payload: str) -> tuple[Answer, str] | None:
    """The answer and the alarm's id, None for a payload that is not ours."""
    word, _, alarm_id = payload.partition(":")
    if word not in _BUTTONS or not alarm_id:
        return None
    return Answer(_BUTTONS[word]), alarm_id


def read_answer(text: str) -> Answer | None:
    """None for what no rule reads: an operator must."""
    words = _NUMBER.sub(" ", text.lower())
    words = " ".join(re.sub(r"[^\w.]+", " ", words).split())
    for meaning, starts in _MEANINGS.items():
        for start in starts:
            if words == start or words.startswith(start + " "):
                rest = words[len(start) :].strip()
                if meaning == "accepted" and _takes_it_back(rest):
                    return None
                return Answer(meaning, rest or None)
    return None


def _takes_it_back(rest: str) -> bool:
    return any(word in ("tidak", "tdk", "tapi", "belum", "nggak", "gak") for word in rest.split())
