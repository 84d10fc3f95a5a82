"""The catalogue of topics. They are made by `siaga topics create`, never by auto-creation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CATALOGUE", "DEFAULT_PARTITIONS", "WORKING", "Topic", "TopicKind", "topic"]

DEFAULT_PARTITIONS = 12
MIB = 1024 * 1024
WORKING_DAYS = 7


class TopicKind(StrEnum):
    """What a topic is, which says who may write to it and whether an event may stand in it twice."""

    DOOR = "door"
    """Many writers, anything may come in."""
    REKEYED = "re-keyed"
    """Written by a relay: the same event may stand in it twice with one id."""
    LOG = "log"
    """One owner, appended behind a fence, no doubles; the owner's state is its fold."""
    DIRECTORY = "directory"
    """One partition, so that its offset is its version."""
    VIEW = "view"
    """Compacted results of the advisory views; may be off, may be lost."""
    WORKING = "working"
    """What the views themselves work with."""


@dataclass(frozen=True, slots=True)
class Topic:
    """`partitions` None means the count that all topics keyed by call share.

    `max_bytes` is the largest record; `owner` is the service that writes it, or who does at a door.
    """

    name: str
    kind: TopicKind
    key: str
    owner: str
    partitions: int | None = None
    max_bytes: int = 2 * MIB
    compacted: bool = False

    def partition_count(self, call_keyed: int = DEFAULT_PARTITIONS) -> int:
        return call_keyed if self.partitions is None else self.partitions

    def config(self) -> dict[str, str]:
        """The broker's settings of this topic. Nothing that is evidence is deleted or compacted."""
        passing = self.kind is TopicKind.WORKING and not self.compacted
        return {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": str(WORKING_DAYS * 24 * 3_600_000) if passing else "-1",
            "retention.bytes": "-1",
            "max.message.bytes": str(self.max_bytes + 64 * 1024),
            "message.timestamp.type": "CreateTime",
        }


CATALOGUE: dict[str, Topic] = {
    t.name: t
    for t in (
        Topic("gateway.calls", TopicKind.DOOR, "the gateway's choice", "phone gateways", max_bytes=MIB),
        Topic("calls", TopicKind.REKEYED, "call", "intake"),
        Topic("classifications", TopicKind.LOG, "call", "classifier"),
        Topic("routings", TopicKind.LOG, "call", "router"),
        Topic("notifications", TopicKind.LOG, "call", "notifier"),
        Topic("operator.commands", TopicKind.DOOR, "call", "operators", max_bytes=MIB),
        Topic(
            "gateway.receipts", TopicKind.DOOR, "the provider's message", "provider webhooks", max_bytes=MIB
        ),
        Topic("receipts", TopicKind.REKEYED, "call", "notifier"),
        Topic("posts", TopicKind.DIRECTORY, "post", "siaga posts", partitions=1),
        Topic("pulse.callers", TopicKind.VIEW, "caller", "pulse", compacted=True),
        Topic("pulse.incidents", TopicKind.VIEW, "kecamatan", "pulse", compacted=True),
        Topic("pulse.surges", TopicKind.VIEW, "kecamatan", "pulse", compacted=True),
        Topic("retries", TopicKind.DOOR, "call", "siaga deadletters retry", max_bytes=2_900_000),
        Topic("dead-letters", TopicKind.DOOR, "refused record", "every door", max_bytes=4 * MIB),
    )
}

WORKING: dict[str, Topic] = {
    t.name: t
    for t in (
        Topic("pulse.by-caller", TopicKind.WORKING, "caller", "pulse"),
        Topic("pulse.by-kecamatan", TopicKind.WORKING, "kecamatan", "pulse"),
        Topic("pulse-calls-changelog", TopicKind.WORKING, "call", "pulse", compacted=True),
        Topic("pulse-callers-changelog", TopicKind.WORKING, "caller", "pulse", compacted=True),
        Topic("pulse-incidents-changelog", TopicKind.WORKING, "kecamatan", "pulse", compacted=True),
        Topic("pulse-surges-changelog", TopicKind.WORKING, "kecamatan", "pulse", compacted=True),
    )
}
"""What Faust re-keys into and rebuilds its tables from, in its own format: nobody else reads them."""


def topic(name: str) -> Topic:
    """The entry of either list; KeyError names what the catalogue has."""
    try:
        return CATALOGUE.get(name) or WORKING[name]
    except KeyError:
        raise KeyError(f"no topic {name!r} in the catalogue; there are: {', '.join(CATALOGUE)}") from None
