"""Reading labelled reports, measuring a small set whole, and the planted error that must show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from siaga_events.types import Place
from siaga_ops.decide import Decisions
from siaga_ops.errors import OpsError
from siaga_ops.evaluation.deciding import Decided
from siaga_ops.evaluation.labelled import Labelled, Reports, read_reports
from siaga_ops.evaluation.mentions import Mentions
from siaga_ops.evaluation.mistakes import Mistakes
from siaga_ops.evaluation.ratios import Share
from siaga_ops.evaluation.whole import Evaluation, as_json, evaluate, measure

Label = Callable[..., Labelled]
Decide = Callable[..., Decided]

DATA = Path(__file__).parents[3] / "data"
PASAR_LIWA, WAY_MENGAKU, TURGAK = "18.04.04.1001", "18.04.04.1003", "18.04.06.2004"


def pekon(kode: str) -> Place:
    return Place(kode=kode, level="pekon", name="x", confidence=0.9)


@pytest.fixture(scope="module")
def mentions() -> Mentions:
    return Mentions.load(DATA)


@pytest.fixture
def four(label: Label, decide: Decide) -> list[Decided]:
    """All right."""
    return [
        decide(
            label(id="A-1", place_text="pasar liwa", expected_kode=PASAR_LIWA, style="operator"),
            pekon(PASAR_LIWA),
        ),
        decide(label(id="A-2", category="medical", priority=2, language="jv")),
        decide(label(id="B-1", category="none", priority=3, prank=True, disposition="dismiss")),
        decide(label(id="B-2", category="information", priority=3, disposition="answer")),
    ]


def measured(decided: list[Decided], mentions: Mentions, *, unseen: bool = False) -> Evaluation:
    labels = tuple(d.label for d in decided)
    kinds = {one.id: mentions.kind(one) for one in labels}
    return measure(Reports("small.jsonl", labels, ()), decided, kinds, unseen=unseen)


def kinds_of(found: tuple[Mistakes, ...]) -> set[tuple[str, str, str, int]]:
    return {(m.about, m.expected, m.decided, m.count) for m in found}


def test_a_set_without_errors(four: list[Decided], mentions: Mentions) -> None:
    found = measured(four, mentions)
    assert found.category.right == found.priority.right == found.disposition.right == Share(4, 4)
    assert (found.category.macro_f1, found.priority_within_one) == (1, Share(4, 4))
    assert (found.place_expected, found.place_not_expected) == (Share(1, 1), Share(3, 3))
    assert found.pranks.dismissed == Share(0, 2)
    assert found.mistakes == ()
    assert found.dismissed == ()


def test_a_planted_error_changes_every_figure_it_touches(
    four: list[Decided], decide: Decide, mentions: Mentions
) -> None:
    first = four[0].label
    planted = decide(
        first,
        pekon(WAY_MENGAKU),
        category="none",
        priority=3,
        prank=True,
        prank_score=0.9,
        disposition="dismiss",
    )
    found = measured([planted, *four[1:]], mentions)
    assert found.category.right == found.priority.right == found.disposition.right == Share(3, 4)
    assert found.priority_within_one == Share(3, 4)
    # fire 0, medical 1, information 1, none: 1 right of 1 labelled and 2 decided
    assert found.category.macro_f1 == pytest.approx((0 + 1 + 1 + 2 / 3) / 4)
    assert (found.place_expected, found.place_not_expected) == (Share(0, 1), Share(3, 3))
    assert dict(found.place_by_kind)["pekon"] == Share(0, 1)
    assert found.pranks.dismissed == Share(1, 2)
    assert [(one.id, one.note) for one in found.dismissed] == [("A-1", "TRUE EMERGENCY")]
    assert kinds_of(found.mistakes) == {
        ("category", "fire", "none", 1),
        ("priority", "1", "3", 1),
        ("disposition", "dispatch", "dismiss", 1),
        ("prank", "serious", "prank", 1),
        ("place", "pekon: the kode", "a pekon of the same kecamatan", 1),
    }


def test_slices_are_by_style_language_and_writer(
    four: list[Decided], decide: Decide, mentions: Mentions
) -> None:
    wrong = decide(four[3].label, category="fire")
    found = measured([*four[:3], wrong], mentions)
    of = {(s.by, s.name): (s.count, s.category.right) for s in found.slices}
    assert of == {
        ("style", "caller"): (3, 2), ("style", "operator"): (1, 1), ("language", "id"): (3, 2),
        ("language", "jv"): (1, 1), ("writer", "A"): (2, 2), ("writer", "B"): (2, 1),
    }  # fmt: skip


def test_of_an_unseen_part_nothing_but_figures_is_kept(
    four: list[Decided], label: Label, decide: Decide, mentions: Mentions
) -> None:
    secret = decide(label(id="E-9", narrative="RAHASIA", note="RAHASIA"), disposition="dismiss")
    found = measured([*four, secret], mentions, unseen=True)
    assert found.pranks.dismissed.right == 1
    text = orjson.dumps(as_json(found))
    assert b"RAHASIA" not in text
    assert b"E-9" not in text


def test_examples_are_as_many_as_asked_for(label: Label, decide: Decide, mentions: Mentions) -> None:
    decided = [decide(label(id=f"A-{n}"), category="covid") for n in range(5)]
    labels = tuple(d.label for d in decided)
    kinds = {one.id: mentions.kind(one) for one in labels}
    found = measure(Reports("x", labels, ()), decided, kinds, examples=2)
    (only,) = found.mistakes
    assert (only.count, [e.id for e in only.examples]) == (5, ["A-0", "A-1"])


@pytest.mark.parametrize(
    ("said", "kode", "note", "kind"),
    [
        ("pekon turgak dekat masjid", TURGAK, None, "pekon"),
        ("Liwa", "18.04.04", None, "kecamatan"),
        ("kebun raya", PASAR_LIWA, None, "landmark"),
        ("pasar krui", None, None, "outside"),
        ("entah", None, "Outside the regency.", "outside"),
        ("gunung sugih", None, "Gunung Sugih occurs twice", "ambiguous"),
        (None, None, None, "none"),
    ],
)
def test_kinds_of_mention(
    label: Label, mentions: Mentions, said: str | None, kode: str | None, note: str | None, kind: str
) -> None:
    assert mentions.kind(label(place_text=said, expected_kode=kode, note=note)) == kind


def test_a_settlements_name_is_a_settlement(label: Label, mentions: Mentions) -> None:
    puramekar = "18.04.15.2002"
    assert mentions.kind(label(place_text="bungin dua", expected_kode=puramekar)) == "settlement"
    assert mentions.kind(label(place_text="pekon puramekar", expected_kode=puramekar)) == "pekon"


def lines(path: Path, *rows: object) -> Path:
    path.write_bytes(b"\n".join(r if isinstance(r, bytes) else orjson.dumps(r) for r in rows))
    return path


def row(label: Label, **changes: object) -> dict[str, object]:
    return {**label().model_dump(), **changes}


def test_bad_lines_are_told_with_number_and_reason_and_the_rest_goes_on(tmp_path: Path, label: Label) -> None:
    file = lines(
        tmp_path / "r.jsonl",
        row(label, id="A-1"),
        b"{broken",
        b"",
        row(label, id="A-2", category="flood"),
        row(label, id="A-3", priority="1"),
        row(label, id="A-1", narrative="RAHASIA"),
        row(label, id="A-4", expected_kode="18.05.01"),
        {k: v for k, v in row(label, id="A-5").items() if k != "place_text"},
        row(label, id="A-6"),
    )
    found = read_reports(file)
    assert [r.id for r in found.good] == ["A-1", "A-6"]
    assert [b.line for b in found.bad] == [2, 4, 5, 6, 7, 8]
    whys = [b.why for b in found.bad]
    for why, word in zip(whys, ("JSON", "category", "priority", "line 1", "kode", "place_text"), strict=True):
        assert word in why
    assert not any("RAHASIA" in why for why in whys)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match=r"nowhere\.jsonl"):
        read_reports(tmp_path / "nowhere.jsonl")


def test_reports_are_decided_by_the_code_of_siaga_decide(
    tmp_path: Path, label: Label, mentions: Mentions
) -> None:
    fire = "kebakaran rumah di pekon turgak, ada orang di dalam"
    file = lines(
        tmp_path / "r.jsonl",
        row(label, id="A-1", narrative=fire, place_text="pekon turgak", expected_kode=TURGAK),
        row(label, id="A-2", narrative=None, category="none", priority=2, disposition="confirm"),
        row(label, id="A-3", narrative=fire, category="covid", place_text="x", expected_kode=PASAR_LIWA),
    )
    found = evaluate(file, Decisions.load(DATA), mentions)
    assert found.category.right == Share(2, 3)
    assert kinds_of(found.mistakes) == {
        ("category", "covid", "fire", 1),
        ("place", "landmark: the kode", "a pekon of another kecamatan", 1),
    }
    assert found.speed.p99_ms >= found.speed.p50_ms > 0
