"""Every field that can tell who somebody is, what they said or how they are is marked Personal."""

from __future__ import annotations

import re

import pytest
from pydantic import BaseModel
from siaga_events import Part, Personal, personal_fields
from siaga_events.registry import registry
from siaga_events.shape import parts_of, spelled
from siaga_events.types import AlarmRaised, CallClassified, DeadLettered

TELLING = re.compile(
    r"caller|number|phone|recipient|contact|^to$|_to$|name|address|^by$|_by$|who|words|narrative|text|note|message"
    r"|why|detail|outcome|reply|payload|parameters|heard|said|evidence|errors|patient|victim|health|condition|value|key"
)
"""Names of fields that can hold a person's number, name, words or health."""

MODELS: dict[str, type[BaseModel]] = {
    model.__name__: model for t in registry().types.values() for model in (t, *parts_of(t))
}

PROVIDER = "a provider's error code and title; the adapter passes on nothing else"
MACHINE = "a sentence of the machine's own, from a fixed set and numbers"
PUBLIC = "a public post, as the directory has it; a supervisor's entry names the office"
GAZETTEER = "a place's name from the gazetteer; what was said of it is in `text`"
NOT_PERSONAL: dict[str, str] = {
    "CallClassified.heard": "ids of reports",
    "AlarmRaised.number": "digits of the alarm's id, no telephone number",
    "CallTransferred.to": "an agency or its public number",
    "LinkCall.to": "the id of a call",
    "TransferCall.to": "an agency or its public number",
    "Report.transfer_to": "an agency or its public number",
    "Place.name": GAZETTEER,
    "Alternative.name": GAZETTEER,
    "PostRef.name": PUBLIC,
    "PostRegistered.name": PUBLIC,
    "PostRegistered.address": PUBLIC,
    "Slot.name": "a role's name in the response plan",
    "Excluded.why": MACHINE,
    "SupervisorCalled.why": MACHINE,
    "CommandRefused.why": MACHINE,
    "DeskAsked.why": MACHINE,
    "AlarmWithdrawn.why": MACHINE,
    "AlarmUndeliverable.why": PROVIDER,
    "AttemptFailed.why": PROVIDER,
    "AttemptLost.why": PROVIDER,
    "MessageProgressed.why": PROVIDER,
    "StatusReceived.why": PROVIDER,
    "StatusReported.errors": PROVIDER,
    "CallClosed.outcome": "one of CloseCall's words, or the machine's",
    "ReplyReported.payload": "the payload of our own button",
    "ReplyReceived.payload": "the payload of our own button",
}
"""Fields with a telling name that are not personal, each with the reason."""


def telling_fields() -> dict[str, tuple[type[BaseModel], str]]:
    """Free text under a telling name. Numbers, closed sets of words and parts (checked by themselves) are none."""
    return {
        f"{model.__name__}.{name}": (model, name)
        for model in MODELS.values()
        for name, field in model.model_fields.items()
        if TELLING.search(name) and "text" in re.split(r"[ \[\],]+", spelled(field.annotation))
    }


@pytest.mark.parametrize("where", sorted(telling_fields()))
def test_a_telling_field_is_personal_or_says_why_not(where: str) -> None:
    model, name = telling_fields()[where]
    marked = name in personal_fields(model)
    assert marked != (where in NOT_PERSONAL), "mark it Personal[...], or give the reason in NOT_PERSONAL"


def test_every_exception_is_a_field_that_exists() -> None:
    assert set(NOT_PERSONAL) <= set(telling_fields())


def test_who_gave_a_command_is_always_personal() -> None:
    by = [model for model in MODELS.values() if "by" in model.model_fields]
    assert len(by) > 10
    assert [m.__name__ for m in by if "by" not in personal_fields(m)] == []


def test_parts_inside_are_found() -> None:
    assert {"report.caller", "report.words", "report.place.text", "evidence.words"} <= personal_fields(
        CallClassified
    )
    assert {"to", "message.parameters"} <= personal_fields(AlarmRaised)
    assert "headers" in personal_fields(DeadLettered)


class Inner(Part):
    """A part with one personal field."""

    number: Personal[str]
    step: int


class Outer(Part):
    """All the ways to hold a part or a personal value."""

    plain: str
    maybe: Personal[str | None] = None
    inner: Inner | None = None
    listed: tuple[Inner, ...] = ()
    mapped: dict[str, Inner] = {}
    pairs: tuple[tuple[str, Personal[str]], ...] = ()


def test_a_mark_is_found_wherever_it_stands() -> None:
    assert personal_fields(Outer) == {"maybe", "inner.number", "listed.number", "mapped.number", "pairs"}


def test_a_mark_changes_nothing_in_the_json() -> None:
    assert Inner(number="1", step=2).model_dump_json() == '{"number":"1","step":2}'
