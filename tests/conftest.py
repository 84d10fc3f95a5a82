"""Which tests go to one worker of `pytest -n`: those that share a broker, or must not run beside each other.

By file and not by the mark `xdist_group`: pytest-xdist 3.8 writes it to an attribute that pytest 9.2 no longer reads.
"""

from __future__ import annotations

from typing import Any

import pytest

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
