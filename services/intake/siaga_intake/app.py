"""Wires intake."""

from __future__ import annotations

from fastapi import FastAPI
from siaga_events import Codec
from siaga_streams.backend import Backend
from siaga_streams.http import create_app
from siaga_streams.kafka import KafkaBackend
from siaga_streams.relay import RelayWorker
from siaga_streams.service import Service

from siaga_intake.adapters import e164
from siaga_intake.api import gateway_door
from siaga_intake.relay import CallsRelay
from siaga_intake.settings import IntakeSettings

__all__ = ["build", "service"]


def service(settings: IntakeSettings, backend: Backend) -> Service:
    codec = Codec()
    relay = RelayWorker(CallsRelay(e164), backend, codec, f"intake-{settings.worker_id}")
    return Service("intake", backend, codec, settings.partitions, relays=[relay])


async def build(settings: IntakeSettings) -> tuple[Service, FastAPI]:
    backend = KafkaBackend(settings.bootstrap, client_id=f"intake-{settings.worker_id}")
    built = service(settings, backend)
    door = gateway_door(settings.gateway_tokens, await backend.publisher(), backend.clock, built.codec)
    return built, create_app(built, door)
