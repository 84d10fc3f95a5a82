"""What became of the day: for people, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import quantiles
from typing import Any

from siaga_ops.demo.day import DayCall
from siaga_ops.demo.table import provider_ms
from siaga_ops.printing import story_state
from siaga_ops.stories import CallStory

__all__ = ["outcome", "summary_lines"]


def outcome(
    calls: Sequence[DayCall],
    stories: Mapping[str, CallStory],
    sent: Mapping[str, datetime],
    received: Mapping[str, datetime],
    now: datetime,
) -> dict[str, Any]:
    """Every call's outcome and timings, and totals."""
    told = [_call(c, stories.get(c.reference), sent.get(c.reference), received, now) for c in calls]
    at_once = [c for c in told if not c["held"] and c["report_to_provider_ms"] is not None]
    times = sorted(c["report_to_provider_ms"] for c in at_once)
    return {
        "calls": told,
        "totals": {
            "calls": len(told),
            "by_state": dict(Counter(c["state"] for c in told)),
            "alarms": sum(len(c["alarms"]) for c in told),
            "accepted": sum(a["accepted"] for c in told for a in c["alarms"]),
            "escalations": sum(c["escalations"] for c in told),
            "stuck": sum(c["stuck"] is not None for c in told),
            "report_to_provider_ms": _spread(times),
            "dispatched_at_once": len(times),
        },
    }


def _spread(times: list[float]) -> dict[str, float] | None:
    if len(times) < 2:
        return None
    cuts = quantiles(times, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1), "max": round(times[-1], 1)}


def _call(
    call: DayCall,
    story: CallStory | None,
    sent: datetime | None,
    received: Mapping[str, datetime],
    now: datetime,
) -> dict[str, Any]:
    base: dict[str, Any] = {
        "reference": call.reference,
        "at": f"{call.at:%H:%M:%S}",
        "truth": call.truth.model_dump(),
    }
    if story is None:
        missing: dict[str, Any] = {
            "call": None,
            "state": "unknown",
            "alarms": [],
            "escalations": 0,
            "report_to_provider_ms": None,
        }
        return {**base, **missing, "stuck": "not a trace of it in the logs"}
    report = story.report
    ms = provider_ms(story, sent, received)
    return {
        **base,
        "call": story.id,
        "state": story_state(story),
        "category": report.category if report else None,
        "priority": report.priority if report else None,
        "disposition": report.disposition if report else None,
        "place": report.place.model_dump(mode="json", include={"kode", "level", "name"})
        if report and report.place
        else None,
        "held": story.was_held,
        "corrected": story.corrected,
        "supervisor": story.supervisor,
        "escalations": story.escalations,
        "alarms": [
            {
                "post": a.raised.post.name,
                "role": a.raised.role,
                "distance_m": story.distance_m(a),
                "message": a.message,
                "state": a.state,
                "accepted": a.accepted,
                "overdue": a.overdue,
            }
            for a in story.alarms.values()
        ],
        "report_to_provider_ms": None if ms is None else round(ms, 1),
        "stuck": story.stuck(now),
    }


def summary_lines(told: Mapping[str, Any]) -> list[str]:
    totals = told["totals"]
    spread = totals["report_to_provider_ms"]
    states = ", ".join(f"{n} {s}" for s, n in sorted(totals["by_state"].items(), key=lambda p: -p[1]))
    lines = [
        f"{totals['calls']} calls: {states}",
        f"{totals['alarms']} alarms, {totals['accepted']} accepted, {totals['escalations']} times the next post was asked",
    ]
    if spread is not None:
        lines.append(
            f"from report to provider, the {totals['dispatched_at_once']} calls that no operator had to see: "
            f"p50 {spread['p50']:.0f} ms, p99 {spread['p99']:.0f} ms, at most {spread['max']:.0f} ms"
        )
    stuck = [c for c in told["calls"] if c["stuck"] is not None]
    lines += [f"STUCK {c['reference']} {c['call']}: {c['stuck']}" for c in stuck]
    if not stuck:
        lines.append("no call is stuck")
    return lines
