"""`siaga eval --from-log` against real logs."""

from __future__ import annotations

from pathlib import Path

import pytest
from siaga_events.types import CallClassified, CallDismissed, CallHeld, CorrectionNoted
from siaga_ops.evaluation.labelled import read_reports

from .reports import FIRE, PRANK_FIRE, published, report
from .system import System

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_operators_corrected_is_told_and_becomes_labelled_reports(
    system: System, tmp_path: Path
) -> None:
    corrected = await published(system.client, report(FIRE))
    await system.seen.first(CallClassified, corrected)
    ran = await system.siaga("operator", "correct", corrected, "--category", "accident")
    assert ran.status == 0, ran.output
    await system.seen.first(CorrectionNoted, corrected)
    dismissed = await published(system.client, report(PRANK_FIRE))
    held = await system.seen.first(CallHeld, dismissed)
    ran = await system.siaga("operator", "dismiss", dismissed, "--on", str(held.id))
    assert ran.status == 0, ran.output
    await system.seen.first(CallDismissed, dismissed)

    file = tmp_path / "log.jsonl"
    ran = await system.siaga("eval", "--from-log", "--export", str(file))
    assert ran.status == 0, ran.output
    assert "By the machine's category" in ran.output
    found = read_reports(file)
    assert found.bad == ()
    (one,) = [r for r in found.good if r.id == f"L-{corrected}"]
    assert (one.narrative, one.category, one.place_text) == (FIRE, "accident", None)
