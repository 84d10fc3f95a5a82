"""The Faust application: one agent puts calls together, three count. What it keeps stands in changelogs."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias, cast

import faust
import structlog
from pydantic import TypeAdapter, ValidationError
from siaga_events import Codec, DecodeError, Event, EventData, topic
from siaga_events.ids import derived_id

from siaga_pulse.domain.counts import (
    CallerCalls,
    HeardCalls,
    Listed,
    counted,
    counted_caller,
    counted_surge,
    heard,
    is_forgotten,
    listed,
    noted,
)
from siaga_pulse.domain.facts import (
    CallerFact,
    CallSeen,
    Fact,
    IncidentFact,
    LinkFact,
    OldCallerFact,
    SurgeFact,
    facts,
    seen,
)
from siaga_pulse.settings import PulseSettings
from siaga_pulse.transport import CarefulTransport

__all__ = ["INPUTS", "OUTPUTS", "TABLES", "made_app"]

NAME = "pulse"
INPUTS = ("classifications", "routings")
FACTS = ("pulse.by-caller", "pulse.by-kecamatan")
OUTPUTS = ("pulse.callers", "pulse.incidents", "pulse.surges")
TABLES = ("calls", "callers", "incidents", "surges")

log = structlog.get_logger()
Value: TypeAlias = dict[str, Any]

CALL: TypeAdapter[CallSeen] = TypeAdapter(CallSeen)
FACT: TypeAdapter[Fact] = TypeAdapter(Fact)


def made_app(settings: PulseSettings, now: Callable[[], datetime]) -> faust.App:
    """Not started. Its settings are those that were measured; the rest are Faust's own."""
    partitions = settings.partitions
    app = faust.App(
        NAME,
        broker=[f"kafka://{each}" for each in settings.bootstrap.split(",")],
        store="memory://",
        datadir=str(Path(tempfile.gettempdir()) / f"siaga-pulse-{settings.worker_id}"),
        topic_partitions=partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        broker_session_timeout=10,
        broker_heartbeat_interval=2,
        broker_rebalance_timeout=15,
        broker_client_id=f"pulse-{settings.worker_id}",
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        stream_buffer_maxsize=1024,
        web_enabled=False,
        autodiscover=False,
    )
    app.transport = CarefulTransport(app.conf.broker, app, loop=app.loop)
    logging.getLogger("faust").setLevel(logging.WARNING)
    logging.getLogger("mode").setLevel(logging.WARNING)
    _Pulse(app, settings, now).wire()
    return app


@dataclass
class _Pulse:
    app: faust.App
    settings: PulseSettings
    now: Callable[[], datetime]

    def wire(self) -> None:
        app, partitions = self.app, self.settings.partitions
        raw: Value = {
            "key_type": bytes,
            "value_type": bytes,
            "key_serializer": "raw",
            "value_serializer": "raw",
        }
        logs = app.topic(*INPUTS, **raw)
        by_caller, by_kecamatan = (
            app.topic(name, key_type=str, value_serializer="json", partitions=partitions) for name in FACTS
        )
        calls, callers, incidents, surges = (
            app.Table(name, default=dict, partitions=partitions) for name in TABLES
        )
        results = {name: app.topic(name, **raw) for name in OUTPUTS}
        codec = Codec()
        history = timedelta(days=self.settings.history_days)
        window = timedelta(minutes=self.settings.surge_minutes * self.settings.deadline_scale)
        listing = timedelta(hours=self.settings.incident_hours * self.settings.deadline_scale)

        async def publish(name: str, key: str, data: EventData, *cause: object) -> None:
            about = Event(derived_id(name, key, *cause), NAME, key, self.now(), data)
            encoded = codec.encode(about, topic(name))
            await results[name].send(key=encoded.key, value=encoded.value, headers=list(encoded.headers))

        async def put_together(stream: Any) -> None:
            """Both logs of a call, into what is known of it."""
            async for record in stream.events():
                event = _read(codec, record)
                if event is None:
                    continue
                call = event.subject
                before = CALL.validate_python(calls[call])
                after = seen(call, before, event.data, event.time)
                for fact in facts(call, before, after):
                    about = FACT.dump_python(fact, mode="json")
                    if isinstance(fact, CallerFact):
                        sent = await by_caller.send(key=fact.caller, value=about)
                    else:
                        sent = await by_kecamatan.send(key=fact.kecamatan, value=about)
                    await asyncio.shield(
                        sent
                    )  # before the record counts as read; sent also if this is cancelled
                if after != before:
                    calls[call] = CALL.dump_python(after, mode="json")

        async def count_callers(stream: Any) -> None:
            async for each in stream:
                fact = _fact(each)
                if isinstance(fact, CallerFact):
                    known = counted(CallerCalls.model_validate(callers[fact.caller]), fact, history)
                    callers[fact.caller] = known.model_dump(mode="json")
                    await publish(
                        "pulse.callers",
                        fact.caller,
                        counted_caller(fact.caller, known),
                        fact.call,
                        fact.prank,
                    )
                elif isinstance(fact, OldCallerFact) and fact.caller in callers:
                    known = CallerCalls.model_validate(callers[fact.caller])
                    if is_forgotten(known, self.now(), history):  # they may have called meanwhile
                        await results["pulse.callers"].send(key=fact.caller.encode(), value=None)
                        del callers[fact.caller]

        async def forget_callers() -> None:
            """Asks the counter, whose table it is; of a partition that another worker counts too, both ask."""
            for caller, calls_of in list(callers.items()):
                if is_forgotten(CallerCalls.model_validate(calls_of), self.now(), history):
                    about = FACT.dump_python(OldCallerFact(caller), mode="json")
                    await by_caller.send(key=caller, value=about)

        async def count_places(stream: Any) -> None:
            async for each in stream:
                fact = _fact(each)
                if isinstance(fact, IncidentFact | LinkFact):
                    known = noted(Listed.model_validate(incidents[fact.kecamatan]), fact, listing)
                    incidents[fact.kecamatan] = known.model_dump(mode="json")
                    await publish("pulse.incidents", fact.kecamatan, listed(fact.kecamatan, known), fact.call)
                elif isinstance(fact, SurgeFact):
                    calls_now = heard(HeardCalls.model_validate(surges[fact.kecamatan]), fact, window)
                    surges[fact.kecamatan] = calls_now.model_dump(mode="json")
                    await publish(
                        "pulse.surges",
                        fact.kecamatan,
                        counted_surge(fact.kecamatan, calls_now, window),
                        fact.call,
                    )

        agent = cast(Callable[..., Any], app.agent)
        agent(logs, name="put_together")(put_together)
        agent(by_caller, name="count_callers")(count_callers)
        agent(by_kecamatan, name="count_places")(count_places)
        cast(Any, app).timer(self.settings.sweep_minutes * 60)(forget_callers)


def _fact(value: object) -> Fact | None:
    """None for a kind that this release does not know: a newer one may run beside it."""
    try:
        return FACT.validate_python(value)
    except ValidationError as error:
        log.warning("passed over", why=f"a fact of another release: {error.error_count()} errors")
        return None


def _read(codec: Codec, record: Any) -> Event[EventData] | None:
    """The event of a record; None for what this release can't read: advice can do without it."""
    try:
        return codec.decode(record.message.headers or (), record.value)
    except DecodeError as error:
        message = record.message
        log.warning(
            "passed over",
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            why=str(error),
        )
        return None
