"""The operator's commands and the posts' answers, by the real command and the sandbox's phones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from siaga_events.types import (
    AlarmAccepted,
    AlarmDeclined,
    AlarmOverdue,
    AlarmRaised,
    CallClosed,
    CallDismissed,
    CallHeld,
    CallRouted,
    CommandRefused,
    CorrectionNoted,
    HoldExtended,
    PostProgressed,
    WordsAdded,
)

from .reports import FIRE, PRANK_FIRE, published, report
from .system import System, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

CLOSED_HERE = "pln-ulp-liwa"


async def held_call(system: System, narrative: str = PRANK_FIRE) -> tuple[str, str]:
    """A call that waits for an operator, and the id of the decision to hold it."""
    call = await published(system.client, report(narrative))
    return call, str((await system.seen.first(CallHeld, call)).id)


def duty(alarm: AlarmRaised) -> bool:
    return alarm.role == "duty"


async def duty_alarm(system: System, call: str) -> tuple[AlarmRaised, dict[str, Any]]:
    """The first duty alarm of a call, and its message at the provider."""
    raised = (await system.seen.first(AlarmRaised, call, duty)).data
    return raised, await system.message_about(raised.alarm_id)


def button(message: dict[str, Any], text: str) -> str:
    return str(next(b["payload"] for b in message["buttons"] if b["text"] == text))


async def test_a_confirmed_call_is_sent_and_names_the_operator(system: System) -> None:
    call, seen = await held_call(system)
    ran = await system.siaga("operator", "confirm", call, "--on", seen)
    assert ran.status == 0, ran.output
    assert "diterima: CallRouted" in ran.output
    routed = (await system.seen.first(CallRouted, call)).data
    assert (routed.reason, routed.confirmed_by) == ("confirmed", "operator-uji")
    await duty_alarm(system, call)


async def test_a_dismissed_call_is_over_and_asks_nobody(system: System) -> None:
    call, _ = await held_call(system)
    ran = await system.siaga("operator", "dismiss", call[:13], "--as", "false_report")
    assert ran.status == 0, ran.output
    assert "diterima: CallDismissed" in ran.output
    assert (await system.seen.first(CallDismissed, call)).data.as_type == "false_report"
    assert system.seen.all(AlarmRaised, call, duty) == []


async def test_a_corrected_place_sends_the_post_of_that_place(system: System) -> None:
    call, _ = await held_call(system)
    ran = await system.siaga(
        "operator", "correct", call, "--kode", "18.04.04.1001", "--category", "fire", "--priority", "1"
    )
    assert ran.status == 0, ran.output
    noted = (await system.seen.first(CorrectionNoted, call)).data
    assert noted.place is not None
    assert noted.place.name == "Pasar Liwa"
    raised, _ = await duty_alarm(system, call)
    assert raised.post.post_id == "damkar-balik-bukit"


async def test_a_call_in_hand_waits_for_its_operator(system: System) -> None:
    call, seen = await held_call(system)
    ran = await system.siaga("operator", "hold", call, "--on", seen)
    assert ran.status == 0, ran.output
    assert (await system.seen.first(HoldExtended, call)).data.by == "operator-uji"


async def test_a_dismissal_of_what_has_become_graver_is_refused(system: System) -> None:
    said = report("halo pak tolong")
    call = await published(system.client, said)
    seen = str((await system.seen.first(CallHeld, call)).id)
    words = WordsAdded(
        reference=said.reference,
        started_at=said.started_at,
        narrative="kebakaran rumah di pasar liwa, api besar, dua orang terjebak",
    )
    await published(system.client, words)
    await system.seen.first(CallRouted, call)
    ran = await system.siaga("operator", "dismiss", call, "--on", seen)
    assert ran.status == 1
    assert "ditolak: ada keputusan yang lebih baru" in ran.output
    assert len(system.seen.all(CommandRefused, call)) == 1
    assert system.seen.all(CallDismissed, call) == []


async def test_commands_about_no_call_or_without_content_are_refused(system: System) -> None:
    ran = await system.siaga("operator", "confirm", "ffffffff-0000")
    assert ran.status == 1
    assert "tidak dikenal" in ran.output
    call, _ = await held_call(system)
    empty = await system.siaga("operator", "correct", call)
    assert empty.status == 1
    assert "ditolak: tidak ada yang diperbaiki" in empty.output


async def test_a_post_that_accepts_goes_and_finishes_closes_the_call(system: System) -> None:
    call = await published(system.client, report(FIRE))
    raised, message = await duty_alarm(system, call)
    await system.reply(message, button=button(message, "TERIMA"))
    accepted = await system.seen.first(AlarmAccepted, call)
    assert (accepted.data.alarm_id, accepted.data.late) == (raised.alarm_id, False)
    await system.reply(message, text="BERANGKAT")
    await system.seen.first(PostProgressed, call, lambda p: p.progress == "en_route")
    await system.reply(message, text="SELESAI ditangani")
    await system.seen.first(PostProgressed, call, lambda p: p.progress == "finished")
    closed = await system.seen.first(CallClosed, call)
    assert (closed.data.outcome, closed.data.by) == ("finished", None)
    late = await system.siaga("operator", "dismiss", call)
    assert late.status == 1
    assert "sudah ditutup" in late.output


async def test_a_post_that_declines_makes_the_next_one_asked(system: System) -> None:
    call = await published(system.client, report(FIRE))
    raised, message = await duty_alarm(system, call)
    await system.reply(message, text=f"TDK {raised.number} mobil rusak")
    declined = (await system.seen.first(AlarmDeclined, call)).data
    assert (declined.alarm_id, declined.why) == (raised.alarm_id, "mobil rusak")
    again = await system.seen.first(CallRouted, call, lambda r: r.replaces == raised.alarm_id)
    assert again.data.reason == "declined"
    following = (await system.seen.count(2, AlarmRaised, call, duty))[1].data
    assert following.post.post_id != raised.post.post_id
    await system.message_about(following.alarm_id)


@asynccontextmanager
async def short_deadlines(system: System, scale: str) -> AsyncIterator[None]:
    (router,) = system.line.of("router")
    long = router.env
    await router.stop()
    router.env = {**long, "SIAGA_DEADLINE_SCALE": scale}
    router.start()
    try:
        await until(router.is_ready, "the hurried router is ready")
        yield
    finally:
        await router.stop()
        router.env = long
        router.start()
        await until(router.is_ready, "the router is ready again")


@pytest.mark.own_line
async def test_a_post_that_does_not_answer_makes_the_next_nearest_asked(system: System) -> None:
    async with short_deadlines(system, "0.01"):
        call = await published(system.client, report(FIRE))
        first, message = await duty_alarm(system, call)
        overdue = await system.seen.first(AlarmOverdue, call)
        assert overdue.data.alarm_id == first.alarm_id
        again = await system.seen.first(CallRouted, call, lambda r: r.replaces == first.alarm_id)
        assert again.data.reason == "overdue"
        (before,) = [s for s in (await system.seen.first(CallRouted, call)).data.slots if s.role == "duty"]
        nearest = next(c.post_id for c in before.candidates if c.post_id != first.post.post_id)
        following = (await system.seen.count(2, AlarmRaised, call, duty))[1].data
        assert following.post.post_id == nearest
        await system.message_about(following.alarm_id)
        await system.reply(message, button=button(message, "TERIMA"))
        late = await system.seen.first(AlarmAccepted, call)
        assert (late.data.alarm_id, late.data.late) == (first.alarm_id, True)


async def test_the_directory_in_a_pipe_is_plain_lines_with_the_reason_of_a_closed_post(
    system: System,
) -> None:
    """The closed post is no other test's, and is opened again."""
    closed = await system.siaga("posts", "close", CLOSED_HERE, "--why", "banjir di jembatan")
    assert closed.status == 0, closed.output

    async def look() -> list[list[str]] | None:
        listed = await system.siaga("posts", "list")
        rows = [line.split("\t") for line in listed.output.splitlines() if "\t" in line]
        return rows if any(row[0] == CLOSED_HERE and "banjir di jembatan" in row[4] for row in rows) else None

    try:
        rows = await until(look, "the closed post is listed with its reason")
        assert rows[0] == ["post", "kind", "name", "kecamatan", "now", "capabilities"]
        assert {len(row) for row in rows} == {6}
    finally:
        opened = await system.siaga("posts", "open", CLOSED_HERE)
        assert opened.status == 0, opened.output
