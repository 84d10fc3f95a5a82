"""The catalogue, the registry and the types say the same."""

from __future__ import annotations

import inspect
import re

import pytest
from pydantic import BaseModel, ValidationError
from siaga_events import CATALOGUE, EventData, Part, Topic, TopicKind, topic, types
from siaga_events.registry import TYPES_BY_TOPIC, registry
from siaga_events.shape import parts_of, topics_of

TYPES = list(registry().types.values())
PARTS = sorted({part for t in TYPES for part in parts_of(t)}, key=lambda part: part.__name__)
MANY_LOGS = {types.CauseFailed}
"""Types that several topics hold; any other has one home."""

each_type = pytest.mark.parametrize("event_type", TYPES, ids=lambda t: t.__name__)
each_model = pytest.mark.parametrize("model", [*TYPES, *PARTS], ids=lambda t: t.__name__)
each_topic = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda t: t.name)


def all_subclasses(cls: type[EventData]) -> set[type[EventData]]:
    return {cls} | {deeper for sub in cls.__subclasses__() for deeper in all_subclasses(sub)}


def test_every_topic_has_types_and_every_type_a_topic() -> None:
    assert set(TYPES_BY_TOPIC) == set(CATALOGUE)
    assert [name for name, held in TYPES_BY_TOPIC.items() if not held] == []


def test_every_event_class_of_the_package_stands_in_a_topic() -> None:
    leaves = {
        c
        for c in all_subclasses(EventData)
        if c.__module__.startswith("siaga_events.types") and not c.__subclasses__()
    }
    assert leaves == set(TYPES)


def test_no_two_classes_share_a_type_name() -> None:
    assert len({c for held in TYPES_BY_TOPIC.values() for c in held}) == len(registry().types)
    assert len({t.__name__ for t in [*TYPES, *PARTS]}) == len([*TYPES, *PARTS])


@each_type
def test_a_type_has_one_home(event_type: type[EventData]) -> None:
    homes = topics_of(event_type, TYPES_BY_TOPIC, CATALOGUE)
    if event_type in MANY_LOGS:
        assert {home.kind for home in homes} == {TopicKind.LOG}
    else:
        assert len(homes) == 1


@each_type
def test_a_type_is_named_as_the_catalogue_asks(event_type: type[EventData]) -> None:
    assert issubclass(event_type, EventData)
    assert re.fullmatch(r"siaga112\.([A-Z][a-z]+)+\.v[1-9][0-9]*", event_type.type_name())
    assert getattr(types, event_type.__name__) is event_type, "export it in __all__"


@each_model
def test_a_model_is_frozen(model: type[BaseModel]) -> None:
    assert issubclass(model, Part)
    assert model.model_config["frozen"] is True
    assert model.model_config["extra"] == "ignore"
    name = next(iter(model.model_fields), "anything")
    with pytest.raises(ValidationError, match="frozen"):
        setattr(model.model_construct(), name, None)


@each_model
def test_a_model_says_what_it_means(model: type[BaseModel]) -> None:
    assert len((inspect.getdoc(model) or "").split()) >= 3
    assert model.__doc__ is not None, "a docstring of its own, not its parent's"


@each_topic
def test_a_topic_says_who_writes_it_and_how(entry: Topic) -> None:
    assert re.fullmatch(r"[a-z]+([.-][a-z]+)*", entry.name)
    assert entry.owner
    assert entry.key
    assert CATALOGUE[entry.name] is entry is topic(entry.name)


@each_topic
def test_nothing_that_is_evidence_is_deleted_or_compacted(entry: Topic) -> None:
    config = entry.config()
    assert (config["retention.ms"], config["retention.bytes"]) == ("-1", "-1")
    assert config["cleanup.policy"] == ("compact" if entry.kind is TopicKind.VIEW else "delete")
    assert int(config["max.message.bytes"]) > entry.max_bytes, "room for key and headers"


@each_topic
def test_all_topics_keyed_by_call_have_the_same_count(entry: Topic) -> None:
    if entry.key == "call":
        assert entry.partition_count(7) == 7
    if entry.kind is TopicKind.DIRECTORY:
        assert entry.partition_count(7) == 1, "its offset is its version"


def test_a_refused_record_of_any_door_fits_a_dead_letter() -> None:
    """Base64 makes 4 bytes of 3, headers come with it, and the letter's own fields want some room."""
    doors = [
        t
        for t in CATALOGUE.values()
        if t.kind is TopicKind.DOOR and t.name in ("gateway.calls", "gateway.receipts")
    ]
    for entry in [
        *doors,
        topic("operator.commands"),
        *(t for t in CATALOGUE.values() if t.kind is TopicKind.LOG),
    ]:
        largest = int(entry.config()["max.message.bytes"])
        assert largest * 4 / 3 + 64 * 1024 < topic("dead-letters").max_bytes


def test_an_unknown_topic_is_told_what_there_is() -> None:
    with pytest.raises(KeyError, match=r"no topic 'callz'.*gateway\.calls"):
        topic("callz")
