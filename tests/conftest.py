"""Which tests go to one worker of `pytest -n`: those that share a broker, or must not run beside each other.

By file and not by the mark `xdist_group`: pytest-xdist 3.8 writes it to an attribute that pytest 9.2 no longer reads.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import pytest

IN_CONTAINERS = ("test_bad_input", "test_doors", "test_operator", "test_kill_campaign")
"""What of tests/e2e proves the images; the rest looks into processes."""
NEEDS_ITS_OWN = "needs a line of its own: it starts, stops, kills or looks into processes"
GROUPS = (
    ("tests/e2e/test_kill_campaign.py", "e2e-campaign"),
    ("tests/e2e/test_wrong_clusters.py", "e2e-wrong"),
    ("tests/e2e/test_three_brokers.py", "e2e-wrong"),
    ("tests/e2e/test_more_inputs.py", "e2e-wrong"),
    ("tests/e2e/", "e2e-line"),
    ("tests/packaging/", "packaging"),
    ("tests/benchmarks/", "benchmarks"),
    ("tests/containers/", "containers"),
)
"""Beginning of a test's id, and its group; the first that fits counts."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

    class ByFile(LoadGroupScheduling):  # type: ignore[misc]
        """A test without a group goes to whoever is free."""

        def _split_scope(self, nodeid: str) -> str:
            return next((group for start, group in GROUPS if nodeid.startswith(start)), nodeid)

    return ByFile(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--line",
        choices=("local", "containers", "external"),
        default="local",
        help="where tests/e2e has its line: processes and a broker of this machine, containers of the built images, "
        "or one that somebody else started (SIAGA_E2E_...; what is missing is told)",
    )

    parser.addoption("--soak", action="store_true", help="also what takes long (make soak)")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["SIAGA_E2E_LINE"] = config.getoption("--line")
    if config.getoption("--line") == "external":
        from .e2e.external import Where

        Where.of(os.environ)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Before the first test, once: may somebody else's line be used?"""
    config = session.config
    is_once = not config.getoption("collectonly") and not hasattr(config, "workerinput")
    if config.getoption("--line") == "external" and is_once:
        from .e2e.external import Where, check

        asyncio.run(check(Where.of(os.environ)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`--line containers` is for what proves images, and tests/containers runs with it alone; external for tests/e2e."""
    is_for = IS_FOR[config.getoption("--line")]
    chosen = [
        item
        for item in items
        if is_for(item) and (config.getoption("--soak") or item.get_closest_marker("soak") is None)
    ]
    if left := [item for item in items if item not in chosen]:
        config.hook.pytest_deselected(items=left)
    items[:] = chosen
    if config.getoption("--line") == "external":
        for item in items:
            if item.get_closest_marker("own_line") is not None:
                item.add_marker(pytest.mark.skip(reason=NEEDS_ITS_OWN))


IS_FOR: dict[str, Callable[[pytest.Item], bool]] = {
    "local": lambda item: "containers" not in item.path.parts,
    "containers": lambda item: item.path.stem in IN_CONTAINERS or "containers" in item.path.parts,
    "external": lambda item: "e2e" in item.path.parts,
}
"""The line that `--line` names, and its tests."""
