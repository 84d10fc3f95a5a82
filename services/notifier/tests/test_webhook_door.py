"""The webhook's door keeps what it can't read, whatever it is."""

from __future__ import annotations

import json

import pytest
from siaga_events import Codec
from siaga_notifier.api import _record
from siaga_notifier.webhooks import Unreadable
from siaga_streams.clock import SystemClock


@pytest.mark.parametrize("value", [10**20, -(10**40), 1.5, None, "teks", [10**20]])
def test_an_item_that_cannot_be_read_is_a_dead_letter_whatever_it_holds(value: object) -> None:
    record = _record(Codec(), Unreadable({"timestamp": value}, "timestamp: too large"), SystemClock())
    assert record.topic == "dead-letters"
    assert record.value is not None
    again = _record(Codec(), Unreadable({"timestamp": value}, "timestamp: too large"), SystemClock())
    assert dict(again.headers)["ce_id"] == dict(record.headers)["ce_id"], "the same item twice is one letter"
    assert "too large" in json.dumps(json.loads(record.value))
