"""Wires the classifier."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI
from siaga_events import Codec, Event, EventData
from siaga_events.types import CallerHistoryCounted
from siaga_streams.backend import Backend
from siaga_streams.http import create_app
from siaga_streams.kafka import KafkaBackend
from siaga_streams.service import Service
from siaga_streams.views import View
from siaga_streams.worker import DeciderWorker

from siaga_classifier.domain import words
from siaga_classifier.domain.decider import ClassifierDecider, ClassifierViews, Gazetteer
from siaga_classifier.domain.places import Places
from siaga_classifier.settings import ClassifierSettings

__all__ = ["build", "decider", "service"]


def decider(gazetteer: Gazetteer) -> ClassifierDecider:
    return ClassifierDecider(words.judge_words, gazetteer, words.VERSION)


def callers_view() -> View[dict[str, CallerHistoryCounted]]:
    """A caller's earlier calls, as pulse counts them: advisory, so nothing waits for it."""

    def fold(
        callers: dict[str, CallerHistoryCounted], event: Event[EventData], offset: int
    ) -> dict[str, CallerHistoryCounted]:
        if isinstance(event.data, CallerHistoryCounted):
            callers[event.data.caller] = event.data
        return callers

    def forget(callers: dict[str, CallerHistoryCounted], caller: str) -> dict[str, CallerHistoryCounted]:
        callers.pop(caller, None)
        return callers

    return View("callers", ("pulse.callers",), {}, fold, required=False, forget=forget)


def service(settings: ClassifierSettings, backend: Backend, gazetteer: Gazetteer) -> Service:
    codec = Codec()
    view = callers_view()

    def look() -> ClassifierViews:
        callers: Mapping[str, CallerHistoryCounted] = view.value
        return ClassifierViews(callers)

    worker = DeciderWorker(
        decider(gazetteer), backend, codec, f"classifier-{settings.worker_id}", settings.partitions, look
    )
    return Service("classifier", backend, codec, settings.partitions, deciders=[worker], views=[view])


async def build(settings: ClassifierSettings) -> tuple[Service, FastAPI]:
    backend = KafkaBackend(settings.bootstrap, client_id=f"classifier-{settings.worker_id}")
    built = service(settings, backend, Places.load(settings.gazetteer))
    return built, create_app(built)
