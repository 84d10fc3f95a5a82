"""A release is rolled out service by service under load, back, and out again: old and new live together, and nothing is lost.

The old images are built from the last release, the new ones are those of this tree. The last release is the last tag (`git
describe`); in a checkout without tags it is the commit that `deploy/release` names.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from siaga_ops.processes import SERVICES
from testcontainers.core.network import Network

from tests.e2e.campaign import Gateway, at_a_steady_rate, at_the_end
from tests.e2e.containers import TAG, ContainerChild, ContainerKafka, ContainerLine, image_of
from tests.e2e.made_calls import make_calls
from tests.e2e.system import GATEWAY, LONG, PARTITIONS, QUICK_PROVIDER, TOKEN, prepare, started, until

ROOT = Path(__file__).parents[2]
MEMBERS = {**{service: f"services/{service}" for service in SERVICES}, "ops": "ops"}
MODULES = {**{service: f"siaga_{service}" for service in SERVICES}, "ops": "siaga_ops.sandbox"}
CALLS = int(os.environ.get("SIAGA_E2E_CALLS", "150"))
RATE = 3.0
"""Calls a second: slow enough that all services are exchanged while calls come in."""
PATIENCE_SECONDS = 300.0

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(3600)]


def git(*arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout.strip() if ran.returncode == 0 else ""


@pytest.fixture(scope="module")
def old_tag(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The images of the last tagged release, built from its own files."""
    version, commit = (ROOT / "deploy/release").read_text(encoding="utf-8").split()
    release = git("describe", "--tags", "--abbrev=0", "--match", "v*") or version
    tagged = git("rev-parse", "--verify", "--quiet", f"{release}^{{commit}}")
    source = tagged or git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
    if not source:
        pytest.skip(
            f"this checkout holds neither a release tag nor the commit of {version} (git fetch --unshallow --tags)"
        )
    tree = tmp_path_factory.mktemp("release")
    archive = subprocess.run(["git", "archive", source], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(tree)], input=archive, check=True)
    for name, member in MEMBERS.items():
        subprocess.run(
            ["docker", "build", "--quiet", "-f", "deploy/Dockerfile", "--build-arg", f"MEMBER={member}",
             "--build-arg", f"MODULE={MODULES[name]}", "-t", image_of(name, release), "."],
            cwd=tree, check=True, capture_output=True,
        )  # fmt: skip
    return release


async def test_a_release_is_rolled_out_and_back_under_load(old_tag: str, tmp_path: Path) -> None:
    with Network() as network:
        kafka = ContainerKafka(network)
        await asyncio.to_thread(kafka.start)
        line = ContainerLine(
            network,
            tmp_path / "logs",
            partitions=PARTITIONS,
            deadline_scale=LONG,
            gateway_tokens={TOKEN: GATEWAY},
            workers=2,
            sandbox_env=QUICK_PROVIDER,
            tags=dict.fromkeys(MEMBERS, old_tag),
        )
        try:
            await prepare(kafka.bootstrap)
            async with started(kafka, line) as system, AsyncExitStack() as stack:
                calls = make_calls(CALLS, 7)
                gateway = Gateway(kafka.bootstrap, stack)
                saying = asyncio.create_task(at_a_steady_rate(gateway, calls, RATE))
                for tag in (TAG, old_tag, TAG):  # at last the new one: states are compared with its own fold
                    for service in SERVICES:
                        for child in line.of(service):
                            await exchange(child, image_of(service, tag))
                await saying
                await line.ready(PATIENCE_SECONDS)
                _, wrong = await at_the_end(system, system.client, calls)
                assert wrong[:20] == []
        finally:
            kafka.close()


async def exchange(child: object, image: str) -> None:
    """Stop a worker cleanly and start it from another image under its name, as a release does."""
    assert isinstance(child, ContainerChild)
    await child.stop()
    child.image = image
    child.start()
    await until(child.is_ready, f"{child.name} of {image} is ready", PATIENCE_SECONDS)
