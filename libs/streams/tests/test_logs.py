"""Every line of a service's log is JSON, a library's too."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

LOUD = """
import logging
import structlog
from siaga_streams.logs import configure_logs
configure_logs("router", "2", LEVEL)
logging.getLogger("aiokafka.conn").info("nobody needs this")
logging.getLogger("aiokafka.conn").warning("no answer from %s", "127.0.0.1")
structlog.get_logger().warning("ours", part="fence")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("asyncio").exception("broke")
"""


def lines(level: str) -> list[dict[str, Any]]:
    code = LOUD.replace("LEVEL", repr(level))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_librarys_record_is_a_line_of_ours() -> None:
    library, ours, broken = lines("INFO")
    assert (library["event"], library["level"], library["logger"]) == (
        "no answer from 127.0.0.1",
        "warning",
        "aiokafka.conn",
    )
    assert (library["service"], library["worker"]) == (ours["service"], ours["worker"]) == ("router", "2")
    assert set(ours) - {"part"} == set(library) - {"logger"}
    assert "ZeroDivisionError" in broken["exception"]


def test_libraries_are_never_louder_than_the_level_that_is_set() -> None:
    assert [line["event"] for line in lines("ERROR")] == ["broke"]
    assert "nobody needs this" not in [line["event"] for line in lines("DEBUG")]
