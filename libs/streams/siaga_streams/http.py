"""The HTTP door that every service has: `/health/live`, `/health/ready`, `/metrics`, `/state`."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from siaga_streams.service import Service

__all__ = ["create_app", "metrics_door"]


def metrics_door() -> APIRouter:
    """`/metrics`, also for a process that is no Service."""
    door = APIRouter()

    @door.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return door


def create_app(service: Service, *doors: APIRouter) -> FastAPI:
    """The service's app with its own doors besides."""
    app = FastAPI(title=f"Siaga 112 {service.name}", docs_url=None, redoc_url=None)

    @app.get("/health/live", include_in_schema=False)
    async def live(response: Response) -> dict[str, object]:
        """The process answers and its positions move (503 if they do not). A part that failed ends the process."""
        stalled = [f"{at.topic}/{at.partition}" for w in service.deciders for at in w.progress.stalled()]
        response.status_code = 503 if stalled else 200
        return {"live": not stalled, "stalled": stalled}

    @app.get("/health/ready", include_in_schema=False)
    async def ready(response: Response) -> dict[str, object]:
        """503 until views are caught up and every assigned partition is rebuilt behind its fence."""
        response.status_code = 200 if service.ready else 503
        return {
            "ready": service.ready,
            "partitions": {w.decider.service: w.owned() for w in service.deciders},
            "lag": {w.decider.service: sum(w.progress.lag.values()) for w in service.deciders},
            "views": {v.name: v.caught_up.is_set() for v in service.views},
        }

    @app.get("/state", include_in_schema=False)
    async def state() -> dict[str, object]:
        """Per partition: offset after the last own event, calls, SHA-256 of the canonical states."""
        return service.state()

    for door in (metrics_door(), *doors):
        app.include_router(door)
    return app
