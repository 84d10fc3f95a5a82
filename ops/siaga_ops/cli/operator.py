"""`siaga operator`: in Bahasa Indonesia, as the desk works"""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from siaga_events.types import (
    AnswerCall,
    Category,
    CloseCall,
    ConfirmCall,
    CorrectCall,
    DismissCall,
    HoldCall,
    LinkCall,
    OperatorCommand,
    RecallCall,
    TransferCall,
    UnlinkCall,
)

from siaga_ops.cli.options import Bootstrap, By, Data, out, run, settings
from siaga_ops.client import connected
from siaga_ops.operator import commands
from siaga_ops.operator.watch import watch
from siaga_ops.printing import short

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Meja operator: kotak masuk dan perintah.")

Call = Annotated[str, typer.Argument(help="Id panggilan, awal id, atau nomor rujukan.")]
On = Annotated[str | None, typer.Option(help="Id keputusan yang dilihat; kosong: yang terakhir.")]
Note = Annotated[str | None, typer.Option(help="Catatan.")]


@app.command("watch")
def operator_watch(by: By = settings.operator, bootstrap: Bootstrap = settings.bootstrap) -> None:
    """Kotak masuk langsung: panggilan yang menunggu.

    Dengan hitung mundur dan tombol untuk bertindak; di luar terminal satu baris untuk setiap perubahan.
    """

    async def talk() -> None:
        async with connected(bootstrap) as client:
            await watch(client, by, out)

    run(talk())


def _give(call: str, command: OperatorCommand, bootstrap: str) -> None:
    """Without --on the operator is taken to have seen the call's latest decision, which is shown."""

    async def talk() -> bool:
        async with connected(bootstrap) as client:
            story = await commands.find_call(client, call)
            seen = command.model_copy(update={"on": command.on or story.decision})
            accepted, outcome = await commands.give(client, story.id, seen)
            out.print(f"{story.id[:8]} {short(story.words, 60)}", markup=False)
            for event in outcome:
                why = getattr(event.data, "why", None)
                out.print(
                    f"{'diterima' if accepted else 'ditolak'}: {why or type(event.data).__name__}",
                    markup=False,
                )
            return accepted

    if not run(talk()):
        raise typer.Exit(1)


@app.command("confirm")
def operator_confirm(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Laporan benar: kirim."""
    _give(call, ConfirmCall(by=by, on=on, note=note), bootstrap)


@app.command("dismiss")
def operator_dismiss(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    as_type: Annotated[
        Literal["prank", "false_report", "dropped", "wrong_number", "test", "silent"],
        typer.Option("--as", help="Jenisnya."),
    ] = "prank",
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Bukan kejadian: jangan kirim siapa pun."""
    _give(call, DismissCall(by=by, on=on, note=note, as_type=as_type), bootstrap)


@app.command("correct")
def operator_correct(
    call: Call,
    category: Annotated[Category | None, typer.Option(help="Kategori yang benar.")] = None,
    priority: Annotated[int | None, typer.Option(help="Prioritas yang benar.", min=1, max=3)] = None,
    kode: Annotated[str | None, typer.Option(help="Kode Kemendagri pekon atau kecamatan.")] = None,
    lat: Annotated[float | None, typer.Option(help="Lintang.")] = None,
    lon: Annotated[float | None, typer.Option(help="Bujur.")] = None,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    data: Data = settings.data,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Perbaiki kategori, prioritas atau lokasi.

    Pos yang tepat kemudian diminta.
    """
    place = commands.place_of(data / "gazetteer", kode, lat, lon)
    command = CorrectCall.model_validate(
        {"by": by, "on": on, "note": note, "category": category, "priority": priority, "place": place}
    )
    _give(call, command, bootstrap)


@app.command("hold")
def operator_hold(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Sedang saya tangani: hentikan hitung mundur."""
    _give(call, HoldCall(by=by, on=on, note=note), bootstrap)


@app.command("answer")
def operator_answer(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Sudah dijawab di telepon."""
    _give(call, AnswerCall(by=by, on=on, note=note), bootstrap)


@app.command("transfer")
def operator_transfer(
    call: Call,
    to: Annotated[str, typer.Option(help="Ke mana.")],
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Dialihkan ke layanan lain."""
    _give(call, TransferCall(by=by, on=on, note=note, to=to), bootstrap)


@app.command("link")
def operator_link(
    call: Call,
    to: Annotated[str, typer.Argument(help="Panggilan yang kejadiannya sama (nomor, atau awalannya).")],
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Gabungkan dengan kejadian panggilan lain.

    Pos kejadian itu menerima laporan ini; tidak ada alarm baru. Bisa dipisahkan lagi (unlink).
    """
    _give(call, LinkCall(by=by, on=on, note=note, to=to), bootstrap)


@app.command("unlink")
def operator_unlink(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Pisahkan lagi: pos terdekat diminta."""
    _give(call, UnlinkCall(by=by, on=on, note=note), bootstrap)


@app.command("recall")
def operator_recall(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Tarik kembali pos yang sudah diminta."""
    _give(call, RecallCall(by=by, on=on, note=note), bootstrap)


@app.command("close")
def operator_close(
    call: Call,
    outcome: Annotated[
        Literal[
            "emergency", "information", "silent", "prank", "false_report", "dropped", "wrong_number", "test"
        ],
        typer.Option(help="Jenis panggilan."),
    ] = "emergency",
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Selesai: tutup panggilan."""
    _give(call, CloseCall(by=by, on=on, note=note, outcome=outcome), bootstrap)
