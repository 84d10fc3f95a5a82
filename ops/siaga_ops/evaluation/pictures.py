"""Three pictures of an evaluation as plain SVG: confusion matrix, calibration, the prank score's operating curve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import log10

from siaga_ops.evaluation.calibration import Calibration
from siaga_ops.evaluation.classes import Confusion
from siaga_ops.evaluation.pranks import COST_OF_WRONG_DISMISSAL, NEVER, OperatingPoint, PrankFigures

__all__ = ["calibration_picture", "confusion_picture", "operating_picture"]

_INK, _SOFT, _BLUE, _RED, _GREEN = "#222222", "#bbbbbb", "#1f5fa8", "#b3261e", "#2e7d32"


def confusion_picture(confusion: Confusion, title: str) -> str:
    """Rows as labelled, columns as decided; a cell's shade is its share of the row."""
    cell, left, top = 62, 118, 92
    size = cell * len(confusion.names)
    parts = [_text(left, 24, title, size=15, bold=True), _text(left, 48, "decided →", colour=_BLUE)]
    parts.append(_text(8, top - 10, "labelled ↓", colour=_BLUE))
    for i, name in enumerate(confusion.names):
        parts.append(_text(left - 8, top + i * cell + cell / 2 + 4, name, anchor="end", size=12))
        shown = name.replace("public_order", "pub. order").replace("information", "inform.")
        parts.append(_text(left + i * cell + cell / 2, top - 10, shown, anchor="middle", size=11))
        row = sum(confusion.counts[i])
        for j, count in enumerate(confusion.counts[i]):
            share = count / row if row else 0.0
            x, y = left + j * cell, top + i * cell
            colour = _BLUE if i == j else _RED
            parts.append(_rectangle(x, y, cell, cell, "#ffffff", stroke=_SOFT))
            if count:
                parts.append(_rectangle(x, y, cell, cell, colour, opacity=0.08 + 0.92 * share))
                white = share > 0.45
                middle = x + cell / 2
                parts.append(
                    _text(
                        middle,
                        y + cell / 2 + 5,
                        str(count),
                        anchor="middle",
                        colour="#ffffff" if white else _INK,
                    )
                )
    return _svg(left + size + 16, top + size + 16, title, parts)


def calibration_picture(curves: Sequence[tuple[str, Calibration]], title: str) -> str:
    """What was said against what was right; on the diagonal they are the same. A dot's area is its bin's share."""
    plot = _Plot(70, 50, 380, 380, (0.0, 1.0), (0.0, 1.0))
    parts = [_text(70, 26, title, size=15, bold=True)]
    parts += plot.frame(
        [n / 5 for n in range(6)], [n / 5 for n in range(6)], "confidence said", "share right"
    )
    parts.append(_line(plot.x(0), plot.y(0), plot.x(1), plot.y(1), _SOFT, dashed=True))
    for number, (name, calibration) in enumerate(curves):
        colour = (_BLUE, _RED, _GREEN)[number % 3]
        points = [
            (b.said, b.right, b.count) for b in calibration.bins if b.said is not None and b.right is not None
        ]
        parts.append(_path([(plot.x(said), plot.y(right)) for said, right, _ in points], colour))
        for said, right, count in points:
            radius = 2.5 + 11 * (count / calibration.count) ** 0.5
            parts.append(_circle(plot.x(said), plot.y(right), radius, colour, f"{name}: {count}"))
        error = "–" if calibration.error is None else f"{calibration.error:.3f}"
        parts.append(
            _text(
                442,
                400 + 18 * number,
                f"{name}: {calibration.count}, error {error}",
                anchor="end",
                colour=colour,
            )
        )
    return _svg(480, 490, title, parts)


def operating_picture(pranks: PrankFigures, title: str) -> str:
    """Cost against threshold on a logarithmic scale, with the threshold the cost chooses and those in use."""
    curve = [p for p in pranks.curve if p.threshold < NEVER]
    highest = max((p.cost for p in pranks.curve), default=1)
    top = max(1, 1 + int(log10(max(1, highest))))
    plot = _Plot(80, 76, 520, 330, (0.0, 1.0), (0.0, float(top)))
    parts = [
        _text(80, 26, title, size=15, bold=True),
        _text(
            80,
            48,
            f"cost = {COST_OF_WRONG_DISMISSAL} × emergencies lost + pranks sent, were the score alone to dismiss",
        ),
        _text(80, 66, "red: 100 × emergencies lost; green: pranks sent; black: both", size=11),
    ]
    ticks = [float(n) for n in range(top + 1)]
    parts += plot.frame([n / 5 for n in range(6)], ticks, "dismiss from this score on", "cost", powers=True)
    lines = (
        ([COST_OF_WRONG_DISMISSAL * p.wrong_dismissals for p in curve], _RED),
        ([p.wrong_dispatches for p in curve], _GREEN),
        ([p.cost for p in curve], _INK),
    )
    for costs, colour in lines:
        points = [(plot.x(p.threshold), plot.y(_log(c))) for p, c in zip(curve, costs, strict=True)]
        parts.append(_path(points, colour))
    marks: Iterable[tuple[OperatingPoint, str, str, int]] = (
        (pranks.suspicion, f"confirm from {pranks.suspicion.threshold:.2f}", _BLUE, 0),
        (pranks.in_use, f"prank from {pranks.in_use.threshold:.2f}", _BLUE, 1),
        (pranks.cheapest, f"cheapest: {_threshold(pranks.cheapest)}, cost {pranks.cheapest.cost}", _RED, 2),
    )
    for point, words, colour, level in marks:
        x = plot.x(min(1.0, point.threshold))
        parts.append(_line(x, plot.y(0), x, plot.y(float(top)), colour, dashed=True))
        end = x > 420
        parts.append(
            _text(
                x - 5 if end else x + 5,
                92 + 15 * level,
                words,
                anchor="end" if end else "start",
                colour=colour,
            )
        )
    machine = f"all rules together: cost {pranks.machine.cost}"
    parts.append(
        _line(
            plot.x(0),
            plot.y(_log(pranks.machine.cost)),
            plot.x(1),
            plot.y(_log(pranks.machine.cost)),
            _GREEN,
            dashed=True,
        )
    )
    parts.append(_text(plot.x(0) + 6, plot.y(_log(pranks.machine.cost)) - 5, machine, colour=_GREEN))
    return _svg(640, 460, title, parts)


def _log(cost: int) -> float:
    """0 and 1 both lie on the axis."""
    return log10(max(1, cost))


def _threshold(point: OperatingPoint) -> str:
    return "never" if point.threshold >= NEVER else f"{point.threshold:.2f}"


class _Plot:
    """Two linear axes."""

    def __init__(
        self, left: float, top: float, width: float, height: float,
        across: tuple[float, float], up: tuple[float, float],
    ) -> None:  # fmt: skip
        self.left, self.top, self.width, self.height, self.across, self.up = (
            left,
            top,
            width,
            height,
            across,
            up,
        )

    def x(self, value: float) -> float:
        return self.left + self.width * (value - self.across[0]) / (self.across[1] - self.across[0])

    def y(self, value: float) -> float:
        return self.top + self.height * (1 - (value - self.up[0]) / (self.up[1] - self.up[0]))

    def frame(
        self, xs: Sequence[float], ys: Sequence[float], across: str, up: str, *, powers: bool = False
    ) -> list[str]:
        bottom = self.top + self.height
        parts = [_rectangle(self.left, self.top, self.width, self.height, "none", stroke=_INK)]
        for value in xs:
            parts.append(_text(self.x(value), bottom + 18, f"{value:.1f}", anchor="middle", size=11))
        for value in ys:
            said = f"{10**value:.0f}" if powers else f"{value:.1f}"
            parts.append(_text(self.left - 8, self.y(value) + 4, said, anchor="end", size=11))
            parts.append(_line(self.left, self.y(value), self.left + self.width, self.y(value), "#eeeeee"))
        parts.append(_text(self.left + self.width / 2, bottom + 38, across, anchor="middle"))
        middle = self.top + self.height / 2
        parts.append(
            f'<text x="{self.left - 48:.1f}" y="{middle:.1f}" text-anchor="middle" font-size="13" fill="{_INK}" '
            f'transform="rotate(-90 {self.left - 48:.1f} {middle:.1f})">{escape(up)}</text>'
        )
        return parts


def _svg(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="sans-serif">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: int = 13,
    colour: str = _INK,
    bold: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"{weight}>'
        f"{escape(words)}</text>"
    )


def _rectangle(
    x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "none", opacity: float = 1.0
) -> str:
    size = f'width="{width:.1f}" height="{height:.1f}"'
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{fill}" fill-opacity="{opacity:.2f}" stroke="{stroke}"/>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dash}/>'


def _path(points: Sequence[tuple[float, float]], colour: str) -> str:
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="1.6"/>'


def _circle(x: float, y: float, radius: float, colour: str, title: str) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity="0.55">'
        f"<title>{escape(title)}</title></circle>"
    )
