"""A line that somebody else started (`--line external`): where it is, whether the tests may use it, and its parts.

Nothing here can start, stop or kill anything: tests that must are marked `own_line` and are skipped.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
from siaga_events.types import AlarmRaised, CallEnded, CallReported
from siaga_ops.client import connected
from siaga_ops.errors import OpsError
from siaga_ops.local_line import SANDBOX
from siaga_ops.posts import read_directory
from siaga_ops.processes import Child, Line
from siaga_ops.reporting import gateway_event
from siaga_router.domain.directory import Directory

from .following import Followed
from .rebuilding import STATEFUL
from .reports import FIRE, RUN, report
from .system import GATEWAY, TOKEN, posts_of_the_tests

__all__ = [
    "EXAMPLE",
    "ExternalKafka",
    "ExternalLine",
    "Where",
    "check",
    "check_contacts",
    "check_time_to_answer",
]

EXAMPLE = {
    "SIAGA_E2E_BOOTSTRAP": "127.0.0.1:9092",
    "SIAGA_E2E_INTAKE_URL": "http://127.0.0.1:8112",
    "SIAGA_E2E_SANDBOX_URL": "http://127.0.0.1:8090",
    "SIAGA_E2E_GATEWAY_TOKEN": "demo-gateway-token",
    "SIAGA_E2E_GATEWAY": "//pbx.demo/1",
}
"""What must be set, as it is for `docker compose up -d`."""
IMPORT = "siaga posts import data/posts/lampung-barat.json data/posts/supervisor.json"
ANSWER_SECONDS = 5.0
BROKER_SECONDS = 20.0
FIRST_CALL_SECONDS = 30.0
LEAST_TO_ANSWER = timedelta(seconds=60)
"""What a post must have at least, else it is overdue before a test on a busy machine has answered for it."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where the line is. `states`: service -> its workers' addresses, of those that can be reached."""

    bootstrap: str
    intake: str
    sandbox: str
    states: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Where:
        """From the environment. Raises UsageError, which names all that is missing."""
        if missing := [name for name in EXAMPLE if not env.get(name)]:
            example = " \\\n  ".join(f"{name}={value}" for name, value in EXAMPLE.items())
            raise pytest.UsageError(
                f"--line external needs {', '.join(missing)}. For `docker compose up -d` of this repository:\n"
                f"  {example} \\\n  python -m pytest --line external tests/e2e\n"
                f"{', '.join(map(_state_setting, STATEFUL))} may be set too: workers' addresses, with commas between."
            )
        states = {service: _addresses(env.get(_state_setting(service), "")) for service in STATEFUL}
        bootstrap, intake, sandbox = (env[name] for name in list(EXAMPLE)[:3])
        return cls(bootstrap, intake.rstrip("/"), sandbox.rstrip("/"), states)


def _state_setting(service: str) -> str:
    return f"SIAGA_E2E_{service.upper()}_URL"


def _addresses(given: str) -> tuple[str, ...]:
    return tuple(one.strip().rstrip("/") for one in given.split(",") if one.strip())


def _refuse(what: str) -> NoReturn:
    raise AssertionError(f"{what} is not ours: mark the test `own_line`")


@dataclass
class ExternalChild(Child):
    """Somebody else's process: it can be asked, no more."""

    address: str = ""

    @property
    def url(self) -> str:
        return self.address

    def start(self) -> None:
        _refuse(self.name)

    async def stop(self) -> None:
        _refuse(self.name)

    def signal(self, number: int) -> None:
        _refuse(self.name)


class ExternalLine(Line):
    """Of the services that show a state there are those whose address is given."""

    def __init__(self, where: Where) -> None:
        named = [("intake-1", where.intake), (SANDBOX, where.sandbox)]
        for service, addresses in where.states.items():
            named += [(f"{service}-{number}", address) for number, address in enumerate(addresses, 1)]
        nowhere = Path(os.devnull)
        self.children = {name: ExternalChild(name, "", {}, 0, nowhere, address=at) for name, at in named}
        self._watching = None

    async def start(self) -> None:
        """It runs already."""

    async def stop(self) -> None:
        """It goes on."""


@dataclass(frozen=True)
class ExternalKafka:
    bootstrap: str

    def start(self) -> None:
        _refuse("the broker")

    def kill(self) -> None:
        _refuse("the broker")


async def check(where: Where) -> None:
    """Before the first test. Raises UsageError, which says why this line can't or must not be used.

    The sandbox is looked at first. A call is reported when it is known that this intake writes to this broker, and that the
    posts of this broker can't be reached in earnest.
    """
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as http:
        await _check_sandbox(http, where.sandbox)
        await _check_intake(http, where.intake)
        for service, addresses in where.states.items():
            for address in addresses:
                await _check_state(http, service, address)
        try:
            async with asyncio.timeout(BROKER_SECONDS) as reading, connected(where.bootstrap) as client:
                check_contacts(await read_directory(client))
                reading.reschedule(None)
                async with Followed.of(client, ["gateway.calls", "notifications"]) as seen:
                    await _check_same_broker(seen, http, where)
                    await _check_first_call(seen, http, where)
        except OpsError as error:
            raise pytest.UsageError(str(error)) from None
        except TimeoutError:
            raise pytest.UsageError(
                f"no Kafka answers at {where.bootstrap} within {BROKER_SECONDS:.0f} s"
            ) from None


async def _answer(http: httpx.AsyncClient, method: str, url: str, **sent: Any) -> httpx.Response:
    try:
        return await http.request(method, url, **sent)
    except httpx.HTTPError as error:
        raise pytest.UsageError(f"nobody answers at {url}: {error or type(error).__name__}") from None


async def _check_sandbox(http: httpx.AsyncClient, sandbox: str) -> None:
    answer = await _answer(http, "GET", f"{sandbox}/_sandbox/health")
    try:
        state = answer.json()["webhook"]["state"]
    except (ValueError, KeyError, TypeError):
        raise pytest.UsageError(
            f"{sandbox} is not our sandbox (GET /_sandbox/health: status {answer.status_code}). "
            "The tests send messages to posts, so they run on a line with the sandbox in the provider's place only."
        ) from None
    if state != "verified":
        raise pytest.UsageError(
            f"the sandbox at {sandbox} does not reach the notifier: its webhook is {state!r}"
        )


async def _check_intake(http: httpx.AsyncClient, intake: str) -> None:
    """An empty report is refused with 422, unless the token is refused before."""
    answer = await _answer(http, "POST", f"{intake}/v1/calls", json={}, headers=_bearer())
    if answer.status_code == 401:
        raise pytest.UsageError(f"intake at {intake} does not know the token of SIAGA_E2E_GATEWAY_TOKEN")
    if answer.status_code != 422:
        raise pytest.UsageError(
            f"{intake} is not intake's door (POST /v1/calls: status {answer.status_code})"
        )


async def _check_state(http: httpx.AsyncClient, service: str, address: str) -> None:
    answer = await _answer(http, "GET", f"{address}/state")
    if answer.status_code != 200 or f'"{service}"' not in answer.text:
        raise pytest.UsageError(f"{address} is no {service} (GET /state: status {answer.status_code})")


def _bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}


def check_contacts(directory: Directory) -> None:
    """Every contact is a sample, which no real provider is ever asked to reach, and the tests' posts are there."""
    real = [p.post_id for p in directory.posts.values() if not all(c.sample for c in p.contacts)]
    if real:
        raise pytest.UsageError(
            f"posts of this line have contacts that are no samples: {', '.join(sorted(real))}"
        )
    wanted = {post.post_id for post in posts_of_the_tests()}
    if missing := wanted - directory.posts.keys():
        raise pytest.UsageError(
            f"{len(missing)} of the tests' {len(wanted)} posts are not registered. Run `{IMPORT}`."
        )


async def _check_same_broker(seen: Followed, http: httpx.AsyncClient, where: Where) -> None:
    """Shown by what asks nobody to go: the end of a call that nobody reported."""
    now = datetime.now(UTC)
    call = await _say(http, where, "/ended", CallEnded(reference=f"T-{RUN}-0", started_at=now, ended_at=now))
    try:
        async with asyncio.timeout(FIRST_CALL_SECONDS):
            await seen.first(CallEnded, call)
    except TimeoutError:
        raise pytest.UsageError(
            f"intake at {where.intake} writes to another broker than {where.bootstrap}"
        ) from None


async def _check_first_call(seen: Followed, http: httpx.AsyncClient, where: Where) -> None:
    """One call goes all the way to the sandbox: what is wrong behind the doors is told once, and soon."""
    call = await _say(http, where, "", report(FIRE))
    try:
        async with asyncio.timeout(FIRST_CALL_SECONDS):
            raised = await seen.first(AlarmRaised, call, lambda alarm: alarm.role == "duty")
            check_time_to_answer((raised.data.overdue_due or raised.time) - raised.time)
            while not await _is_at(http, where.sandbox, raised.data.alarm_id):
                await asyncio.sleep(0.2)
    except TimeoutError:
        after = (
            "its message did not come to this sandbox: does the notifier send to it?"
            if seen.all(AlarmRaised, call)
            else "no post was asked: do intake, classifier, router and notifier of this broker run?"
        )
        raise pytest.UsageError(
            f"a call was reported, but within {FIRST_CALL_SECONDS:.0f} s {after}"
        ) from None


async def _say(http: httpx.AsyncClient, where: Where, path: str, said: CallReported | CallEnded) -> str:
    """At intake's door; gives the call's id."""
    call = gateway_event(said, GATEWAY).subject
    sent = {"content": said.model_dump_json().encode(), "headers": _bearer()}
    answer = await _answer(http, "POST", f"{where.intake}/v1/calls{path}", **sent)
    if answer.status_code != 202:
        raise pytest.UsageError(
            f"intake at {where.intake} does not take reports: {answer.status_code} {answer.text}"
        )
    if call not in answer.text:
        raise pytest.UsageError(
            "the token of SIAGA_E2E_GATEWAY_TOKEN belongs to another gateway than SIAGA_E2E_GATEWAY"
        )
    return call


async def _is_at(http: httpx.AsyncClient, sandbox: str, alarm_id: str) -> bool:
    answer = await _answer(http, "GET", f"{sandbox}/_sandbox/messages")
    return any(m["biz_opaque_callback_data"] == alarm_id for m in answer.json()["messages"])


def check_time_to_answer(given: timedelta) -> None:
    if given < LEAST_TO_ANSWER:
        raise pytest.UsageError(
            f"this line's deadlines are too short: a post has {given.total_seconds():.0f} s to answer, and the tests "
            f"need {LEAST_TO_ANSWER.total_seconds():.0f} s. Start it with SIAGA_DEADLINE_SCALE=1."
        )
