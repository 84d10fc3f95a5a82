"""Which tests go to one worker of `pytest -n`: those that share a broker, or must not run beside each other.

By file and not by the mark `xdist_group`: pytest-xdist 3.8 writes it to an attribute that pytest 9.2 no longer reads.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

IN_CONTAINERS = ("test_bad_input", "test_doors", "test_operator", "test_kill_campaign")
"""What of tests/e2e proves the images; the rest looks into processes."""
GROUPS = (
    ("tests/e2e/test_kill_campaign.py", "e2e-campaign"),
    ("tests/e2e/test_wrong_clusters.py", "e2e-wrong"),
    ("tests/e2e/", "e2e-line"),
    ("tests/packaging/", "packaging"),
    ("tests/benchmarks/", "benchmarks"),
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
        choices=("local", "containers"),
        default="local",
        help="where tests/e2e runs the line: processes and a broker of this machine, or containers of the built images",
    )


def pytest_configure(config: pytest.Config) -> None:
    os.environ["SIAGA_E2E_LINE"] = config.getoption("--line")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--line") == "local":
        return
    chosen = [item for item in items if item.path.stem in IN_CONTAINERS]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen
