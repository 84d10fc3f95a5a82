"""The `siaga` command's answers to what can't work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from siaga_ops.demo.day import read_day
from siaga_ops.errors import OpsError
from siaga_ops.posts import read_posts
from siaga_ops.processes import free_port

ROOT = Path(__file__).parents[2]


COMMAND = [sys.executable, "-c", "from siaga_ops.main import main; main()"]


def siaga(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, *arguments]
    environment = os.environ | {"COLUMNS": "80"}
    return subprocess.run(
        command, input=given, capture_output=True, cwd=ROOT, env=environment, timeout=120, check=False
    )


@pytest.mark.parametrize("arguments", [(), ("operator", "correct"), ("demo",), ("sandbox",)])
def test_every_command_has_help(arguments: tuple[str, ...]) -> None:
    done = siaga(*arguments, "--help")
    assert done.returncode == 0, done.stderr.decode()
    assert b"sage:" in done.stdout


GROUPS = ["", "topics", "kafka", "posts", "operator", "deadletters"]


@pytest.mark.parametrize("group", GROUPS)
def test_a_list_of_commands_has_a_whole_sentence_for_each(group: str) -> None:
    shown = siaga(*group.split(), "--help").stdout.decode()
    commands = shown.partition("Commands:\n")[2].splitlines()
    assert len(commands) > 1
    for line in commands:
        assert line.endswith(".")
        assert not line.endswith("...")
        assert len(line) <= 80


@pytest.mark.parametrize(
    ("command", "program"),
    [
        (["-c", "from siaga_ops.main import main; main()", "sandbox"], "siaga sandbox"),
        (["-m", "siaga_ops.sandbox"], "python -m siaga_ops.sandbox"),
    ],
)
def test_the_sandboxs_help_names_the_command_that_was_typed(command: list[str], program: str) -> None:
    done = subprocess.run(
        [sys.executable, *command, "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith(f"usage: {program} [-h]")
    assert "python -m" not in done.stdout.removeprefix(f"usage: {program}")


@pytest.mark.parametrize(
    "arguments", [("topics", "list"), ("call", "kebakaran"), ("operator", "confirm", "x")]
)
def test_without_a_broker_a_command_says_what_to_do(arguments: tuple[str, ...]) -> None:
    done = siaga(*arguments, "--bootstrap", f"127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert b"siaga kafka up" in done.stderr
    assert b"Traceback" not in done.stderr


def test_decide_without_its_data_says_where_to_look() -> None:
    done = siaga("decide", "--data", "nowhere")
    assert done.returncode == 1
    assert b"--data" in done.stderr


def test_decide_reads_standard_input_to_its_end() -> None:
    done = siaga("decide", given=b'{"id": 1, "narrative": "kebakaran rumah"}\n\n{broken\n')
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2


def test_decide_with_its_standard_input_closed_says_in_one_line_what_to_do() -> None:
    closing = [sys.executable, "-c", "import os, sys; os.close(0); os.execv(sys.executable, sys.argv[1:])"]
    done = subprocess.run(
        [*closing, *COMMAND, "decide"], capture_output=True, cwd=ROOT, timeout=120, check=False
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert b"siaga decide < FILE" in done.stderr


@pytest.mark.parametrize("arguments", [("decide",), ("kafka", "status", "--dir", "nowhere")])
def test_a_pipe_that_nobody_reads_ends_a_command_without_a_word(arguments: tuple[str, ...]) -> None:
    """One writes bytes, the other by the console."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, *arguments], input=b"{}\n" * 50, stdout=writing, stderr=subprocess.PIPE, cwd=ROOT,
        timeout=120, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_posts_file_names_entry_and_field(tmp_path: Path) -> None:
    file = tmp_path / "posts.json"
    file.write_text('[{"post_id": "a", "kind": "police", "name": "A", "lat": 95, "lon": 104}]')
    with pytest.raises(OpsError, match=r"entry 1 \(a\): lat"):
        read_posts(file)


def test_a_days_file_names_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_text('{"reference": "x"}\n')
    with pytest.raises(OpsError, match="line 1: at"):
        read_day(file)


def test_the_day_has_fifty_calls_in_order() -> None:
    day = read_day(ROOT / "data/demo/day.jsonl")
    due = [call.due(75) for call in day]
    assert len(day) == 50
    assert due == sorted(due)
    assert due[-1] < 75


@pytest.mark.parametrize(
    ("arguments", "field"),
    [(("dismiss", "x", "--note", "a" * 2001), "note"), (("transfer", "x", "--to", ""), "to")],
)
def test_what_a_command_can_not_hold_is_said_in_a_sentence(arguments: tuple[str, ...], field: str) -> None:
    done = siaga("operator", *arguments)
    assert done.returncode == 2
    assert f"siaga: {field}: ".encode() in done.stderr
    assert b"Traceback" not in done.stderr
