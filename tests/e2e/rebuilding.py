"""Live state against rebuilt state: what `/state` shows must be the fold of the log, by a process that saw no live day."""

from __future__ import annotations

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

from .system import DATA, LONG, PARTITIONS, System

__all__ = ["differences_from_rebuilt"]


def _deciders() -> dict[str, Decider[Any, Any]]:
    settings = RouterSettings(
        plan=DATA / "plan/response-plan.json", deadlines=DATA / "plan/deadlines.json", deadline_scale=LONG
    )
    return {
        "classifier": classifier_decider(Places.load(DATA / "gazetteer")),
        "router": RouterDecider(load_router(settings)),
        "notifier": NotifierDecider(),
    }


async def differences_from_rebuilt(system: System) -> list[str]:
    """In words what is wrong: a partition without owner or with two, or a state that its log does not give."""
    wrong = []
    backend = KafkaBackend(system.kafka.bootstrap, client_id="rebuilding")
    try:
        for service, decider in _deciders().items():
            live: dict[int, list[dict[str, object]]] = {n: [] for n in range(PARTITIONS)}
            for child in system.line.of(service):
                for name, shown in (await _state(child, service)).items():
                    live[int(name)].append(shown)
            for number, shown_by in live.items():
                fold: Fold[Any] = Fold()
                await rebuild(decider, fold, Codec(), backend, number)
                rebuilt = {
                    "offset": fold.offset,
                    "calls": len(fold.states),
                    "sha256": state_fingerprint(fold),
                }
                if shown_by != [rebuilt]:
                    wrong.append(f"{service}-{number}: live {shown_by}, rebuilt {rebuilt}")
    finally:
        await backend.close()
    return wrong


async def _state(child: Child, service: str) -> dict[str, dict[str, object]]:
    shown = await child.get("/state")
    assert shown is not None, f"{child.name} does not answer"
    state = shown[service]
    assert isinstance(state, dict)
    return state
