"""Trains `domain/weights.tsv`: `.venv/bin/python services/classifier/training/train.py` (half a minute).

Two linear fits by least squares (ridge), which are summed: one on words, pairs and pieces, from every labelled
report and every strong phrase of the vocabulary (so knowledge written there reaches spellings nobody wrote); one on
what the vocabulary says, from the corpus alone, because its own development reports it judges too well. With
`--leave-one-out` each writer of the corpus is judged by weights that never saw him, and nothing is written.
"""

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from measure import measured, said_of
from siaga_classifier.domain import learned, weighing, words
from siaga_classifier.domain.learned import (
    FIELDS,
    LEAST,
    PAIRS,
    SCALE,
    Learned,
    Table,
    neighbours,
    pieces,
    rarity,
    spread,
)
from siaga_classifier.domain.manner import PRANK_SIGNS
from siaga_classifier.domain.places import Places
from siaga_classifier.domain.reading import LEXICON, read
from siaga_classifier.domain.tokens import tokens
from siaga_classifier.domain.verdict import CATEGORIES
from sparse import Matrix, ridge

ROOT = Path(__file__).parents[3]
WEIGHTS = Path(learned.__file__).parent / "weights.tsv"
CORPUS = "corpus-development"
FRAGMENTS = ROOT / "data/reports/fragments.tsv"
TOLERANCE = 1.0
"""The ridge on words: of a report of weight one."""
RULES_TOLERANCE = 25.0
RULES_SHARE = 0.3
"""How loud what the vocabulary says is beside the words themselves."""
PHRASE = 0.2
"""A phrase's weight beside a report's."""
FRAGMENT = 0.4
"""A piece's weight beside a report's."""
SEEN = {"w": 1, "b": 3, "c": 5}
"""In how many texts a feature must stand."""


@dataclass(frozen=True, slots=True)
class Text:
    writer: str
    forms: tuple[str | None, ...]
    rules: Mapping[str, float]
    category: str
    priority: int | None
    prank: bool | None
    weight: float


def labelled(places: Places) -> list[Text]:
    texts = []
    for name in (CORPUS, "development", "narrative-examples"):
        for line in (ROOT / f"data/reports/{name}.jsonl").read_text(encoding="utf-8").splitlines():
            label: dict[str, Any] = json.loads(line)
            if heard := _heard(label["narrative"] or "", places):
                writer = label["id"][0] if name == CORPUS else name
                texts.append(Text(writer, *heard, label["category"], label["priority"], label["prank"], 1.0))
    return texts


def fragments(places: Places) -> list[Text]:
    """What people say, in pieces of a few words: too short to tell how far the vocabulary can be believed."""
    texts = []
    for line in FRAGMENTS.read_text(encoding="utf-8").splitlines():
        category, priority, prank, said = line.split("\t")
        if heard := _heard(said, places):
            texts.append(Text("fragments", heard[0], {}, category, int(priority), prank == "1", FRAGMENT))
    return texts


def _heard(said: str, places: Places) -> tuple[tuple[str | None, ...], Mapping[str, float]] | None:
    """The words, and what the vocabulary alone says of them; None of a silent call."""
    if not (heard := tokens(said, LEXICON.spelling)):
        return None
    masked = places.spans(said)
    reading = read(said, heard, masked)
    alone = weighing.weigh(heard, reading, masked, 0)
    forms = tuple(weighing.forms(heard, reading, masked))
    size = len(forms) - forms.count(None)
    return forms, weighing.rule_signals(reading, alone.scores, alone.said, alone.how, size)


def writers(texts: Sequence[Text]) -> list[str]:
    """Of the corpus: one letter each."""
    return sorted({t.writer for t in texts if len(t.writer) == 1})


def phrases() -> list[Text]:
    """The vocabulary's strong phrases as tiny reports, and its idle talk as nothing."""
    texts = []
    for entry in LEXICON.entries:
        forms = tuple(None if w == ".." else w.strip("*@") for w in entry.phrase.split())
        strong = [m for m in entry.meanings if m.weight >= 3]
        if strong:
            most = max(strong, key=lambda m: m.weight)
            texts.append(Text("vocabulary", forms, {}, most.category, most.level, None, PHRASE))
        elif any(s in PRANK_SIGNS and s != "reported_prank" for m in entry.meanings for s in m.signs):
            texts.append(Text("vocabulary", forms, {}, "none", 3, True, PHRASE))
    return texts


def features(text: Text) -> dict[str, dict[str, int]]:
    """Of each kind, how often each feature counts: once a word, once a pair, pieces once for each word."""
    known = dict.fromkeys(w for w in text.forms if w is not None)
    pairs = neighbours(text.forms)
    return {
        "w": {f"w {w}": 1 for w in known},
        "b": {f"b {a} {b}": 1 for a, b in pairs if a is not None and b is not None},
        "c": dict(Counter(f"c {p}" for w in known for p in pieces(w))),
    }


def fit(texts: Sequence[Text], vocabulary: Sequence[Text]) -> tuple[dict[str, tuple[int, list[int]]], Table]:
    """The file's rows and the same as a table."""
    both = [*texts, *vocabulary]
    kinds = [features(t) for t in both]
    seen = Counter(key for kind in kinds for part in kind.values() for key in part)
    kept = sorted(k for k, n in seen.items() if n >= SEEN[k[0]])
    rare = {k: rarity(seen[k], len(both)) for k in kept}
    heard = [_evened(t, kind, rare) for t, kind in zip(both, kinds, strict=True)]
    of_words, start = _solved(both, heard, kept, TOLERANCE, 1.0)
    corpus = [t for t in texts if t.writer in writers(texts)]
    names = sorted({name for t in corpus for name in t.rules})
    of_rules, level = _solved(corpus, [dict(t.rules) for t in corpus], names, RULES_TOLERANCE, RULES_SHARE)
    rows = {"start": (len(both), _whole(start + level))}
    rows |= {k: (seen[k], _whole(w)) for k, w in zip(kept, of_words, strict=True)}
    rows |= {f"r {k}": (0, _whole(w)) for k, w in zip(names, of_rules, strict=True)}
    table = {k: spread([n / SCALE for n in row], rare.get(k)) for k, (_, row) in rows.items() if k != "start"}
    return rows, Table(table, spread([n / SCALE for n in rows["start"][1]], None), "trained")


def _evened(
    text: Text, kinds: Mapping[str, Mapping[str, int]], rare: Mapping[str, float]
) -> dict[str, float]:
    """As `Learned.scores` does: each kind to length one; pieces by the lengths of the words apart."""
    found: dict[str, float] = {}
    for kind, part in kinds.items():
        values = {k: n * rare[k] for k, n in part.items() if k in rare}
        if kind == "c":
            known = {w for w in text.forms if w is not None}
            square = sum(rare.get(f"c {p}", 0.0) ** 2 for w in known for p in pieces(w))
        else:
            square = sum(v * v for v in values.values())
        loud = (PAIRS if kind == "b" else 1.0) / math.sqrt(max(LEAST[kind], square))
        found |= {k: v * loud for k, v in values.items()}
    return found


def _solved(
    texts: Sequence[Text],
    heard: Sequence[Mapping[str, float]],
    names: Sequence[str],
    tolerance: float,
    share: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Weights for each name and what to start from. Rare categories count more, by the square root."""
    matrix = Matrix.of(heard, names)
    columns, starts = [], []
    many = Counter(t.category for t in texts)
    urgent = Counter(t.priority for t in texts)
    for field in FIELDS:
        aims = [_aim(t, field) for t in texts]
        aim = np.array([0.0 if a is None else a for a in aims])
        if field in CATEGORIES:
            even = [math.sqrt(len(texts) / len(CATEGORIES) / many[t.category]) for t in texts]
        else:
            even = [
                math.sqrt(len(texts) / 3 / urgent[t.priority]) if field != "prank" else 1.0 for t in texts
            ]
        weight = np.array(
            [0.0 if a is None else t.weight * e for a, t, e in zip(aims, texts, even, strict=True)]
        )
        start = float(weight @ aim / weight.sum())
        columns.append(share * ridge(matrix, aim - start, weight, tolerance))
        starts.append(share * start)
    return np.array(columns).T, np.array(starts)


def _aim(text: Text, field: str) -> float | None:
    if field == "prank":
        return None if text.prank is None else float(text.prank)
    if field in CATEGORIES:
        return float(text.category == field)
    return None if text.priority is None else float(field == f"p{text.priority}")


def _whole(row: np.ndarray) -> list[int]:
    return [round(float(w) * SCALE) for w in row]


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Trains the classifier's weights, a minute or so, and writes them over domain/weights.tsv."
    )
    parser.add_argument(
        "--leave-one-out", action="store_true", help="judge each writer by the others' weights"
    )
    arguments = parser.parse_args()
    places = Places.load(ROOT / "data/gazetteer")
    texts, vocabulary = labelled(places), [*phrases(), *fragments(places)]
    if not arguments.leave_one_out:
        rows, _ = fit(texts, vocabulary)
        lines = [f"{k}\t{seen}\t{' '.join(map(str, row))}" for k, (seen, row) in rows.items()]
        lines.append(f"end\t{len(lines) + 1}\t{LEXICON.version}")
        WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return 0
    total = []
    for writer in writers(texts):
        _, table = fit([t for t in texts if t.writer != writer], vocabulary)
        weighing.LEARNED = Learned(table)
        judged = said_of(ROOT / f"data/reports/{CORPUS}.jsonl", places, words.judge_words, writer)
        print(writer, measured(judged))
        total += judged
    print("all", measured(total))
    return 0


if __name__ == "__main__":
    sys.exit(main())
