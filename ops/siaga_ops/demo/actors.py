"""Who plays along: a phone gateway, posts that answer (most of them), an operator who settles some held calls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from siaga_events.types import (
    AnswerCall,
    CallEnded,
    CallReported,
    ConfirmCall,
    CorrectCall,
    DismissCall,
    OperatorCommand,
    TransferCall,
    WordsAdded,
)
from siaga_streams.backend import Unavailable

from siaga_ops.client import Client
from siaga_ops.demo.day import DayCall
from siaga_ops.errors import OpsError
from siaga_ops.operator.commands import give, place_of
from siaga_ops.reporting import gateway_event
from siaga_ops.stories import CallStory

__all__ = ["GATEWAY", "Gateway", "Operator", "Posts"]

GATEWAY = "//pbx.demo/1"
OPERATOR = "operator-demo"
RETRY_SECONDS = 0.5


async def _until_taken(say: Callable[[], Awaitable[object]]) -> None:
    """Who is not heard while a broker restarts says it again."""
    while True:
        try:
            await say()
            return
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)


@dataclass
class Gateway:
    """Reports calls as a telephone exchange would, by both doors in turn: Kafka and HTTP."""

    client: Client
    intake_url: str
    token: str
    scale: float
    """Seconds of the demonstration for a second of a call."""
    sent: dict[str, datetime] = field(default_factory=dict)
    """When each call was reported, by the gateway's reference."""

    async def play(self, call: DayCall, number: int, http: httpx.AsyncClient) -> None:
        """The report, its follow-up and its end, each at its time."""
        started = datetime.now(UTC)
        report = CallReported(
            reference=call.reference,
            started_at=started,
            caller=call.caller,
            narrative=call.narrative,
            lat=call.lat,
            lon=call.lon,
        )
        self.sent[call.reference] = started
        await self._say(report, "/v1/calls", number, http)
        moments: list[tuple[float, WordsAdded | CallEnded, str]] = []
        if call.follow_up is not None:
            words = WordsAdded(
                reference=call.reference, started_at=started, narrative=call.follow_up.narrative
            )
            moments.append((call.follow_up.after_seconds, words, "/v1/calls/words"))
        after = timedelta(seconds=call.ended_after_seconds * self.scale)
        ended = CallEnded(reference=call.reference, started_at=started, ended_at=started + after)
        moments.append((call.ended_after_seconds, ended, "/v1/calls/ended"))
        for seconds, said, path in sorted(moments, key=lambda m: m[0]):
            await asyncio.sleep(
                max(0.0, (started - datetime.now(UTC)).total_seconds() + seconds * self.scale)
            )
            await self._say(said, path, number, http)

    async def _say(
        self, said: CallReported | WordsAdded | CallEnded, path: str, number: int, http: httpx.AsyncClient
    ) -> None:
        if number % 2:
            event = gateway_event(said, GATEWAY)
            await _until_taken(lambda: self.client.publish("gateway.calls", [event]))
            return
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = said.model_dump_json()
        while True:  # a gateway that gets no 202 says it again
            try:
                response = await http.post(f"{self.intake_url}{path}", content=body, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if response.status_code == 202:
                return
            if response.status_code < 500:
                raise OpsError(f"intake refused a call of the day: {response.status_code} {response.text}")
            await asyncio.sleep(0.5)


@dataclass
class Posts:
    """Answers on the sandbox's phones. Every sixth duty alarm gets no answer, every tenth a refusal."""

    sandbox_url: str
    pause_seconds: float
    seen: int = 0
    read: set[str] = field(default_factory=set)
    duty: int = 0
    received: dict[str, datetime] = field(default_factory=dict)
    """When the provider had the first message about an alarm, by the alarm's id."""

    async def answer(self, http: httpx.AsyncClient) -> None:
        """For ever: read what came to the phones, and answer after a moment."""
        async with asyncio.TaskGroup() as answers:
            await self._listen(http, answers)

    async def _listen(self, http: httpx.AsyncClient, answers: asyncio.TaskGroup) -> None:
        while True:
            try:
                response = await http.get(
                    f"{self.sandbox_url}/_sandbox/messages", params={"since": self.seen}
                )
            except httpx.HTTPError:  # it is started again, and has forgotten what it had
                self.seen = 0
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for message in response.json()["messages"]:
                self.seen = max(self.seen, message["seq"])
                if message["wamid"] is None or message["wamid"] in self.read:
                    continue
                self.read.add(message["wamid"])
                alarm = (message.get("biz_opaque_callback_data") or "").partition("/")[0]
                self.received.setdefault(alarm, datetime.fromisoformat(message["at"]))
                for say in self._plan(message):
                    answers.create_task(self._say(http, message, *say))
            await asyncio.sleep(0.1)

    def _plan(self, message: dict[str, object]) -> list[tuple[float, dict[str, object]]]:
        """What is said, and after how many pauses."""
        buttons = {b["text"]: b["payload"] for b in message.get("buttons") or []}  # type: ignore[attr-defined]
        if "TERIMA" not in buttons or "tugas utama" not in str(message["text"]):
            return []
        self.duty += 1
        if self.duty % 6 == 0:
            return []
        if self.duty % 10 == 0:
            return [(1.0, {"text": "TDK mobil rusak", "quote": True})]
        return [
            (1.0, {"button": buttons["TERIMA"]}),
            (3.0, {"text": "BERANGKAT", "quote": True}),
            (8.0, {"text": "SELESAI ditangani", "quote": True}),
        ]

    async def _say(
        self, http: httpx.AsyncClient, message: dict[str, object], pauses: float, said: dict[str, object]
    ) -> None:
        await asyncio.sleep(pauses * self.pause_seconds)
        body = {k: v for k, v in said.items() if k != "quote"} | {"message_id": message["wamid"]}
        with contextlib.suppress(httpx.HTTPError):  # a phone that loses its network answers too late or never
            await http.post(f"{self.sandbox_url}/_sandbox/phones/{message['number']}/reply", json=body)


@dataclass
class Operator:
    """Knows what each call really is, and settles three of four held calls; the rest runs into its deadline."""

    client: Client
    gazetteer: Path
    truths: dict[str, DayCall]
    pause_seconds: float
    seen: set[str] = field(default_factory=set)

    async def look(self, stories: Callable[[], list[CallStory]]) -> None:
        """For ever: see what is held, and act after a moment."""
        async with asyncio.TaskGroup() as acting:
            await self._look(stories, acting)

    async def _look(self, stories: Callable[[], list[CallStory]], acting: asyncio.TaskGroup) -> None:
        while True:
            for story in stories():
                if story.held is None or story.decision is None or story.decision in self.seen:
                    continue
                self.seen.add(story.decision)
                if (command := self._command(story)) is not None:
                    acting.create_task(self._act(story.id, command))
            await asyncio.sleep(0.1)

    async def _act(self, call: str, command: OperatorCommand) -> None:
        await asyncio.sleep(self.pause_seconds)
        await _until_taken(lambda: give(self.client, call, command))

    def _command(self, story: CallStory) -> OperatorCommand | None:
        call = self.truths.get(story.reference or "")
        if call is None or story.held is None or len(self.seen) % 4 == 0:
            return None
        truth, seen = call.truth, story.decision
        match story.held.reason:
            case "answer":
                return AnswerCall(by=OPERATOR, on=seen)
            case "transfer":
                return TransferCall(by=OPERATOR, on=seen, to=story.held.detail or "layanan terkait")
            case "silent":
                return None  # nobody can be asked; the supervisor hears of it
            case _ if truth.prank or truth.category == "none":
                return DismissCall(by=OPERATOR, on=seen)
            case _ if truth.category == "information":
                return AnswerCall(by=OPERATOR, on=seen)
            case _ if truth.place_kode is not None:
                place = place_of(self.gazetteer, truth.place_kode, None, None)
                return CorrectCall(
                    by=OPERATOR, on=seen, category=truth.category, priority=truth.priority, place=place
                )
            case _:
                return ConfirmCall(by=OPERATOR, on=seen)
