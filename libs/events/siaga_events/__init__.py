"""The public contract of Siaga 112: event types, topics, codec and ids.

Start with `topics` (where things stand), `types` (what happens), `codec` (how it is written).
"""

from siaga_events.codec import Codec, DecodeError, Encoded, TooLarge, UnknownType, UnknownVersion
from siaga_events.event import CausePosition, Event, EventData, Part
from siaga_events.personal import Personal, personal_fields
from siaga_events.topics import CATALOGUE, DEFAULT_PARTITIONS, Topic, TopicKind, topic

__all__ = [
    "CATALOGUE",
    "DEFAULT_PARTITIONS",
    "CausePosition",
    "Codec",
    "DecodeError",
    "Encoded",
    "Event",
    "EventData",
    "Part",
    "Personal",
    "TooLarge",
    "Topic",
    "TopicKind",
    "UnknownType",
    "UnknownVersion",
    "personal_fields",
    "topic",
]
