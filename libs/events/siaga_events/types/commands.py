"""The door `operator.commands`: what an operator asks for. The router judges it.

`by` is who, `on` the id of the decision that they saw (empty before the first).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from siaga_events.event import EventData, Part
from siaga_events.personal import Personal
from siaga_events.types.values import Category, Latitude, Longitude, Priority

__all__ = [
    "AnswerCall",
    "CloseCall",
    "ConfirmCall",
    "CorrectCall",
    "CorrectedPlace",
    "DismissCall",
    "HoldCall",
    "LinkCall",
    "OperatorCommand",
    "RecallCall",
    "TransferCall",
    "UnlinkCall",
]  # fmt: skip


class OperatorCommand(EventData):
    """What every command carries."""

    by: Personal[str] = Field(min_length=1, max_length=200)
    on: str | None = None
    note: Personal[str | None] = Field(default=None, max_length=2000)


class ConfirmCall(OperatorCommand):
    """It is real: send."""


class DismissCall(OperatorCommand):
    """It is not: send nobody."""

    as_type: Literal["prank", "false_report", "dropped", "wrong_number", "test", "silent"] = "prank"


class CorrectedPlace(Part):
    """A place as the operator knows it."""

    kode: str | None = None
    name: Personal[str]
    kecamatan: str | None = None
    lat: Latitude
    lon: Longitude


class CorrectCall(OperatorCommand):
    """Another category, priority or place than the machine found. What is None stays as it is."""

    category: Category | None = None
    priority: Priority | None = None
    place: CorrectedPlace | None = None


class HoldCall(OperatorCommand):
    """I am on it: let the clock stand. Lapses by itself without a further sign of life."""


class AnswerCall(OperatorCommand):
    """Answered on the line, nobody is sent."""


class TransferCall(OperatorCommand):
    """Handed to another number's business."""

    to: str = Field(min_length=1, max_length=200)


class LinkCall(OperatorCommand):
    """It tells of the incident of call `to`."""

    to: str = Field(min_length=1, max_length=200)


class UnlinkCall(OperatorCommand):
    """It is an incident of its own: ask posts for it."""


class RecallCall(OperatorCommand):
    """Those who were sent may turn back."""


class CloseCall(OperatorCommand):
    """It is over."""

    outcome: Literal[
        "emergency", "information", "silent", "prank", "false_report", "dropped", "wrong_number", "test"
    ]
