"""What the logs say of the machine and its operators, from events made by hand."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.console import Console
from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import (
    CallAnswered,
    CallClassified,
    CallClosed,
    CallDismissed,
    CallRouted,
    CallTransferred,
    CorrectedPlace,
    CorrectionNoted,
    HoldExtended,
    PostProgressed,
    PostsRecalled,
    Report,
)
from siaga_ops.errors import OpsError
from siaga_ops.evaluation.agreement import Agreement
from siaga_ops.evaluation.export import examples, write_examples
from siaga_ops.evaluation.labelled import Labelled, read_reports
from siaga_ops.evaluation.log_report import agreement_json, agreement_shown, by_category, by_week, corrections
from siaga_ops.evaluation.ratios import Share

MONDAY = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)
LIWA = {
    "kode": "18.04.04",
    "level": "kecamatan",
    "name": "Balik Bukit",
    "lat": -5,
    "lon": 104,
    "confidence": 0.9,
}
PASAR_LIWA = CorrectedPlace(kode="18.04.04.1001", name="Pasar Liwa", lat=-5.02, lon=104.08)


def report(days: int = 0, **changes: Any) -> Report:
    at = MONDAY + timedelta(days=days)
    base: dict[str, Any] = {
        "revision": 1, "category": "fire", "priority": 1, "prank": False, "prank_score": 0, "disposition": "dispatch",
        "words": "kebakaran di liwa", "place": LIWA, "started_at": at, "reported_at": at,
    }  # fmt: skip
    return Report.model_validate({**base, **changes})


def classified(days: int = 0, **changes: Any) -> CallClassified:
    return CallClassified(report=report(days, **changes), classifier_version="1", places_version="1")


def routed(by: str | None = "ani") -> CallRouted:
    return CallRouted(
        reason="confirmed" if by else "classified", report=report(), slots=(), confirmed_by=by,
        directory_version=1, plan_version="1",
    )  # fmt: skip


def agreement(*calls: tuple[EventData, ...]) -> Agreement:
    events = [
        Event(derived_id(call, n), "test", f"call-{call}", MONDAY + timedelta(hours=call, seconds=n), data)
        for call, datas in enumerate(calls)
        for n, data in enumerate(datas)
    ]
    return Agreement.of(events)


def exported(*datas: EventData) -> dict[str, Any]:
    (one,) = examples(agreement(datas))
    Labelled.model_validate(one)
    return one


def test_only_what_an_operator_judged_is_compared() -> None:
    found = agreement(
        (classified(), routed(None)),
        (classified(), CallDismissed(as_type="prank")),
        (classified(), HoldExtended(by="ani", until=MONDAY)),
        (classified(), routed()),
        (CallDismissed(by="ani", as_type="prank"),),
    )
    assert found.classified == {"2026-W47": 4}
    assert [j.id for j in found.judged] == ["call-3"]


def test_agreement_by_week_and_by_category() -> None:
    found = agreement(
        (classified(), routed()),
        (classified(), CorrectionNoted(by="ani", category="medical", priority=2)),
        (classified(days=6), CallDismissed(by="ani", as_type="prank")),
        (classified(days=7, category="covid", disposition="answer"), CallAnswered(by="ani")),
        (classified(days=14), routed(None)),
    )
    weeks = {row.name: row for row in by_week(found)}
    assert list(weeks) == ["2026-W47", "2026-W48", "2026-W49"]
    first = weeks["2026-W47"]
    assert (first.judged, first.category, first.priority) == (3, Share(2, 3), Share(1, 2))
    assert (first.prank, first.disposition) == (Share(1, 2), Share(1, 2))
    assert first.place == Share(1, 1)
    assert (weeks["2026-W48"].category, weeks["2026-W48"].disposition) == (Share(1, 1), Share(1, 1))
    assert weeks["2026-W49"].judged == 0
    assert {row.name: row.category for row in by_category(found)} == {
        "fire": Share(2, 3),
        "covid": Share(1, 1),
    }
    table = corrections(found)
    assert table.counts[table.names.index("medical")][table.names.index("fire")] == 1


def test_a_week_is_the_regencys() -> None:
    sunday_evening = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # Monday 01:00 WIB
    late = classified(started_at=sunday_evening, reported_at=sunday_evening)
    assert list(agreement((late,)).classified) == ["2026-W48"]


def test_a_question_that_the_machine_asked_is_no_disagreement() -> None:
    found = agreement((classified(disposition="confirm"), CallDismissed(by="ani", as_type="prank")))
    assert by_week(found)[0].disposition == Share(0, 0)


def test_the_machine_is_taken_at_the_word_that_the_operator_saw() -> None:
    (judged,) = agreement(
        (
            classified(category="none", disposition="confirm"),
            CorrectionNoted(by="ani", category="fire"),
            classified(category="fire"),
        )
    ).judged
    assert (judged.machine.category, judged.category_agreed) == ("none", False)


def test_it_is_the_first_judgement_that_counts_as_seen() -> None:
    (judged,) = agreement(
        (
            classified(category="none", disposition="confirm"),
            CorrectionNoted(by="ani", category="fire"),
            classified(category="fire"),
            CallClosed(by="ani", outcome="emergency"),
        )
    ).judged
    assert (judged.machine.category, judged.outcome) == ("none", "dispatch")


def test_a_correction_that_overtook_the_machine_is_held_against_its_first_word() -> None:
    (judged,) = agreement((CorrectionNoted(by="ani", category="medical"), classified())).judged
    assert (judged.machine.category, judged.category) == ("fire", "medical")


def test_later_corrections_add_to_earlier_ones() -> None:
    (judged,) = agreement(
        (
            classified(),
            CorrectionNoted(by="ani", category="medical", priority=2),
            CorrectionNoted(by="budi", priority=3),
            CorrectionNoted(by="budi", place=PASAR_LIWA),
        )
    ).judged
    assert (judged.category, judged.priority, judged.place) == ("medical", 3, PASAR_LIWA)


@pytest.mark.parametrize(
    ("end", "category", "prank"),
    [
        (CallDismissed(by="ani", as_type="prank"), "fire", True),
        (CallDismissed(by="ani", as_type="wrong_number"), "none", False),
        (CallAnswered(by="ani"), "information", False),
        (CallTransferred(by="ani", to="PLN 123"), "fire", False),
        (CallClosed(by="ani", outcome="false_report"), "fire", True),
        (CallClosed(by="ani", outcome="information"), "information", False),
        (PostsRecalled(by="ani"), "fire", None),
    ],
)
def test_what_an_end_says_of_category_and_prank(end: EventData, category: str, prank: bool | None) -> None:
    (judged,) = agreement((classified(), end)).judged
    assert (judged.category, judged.prank) == (category, prank)


def test_what_posts_found_is_counted() -> None:
    nothing = PostProgressed(alarm_id="a", post_id="p", role="duty", progress="finished", outcome="NIHIL pak")
    handled = PostProgressed(
        alarm_id="a", post_id="p", role="duty", progress="finished", outcome="tertangani"
    )
    found = agreement((classified(), nothing), (classified(), handled))
    assert found.nothing_there == {"2026-W47": 1}


def test_a_correction_becomes_a_labelled_report() -> None:
    one = exported(
        classified(channel="whatsapp"), CorrectionNoted(by="ani", category="medical", priority=2, place=PASAR_LIWA),
        routed(),
    )  # fmt: skip
    note = one.pop("note")
    assert one == {
        "id": "L-call-0", "narrative": "kebakaran di liwa", "style": "whatsapp", "language": "und",
        "category": "medical", "priority": 2, "prank": False, "disposition": "dispatch", "place_text": None,
        "expected_kode": "18.04.04.1001",
    }  # fmt: skip
    assert "category medical" in note
    assert "ani" not in note


@pytest.mark.parametrize(
    ("machine", "end", "label"),
    [
        ({}, CallDismissed(by="ani", as_type="prank"), ("fire", 3, True, "confirm")),
        ({"category": "none"}, CallDismissed(by="ani", as_type="prank"), ("none", 3, True, "dismiss")),
        ({}, CallDismissed(by="ani", as_type="silent"), ("none", 2, False, "confirm")),
        ({}, CallAnswered(by="ani"), ("information", 3, False, "answer")),
        ({}, CallTransferred(by="ani", to="PLN"), ("fire", 1, False, "transfer")),
        (
            {"category": "none", "disposition": "dismiss"},
            CorrectionNoted(by="ani", category="medical"),
            ("medical", 1, False, "dispatch"),
        ),
    ],
)
def test_labels_follow_the_centres_rules(
    machine: dict[str, Any], end: EventData, label: tuple[object, ...]
) -> None:
    one = exported(classified(**machine), end)
    assert (one["category"], one["priority"], one["prank"], one["disposition"]) == label


def test_what_was_agreed_or_recalled_without_a_word_is_not_exported() -> None:
    found = agreement((classified(), routed()), (classified(), routed(None), PostsRecalled(by="ani")))
    assert list(examples(found)) == []


def test_the_file_is_the_owners_and_holds_no_telephone_number(tmp_path: Path) -> None:
    found = agreement(
        (
            classified(words="kebakaran, hubungi 0812-3456 7890 rumah no 12"),
            CorrectionNoted(by="ani", priority=2),
        )
    )
    file = tmp_path / "log.jsonl"
    file.write_text("old")
    file.chmod(0o644)
    assert write_examples(found, file) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    reports = read_reports(file)
    assert reports.bad == ()
    assert [r.narrative for r in reports.good] == ["kebakaran, hubungi 0000-0000 0000 rumah no 12"]
    with pytest.raises(OpsError, match="nowhere"):
        write_examples(found, tmp_path / "nowhere/x.jsonl")


def test_what_is_shown_and_written_names_nobody() -> None:
    found = agreement(
        (classified(), CorrectionNoted(by="aminah-uji", category="medical")),
        (classified(), CallDismissed(by="aminah-uji", as_type="prank")),
    )
    console = Console(file=StringIO(), width=120, record=True)
    for piece in agreement_shown(found):
        console.print(piece)
    shown = console.export_text()
    assert "2 calls in the logs, 2 judged" in shown
    assert "2026-W47 (2 calls)" in shown
    whole = agreement_json(found)
    assert orjson.loads(whole)["dispositions"] == [{"machine": "dispatch", "operator": "dismiss", "calls": 1}]
    for text in (shown, whole.decode()):
        assert "aminah" not in text
        assert "kebakaran" not in text


def test_empty_logs_are_told() -> None:
    console = Console(file=StringIO(), width=120, record=True)
    for piece in agreement_shown(agreement()):
        console.print(piece)
    assert "0 calls in the logs" in console.export_text()
