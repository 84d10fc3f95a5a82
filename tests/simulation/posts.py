"""The people at the posts: what follows, some seconds later, from a message that reached them."""

from __future__ import annotations

import asyncio
from random import Random

from siaga_events.types import ReplyReported, StatusReported
from siaga_notifier.domain.reply import button_payload

from .scenario import Habits
from .world import ProviderRequest, World

__all__ = ["Posts"]

STATUSES = ("sent", "delivered", "read")


class Posts:
    """Answers by button and by text, late, twice and in any order. All of it comes in at `gateway.receipts`."""

    def __init__(self, world: World, habits: Habits, seed: int) -> None:
        self._world = world
        self._habits = habits
        self._rng = Random(f"posts-{seed}")
        self._said = 0

    def receive(self, reached: ProviderRequest) -> None:
        """Take a message; the world calls this for each one that the provider has."""
        self._statuses(reached)
        if reached.request.kind != "alarm":
            return
        way, habits = self._rng.random(), self._habits
        wait = self._rng.uniform(5, 14) if self._rng.random() < habits.slow else self._rng.uniform(0.1, 2.5)
        if way < habits.accept:
            self._accept(reached, wait)
        elif way < habits.accept + habits.decline:
            self._say(reached, wait, *self._declining(reached))
        elif way < habits.accept + habits.decline + habits.read_only:
            self._say(reached, wait, f"86 {_number(reached)}", None)

    def _accept(self, reached: ProviderRequest, wait: float) -> None:
        number = _number(reached)
        first = self._rng.choice(("button", f"OK {number}", f"siap {number}", "ok", f"BERANGKAT {number}"))
        if first == "button":
            self._say(reached, wait, "Terima", button_payload("TERIMA", reached.request.alarm_id))
        else:
            self._say(reached, wait, first, None)
        if self._rng.random() < 0.2:
            self._say(reached, wait + self._rng.uniform(0, 2), f"OK {number}", None)
        later = wait
        for text in ("BERANGKAT", "TIBA", "SELESAI ditangani"):
            if self._rng.random() < 0.5:
                later += self._rng.uniform(0.2, 4)
                self._say(reached, later, f"{text} {number}", None)
        if self._rng.random() < 0.1:
            self._say(reached, later + 0.5, f"TDK {number} mobil rusak", None)

    def _declining(self, reached: ProviderRequest) -> tuple[str, str | None]:
        if self._rng.random() < 0.4:
            return "Tolak", button_payload("TOLAK", reached.request.alarm_id)
        return f"TDK {_number(reached)} mobil rusak", None

    def _say(self, reached: ProviderRequest, wait: float, text: str, payload: str | None) -> None:
        self._said += 1
        message_id = f"wamid.in.{self._said}"
        reply_to = reached.message_id if self._rng.random() < 0.6 else None
        times = 2 if self._rng.random() < 0.15 else 1

        def arrive() -> None:
            data = ReplyReported(
                provider="whatsapp",
                message_id=message_id,
                at=self._world.log.clock.now(),
                number=reached.request.to,
                text=None if payload else text,
                payload=payload,
                reply_to=reply_to,
            )
            for _ in range(times):
                self._world.publish("gateway.receipts", "//whatsapp", data, message_id)

        asyncio.get_running_loop().call_later(wait, arrive)

    def _statuses(self, reached: ProviderRequest) -> None:
        names = list(STATUSES) if self._rng.random() >= self._habits.status_failed else ["sent", "failed"]
        if self._rng.random() < 0.3:
            self._rng.shuffle(names)
        names = names[: self._rng.randint(0, len(names))]
        alarm = reached.request.alarm_id
        if reached.request.kind == "withdrawal":
            alarm += "/batal"
        wait = 0.0
        for name in names:
            wait += self._rng.uniform(0.02, 1.0)
            for _ in range(2 if self._rng.random() < 0.1 else 1):
                asyncio.get_running_loop().call_later(
                    wait, self._report, reached, name, alarm if self._rng.random() < 0.8 else None
                )

    def _report(self, reached: ProviderRequest, name: str, alarm: str | None) -> None:
        data = StatusReported.model_validate(
            {
                "provider": "whatsapp",
                "message_id": reached.message_id,
                "status": name,
                "at": self._world.log.clock.now(),
                "recipient": reached.request.to,
                "alarm": alarm,
            }
        )
        self._world.publish("gateway.receipts", "//whatsapp", data, f"{reached.message_id}/{name}")


def _number(reached: ProviderRequest) -> str:
    """The alarm's number as the message shows it."""
    return reached.request.parameters[1]
