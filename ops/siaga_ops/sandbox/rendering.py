"""The pages' HTML, in Bahasa Indonesia. Pure; everything from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape
from importlib.resources import files
from urllib.parse import quote

from siaga_ops.sandbox.phones import Message
from siaga_ops.sandbox.webhooks import Handshake

__all__ = ["Row", "chat_page", "conversation", "phone_list", "phones_page"]

WIB = timezone(timedelta(hours=7), "WIB")
SHOWN_MAX = 200
"""A chat shows its newest messages."""
TICKS = {
    "accepted": ("⌛", "menunggu"),
    "sent": ("✓", "terkirim"),
    "delivered": ("✓✓", "diterima"),
    "read": ("✓✓", "dibaca"),
    "failed": ("⚠", "gagal"),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
LINK = re.compile(r"https?://[^\s<>&\"']+(?:&amp;[^\s<>&\"']+)*")
BOLD = re.compile(r"(?<!\w)\*(\S(?:[^*\n]*\S)?)\*(?!\w)")


@dataclass(frozen=True, slots=True)
class Row:
    """A phone in the list: its newest message, and how many are unread. `name` is the post's, if it is known."""

    number: str
    name: str | None
    message: Message
    unread: int


def phones_page(rows: Iterable[Row], business: str, handshake: Handshake) -> str:
    body = f"""<div class="layar"><header><div><h1>Ponsel pos</h1><p>{escape(business)} · kotak pasir WhatsApp</p></div></header>
<main id="berubah" data-isi="phones" data-kabar="events">{phone_list(rows, handshake)}</main></div>"""
    return _page("Ponsel pos", body)


def phone_list(rows: Iterable[Row], handshake: Handshake) -> str:
    """The changing part: each phone with its newest message and the number of unread ones."""
    items = "".join(_row(row) for row in rows)
    empty = '<p class="kosong">Belum ada pesan. Ponsel muncul di sini begitu pesan pertama dikirim.</p>'
    return _webhook_band(handshake) + (f'<ul class="daftar">{items}</ul>' if items else empty)


def chat_page(
    number: str,
    name: str | None,
    messages: list[Message],
    *,
    business: str,
    handshake: Handshake,
    window_open: bool,
    quoted: Message | None,
) -> str:
    path = f"/phones/{number}"
    replying, target = "", ""
    if quoted is not None:
        replying = (
            f'<div class="membalas"><span>Membalas: {escape(_snippet(quoted))}</span>'
            f'<a href="{path}">batal</a></div>'
        )
        target = f'<input type="hidden" name="message_id" value="{escape(quoted.wamid)}">'
    done = f' data-selesai="{path}"' if quoted is not None else ""
    body = f"""<div class="layar percakapan">
<header><a href="/" aria-label="Kembali ke daftar">‹</a><div class="foto" aria-hidden="true">112</div>
<div><h1>{escape(business)}</h1><p>di ponsel {escape(_whose(number, name))}</p></div></header>
<main id="berubah" class="chat" data-isi="{path}/chat" data-kabar="/events?number={number}" data-akhir="1">
{conversation(number, messages, handshake, window_open)}</main>
<div class="tulis" id="tulis">{replying}<form method="post" action="{path}/reply"{done}>{target}
<input type="text" name="text" aria-label="Balasan" placeholder="Tulis balasan" autocomplete="off" maxlength="4096" required>
<button>Kirim</button></form></div></div>"""
    return _page(f"{business} · {_whose(number, name)}", body)


def conversation(number: str, messages: list[Message], handshake: Handshake, window_open: bool) -> str:
    """The changing part: the newest messages with their ticks and buttons."""
    by_id = {message.wamid: message for message in messages}
    pressed = {(m.quoted, m.text) for m in messages if m.kind == "button"}
    parts, day = [_webhook_band(handshake)], ""
    for message in messages[-SHOWN_MAX:]:
        local = message.at.astimezone(WIB)
        if (today := f"{local.day} {MONTHS[local.month - 1]} {local.year}") != day:
            day = today
            parts.append(f'<div class="hari">{day}</div>')
        parts.append(_bubble(number, message, by_id.get(message.quoted or ""), pressed))
    if not messages:
        parts.append(
            '<p class="kosong">Belum ada pesan. Balasan Anda sampai ke pusat 112 sebagai laporan baru.</p>'
        )
    if not window_open:
        parts.append('<div class="hari">Pusat hanya dapat mengirim templat sampai ponsel ini menulis.</div>')
    return "".join(parts)


def _bubble(
    number: str, message: Message, quoted: Message | None, pressed: set[tuple[str | None, str]]
) -> str:
    quote_box = f'<div class="kutipan">{escape(_snippet(quoted))}</div>' if quoted is not None else ""
    foot = f"<span>{_clock(message.at)}</span>{_ticks(message)}"
    if message.by == "phone":
        return (
            f'<div class="pesan saya"><div class="gelembung">{quote_box}<p class="teks">{_rich(message.text)}</p>'
            f'<div class="kaki">{foot}</div></div></div>'
        )
    if message.failure is not None:
        return (
            f'<div class="pesan gagal"><div class="gelembung">{quote_box}<p class="teks">{_rich(message.text)}</p>'
            f'<div class="kaki"><span>Tidak sampai ke ponsel ini</span>{foot}</div></div></div>'
        )
    reply = f'<a href="/phones/{number}?quote={quote(message.wamid, safe="")}#tulis">Balas</a>'
    return (
        f'<div class="pesan"><div class="gelembung">{quote_box}<p class="teks">{_rich(message.text)}</p>'
        f'<div class="kaki">{reply}{foot}</div></div>{_buttons(number, message, pressed)}</div>'
    )


def _buttons(number: str, message: Message, pressed: set[tuple[str | None, str]]) -> str:
    if not message.buttons:
        return ""
    buttons = "".join(
        f'<button name="button" value="{escape(button.payload)}"'
        + (' class="dipilih">✓ ' if (message.wamid, button.text) in pressed else ">")
        + f"{escape(button.text)}</button>"
        for button in message.buttons
    )
    return (
        f'<form class="tombol" method="post" action="/phones/{number}/reply">'
        f'<input type="hidden" name="message_id" value="{escape(message.wamid)}">{buttons}</form>'
    )


def _ticks(message: Message) -> str:
    sign, word = TICKS[message.status]
    if message.failure is not None:
        word = f"gagal: {message.failure.code} {message.failure.title}"
        sign = f"⚠ {message.failure.code}"
    return f'<span class="centang {message.status}" role="img" aria-label="{escape(word)}" title="{escape(word)}">{sign}</span>'


def _whose(number: str, name: str | None) -> str:
    return f"+{number}" if name is None else f"{name} · +{number}"


def _row(row: Row) -> str:
    count = (
        f'<span class="jumlah" aria-label="{row.unread} belum dibaca">{row.unread}</span>'
        if row.unread
        else ""
    )
    who = "Anda: " if row.message.by == "phone" else ""
    number = "" if row.name is None else f'<div class="jam">+{row.number}</div>'
    return (
        f'<li><a href="/phones/{row.number}"><div class="foto" aria-hidden="true">{row.number[-2:]}</div>'
        f'<div class="isi"><div class="baris"><strong>{escape(row.name or f"+{row.number}")}</strong>'
        f'<span class="jam">{_clock(row.message.at)}</span></div>{number}'
        f'<div class="baris"><span class="cuplikan">{escape(who + _snippet(row.message))}</span>{count}</div></div></a></li>'
    )


def _webhook_band(handshake: Handshake) -> str:
    match handshake.state:
        case "verified":
            return ""
        case "off":
            return '<p class="pita">Tanpa webhook: balasan dan status tidak diteruskan ke siapa pun.</p>'
        case "waiting":
            return f'<p class="pita">Webhook belum dijawab: {escape(handshake.detail or "menunggu layanan")}.</p>'
        case "failed":
            return f'<p class="pita galat">Webhook ditolak: {escape(handshake.detail)}</p>'


def _snippet(message: Message) -> str:
    return message.text.replace("\n", " ")[:80]


def _clock(at: datetime) -> str:
    return f"{at.astimezone(WIB):%H.%M}"


def _rich(text: str) -> str:
    """WhatsApp's *bold*, and links."""
    linked = LINK.sub(
        lambda m: f'<a href="{m[0]}" rel="noreferrer" target="_blank">{m[0]}</a>', escape(text, quote=False)
    )
    return BOLD.sub(r"<b>\1</b>", linked)


def _page(title: str, body: str) -> str:
    assets = files("siaga_ops.sandbox") / "assets"
    return f"""<!doctype html><html lang="id"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>
<link rel="icon" href="data:,"><style>{(assets / "style.css").read_text()}</style></head>
<body>{body}<script>{(assets / "live.js").read_text()}</script></body></html>"""
