"""Health is progress: positions that move while there is something to read.

Committed offsets say nothing here: they lag by design, and never reach the end of a transactional log.
"""

from __future__ import annotations

from collections.abc import Mapping

from siaga_streams.backend import TopicPartition

__all__ = ["Progress"]


class Progress:
    """Compares what was seen at each look. `stalled_after_seconds`: how long positions may stand still before an end."""

    def __init__(self, stalled_after_seconds: float = 60.0) -> None:
        self.lag: dict[TopicPartition, int] = {}
        """Offsets (markers among them) between position and end, at the last look."""
        self._stalled_after = stalled_after_seconds
        self._positions: dict[TopicPartition, int] = {}
        self._moved_at: dict[TopicPartition, float] = {}
        self._now = 0.0

    def look(
        self, positions: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int], now: float
    ) -> None:
        """Take one look; `now` is monotonic, in seconds. Partitions that are gone are forgotten."""
        self.lag = {at: max(0, end - positions.get(at, 0)) for at, end in ends.items()}
        moved_at = {}
        for at, lag in self.lag.items():
            still = lag > 0 and self._positions.get(at) == positions.get(at)
            moved_at[at] = self._moved_at.get(at, now) if still else now
        self._positions, self._moved_at, self._now = dict(positions), moved_at, now

    def stalled(self) -> list[TopicPartition]:
        """Partitions with something to read whose position has not moved for too long."""
        return sorted(at for at, moved in self._moved_at.items() if self._now - moved > self._stalled_after)
