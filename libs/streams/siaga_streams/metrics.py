"""Every metric's name in one place. No label holds a number, a name or words of a caller."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

__all__ = [
    "APPEND_SECONDS", "BATCH_CAUSES", "CAUSES", "DEADLINE_LATENESS_SECONDS", "DEAD_LETTERS", "EFFECTS", "EVENTS", "FENCED", "LAG",
    "OPEN_CALLS", "PARTITIONS", "REBUILD_SECONDS", "RELAYED", "VIEW_RECORDS", "VIEW_SKIPPED",
]  # fmt: skip

EVENTS = Counter("siaga_events_appended", "Events appended to the own log", ["service", "type"])
CAUSES = Counter("siaga_causes_decided", "Causes decided", ["service", "kind"])
RELAYED = Counter("siaga_records_relayed", "Records re-keyed", ["relay"])
DEAD_LETTERS = Counter("siaga_dead_letters", "Records that no machine could handle", ["service", "topic"])
EFFECTS = Counter("siaga_effects", "Effects by outcome", ["service", "outcome"])
FENCED = Counter("siaga_fenced", "Appends refused because another owner exists", ["service"])
APPEND_SECONDS = Histogram("siaga_append_seconds", "Time of one append", ["service"])
BATCH_CAUSES = Histogram(
    "siaga_batch_causes", "Causes in one append", ["service"], buckets=(1, 2, 5, 10, 50, 100, 500)
)
REBUILD_SECONDS = Histogram("siaga_rebuild_seconds", "Time to fold a partition's log", ["service"])
DEADLINE_LATENESS_SECONDS = Histogram(
    "siaga_deadline_lateness_seconds", "How long after its time a deadline was decided", ["service"]
)
LAG = Gauge("siaga_lag", "Offsets between positions and ends of the inputs", ["service"])
OPEN_CALLS = Gauge("siaga_calls_in_fold", "Calls in the folds of this worker", ["service"])
PARTITIONS = Gauge("siaga_partitions_owned", "Partitions whose fence this worker holds", ["service"])
VIEW_SKIPPED = Counter("siaga_view_skipped", "Records that are no events of a view's topic", ["view"])
VIEW_RECORDS = Counter("siaga_view_records", "Records that a view has folded", ["view"])
