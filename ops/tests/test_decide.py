"""`siaga decide`: reports in, decisions out."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from siaga_ops.decide import Decisions, decide_lines

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def decisions() -> Decisions:
    return Decisions.load(DATA)


def decided(decisions: Decisions, *lines: object) -> list[dict[str, Any]]:
    raw = [line if isinstance(line, bytes) else orjson.dumps(line) for line in lines]
    return [orjson.loads(line) for line in decide_lines(decisions, io.BytesIO(b"\n".join(raw) + b"\n"))]


def test_a_report_becomes_category_place_and_posts(decisions: Decisions) -> None:
    (one,) = decided(
        decisions, {"id": "x", "narrative": "kebakaran rumah di pekon turgak, ada orang di dalam"}
    )
    assert set(one) == {
        "id", "category", "priority", "prank", "prank_score", "disposition", "transfer_to", "marks", "scores",
        "evidence", "place", "posts", "unfilled", "versions",
    }  # fmt: skip
    assert (one["id"], one["category"], one["priority"], one["place"]["kode"]) == (
        "x",
        "fire",
        1,
        "18.04.06.2004",
    )
    assert one["posts"][0]["role"] == "duty"
    assert one["posts"][0]["kind"] == "fire_station"
    assert set(one["posts"][0]) == {"role", "post_id", "kind", "name", "distance_m"}


def test_a_role_that_nobody_can_fill_is_told(decisions: Decisions) -> None:
    """No fire engine reaches Suoh."""
    (one,) = decided(decisions, {"id": 1, "narrative": "kebakaran rumah di Suoh, ada korban"})
    assert {"role": "duty", "name": "fire_station"} in one["unfilled"]
    assert "fire_station" not in [post["kind"] for post in one["posts"] if post["role"] == "duty"]
    assert one["marks"] == ["victims"]


def test_who_has_to_hear_of_it_instead_is_told(decisions: Decisions) -> None:
    (one,) = decided(decisions, {"id": 1, "narrative": "mati lampu pak dari tadi"})
    assert (one["disposition"], one["transfer_to"], one["posts"]) == ("transfer", "PLN 123", [])
    assert max(one["scores"], key=one["scores"].get) == "information"
    assert one["versions"]["classifier"].startswith("words-")


def test_no_place_is_null(decisions: Decisions) -> None:
    assert decided(decisions, {"id": 1, "narrative": "tolong ada kebakaran"})[0]["place"] is None


def test_coordinates_alone_give_the_place_without_text(decisions: Decisions) -> None:
    (one,) = decided(decisions, {"id": 1, "narrative": "kebakaran", "lat": -5.0216, "lon": 104.0779})
    assert one["place"]["kode"] == "18.04.04.1001"
    assert (one["place"]["level"], one["place"]["text"]) == ("point", None)


def test_a_silent_line_is_a_silent_call(decisions: Decisions) -> None:
    (one,) = decided(decisions, {"id": 1, "narrative": None})
    assert (one["category"], one["priority"], one["disposition"]) == ("none", 2, "confirm")


def test_the_time_decides_who_is_open(decisions: Decisions) -> None:
    sick = {
        "id": 1,
        "narrative": "ibu saya sesak napas di Batu Brak, minta ambulan",
        "at": "2026-11-24T10:00:00+07:00",
    }
    day, night = decided(decisions, sick, {**sick, "at": "2026-11-24T23:00:00+07:00"})
    posts = [[p["post_id"] for p in one["posts"] if p["role"] == "duty"] for one in (day, night)]
    assert posts[0] != posts[1]


def test_bad_lines_say_why_and_the_rest_goes_on(decisions: Decisions) -> None:
    lines = decided(
        decisions,
        b"{broken",
        {"id": "a", "narrative": 7},
        {"id": "b", "narrative": "x", "lat": -5},
        {"narrative": "kebakaran"},
        b'"text"',
        {"id": "c", "narrative": "kebakaran rumah"},
    )
    assert [sorted(line)[:2] for line in lines[:3]] == [["error", "line"], ["error", "id"], ["error", "id"]]
    assert "narrative" in lines[1]["error"]
    assert "pairs" in lines[2]["error"]
    assert lines[3]["id"] is None
    assert lines[4] == {"line": 5, "error": lines[4]["error"]}
    assert lines[5]["category"] == "fire"


def test_a_misspelt_key_is_no_silent_call(decisions: Decisions) -> None:
    misspelt, silent = decided(
        decisions, {"id": 1, "narative": "kebakaran di liwa"}, {"id": 2, "narrative": None}
    )
    assert "narrative" in misspelt["error"]
    assert silent["category"] == "none"


def test_the_mark_that_windows_puts_first_is_passed_over(decisions: Decisions) -> None:
    (one,) = decided(decisions, b"\xef\xbb\xbf" + orjson.dumps({"id": 1, "narrative": "kebakaran rumah"}))
    assert one["category"] == "fire"


def test_a_number_that_no_json_reader_takes_is_a_bad_line(decisions: Decisions) -> None:
    huge, good = decided(
        decisions, b'{"id":99999999999999999999999999,"narrative":"x"}', {"id": 2, "narrative": "b"}
    )
    assert huge["line"] == 1
    assert "id" in huge["error"]
    assert good["id"] == 2


def test_order_is_kept_and_blank_lines_are_passed_over(decisions: Decisions) -> None:
    lines = decided(decisions, {"id": 1, "narrative": "a"}, b"", {"id": 2, "narrative": "b"})
    assert [line["id"] for line in lines] == [1, 2]


def test_the_same_line_gives_the_same_bytes(decisions: Decisions) -> None:
    line = b'{"id":1,"narrative":"kecelakaan di liwa","at":"2026-11-24T10:00:00Z"}'
    assert list(decide_lines(decisions, [line])) == list(decide_lines(decisions, [line]))


def test_a_time_outside_of_the_calendar_is_one_sentence(decisions: Decisions) -> None:
    line = b'{"id":1,"narrative":"kecelakaan di liwa","at":"9000-01-01T10:00:00Z"}'
    (answer,) = [orjson.loads(each) for each in decide_lines(decisions, [line])]
    assert answer["id"] == 1
    assert "\n" not in answer["error"]
    assert "2199" in answer["error"]
