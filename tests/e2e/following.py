"""What the logs hold, followed while a test runs, so that it can wait for an event instead of for a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from siaga_events import Event, EventData
from siaga_ops.client import Client, Found

__all__ = ["Followed"]

D = TypeVar("D", bound=EventData)
PATIENCE_SECONDS = 120.0


@dataclass
class Followed:
    """Every readable event since this began, in the order in which it was read."""

    found: list[Found] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def of(cls, client: Client, topics: list[str]) -> AsyncIterator[Followed]:
        followed = cls()
        async with client.following(topics) as events:

            async def follow() -> None:
                async for pair in events:
                    followed.found.append(pair)

            followed.task = asyncio.create_task(follow())
            try:
                yield followed
            finally:
                followed.task.cancel()
                await asyncio.gather(followed.task, return_exceptions=True)

    def all(
        self, kind: type[D], call: str | None = None, where: Callable[[D], bool] | None = None
    ) -> list[Event[D]]:
        """Events of one type: of one call, or of all."""
        events: list[Event[D]] = []
        for _, event in self.found:
            data = event.data
            if isinstance(data, kind) and call in (None, event.subject) and (where is None or where(data)):
                events.append(event)  # type: ignore[arg-type]
        return events

    async def first(
        self, kind: type[D], call: str | None = None, where: Callable[[D], bool] | None = None
    ) -> Event[D]:
        """The first event of a type, once it has come."""
        return (await self.count(1, kind, call, where))[0]

    async def count(
        self,
        least: int,
        kind: type[D],
        call: str | None = None,
        where: Callable[[D], bool] | None = None,
    ) -> list[Event[D]]:
        """Events of a type, once so many have come."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE_SECONDS
        while len(found := self.all(kind, call, where)) < least:
            if self.task is not None and self.task.done():
                self.task.result()
            assert loop.time() < end, f"{kind.__name__} never came; {self._told(call)}"
            await asyncio.sleep(0.02)
        return found

    def _told(self, call: str | None) -> str:
        types = [type(e.data).__name__ for _, e in self.found if call in (None, e.subject)]
        return f"there are {Counter(types)}" if call is None else f"call {call} has {types}"
