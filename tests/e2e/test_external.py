"""`--line external`: what it refuses before it has reported a call, what it skips, and that the rest runs."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from siaga_ops.posts import read_posts
from siaga_ops.processes import free_port
from siaga_router.domain.directory import Directory

from . import external
from .external import (
    EXAMPLE,
    ExternalKafka,
    ExternalLine,
    Where,
    check,
    check_contacts,
    check_time_to_answer,
)
from .rebuilding import STATEFUL
from .system import DATA, GATEWAY, TOKEN, Ran, System, posts_of_the_tests

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.own_line]

ROOT = Path(__file__).parents[2]
USAGE_ERROR = 4
AT_ONCE_SECONDS = 40.0
A_MODULE_OF_BOTH = "tests/e2e/test_operator.py"


async def pytest_external(settings: Mapping[str, str], *arguments: str) -> Ran:
    """pytest in a process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_E2E_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "--line", "external", "-p", "no:cacheprovider", *arguments,
        cwd=ROOT,
        env={**env, **settings, "COLUMNS": "250"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, output.decode())


@contextmanager
def stranger() -> Iterator[tuple[str, list[str]]]:
    """Somebody who says yes to everything, and what he was asked."""
    asked: list[str] = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Not into the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def settings_of(system: System) -> dict[str, str]:
    """The line of this machine, as if somebody else had started it."""
    states = {f"SIAGA_E2E_{s.upper()}_URL": ",".join(c.url for c in system.line.of(s)) for s in STATEFUL}
    return {
        "SIAGA_E2E_BOOTSTRAP": system.kafka.bootstrap,
        "SIAGA_E2E_INTAKE_URL": system.intake_url,
        "SIAGA_E2E_SANDBOX_URL": system.sandbox.url,
        "SIAGA_E2E_GATEWAY_TOKEN": TOKEN,
        "SIAGA_E2E_GATEWAY": GATEWAY,
        **states,
    }


async def test_what_is_not_set_is_named_all_at_once() -> None:
    ran = await pytest_external({"SIAGA_E2E_GATEWAY": GATEWAY}, "tests/e2e")
    assert ran.status == USAGE_ERROR
    needed, _, example = ran.output.partition("For `docker compose up -d`")
    assert [name for name in EXAMPLE if f"{name}," in needed or f"{name}." in needed] == list(EXAMPLE)[:4]
    assert all(f"{name}={value}" in example for name, value in EXAMPLE.items())


async def test_a_line_without_our_sandbox_is_asked_nothing_else() -> None:
    with stranger() as (address, asked):
        settings = {**EXAMPLE, "SIAGA_E2E_SANDBOX_URL": address, "SIAGA_E2E_INTAKE_URL": address}
        ran = await pytest_external(settings, "tests/e2e")
    assert ran.status == USAGE_ERROR
    assert f"{address} is not our sandbox" in ran.output
    assert asked == ["GET /_sandbox/health"]


@pytest.mark.parametrize("name", ["SANDBOX_URL", "INTAKE_URL", "BOOTSTRAP", "ROUTER_URL"])
async def test_who_does_not_answer_is_told_at_once(system: System, name: str) -> None:
    address = f"127.0.0.1:{free_port()}"
    wrong = address if name == "BOOTSTRAP" else f"http://{address}"
    began = time.monotonic()
    with pytest.raises(pytest.UsageError, match=f"answers at (http://)?{address}"):
        await check(Where.of({**settings_of(system), f"SIAGA_E2E_{name}": wrong}))
    assert time.monotonic() - began < AT_ONCE_SECONDS


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TOKEN", "guessed", "does not know the token"),
        ("GATEWAY", "//pbx.other/1", "belongs to another gateway"),
    ],
)
async def test_who_we_are_must_be_known_to_the_line(
    system: System, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setattr(external, name, value)
    with pytest.raises(pytest.UsageError, match=told):
        await check(Where.of(settings_of(system)))


async def test_contacts_must_be_samples_and_the_posts_of_the_tests_there() -> None:
    posts = {post.post_id: post for post in posts_of_the_tests()}
    check_contacts(Directory(posts))
    (supervisor,) = read_posts(DATA / "posts/supervisor.json")
    reachable = supervisor.contacts[0].model_copy(update={"sample": False})
    in_earnest = supervisor.model_copy(update={"contacts": [*supervisor.contacts, reachable]})
    with pytest.raises(pytest.UsageError, match=f"no samples: {supervisor.post_id}"):
        check_contacts(Directory({**posts, supervisor.post_id: in_earnest}))
    del posts[supervisor.post_id]
    with pytest.raises(pytest.UsageError, match=r"^1 of the tests' .*siaga posts import"):
        check_contacts(Directory(posts))


async def test_a_line_in_a_hurry_is_refused() -> None:
    check_time_to_answer(timedelta(minutes=3))
    with pytest.raises(pytest.UsageError, match=r"a post has 6 s .*SIAGA_DEADLINE_SCALE=1"):
        check_time_to_answer(timedelta(seconds=6))


async def test_somebody_elses_line_is_not_touched_even_without_the_mark() -> None:
    where = Where.of({**EXAMPLE, "SIAGA_E2E_ROUTER_URL": "http://a:1/, http://b:2"})
    line = ExternalLine(where)
    assert [child.url for child in line.of("router")] == ["http://a:1", "http://b:2"]
    assert line.of("classifier") == []
    for child in line.children.values():
        for touch in (child.start, lambda child=child: child.signal(9)):
            with pytest.raises(AssertionError, match="own_line"):
                touch()
        with pytest.raises(AssertionError, match="own_line"):
            await child.stop()
    with pytest.raises(AssertionError, match="own_line"):
        ExternalKafka(where.bootstrap).kill()


async def test_what_can_run_runs_and_the_rest_is_skipped_with_its_reason(system: System) -> None:
    chosen = ("-k", "does_not_answer or accepts_goes or fold_of_the_log", A_MODULE_OF_BOTH)
    ran = await pytest_external(settings_of(system), *chosen, "tests/e2e/test_rebuilding.py")
    assert ran.status == 0, ran.output
    assert "4 passed, 1 skipped" in ran.output
    assert ran.output.count("needs a line of its own") == 1
