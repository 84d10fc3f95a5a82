"""What a post is told: in Bahasa Indonesia, one subject, short. Health words stay off a lock screen ("Kode C").

The templates are data/templates/whatsapp.json, in the provider's own form; their parameters are made here.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from siaga_events.types import Category, MessageText, Place, Report, Role, SameIncident

__all__ = [
    "ALARM_TEMPLATE",
    "CATEGORY_WORDS",
    "NOTICE_TEMPLATE",
    "WITHDRAWAL_TEMPLATE",
    "alarm_number",
    "alarm_text",
    "further_report_text",
    "supervisor_text",
    "withdrawal_text",
]

ALARM_TEMPLATE = "siaga_alarm"
NOTICE_TEMPLATE = "siaga_tembusan"
WITHDRAWAL_TEMPLATE = "siaga_batal"
WORDS_LIMIT = 110
LANDMARK_LIMIT = 40
PLACE_LIMIT = 45
OTHERS_LIMIT = 50
"""Characters; together with the template they keep a message within 500."""
WIB = timezone(timedelta(hours=7), "WIB")

URGENCY = {1: "DARURAT 1", 2: "MENDESAK 2", 3: "BIASA 3"}
CATEGORY_WORDS: dict[Category, str] = {
    "fire": "KEBAKARAN",
    "medical": "MEDIS",
    "accident": "KECELAKAAN",
    "disaster": "BENCANA",
    "public_order": "KAMTIBMAS",
    "covid": "KODE C",
    "information": "INFORMASI",
    "other": "LAIN",
    "none": "PANGGILAN",
}
ROLE_WORDS: dict[Role, str] = {
    "duty": "tugas utama",
    "support": "bantuan",
    "copy": "tembusan",
    "supervisor": "pengawas",
}
MARK_WORDS = {
    "victims": "ada korban",
    "trapped": "ada yang terjebak",
    "violence": "ada kekerasan",
    "live_wire": "kabel bertegangan",
    "wild_animal": "satwa liar",
    "mental_health": "gangguan jiwa",
    "covid": "Kode C, APD",
}


def alarm_number(alarm_id: str) -> str:
    """Four digits from the alarm's id; read only together with the post's phone."""
    return str(1000 + int(alarm_id.replace("-", "")[-8:], 16) % 9000)


def alarm_text(
    report: Report,
    role: Role,
    number: str,
    others: tuple[str, ...],
    checked: bool,
    answer_seconds: float | None,
) -> MessageText:
    """The alarm for a post; `checked` says whether an operator confirmed the report."""
    parameters = (
        f"{URGENCY[report.priority]} {CATEGORY_WORDS[report.category]}",
        number,
        _clock(report.reported_at),
        _place(report.place),
        _landmark(report.place),
        _known(report),
        report.caller or "-",
        _map(report.place),
        _short(", ".join(others), OTHERS_LIMIT) or "-",
        "sudah dicek operator" if checked else "belum dikonfirmasi",
    )
    if role in ("duty", "support"):
        last = ROLE_WORDS[role]
        if answer_seconds is not None:
            last = f"{last}, {_duration(answer_seconds)} tanpa jawaban pos lain diminta"
        return MessageText(template=ALARM_TEMPLATE, parameters=tuple(_clean(p) for p in (*parameters, last)))
    return MessageText(
        template=NOTICE_TEMPLATE, parameters=tuple(_clean(p) for p in (*parameters, ROLE_WORDS[role]))
    )


def supervisor_text(report: Report | None, why: str, number: str, now: datetime) -> MessageText:
    """What the supervisor is told when nobody else can be."""
    if report is None:
        blank = (
            "PANGGILAN TANPA BACAAN",
            number,
            _clock(now),
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
            "perlu manusia",
            why,
        )
        return MessageText(template=NOTICE_TEMPLATE, parameters=tuple(_clean(p) for p in blank))
    text = alarm_text(report, "supervisor", number, (), checked=False, answer_seconds=None)
    return MessageText(
        template=NOTICE_TEMPLATE, parameters=(*text.parameters[:-1], _clean(f"pengawas: {why}"))
    )


def further_report_text(report: Report, same: SameIncident, number: str, *, checked: bool) -> MessageText:
    """A further report of an incident that the post has. It answers nothing: its alarm is the first one."""
    text = alarm_text(report, "copy", number, (), checked, answer_seconds=None)
    place = f", {same.distance_m} m dari laporan pertama" if same.distance_m else ""
    said = f"laporan ke-{same.number} untuk kejadian yang sama{place}; bila bukan, hubungi meja 112"
    return MessageText(template=NOTICE_TEMPLATE, parameters=(*text.parameters[:-1], _clean(said)))


def withdrawal_text(number: str, why: str) -> MessageText:
    return MessageText(template=WITHDRAWAL_TEMPLATE, parameters=(number, _clean(why)))


def _duration(seconds: float) -> str:
    """Shortened deadlines (`SIAGA_DEADLINE_SCALE`) may be less than a minute."""
    return f"{max(1, round(seconds))} detik" if seconds < 60 else f"{round(seconds / 60)} menit"


def _clock(moment: datetime) -> str:
    return moment.astimezone(WIB).strftime("%H.%M")


def _place(place: Place | None) -> str:
    if place is None:
        return "lokasi belum diketahui"
    name = place.name if place.kecamatan in (None, place.name) else f"{place.name}, Kec. {place.kecamatan}"
    name = _short(name, PLACE_LIMIT)
    return name if place.kode is not None or place.level == "point" else f"{name} (belum pasti)"


def _landmark(place: Place | None) -> str:
    return "-" if place is None or place.text is None else _short(place.text, LANDMARK_LIMIT)


def _known(report: Report) -> str:
    """Marks, then the words; of a covid report only the code, since it may stand on a lock screen."""
    marks = ", ".join(MARK_WORDS[m] for m in report.marks)
    if report.category == "covid":
        return marks or MARK_WORDS["covid"]
    words = report.words or "tanpa kata"
    return _short(f"{marks}. {words}" if marks else words, WORDS_LIMIT)


def _map(place: Place | None) -> str:
    if place is None or place.lat is None or place.lon is None:
        return "-"
    estimated = "" if place.level == "point" else " (perkiraan)"
    return f"https://maps.google.com/?q={place.lat:.4f},{place.lon:.4f}{estimated}"


def _short(text: str, limit: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _clean(parameter: str) -> str:
    """The provider takes no line break, tab or run of blanks in a parameter, and none that is empty."""
    return " ".join(parameter.split()) or "-"
