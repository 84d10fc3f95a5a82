"""`siaga operator watch`: nobody is told of an empty inbox before the logs are read; plain lines off a terminal."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console
from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import (
    AlarmAccepted,
    AlarmDeclined,
    AlarmOverdue,
    CallDismissed,
    CallLinked,
    DeadLettered,
    DeadLetterResolved,
    DeskAsked,
    HoldExtended,
    LinkCall,
    Place,
    PostProgressed,
    ReportNoted,
    SameIncident,
    SurgeCounted,
    TransferCall,
)
from siaga_ops.client import FETCH_RECORDS
from siaga_ops.errors import OutputClosed
from siaga_ops.operator.lines import NOBODY, Changes
from siaga_ops.operator.watch import Desk, watch
from siaga_ops.stories import STORY_TOPICS, Stories
from siaga_ops.testing import memory_client

from .made import CALL, CLASSIFIED, HELD, NOON, POST, RAISED, RECEIVED, ROUTED, events, report

LATER_DUE = HoldExtended(by="ani", until=NOON + timedelta(seconds=180))


def screen(desk: Desk) -> str:
    console = Console(width=160, record=True, file=StringIO())
    console.print(desk.screen())
    return console.export_text()


def test_until_the_logs_are_read_the_screen_says_so() -> None:
    desk = Desk("ani", percent_read=40)
    desk.stories.take_all(events(RECEIVED, HELD))
    assert screen(desk) == "membaca catatan ... 40 %\n"
    assert desk.rows() == []
    desk.percent_read = 100
    assert CALL[:8] in screen(desk)


def test_a_deadline_that_has_passed_is_not_counted_on() -> None:
    desk = Desk("ani")
    past = HELD.model_copy(update={"due": NOON - timedelta(days=3650)})
    desk.stories.take_all(events(RECEIVED, past))
    assert "habis" in screen(desk)
    assert "waktu habis" in Changes().fresh(desk.stories, NOON)[0]


def desk_of(*calls: str) -> Desk:
    desk = Desk("ani")
    for call in calls:
        desk.stories.take_all(events(RECEIVED, HELD, call=call))
    screen(desk)
    return desk


def test_a_key_acts_on_what_was_drawn_and_not_on_what_slid_under_it() -> None:
    desk = desk_of("call-5", "call-7")
    desk.press("B")
    screen(desk)
    desk.stories.take_all(events(RECEIVED, HELD, call="call-1"))  # sorts before both
    for _ in range(2):  # before and after it is drawn
        wanted = desk.press("k")
        assert wanted is not None
        assert wanted.call == "call-7"
        assert wanted.command.on == desk.drawn["call-7"].decision
        screen(desk)


def test_when_the_chosen_call_has_left_nothing_is_chosen() -> None:
    desk = desk_of("call-5", "call-7")
    desk.stories.take_all(events(CallDismissed(as_type="prank"), call="call-5"))
    screen(desk)
    assert desk.press("k") is None
    assert "pilih panggilan dulu" in screen(desk)
    desk.press("B")
    wanted = desk.press("k")
    assert wanted is not None
    assert wanted.call == "call-7"


def test_a_call_that_comes_into_a_list_that_was_emptied_is_not_chosen() -> None:
    desk = desk_of("call-5")
    desk.stories.take_all(events(CallDismissed(as_type="prank"), call="call-5"))
    assert NOBODY in screen(desk)
    desk.stories.take_all(events(RECEIVED, HELD, call="call-7"))
    screen(desk)
    assert desk.press("k") is None
    assert "pilih panggilan dulu" in desk.message


GRAVER = HELD.model_copy(update={"report": report(priority=2)})
CHANGES: list[tuple[EventData, str]] = [
    (CallDismissed(as_type="prank"), "call-5 tidak menunggu lagi (dibatalkan)"),
    (ROUTED, "call-5 tidak menunggu lagi (diteruskan ke pos)"),
    (GRAVER, "call-5 baru saja berubah"),
    (ReportNoted(report=report(priority=2)), "call-5 baru saja berubah"),
]


@pytest.mark.parametrize(("change", "told"), CHANGES)
def test_no_key_acts_on_a_call_that_changed_after_it_was_drawn(change: EventData, told: str) -> None:
    desk = desk_of("call-5")
    desk.stories.take_all(events(RECEIVED, HELD, change, call="call-5")[2:])
    assert desk.press("k") is None
    assert desk.message.startswith(told)
    assert desk.press("b") is None
    assert desk.asked is None


@pytest.mark.parametrize(("change", "told"), CHANGES)
def test_no_question_is_confirmed_of_a_call_that_changed_after_it_was_asked(
    change: EventData, told: str
) -> None:
    desk = desk_of("call-5")
    desk.press("b")
    desk.stories.take_all(events(RECEIVED, HELD, change, call="call-5")[2:])
    screen(desk)
    assert desk.press("y") is None
    assert desk.message.startswith(told)


def test_a_longer_countdown_is_no_change() -> None:
    desk = desk_of("call-5")
    desk.stories.take_all(events(RECEIVED, HELD, LATER_DUE, call="call-5")[2:])
    assert desk.press("k") is not None


@pytest.mark.parametrize("key", ["b", "j", "r"])
def test_what_ends_a_call_is_asked_once_more(key: str) -> None:
    desk = desk_of("call-5")
    assert desk.press(key) is None
    assert "call-5, P1 KEBAKARAN" in screen(desk)
    assert desk.press("x") is None
    assert "tidak jadi" in screen(desk)
    assert desk.press("y") is None, "the question is over"
    desk.press(key)
    wanted = desk.press("y")
    assert wanted is not None
    assert wanted.call == "call-5"


def test_what_an_earlier_command_came_to_does_not_hide_the_question() -> None:
    desk = desk_of("call-5")
    desk.press("b")
    desk.message = "HoldCall call-7: diterima"
    assert "batalkan call-5" in screen(desk)
    desk.press("x")
    assert "batalkan call-5" not in screen(desk)


def alarm_of(name: str) -> EventData:
    post = POST.model_copy(update={"post_id": name, "name": name})
    return RAISED.model_copy(update={"alarm_id": name, "post": post})


def about(kind: type[EventData], name: str, **fields: object) -> EventData:
    return kind.model_validate({"alarm_id": name, "post_id": name, "role": "duty", **fields})


@pytest.mark.parametrize("key", ["b", "r"])
def test_the_question_counts_every_post_that_gets_a_withdrawal(key: str) -> None:
    """Who comes, who may still come, and who was late; not who refused or has finished."""
    names = ("comes", "silent", "late", "refused", "finished")
    desk = Desk("ani")
    told = (
        RECEIVED, ROUTED, *map(alarm_of, names),
        about(AlarmAccepted, "comes"), about(PostProgressed, "comes", progress="en_route"),
        about(AlarmOverdue, "late"), about(AlarmDeclined, "refused"),
        about(AlarmAccepted, "finished"), about(PostProgressed, "finished", progress="finished"),
        DeskAsked(alarm_id="silent", post_id="silent", why="x"),
    )  # fmt: skip
    desk.stories.take_all(events(*told))
    screen(desk)
    assert desk.press(key) is None
    assert "3 pos akan menerima pembatalan" in screen(desk)


def test_a_transfer_goes_to_where_the_hold_says_and_names_it() -> None:
    desk = Desk("ani")
    to = "112 Pesisir Barat"
    desk.stories.take_all(events(RECEIVED, HELD.model_copy(update={"reason": "transfer", "detail": to})))
    screen(desk)
    desk.press("a")
    assert f"ke {to}?" in screen(desk)
    wanted = desk.press("y")
    assert wanted is not None
    assert isinstance(wanted.command, TransferCall)
    assert wanted.command.to == to


@pytest.mark.parametrize(("key", "typed"), [("a", "operator transfer"), ("g", "operator link")])
def test_a_key_that_lacks_its_goal_says_what_to_type(key: str, typed: str) -> None:
    desk = Desk("ani")
    desk.stories.take_all(events(RECEIVED, HELD))
    screen(desk)
    assert desk.press(key) is None
    assert desk.asked is None
    assert typed in screen(desk)


def test_a_likely_incident_is_shown_and_linked_after_a_second_key() -> None:
    desk = Desk("ani")
    likely = SameIncident(
        call="abcdef0123",
        kecamatan="Suoh",
        score=0.8,
        distance_m=340,
        seconds_apart=120,
        number=3,
        posts=("damkar",),
    )
    desk.stories.take_all(events(RECEIVED, HELD.model_copy(update={"likely": likely})))
    assert "abcdef01" in screen(desk)
    desk.press("g")
    assert "gabungkan" in screen(desk)
    assert "dengan abcdef01?" in screen(desk)
    wanted = desk.press("y")
    assert wanted is not None
    assert wanted.command == LinkCall(by="ani", on=wanted.command.on, to="abcdef0123")


def test_a_linked_call_whose_incident_was_called_off_comes_back() -> None:
    same = SameIncident(call="first", kecamatan="Suoh", score=1, distance_m=9, seconds_apart=9, number=2)
    linked = CallLinked(same=same, report=CLASSIFIED.report, directory_version=1)
    desk = Desk("ani")
    desk.stories.take_all(events(RECEIVED, CLASSIFIED, linked))
    assert desk.rows() == []
    desk.stories.take_all(events(RECEIVED, CallDismissed(by="ani", as_type="prank"), call="first"))
    (row,) = desk.rows()
    assert "tidak berjalan lagi: pisahkan" in row.why


def test_a_surge_is_shown_while_it_lasts() -> None:
    desk, now = Desk("ani"), datetime.now(UTC)
    about = {"calls": 14, "since": now - timedelta(minutes=15), "until": now - timedelta(minutes=5)}
    for kecamatan, changes in (
        ("Suoh", {}),
        ("Sukau", {"calls": 9}),
        ("Liwa", {"since": now - timedelta(minutes=21), "until": now - timedelta(minutes=11)}),
    ):
        counted = SurgeCounted.model_validate({"kecamatan": kecamatan, **about, **changes})
        desk.surges.take(Event(derived_id(kecamatan), "pulse", kecamatan, now, counted))
    assert "LONJAKAN: Suoh 14\n" in screen(desk).replace(" \n", "\n")


def test_eighty_columns_and_twelve_calls_fit_and_the_chosen_one_is_seen() -> None:
    desk = desk_of(*(f"call-{n:02}" for n in range(12)))
    desk.height = 16
    for _ in range(11):
        desk.press("B")
    console = Console(width=80, record=True, file=StringIO())
    console.print(desk.screen())
    lines = console.export_text().splitlines()
    assert len(lines) <= 16
    assert any(line.startswith("> call-11") for line in lines)
    assert all(len(line) <= 80 for line in lines)
    assert "[q] keluar" in "".join(lines[:4])


LONG = RECEIVED.model_copy(
    update={"narrative": "pak tulung pak kebakaran besar di dekat masjid agung liwa " * 8}
)
PLACE = Place(text="x", level="pekon", kode="1", name="Pekon Sukarame", kecamatan="Balik Bukit", confidence=1)
LONG_HELD = HELD.model_copy(
    update={
        "reason": "place_unknown", "detail": "Sukarame: 3 tempat",
        "report": report(category="accident", place=PLACE),
    }
)  # fmt: skip


def test_a_terminal_of_eighty_by_twenty_four_shows_twelve_long_calls_keys_and_question() -> None:
    desk = Desk("ani", height=24)
    for n in range(12):
        desk.stories.take_all(events(LONG, LONG_HELD, call=f"call-{n:02}"))
    desk.letters.take(Event(LETTER_ID, "intake", "letter", NOON, LETTER))
    console = Console(width=80, height=24, record=True, file=StringIO())
    console.print(desk.screen())
    desk.press("B")
    desk.press("b")
    console.export_text()
    console.print(desk.screen())
    seen = console.export_text().splitlines()[:24]  # what is below is cut off
    rows = [line for line in seen if line[2:].startswith("call-")]
    assert [line[:9].strip() for line in rows] == [f"{'> ' if n == 1 else ''}call-{n:02}" for n in range(12)]
    assert all("KECELAKAAN lokasi belum" in line and "Pekon Suk" in line for line in rows)
    assert any("[q] keluar" in line for line in seen)
    assert any("batalkan call-01, P1 KECELAKAAN? [y]a" in line for line in seen)
    assert any("1 catatan tak terbaca" in line for line in seen)


LETTER = DeadLettered(
    service="intake", topic="gateway.calls", partition=0, offset=7, timestamp_ms=0, key=None, value=None,
    headers=(), why="no JSON",
)  # fmt: skip
LETTER_ID = derived_id("letter")


def test_a_record_that_nobody_could_read_is_told_until_it_is_settled() -> None:
    """It may be a call."""
    desk, changes = desk_of("call-5"), Changes()
    assert "tak terbaca" not in screen(desk)
    desk.letters.take(Event(LETTER_ID, "intake", "letter", NOON, LETTER))
    assert "1 catatan tak terbaca" in screen(desk)
    assert "1 catatan tak terbaca" in changes.fresh(desk.stories, NOON, desk.letters.open)[-1]
    settled = DeadLetterResolved(dead_letter=str(LETTER_ID), by="ani", note="told the exchange")
    desk.letters.take(Event(derived_id("settled"), "ops", "letter", NOON, settled))
    assert "tak terbaca" not in screen(desk)
    assert "semua catatan terbaca" in changes.fresh(desk.stories, NOON, desk.letters.open)[-1]


def test_an_empty_inbox_is_said() -> None:
    assert "tidak ada panggilan yang menunggu" in screen(Desk("ani"))


async def test_following_is_at_a_hundred_percent_once_all_is_taken() -> None:
    client = memory_client()
    many = [e for n in range(FETCH_RECORDS + 10) for e in events(RECEIVED, call=f"call-{n}")]
    await client.publish("calls", many)
    percents = []
    async with client.following(["calls"], from_start=True) as following:

        async def take() -> None:
            async for _ in following:
                percents.append(following.percent_read)

        taking = asyncio.create_task(take())
        async with asyncio.timeout(20):
            while following.percent_read < 100:
                await asyncio.sleep(0)
        taking.cancel()
    assert len(percents) == len(many)
    assert percents[0] == 0
    assert 0 < percents[-1] < 100


async def test_what_comes_from_now_on_has_nothing_to_catch_up() -> None:
    client = memory_client()
    await client.publish("calls", events(RECEIVED))
    async with client.following(["calls"]) as following:
        assert following.percent_read == 100


async def test_an_empty_log_is_read_at_once() -> None:
    async with memory_client().following(STORY_TOPICS, from_start=True) as following:
        assert following.percent_read == 100


def test_each_change_is_one_line() -> None:
    stories, changes = Stories(), Changes()
    told = events(RECEIVED, CLASSIFIED, HELD, LATER_DUE, CallDismissed(as_type="prank", by="ani"))

    def after(number: int) -> list[str]:
        stories.take_all(told[:number])
        return changes.fresh(stories, NOON)

    assert after(0) == ["12:00:00 WIB tidak ada panggilan yang menunggu"]
    assert after(2) == []
    assert after(3) == [
        f"12:00:00 WIB {CALL[:8]} P1 KEBAKARAN | kurang jelas | sisa 60 detik | - | kebakaran rumah"
    ]
    assert after(3) == []
    assert ["sisa 180 detik" in line for line in after(4)] == [True]
    assert after(5) == [
        f"12:00:00 WIB {CALL[:8]} tidak menunggu lagi: dibatalkan",
        "12:00:00 WIB tidak ada panggilan yang menunggu",
    ]


async def test_off_a_terminal_there_are_plain_lines() -> None:
    client = memory_client()
    await client.publish("calls", events(RECEIVED))
    await client.publish("routings", events(HELD))
    output = StringIO()
    watching = asyncio.create_task(watch(client, "ani", Console(file=output, width=80)))
    async with asyncio.timeout(20):
        while CALL[:8] not in output.getvalue():
            await asyncio.sleep(0.01)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    first, second = output.getvalue().splitlines()
    assert first == "membaca catatan ..."
    assert "kebakaran rumah" in second
    assert "\x1b" not in output.getvalue()


async def test_on_a_terminal_the_logs_are_read_before_an_inbox_is_shown() -> None:
    client = memory_client()
    await client.publish(
        "calls", [e for n in range(3 * FETCH_RECORDS) for e in events(RECEIVED, call=f"c{n}")]
    )
    output = StringIO()
    watching = asyncio.create_task(watch(client, "ani", Console(file=output, width=160, force_terminal=True)))
    async with asyncio.timeout(20):
        while NOBODY not in output.getvalue():
            await asyncio.sleep(0.01)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert "membaca catatan ..." in output.getvalue().partition(NOBODY)[0]


async def test_it_ends_when_nobody_reads_its_lines_any_more() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as output:
        watching = asyncio.create_task(watch(memory_client(), "ani", Console(file=output)))
        await asyncio.sleep(0.05)
        os.close(reading)
        with pytest.raises(OutputClosed):
            await asyncio.wait_for(watching, 20)
