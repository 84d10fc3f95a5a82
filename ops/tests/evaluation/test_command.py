"""`siaga eval FILE...`: what it prints and writes, and how looks at an unseen part are counted."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from functools import cache
from io import StringIO
from pathlib import Path

import orjson
import pytest
from rich.console import Console
from siaga_ops.errors import OpsError
from siaga_ops.evaluation import command
from siaga_ops.evaluation.command import Wanted, evaluate_files
from siaga_ops.evaluation.labelled import Labelled
from siaga_ops.evaluation.looks import keep

Label = Callable[..., Labelled]

ROOT = Path(__file__).parents[3]
DATA = ROOT / "data"
SECRET = "kebakaran RAHASIA di pasar liwa"


@pytest.fixture(scope="module", autouse=True)
def loaded_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "_loaded", cache(command._loaded))
        yield


@pytest.fixture
def development(tmp_path: Path, label: Label) -> Path:
    rows = [
        label(id="A-1", narrative="kebakaran rumah di pekon turgak, ada orang di dalam"),
        label(id="A-2", narrative="ada | ular *besar* masuk rumah", category="covid"),
    ]
    return write(tmp_path / "seen.jsonl", rows)


@pytest.fixture
def unseen(tmp_path: Path, label: Label) -> Path:
    return write(
        tmp_path / "unseen.jsonl", [label(id="E-777", narrative=SECRET, category="covid", note=SECRET)]
    )


def write(path: Path, rows: list[Labelled]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(r.model_dump(), option=orjson.OPT_APPEND_NEWLINE) for r in rows))
    return path


def run(wanted: Wanted) -> tuple[int, str, str]:
    out, err = (
        Console(file=StringIO(), width=120, record=True),
        Console(file=StringIO(), width=200, record=True),
    )
    bad = evaluate_files(wanted, DATA, out, err)
    return bad, out.export_text(), err.export_text()


def siaga(*arguments: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-c", "from siaga_ops.main import main; main()", "eval", *arguments]
    return subprocess.run(whole, capture_output=True, cwd=ROOT, timeout=120, check=False, text=True)


def test_everything_is_written(tmp_path: Path, development: Path) -> None:
    wanted = Wanted((development,), (), tmp_path / "o.json", tmp_path / "docs/e.md", tmp_path / "docs/p")
    bad, printed, _ = run(wanted)
    assert bad == 0
    assert "category right" in printed
    assert "covid -> other" in printed
    (figures,) = orjson.loads((tmp_path / "o.json").read_bytes())
    assert figures["category"]["right"]["value"] == 0.5
    assert figures["category"]["classes"][0]["name"] == "fire"
    assert figures["category"]["classes"][0]["recall"] == 1
    assert figures["pranks"]["in_use"]["cost"] == 0
    assert figures["place_by_kind"]["none"]["of"] == 2
    text = (tmp_path / "docs/e.md").read_text()
    assert "covid → other: 1" in text
    assert "ada \\| ular \\*besar\\*" in text
    for name in ("confusion", "calibration", "prank"):
        assert f"](p/seen-{name}.svg)" in text
        root = ET.parse(tmp_path / f"docs/p/seen-{name}.svg").getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_no_errors_are_shown_when_none_are_asked_for(development: Path) -> None:
    _, printed, _ = run(Wanted((development,), errors=0))
    assert "ular" not in printed
    assert "Errors by kind" not in printed


def test_an_unseen_part_gives_figures_and_no_text_anywhere(
    tmp_path: Path, development: Path, unseen: Path
) -> None:
    document = tmp_path / "e.md"
    wanted = Wanted((development,), (unseen,), tmp_path / "o.json", document, tmp_path / "p", errors=9)
    _, printed, told = run(wanted)
    written = [p.read_text() for p in (document, tmp_path / "o.json", *(tmp_path / "p").iterdir())]
    assert len(written) == 8
    for text in (printed, told, *written):
        assert "RAHASIA" not in text
        assert "E-777" not in text
    assert "`unseen.jsonl`" in document.read_text()


def test_every_look_is_counted_and_what_was_seen_stays(
    tmp_path: Path, development: Path, unseen: Path
) -> None:
    document = tmp_path / "e.md"
    run(Wanted((development,), markdown=document))
    assert "0 looks" in document.read_text()
    assert "Not looked at yet" in document.read_text()
    run(Wanted((development,), (unseen,), markdown=document))
    run(Wanted((), (unseen,), markdown=document))
    seen = keep(document)
    assert len(seen.looks) == 2
    assert "unseen.jsonl" in seen.looks[0]
    run(Wanted((development,), markdown=document))
    assert keep(document) == seen
    assert "2 looks" in document.read_text()
    assert document.read_text().count("`unseen.jsonl`") == 1


def test_a_look_that_can_not_be_counted_is_not_taken(tmp_path: Path, unseen: Path) -> None:
    with pytest.raises(OpsError, match="--markdown"):
        run(Wanted((), (unseen,)))
    with pytest.raises(OpsError, match="as a development part"):
        run(Wanted((unseen,), (unseen,), markdown=tmp_path / "e.md"))
    damaged = tmp_path / "e.md"
    damaged.write_text("# by hand\n")
    with pytest.raises(OpsError, match="mend it by hand"):
        run(Wanted((), (unseen,), markdown=damaged))
    assert damaged.read_text() == "# by hand\n"


def test_a_look_that_fails_to_be_written_shows_nothing(tmp_path: Path, unseen: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    wanted = Wanted((), (unseen,), markdown=tmp_path / "in-the-way/e.md")
    out = Console(file=StringIO(), record=True)
    with pytest.raises(OpsError):
        evaluate_files(wanted, DATA, out, out)
    assert out.export_text() == ""


def test_bad_lines_end_with_status_3_after_the_rest(development: Path) -> None:
    development.write_bytes(b"{broken\n" + development.read_bytes())
    done = siaga(str(development))
    assert done.returncode == 3
    assert "seen.jsonl: line 1: " in done.stderr
    assert "2 reports" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "nothing to read"),
        (("nowhere.jsonl",), "nowhere.jsonl: No such file"),
        (("a/corpus-unseen.jsonl",), "nobody who mends the machine reads it"),
        (("x", "--from-log"), "--from-log reads the logs"),
        (("x", "--export", "y"), "--export goes with --from-log"),
        (("x", "--data", "nowhere"), "--data"),
    ],
)
def test_what_can_not_work_says_why(arguments: tuple[str, ...], says: str) -> None:
    done = siaga(*arguments)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_help_tells_of_both_ways() -> None:
    done = siaga("--help")
    assert done.returncode == 0
    for option in ("--unseen", "--json", "--markdown", "--pictures", "--errors", "--from-log", "--export"):
        assert option in done.stdout
