"""Our records and those of the CloudEvents SDK are the same format."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from siaga_events import Codec, DecodeError
from siaga_events.golden import Golden, folder, load_all
from siaga_events.registry import registry
from siaga_events.types import CallReported

GOLDENS = [g for g in load_all(folder(Path(__file__).parents[3])) if g.type_name in registry().types]
each_golden = pytest.mark.parametrize("golden", GOLDENS, ids=lambda g: g.path.stem)


def gateway_event() -> CloudEvent:
    """What a phone gateway would make with the SDK."""
    return CloudEvent(
        attributes={
            "specversion": "1.0",
            "id": "1622513647.42-1",
            "source": "pbx.lampungbarat",
            "type": "siaga112.CallReported.v1",
            "time": datetime(2021, 6, 1, 2, 14, 38, tzinfo=UTC),
            "datacontenttype": "application/json",
            "partitionkey": "1622513647.42",
        },
        data={"reference": "1622513647.42", "started_at": "2021-06-01T02:14:07Z", "narrative": "kebakaran"},
    )


@each_golden
def test_the_sdk_reads_what_we_write(golden: Golden) -> None:
    event = Codec().decode(*golden.record())
    encoded = Codec().encode(event)
    read = from_kafka(KafkaMessage(dict(encoded.headers), encoded.key, encoded.value), JSONFormat())
    assert read.get_id() == str(event.id)
    assert read.get_source() == event.source
    assert read.get_type() == event.type
    assert read.get_subject() == event.subject
    assert read.get_time() == event.time
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("correlationid") == event.correlation_id
    assert read.get_extension("traceparent") == event.traceparent
    assert read.get_extension("partitionkey") == event.subject
    assert read.get_data() == orjson.loads(encoded.value)


@each_golden
def test_we_read_what_the_sdk_writes_again(golden: Golden) -> None:
    event = Codec().decode(*golden.record())
    encoded = Codec().encode(event)
    read = from_kafka(KafkaMessage(dict(encoded.headers), encoded.key, encoded.value), JSONFormat())
    written = to_binary(read, JSONFormat())
    assert Codec().decode(list(written.headers.items()), written.value) == event


def test_we_read_a_gateway_that_uses_the_sdk() -> None:
    message = to_binary(gateway_event(), JSONFormat())
    event = Codec().decode(list(message.headers.items()), message.value)
    assert event.source == "pbx.lampungbarat"
    assert event.time == datetime(2021, 6, 1, 2, 14, 38, tzinfo=UTC)
    assert isinstance(event.data, CallReported)
    assert event.data.narrative == "kebakaran"


def test_a_structured_message_of_the_sdk_is_refused_with_advice() -> None:
    message = to_structured(gateway_event(), JSONFormat())
    with pytest.raises(DecodeError, match="send binary mode"):
        Codec().decode(list(message.headers.items()), message.value)
