"""Wires the notifier."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from fastapi import FastAPI
from siaga_events import Codec, Event, EventData
from siaga_events.types import PostRef, PostRegistered, PostRemoved
from siaga_streams.backend import Backend
from siaga_streams.http import create_app
from siaga_streams.kafka import KafkaBackend
from siaga_streams.partition import Perform
from siaga_streams.relay import RelayWorker
from siaga_streams.service import Service
from siaga_streams.views import View
from siaga_streams.worker import DeciderWorker

from siaga_notifier.adapters import WhatsApp
from siaga_notifier.api import webhook_door
from siaga_notifier.domain.correlation import Correlation, fold_correlation
from siaga_notifier.domain.decider import NotifierDecider, NotifierViews
from siaga_notifier.relay import ReceiptsRelay, view_has_passed
from siaga_notifier.settings import NotifierSettings

__all__ = ["build", "fold_contacts", "receipts_are_rekeyed", "service"]

log = structlog.get_logger()
POLL_SECONDS = 0.05


def fold_contacts(views: NotifierViews, event: Event[EventData], offset: int) -> NotifierViews:
    """How posts are reached: a new value each time, so that a decision's view never changes under it."""
    match event.data:
        case PostRegistered() as post:
            others = {p: c for p, c in views.contacts.items() if p != post.post_id}
            contacts = {**others, post.post_id: post.contacts[0]} if post.contacts else others
            if post.kind != "supervisor":
                return replace(views, contacts=contacts)
            supervisor = PostRef(
                post_id=post.post_id, kind=post.kind, name=post.name, lat=post.lat, lon=post.lon
            )
            return NotifierViews(contacts, supervisor)
        case PostRemoved(post_id=post_id):
            contacts = {p: c for p, c in views.contacts.items() if p != post_id}
            gone = views.supervisor is not None and views.supervisor.post_id == post_id
            return NotifierViews(contacts, None if gone else views.supervisor)
        case _:
            return views


def receipts_are_rekeyed(backend: Backend) -> Callable[[], Awaitable[None]]:
    """The deadlines' barrier: answers that wait at the provider's door are re-keyed before an alarm is overdue.

    It gives up after two session timeouts: if the relay is down, escalation must not wait for it.
    """

    async def wait() -> None:
        try:
            async with asyncio.timeout(2 * backend.session_timeout_seconds):
                ends = await backend.topic_ends("gateway.receipts")
                while True:
                    done = await backend.committed(ReceiptsRelay.name, "gateway.receipts")
                    if all(done.get(n, 0) >= end for n, end in ends.items()):
                        return
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            log.warning("receipts are not re-keyed in time; deadlines go on without them")

    return wait


def service(settings: NotifierSettings, backend: Backend, perform: Perform) -> Service:
    codec = Codec()
    contacts = View("contacts", ("posts",), NotifierViews({}), fold_contacts, required=True)
    correlation: View[Correlation] = View(
        "correlation", ("notifications",), Correlation(), fold_correlation, required=True
    )
    worker = DeciderWorker(
        NotifierDecider(),
        backend,
        codec,
        f"notifier-{settings.worker_id}",
        settings.partitions,
        lambda: contacts.value,
        perform,
        receipts_are_rekeyed(backend),
    )
    relay = RelayWorker(
        ReceiptsRelay(lambda: correlation.value, view_has_passed(correlation, backend)),
        backend,
        codec,
        f"notifier-{settings.worker_id}",
    )
    return Service(
        "notifier",
        backend,
        codec,
        settings.partitions,
        deciders=[worker],
        relays=[relay],
        views=[contacts, correlation],
    )


async def build(settings: NotifierSettings) -> tuple[Service, FastAPI]:
    backend = KafkaBackend(settings.bootstrap, client_id=f"notifier-{settings.worker_id}")
    whatsapp = WhatsApp(settings)
    built = service(settings, backend, whatsapp.perform)
    built.closers.append(whatsapp.close)
    door = webhook_door(settings, await backend.publisher(), backend.clock, built.codec)
    return built, create_app(built, door)
