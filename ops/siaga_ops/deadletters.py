"""`siaga deadletters`: records that no machine could handle. A human reads them, feeds them again, or settles them."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from siaga_events import Event, EventData, TopicKind, topic
from siaga_events.codec import header
from siaga_events.ids import derived_id
from siaga_events.types import CauseRetried, DeadLettered, DeadLetterResolved, DeadLetterRetried
from siaga_streams.backend import OutRecord

from siaga_ops.client import Client
from siaga_ops.errors import OpsError

__all__ = ["Letter", "Letters", "find", "read_letters", "resolve", "retry"]

SOURCE = "siaga deadletters"


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter and what became of it."""

    id: str
    at: datetime
    data: DeadLettered
    state: str = "open"
    retries: int = 0

    @property
    def text(self) -> str:
        """The raw value, as far as it is text."""
        return b64decode(self.data.value or "").decode(errors="replace")

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        return [(name, b64decode(value)) for name, value in self.data.headers]


class Letters:
    """All letters by id, oldest first. The same record refused twice is one letter."""

    def __init__(self) -> None:
        self.by_id: dict[str, Letter] = {}

    def take(self, event: Event[EventData]) -> None:
        """An event of `dead-letters`."""
        match event.data:
            case DeadLettered() as data:
                self.by_id.setdefault(str(event.id), Letter(str(event.id), event.time, data))
            case DeadLetterRetried(dead_letter=identity) if identity in self.by_id:
                letter = self.by_id[identity]
                self.by_id[identity] = replace(letter, state="retried", retries=letter.retries + 1)
            case DeadLetterResolved(dead_letter=identity) if identity in self.by_id:
                self.by_id[identity] = replace(self.by_id[identity], state="resolved")
            case _:
                return

    @property
    def open(self) -> int:
        """How many nobody has dealt with."""
        return sum(letter.state == "open" for letter in self.by_id.values())


async def read_letters(client: Client) -> dict[str, Letter]:
    letters = Letters()
    for _, event in await client.read(["dead-letters"]):
        letters.take(event)
    return letters.by_id


def find(letters: dict[str, Letter], identity: str) -> Letter:
    """By its id or the beginning of it. Raises OpsError if none or several fit."""
    found = [letter for key, letter in letters.items() if key.startswith(identity)]
    if len(found) != 1:
        raise OpsError(
            f"{len(found)} dead letters begin with {identity!r}; `siaga deadletters list` shows them"
        )
    return found[0]


async def retry(client: Client, letter: Letter, by: str) -> str:
    """Feed a record again; gives where it went.

    What came in at a relay's door goes there again as it was. What broke a decider's decision goes to the topic
    `retries`, since nobody but its owner may write to a log; the decider takes it as a new cause.
    """
    done = _event(letter, DeadLetterRetried(dead_letter=letter.id, by=by), f"retry {letter.retries}")
    call = header(letter.headers, "ce_subject")
    name = letter.data.topic
    is_decider = letter.data.service in ("classifier", "router", "notifier")
    if is_decider and letter.data.value is not None and call and "#" not in name:
        retried = CauseRetried(
            service=letter.data.service,
            dead_letter=letter.id,
            by=by,
            value=letter.data.value,
            headers=letter.data.headers,
        )
        event = replace(_event(letter, retried, f"cause {letter.retries}"), subject=call)
        await client.publish("retries", [event])
        await client.publish("dead-letters", [done])
        return f"retries, for the {letter.data.service}"
    if is_decider or topic(name).kind is not TopicKind.DOOR:
        raise OpsError(
            "this one can't be fed again: it was no record. Settle it with `siaga deadletters resolve`."
        )
    key = None if letter.data.key is None else b64decode(letter.data.key)
    value = None if letter.data.value is None else b64decode(letter.data.value)
    publisher = await client.backend.publisher()
    await publisher.publish([OutRecord(name, key, value, letter.headers)])
    await client.publish("dead-letters", [done])
    return name


async def resolve(client: Client, letter: Letter, by: str, note: str) -> None:
    """A human dealt with it."""
    resolved = DeadLetterResolved(dead_letter=letter.id, by=by, note=note)
    await client.publish("dead-letters", [_event(letter, resolved, "resolve")])


def _event(letter: Letter, data: EventData, what: str) -> Event[EventData]:
    return Event(derived_id(SOURCE, letter.id, what), SOURCE, letter.id, datetime.now(UTC), data)
