"""The response plan: category, priority and marks -> roles, and who can fill each. Versioned data, not code.

Source: data/plan/response-plan.json, after the table "Who responds" of the centre's rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import Field
from siaga_events import Part
from siaga_events.types import Capability, Category, Mark, PostKind, Priority, Role

from siaga_router.domain.same import SameIncidentRules

__all__ = ["Filler", "PlanRow", "ResponsePlan", "SlotSpec"]


class Filler(Part):
    """Posts that can fill a slot: of one of these kinds, with this capability where one is named."""

    kinds: tuple[PostKind, ...]
    capability: Capability | None = None


class SlotSpec(Part):
    """A role and who fills it: the first filler that finds a post. `area_first`: working area goes before distance."""

    role: Role
    name: str
    fill: tuple[Filler, ...]
    area_first: bool = False
    regency_wide: bool = False


class When(Part):
    priority: tuple[Priority, ...] | None = None
    marks_all: tuple[Mark, ...] = ()
    marks_none: tuple[Mark, ...] = ()


class PlanRow(Part):
    category: Category
    when: When = When()
    slots: tuple[SlotSpec, ...]

    def applies(self, priority: Priority, marks: Sequence[Mark]) -> bool:
        """To a report of its category."""
        return (
            (self.when.priority is None or priority in self.when.priority)
            and set(self.when.marks_all) <= set(marks)
            and not set(self.when.marks_none) & set(marks)
        )


_WEIGHT: dict[Role, int] = {"duty": 0, "support": 1, "copy": 2, "supervisor": 3}


class ResponsePlan(Part):
    version: str
    valid_from: date
    valid_until: date | None = None
    rows: tuple[PlanRow, ...] = Field(min_length=1)
    same_incident: SameIncidentRules | None = None
    """None: no two calls are ever taken for one incident."""

    def slots(self, category: Category, priority: Priority, marks: Sequence[Mark]) -> list[SlotSpec]:
        """The slots of all rows that apply, each name once with its strongest role; duty first."""
        found: dict[str, SlotSpec] = {}
        for row in self.rows:
            if row.category != category or not row.applies(priority, marks):
                continue
            for slot in row.slots:
                known = found.get(slot.name)
                if known is None or _WEIGHT[slot.role] < _WEIGHT[known.role]:
                    found[slot.name] = slot
        return sorted(found.values(), key=lambda s: _WEIGHT[s.role])
