"""What the vocabulary's words add up to: a score for each category, and the category they speak for."""

from collections.abc import Mapping

from siaga_classifier.domain.reading import CLEAR, Reading
from siaga_classifier.domain.verdict import CATEGORIES, Category, Mark

__all__ = ["EMERGENCIES", "category_said", "of_incidents", "scores_of"]

EMERGENCIES: tuple[Category, ...] = tuple(c for c in CATEGORIES if c not in ("information", "none"))
_STRONG = 3.5
_GRAVER = 1.0


def of_incidents(likely: Mapping[Category, float]) -> float:
    """The probability of all incidents together."""
    return sum(likely[c] for c in EMERGENCIES)


def scores_of(reading: Reading) -> dict[Category, float]:
    """The strongest word counts whole, each other word two fifths, up to four more."""
    weights: dict[Category, dict[str, float]] = {}
    for found in reading.counted:
        for meaning in found.entry.meanings:
            if meaning.weight:
                of = weights.setdefault(meaning.category, {})
                of[found.entry.phrase] = max(meaning.weight, of.get(found.entry.phrase, 0.0))
    scores = {
        c: max(w.values()) + min(4.0, 0.4 * (sum(w.values()) - max(w.values()))) for c, w in weights.items()
    }
    signs = reading.signs
    asks = "asks" in signs
    if "drill" in signs and "spreading" in signs:
        scores["fire"] = scores.get("fire", 0.0) + 4
    if "coded" in signs:
        scores["public_order"] = scores.get("public_order", 0.0) + 4
    if {"water", "flood"} <= signs:
        scores["disaster"] = scores.get("disaster", 0.0) + scores.get("accident", 0.0)
    if asks and "life" not in signs:
        over = "past" in signs and ("over" in signs or "long_past" in signs or "now" not in signs)
        over = over or "long_past" in signs
        if over or "hypothetical" in signs:
            for category in EMERGENCIES:
                if category != "covid" and category in scores:
                    scores[category] *= 0.3
    if _any_mark(reading, "wild_animal", "other") and reading.levels.get("public_order") != 1:
        scores["public_order"] = scores.get("public_order", 0.0) * 0.5
    incident = max(scores.get(c, 0.0) for c in ("accident", "disaster", "public_order"))
    if incident >= _STRONG and "medical" in scores:
        scores["medical"] *= 0.6
    if scores.get("accident", 0.0) >= _STRONG and "medical" in scores:
        scores["medical"] = min(scores["medical"], scores["accident"] - 0.1)
    if "public_order" in scores and _any_mark(reading, "violence", "public_order"):
        scores["public_order"] = max(scores["public_order"], scores.get("medical", 0.0) + 0.1)
    return scores


def _any_mark(reading: Reading, mark: Mark, category: Category) -> bool:
    return any(mark in m.marks and m.category == category for f in reading.counted for m in f.entry.meanings)


def category_said(reading: Reading, scores: dict[Category, float]) -> Category:
    """The graver current incident decides; a question decides where no incident is current."""
    if scores.get("fire", 0.0) >= _STRONG:
        return "fire"
    others = {c: scores.get(c, 0.0) for c in EMERGENCIES if c not in ("covid", "medical")}
    if scores.get("covid", 0.0) >= CLEAR and max(others.values()) < 4:
        return "covid"
    papers = reading.levels.get("covid") == 3 and max(others.values()) >= 4
    possible = [c for c in EMERGENCIES if not (c == "covid" and papers)]
    best = max(possible, key=lambda c: (_gravity(reading, c, scores), -CATEGORIES.index(c)))
    emergency = scores.get(best, 0.0)
    question = scores.get("information", 0.0)
    if "chatter" in reading.signs and max(question, emergency) < _STRONG and emergency < CLEAR:
        return "none"
    calm = not reading.signs & {"distress", "fear", "life", "onset"} and reading.levels.get(best) != 1
    if calm and "asks" in reading.signs and question > emergency:
        return "information"
    if question >= CLEAR and (emergency < 2.5 or (question > emergency and _is_slight(reading, best))):
        return "information"
    return best if emergency >= CLEAR else "none"


def _gravity(reading: Reading, category: Category, scores: dict[Category, float]) -> float:
    """Of two incidents as clearly told, the one that endangers life is the graver."""
    told = scores.get(category, 0.0)
    return told + (_GRAVER if told >= _STRONG and reading.levels.get(category) == 1 else 0.0)


def _is_slight(reading: Reading, category: Category) -> bool:
    return reading.levels.get(category) in (None, 3)
