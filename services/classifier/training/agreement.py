"""How far two readers of the same reports agree: `.venv/bin/python services/classifier/training/agreement.py`.

data/reports/readings.tsv holds each report's first reading (its writer's), the second (by somebody who saw only the rules and
the words), and, where they differ, the third, which decided.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

READINGS = Path(__file__).parents[3] / "data/reports/readings.tsv"
WHAT = ("category", "priority", "prank", "disposition")


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Cohen's: 1 is agreement, 0 is what chance gives."""
    one, other = (Counter(side) for side in zip(*pairs, strict=True))
    chance = sum(one[said] * other[said] for said in one) / len(pairs) ** 2
    return (share(pairs) - chance) / (1 - chance)


def share(pairs: Sequence[tuple[str, str]]) -> float:
    return sum(a == b for a, b in pairs) / len(pairs)


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """As if the first reading were the label and the second the machine."""
    classes = {a for a, _ in pairs}
    return sum(
        2 * sum(a == b == c for a, b in pairs) / sum((a == c) + (b == c) for a, b in pairs) for c in classes
    ) / len(classes)


def main() -> None:
    readings: dict[str, dict[str, dict[str, str]]] = {}
    with READINGS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            readings.setdefault(row["id"], {})[row["reading"]] = row
    for part, writers in (("development", "ABCDGHIJKL"), ("unseen", "EF"), ("unseen, second", "PQS")):
        both = [r for name, r in readings.items() if name[0] in writers]
        for what in WHAT:
            pairs = [(r["first"][what], r["second"][what]) for r in both]
            said = f"{part}, {len(pairs)} reports, {what}: {share(pairs):.3f} agree, kappa {kappa(pairs):.3f}"
            print(said + (f", macro-F1 {macro_f1(pairs):.3f}" if what == "category" else ""))
    third = [r for r in readings.values() if "third" in r]
    sides = Counter(
        next((s for s in ("first", "second") if all(r[s][w] == r["third"][w] for w in WHAT)), "neither")
        for r in third
    )
    print(f"{len(third)} read a third time: with {dict(sides)}")


if __name__ == "__main__":
    main()
