"""Operators' commands, judged: what they ask for, or why not. Every command has exactly one outcome in the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from siaga_events import EventData
from siaga_events.types import (
    AnswerCall,
    CallAnswered,
    CallClosed,
    CallDismissed,
    CallTransferred,
    CallUnlinked,
    CloseCall,
    CommandRefused,
    ConfirmCall,
    CorrectCall,
    CorrectionNoted,
    DismissCall,
    HoldCall,
    HoldExtended,
    LinkCall,
    PostsRecalled,
    RecallCall,
    TransferCall,
    UnlinkCall,
)

from siaga_router.domain.call import Call, corrected
from siaga_router.domain.directory import Directory
from siaga_router.domain.routing import Router, place_is_known
from siaga_router.domain.same import Pulse, can_be_told, named

__all__ = ["Command", "judge"]

Command = (
    ConfirmCall
    | DismissCall
    | CorrectCall
    | HoldCall
    | AnswerCall
    | TransferCall
    | LinkCall
    | UnlinkCall
    | RecallCall
    | CloseCall
)


def judge(
    router: Router, call: Call, command: Command, directory: Directory, pulse: Pulse, now: datetime
) -> Sequence[EventData]:
    """What a command leads to. The texts are for the operator who gave it."""
    match command:
        case ConfirmCall():
            return _confirm(router, call, command, directory, now)
        case DismissCall():
            ended = CallDismissed(by=command.by, as_type=command.as_type)
            return _end(call, command, ended, "dibatalkan")
        case AnswerCall():
            return _end(call, command, CallAnswered(by=command.by), "dijawab saja")
        case TransferCall():
            return _end(call, command, CallTransferred(by=command.by, to=command.to), "dialihkan")
        case CorrectCall():
            return _correct(router, call, command, directory, now)
        case HoldCall():
            if call.hold is None:
                return [_refused(command, "panggilan ini tidak sedang menunggu operator")]
            return [HoldExtended(by=command.by, until=now + router.deadlines.hold_lapses_after())]
        case LinkCall():
            return _link(router, call, command, directory, pulse)
        case UnlinkCall():
            if call.phase != "linked":
                return [_refused(command, "panggilan ini tidak digabung dengan kejadian lain")]
            outcome = _confirm(router, call, command, directory, now)
            is_refused = isinstance(outcome[0], CommandRefused)
            return outcome if is_refused else [CallUnlinked(by=command.by), *outcome]
        case RecallCall():
            if call.phase != "routed":
                return [_refused(command, _why_not_recalled(call))]
            return [PostsRecalled(by=command.by, note=command.note)]
        case CloseCall():
            if call.phase == "closed":
                return [_refused(command, "panggilan ini sudah ditutup")]
            return [CallClosed(by=command.by, outcome=command.outcome)]
        case _:
            assert_never(command)


def _why_not_recalled(call: Call) -> str:
    match call.phase:
        case "closed":
            return "panggilan ini sudah ditutup"
        case "recalled":
            return "pos sudah ditarik"
        case _:
            return "tidak ada pos yang sedang dikirim"


def _link(
    router: Router, call: Call, command: LinkCall, directory: Directory, pulse: Pulse
) -> Sequence[EventData]:
    if call.phase == "closed":
        return [_refused(command, "panggilan ini sudah ditutup")]
    if call.phase == "linked":
        return [_refused(command, "sudah digabung; pisahkan dulu (unlink)")]
    if call.known is None:
        return [_refused(command, "laporan belum dibaca sistem; coba lagi sebentar")]
    same = named(call.id, call.known, command.to, pulse)
    if same is None:
        why = f"kejadian {command.to} tidak ada di daftar kejadian yang sedang berjalan"
        return [_refused(command, why)]
    if not can_be_told(same, directory):
        return [_refused(command, "tidak ada pos kejadian itu yang bisa diberi tahu; kirim saja (confirm)")]
    if _was_raised_since(call, command.on):
        return [_refused(command, "ada keputusan yang lebih baru dari yang Anda lihat; lihat lagi dulu")]
    return [router.link(call.known, same, directory, by=command.by)]


def _confirm(
    router: Router, call: Call, command: ConfirmCall | UnlinkCall, directory: Directory, now: datetime
) -> Sequence[EventData]:
    report = call.known
    if report is None:
        why = "sudah ditutup" if call.phase == "closed" else "laporan belum dibaca sistem; coba lagi sebentar"
        return [_refused(command, why)]
    if call.phase == "routed" and call.hold is None:
        return [_refused(command, "sudah dikirim ke pos")]
    if report.category in ("information", "none"):
        return [_refused(command, "kategori ini tidak punya pos; perbaiki dulu kategorinya (correct)")]
    return router.dispatch(call, report, directory, now, "confirmed", confirmed_by=command.by)


def _correct(
    router: Router, call: Call, command: CorrectCall, directory: Directory, now: datetime
) -> Sequence[EventData]:
    if command.category is None and command.priority is None and command.place is None:
        return [_refused(command, "tidak ada yang diperbaiki: beri kategori, prioritas atau lokasi")]
    if call.phase == "closed":
        return [_refused(command, "panggilan ini sudah ditutup")]
    noted = CorrectionNoted(
        by=command.by, category=command.category, priority=command.priority, place=command.place
    )
    if call.known is None:
        return [noted]
    report = corrected(call.known, noted)
    if report.category in ("information", "none"):
        return [noted]
    if not place_is_known(report.place):
        waits = call.phase in ("held", "routed")
        return [noted] if waits else [noted, router.ask_place(call, report, now)]
    return [noted, *router.dispatch(call, report, directory, now, "corrected", confirmed_by=command.by)]


def _end(
    call: Call, command: DismissCall | AnswerCall | TransferCall, ended: EventData, word: str
) -> Sequence[EventData]:
    """An end without help: only on what the operator has seen, and not over the heads of those who were sent."""
    if call.phase == "closed":
        return [_refused(command, "panggilan ini sudah ditutup")]
    if call.phase == "routed" and not isinstance(command, DismissCall):
        return [_refused(command, f"pos sudah diminta, tidak bisa {word}; tarik dulu (recall)")]
    if _was_raised_since(call, command.on):
        return [_refused(command, "ada keputusan yang lebih baru dari yang Anda lihat; lihat lagi dulu")]
    return [ended]


def _was_raised_since(call: Call, on: str | None) -> bool:
    ids = [decision.id for decision in call.decisions]
    if on is None:
        return bool(ids)
    if on not in ids:
        return True
    return any(decision.raises for decision in call.decisions[ids.index(on) + 1 :])


def _refused(command: Command, why: str) -> CommandRefused:
    return CommandRefused(by=command.by, command=type(command).__name__, why=why)
