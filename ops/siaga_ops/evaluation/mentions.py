"""What kind of place a label names, told from the label alone and the regency's names: never from the decision."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from siaga_classifier.domain.gazetteer import Gazetteer, folded, load_gazetteer
from siaga_classifier.domain.tokens import tokens

from siaga_ops.evaluation.labelled import Labelled

__all__ = ["KINDS", "Kind", "Mentions"]

Kind: TypeAlias = Literal["pekon", "kecamatan", "settlement", "landmark", "outside", "ambiguous", "none"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_OUTSIDE_NOTES = ("outside", "neighbouring regency")


class Mentions:
    """Kinds of mention. Built once from the data folder's gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._short: Mapping[str, str] = gazetteer.abbreviations
        self._pekon: dict[str, str] = {}
        self._settlements: dict[str, list[str]] = {}
        self._outside: list[str] = []
        for key, areas in gazetteer.names.items():
            for area in areas:
                if area.level == "settlement" and area.kode is not None:
                    self._settlements.setdefault(area.kode, []).append(folded(key))
                elif area.level == "outside":
                    self._outside.append(key)
        for kode, area in gazetteer.by_kode.items():
            if area.level == "pekon":
                self._pekon[kode] = folded("".join(self._forms(area.name)))

    @classmethod
    def load(cls, data: Path) -> Mentions:
        """Raises OSError or ValueError."""
        return cls(load_gazetteer(data / "gazetteer"))

    def kind(self, label: Labelled) -> Kind:
        """`ambiguous` is everything inside that has no single code: names that occur twice, roads between two,
        names in no list. `landmark` is what has a code without the pekon's or a settlement's name (also garbled)."""
        kode, said = label.expected_kode, label.place_text
        if kode is None:
            if said is None:
                return "none"
            return "outside" if self._is_outside(label, said) else "ambiguous"
        if len(kode) <= len("18.04.04"):
            return "kecamatan"
        letters = folded("".join(self._forms(said or label.narrative or "")))
        if self._pekon.get(kode, "?") in letters:
            return "pekon"
        names = self._settlements.get(kode, [])
        return "settlement" if any(name in letters for name in names) else "landmark"

    def _is_outside(self, label: Labelled, said: str) -> bool:
        note = (label.note or "").casefold()
        if any(word in note for word in _OUTSIDE_NOTES):
            return True
        forms = self._forms(said)
        runs = {"".join(forms[i:j]) for i in range(len(forms)) for j in range(i + 1, len(forms) + 1)}
        return any(name in runs for name in self._outside)

    def _forms(self, text: str) -> list[str]:
        return [self._short.get(t.form, t.form) for t in tokens(text, {})]
