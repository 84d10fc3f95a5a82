"""Live state against rebuilt state: what `/state` shows must be the fold of the log, by a process that saw no live day."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from siaga_classifier.app import decider as classifier_decider
from siaga_classifier.domain.places import Places
from siaga_events import Codec
from siaga_notifier.domain.decider import NotifierDecider
from siaga_ops.processes import Child
from siaga_router.app import load_router
from siaga_router.domain.decider import RouterDecider
from siaga_router.settings import RouterSettings
from siaga_streams.decider import Decider, Fold
from siaga_streams.folding import rebuild, state_fingerprint
from siaga_streams.kafka import KafkaBackend

from .system import DATA, LONG, System

__all__ = ["STATEFUL", "differences_from_rebuilt", "rebuilt_states"]

STATEFUL = ("classifier", "router", "notifier")


def _deciders() -> dict[str, Decider[Any, Any]]:
    settings = RouterSettings(
        plan=DATA / "plan/response-plan.json", deadlines=DATA / "plan/deadlines.json", deadline_scale=LONG
    )
    return {
        "classifier": classifier_decider(Places.load(DATA / "gazetteer")),
        "router": RouterDecider(load_router(settings)),
        "notifier": NotifierDecider(),
    }


async def differences_from_rebuilt(system: System, services: Collection[str] = STATEFUL) -> list[str]:
    """In words what is wrong: a partition without owner or with two, or a state that its log does not give."""
    wrong = []
    rebuilt = await rebuilt_states(system.kafka.bootstrap, services)
    for service, folded in rebuilt.items():
        live: dict[int, list[dict[str, object]]] = {n: [] for n in folded}
        for child in system.line.of(service):
            for name, shown in (await _state(child, service)).items():
                live[int(name)].append(shown)
        wrong += [
            f"{service}-{number}: live {shown_by}, rebuilt {folded[number]}"
            for number, shown_by in live.items()
            if shown_by != [folded[number]]
        ]
    return wrong


async def rebuilt_states(
    bootstrap: str, services: Collection[str] = STATEFUL
) -> dict[str, dict[int, dict[str, object]]]:
    """Service -> partition -> what `/state` must show of it, by folding the logs here and now."""
    backend = KafkaBackend(bootstrap, client_id="rebuilding")
    states: dict[str, dict[int, dict[str, object]]] = {}
    try:
        counts = await backend.partition_counts()
        deciders = _deciders()
        for service in services:
            decider = deciders[service]
            for number in range(counts[decider.log]):
                fold: Fold[Any] = Fold()
                await rebuild(decider, fold, Codec(), backend, number)
                states.setdefault(service, {})[number] = {
                    "offset": fold.offset,
                    "calls": len(fold.states),
                    "sha256": state_fingerprint(fold),
                }
    finally:
        await backend.close()
    return states


async def _state(child: Child, service: str) -> dict[str, dict[str, object]]:
    shown = await child.get("/state")
    assert shown is not None, f"{child.name} does not answer"
    state = shown[service]
    assert isinstance(state, dict)
    return state
