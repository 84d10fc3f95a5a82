"""docker-compose.yml as people use it: up, the demonstration, kills, recreation, down, and all of it again on the volume.

A project of its own (`-p`), ports of its own, and everything it made is removed at the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from siaga_ops.client import connected
from siaga_ops.processes import free_port

from tests.e2e.rebuilding import rebuilt_states

ROOT = Path(__file__).parents[2]
PROJECT = "siaga112-test"
DAY_SECONDS = "25"
SERVICES = ("intake", "classifier", "router", "notifier")
OTHERS = ("intake", "classifier", "notifier", "pulse", "sandbox")


class Compose:
    """One project of docker compose."""

    def __init__(self, *profiles: str) -> None:
        self.kafka_port = free_port()
        ports = ("INTAKE", "NOTIFIER", "SANDBOX", "INTAKE_2", "NOTIFIER_2", "KAFKA_2", "KAFKA_3")
        self.env = {
            **os.environ,
            **{f"SIAGA_{name}_PORT": str(free_port()) for name in ports},
            "SIAGA_KAFKA_PORT": str(self.kafka_port),
            "COMPOSE_PROFILES": ",".join(profiles),
        }

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.kafka_port}"

    def __call__(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["docker", "compose", "-p", PROJECT, *arguments]
        ran = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert not check or ran.returncode == 0, (
            f"{' '.join(command)}: {ran.stdout[-2000:]}{ran.stderr[-3000:]}"
        )
        return ran

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = ["docker", "compose", "-p", PROJECT, *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def container(self, service: str) -> str:
        return self("ps", "-q", service).stdout.strip()

    def state(self, service: str) -> dict[str, Any]:
        """`/state` of a service, from inside."""
        read = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8080/state').read().decode())"
        shown: dict[str, Any] = json.loads(self("exec", "-T", service, "python", "-c", read).stdout)
        return shown[service]  # type: ignore[no-any-return]

    def demo(self) -> subprocess.CompletedProcess[str]:
        return self("run", "--rm", "-T", "demo", "--once", "--day-seconds", DAY_SECONDS, check=False)

    def log_ends(self) -> dict[str, int]:
        """How many records each topic of the volume holds."""

        async def look() -> dict[str, int]:
            async with connected(self.bootstrap) as client:
                names = ("calls", "classifications", "routings", "notifications", "dead-letters")
                return {n: len(await client.records(n)) for n in names}

        return asyncio.run(look())

    def dead_letters(self) -> list[str]:
        """Why each dead letter is one, and what it holds."""

        async def look() -> list[str]:
            async with connected(self.bootstrap) as client:
                return [str(record) for record in await client.records("dead-letters")]

        return asyncio.run(look())


@pytest.fixture
def compose() -> Iterator[Compose]:
    made = Compose()
    made("down", "-v", "--remove-orphans")
    yield made
    made("down", "-v", "--remove-orphans")


def wait_healthy(compose: Compose, *services: str) -> None:
    compose("up", "-d", "--wait", "--no-build", *services)


def assert_played(ran: subprocess.CompletedProcess[str]) -> None:
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-2000:]
    assert "no call is stuck" in ran.stdout.replace("\n", " ")


def assert_state_is_the_fold_of_the_log(compose: Compose) -> None:
    """Deadlines of the day may still fall due: it is looked at until nothing was written between the two looks."""
    deadline = time.monotonic() + 60
    while True:
        shown = {service: compose.state(service) for service in ("classifier", "router", "notifier")}
        rebuilt = asyncio.run(rebuilt_states(compose.bootstrap))
        live = {service: {int(n): state for n, state in found.items()} for service, found in shown.items()}
        if live == rebuilt:
            return
        assert time.monotonic() < deadline, f"live {live}, rebuilt {rebuilt}"


def test_the_demonstrations_hint_for_an_own_call_names_the_project() -> None:
    config = json.loads(Compose("demo")("config", "--format", "json").stdout)
    hint = config["services"]["demo"]["environment"]["SIAGA_DEMO_OWN_CALL"]
    assert hint.startswith(f"docker compose -p {PROJECT} run --rm siaga call ")


def test_the_demonstration_runs_twice_on_one_volume_and_the_state_is_rebuilt(compose: Compose) -> None:
    wait_healthy(compose)
    assert_played(compose.demo())
    first = compose.log_ends()
    compose("down")
    wait_healthy(compose)
    assert_state_is_the_fold_of_the_log(compose)
    assert_played(compose.demo())
    second = compose.log_ends()
    assert second["classifications"] >= 2 * first["classifications"] - 2
    assert second["dead-letters"] == first["dead-letters"] == 0


@pytest.mark.parametrize(
    "killed", ["kafka", "router", *(pytest.param(s, marks=pytest.mark.soak) for s in OTHERS)]
)
def test_a_container_that_is_killed_in_the_middle_changes_nothing(compose: Compose, killed: str) -> None:
    """`docker kill` counts as stopping by hand, so somebody must start it again; `docker start` is what they type."""
    wait_healthy(compose)
    playing = compose.start("run", "--rm", "-T", "demo", "--once", "--day-seconds", DAY_SECONDS)
    time.sleep(12)
    container = compose.container(killed)
    subprocess.run(["docker", "kill", container], check=True, capture_output=True)
    time.sleep(2)
    subprocess.run(["docker", "start", container], check=True, capture_output=True)
    output, _ = playing.communicate(timeout=300)
    assert playing.returncode == 0, output[-3000:]
    assert "no call is stuck" in output.replace("\n", " ")
    assert compose.dead_letters() == []


def test_a_process_that_dies_is_started_again_by_docker(compose: Compose) -> None:
    wait_healthy(compose)
    container = compose.container("router")
    inspect = ["docker", "inspect", "-f", "{{.State.Pid}} {{.RestartCount}}", container]
    pid, count = subprocess.run(inspect, check=True, capture_output=True, text=True).stdout.split()
    os.kill(int(pid), 9)
    deadline = time.monotonic() + 60
    while subprocess.run(inspect, check=True, capture_output=True, text=True).stdout.split()[1] == count:
        assert time.monotonic() < deadline, "docker did not restart it"
        time.sleep(0.5)
    wait_healthy(compose)


def test_recreating_one_and_then_all_under_load_loses_nothing(compose: Compose) -> None:
    wait_healthy(compose)
    playing = compose.start("run", "--rm", "-T", "demo", "--once", "--day-seconds", "45")
    time.sleep(10)
    compose("up", "-d", "--no-build", "--no-deps", "--force-recreate", "router")
    time.sleep(5)
    compose("up", "-d", "--no-build", "--no-deps", "--force-recreate", *SERVICES)
    output, _ = playing.communicate(timeout=300)
    assert playing.returncode == 0, output[-3000:]
    assert compose.dead_letters() == []


def test_secrets_come_from_files_too(compose: Compose, tmp_path: Path) -> None:
    """The file's token opens the door, and the one of the variables no longer does."""
    tokens = tmp_path / "tokens.json"
    tokens.write_text('{"from-a-file": "//pbx.file/1"}\n')
    override = tmp_path / "override.yml"
    override.write_text(
        "services: {intake: {environment: {SIAGA_GATEWAY_TOKENS: ''}, secrets: [siaga_gateway_tokens]}}\n"
        f"secrets: {{siaga_gateway_tokens: {{file: '{tokens}'}}}}\n"
    )
    both = ("-f", "docker-compose.yml", "-f", str(override))
    compose(*both, "up", "-d", "--wait", "--no-build", "intake")
    post = (
        "import sys, urllib.request as u, urllib.error as e\n"
        "for t in ('from-a-file', 'demo-gateway-token'):\n"
        "    r = u.Request('http://127.0.0.1:8080/v1/calls', b'{}', {'Authorization': 'Bearer ' + t})\n"
        "    try: print(u.urlopen(r).status)\n"
        "    except e.HTTPError as error: print(error.code)\n"
    )
    said = compose(*both, "exec", "-T", "intake", "python", "-c", post).stdout.split()
    assert said == ["422", "401"]


def test_the_images_hold_what_is_locked_no_tools_and_no_root(compose: Compose) -> None:
    lock = (ROOT / "requirements.lock").read_text().lower()
    look = (
        "import importlib.metadata as m, os, shutil\n"
        "print(os.getuid(), [t for t in ('gcc', 'pip', 'uv', 'git') if shutil.which(t)])\n"
        "print(*[f'{d.name.lower()}=={d.version}' for d in m.distributions()])\n"
    )
    for image in (*SERVICES, "ops"):
        command = ["docker", "run", "--rm", "--read-only", f"siaga112/{image}:latest", "python", "-c", look]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        assert told[0] == "10112 []", image
        unlocked = [
            p for p in told[1].split() if not p.startswith("siaga-") and p.replace("_", "-") not in lock
        ]
        assert unlocked == [], image
