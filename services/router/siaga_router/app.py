"""Wires the router."""

from __future__ import annotations

from dataclasses import replace

from fastapi import FastAPI
from siaga_events import Codec, Event, EventData
from siaga_events.types import IncidentsListed, SurgeCounted
from siaga_streams.backend import Backend
from siaga_streams.http import create_app
from siaga_streams.kafka import KafkaBackend
from siaga_streams.service import Service
from siaga_streams.views import View
from siaga_streams.worker import DeciderWorker

from siaga_router.adapters import load_deadlines, load_plan
from siaga_router.domain.decider import RouterDecider, RouterViews
from siaga_router.domain.directory import EMPTY, Directory, fold_directory
from siaga_router.domain.routing import Router
from siaga_router.domain.same import Pulse
from siaga_router.settings import RouterSettings

__all__ = ["build", "load_router", "service"]


def load_router(settings: RouterSettings) -> Router:
    """The rules from their files. Raises ValueError or OSError."""
    deadlines = load_deadlines(settings.deadlines, settings.deadline_scale)
    return Router(load_plan(settings.plan), deadlines)


def pulse_view() -> View[Pulse]:
    """Advice: the router runs without it."""

    def fold(pulse: Pulse, event: Event[EventData], offset: int) -> Pulse:
        match event.data:
            case IncidentsListed(kecamatan=kecamatan) as known:
                return replace(pulse, incidents={**pulse.incidents, kecamatan: known})
            case SurgeCounted(kecamatan=kecamatan) as surge:
                return replace(pulse, surges={**pulse.surges, kecamatan: surge})
            case _:
                return pulse

    return View("pulse", ("pulse.incidents", "pulse.surges"), Pulse(), fold, required=False)


def service(settings: RouterSettings, backend: Backend, router: Router) -> Service:
    codec = Codec()
    directory: View[Directory] = View("directory", ("posts",), EMPTY, fold_directory, required=True)
    pulse = pulse_view()
    worker = DeciderWorker(
        RouterDecider(router),
        backend,
        codec,
        f"router-{settings.worker_id}",
        settings.partitions,
        lambda: RouterViews(directory.value, pulse.value),
    )
    return Service("router", backend, codec, settings.partitions, deciders=[worker], views=[directory, pulse])


async def build(settings: RouterSettings) -> tuple[Service, FastAPI]:
    backend = KafkaBackend(settings.bootstrap, client_id=f"router-{settings.worker_id}")
    built = service(settings, backend, load_router(settings))
    return built, create_app(built)
