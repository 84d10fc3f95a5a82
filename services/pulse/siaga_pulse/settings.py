"""Settings of pulse."""

from __future__ import annotations

from pydantic import Field
from siaga_streams.settings import ServiceSettings

__all__ = ["PulseSettings"]


class PulseSettings(ServiceSettings):
    incident_hours: float = Field(default=6.0, gt=0, description="how long an incident is listed, hours")
    surge_minutes: float = Field(
        default=10.0, gt=0, description="the window in which calls are counted, minutes"
    )
    deadline_scale: float = Field(
        default=1.0, gt=0, description="shortens both, as it does the router's deadlines"
    )
    history_days: float = Field(
        default=180.0, gt=0, description="how long a caller's calls are counted, days"
    )
    sweep_minutes: float = Field(
        default=60.0, gt=0, description="how often callers are looked for who are to be forgotten, minutes"
    )
