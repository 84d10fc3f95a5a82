"""What must be true of the cluster before a worker starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from siaga_events import topic

from siaga_streams.backend import TopicPartition

__all__ = ["AssignmentError", "TopicError", "check_assignment", "check_topics"]


class TopicError(Exception):
    """A topic is missing or has another number of partitions than the catalogue says."""


class AssignmentError(Exception):
    """A worker was not given the same partition numbers of every input."""


def check_topics(existing: Mapping[str, int], needed: Iterable[str], call_keyed_partitions: int) -> None:
    """Raises TopicError, which names every topic that is wrong and what to do."""
    wrong = []
    for name in needed:
        expected = topic(name).partition_count(call_keyed_partitions)
        if name not in existing:
            wrong.append(f"{name} is missing")
        elif existing[name] != expected:
            wrong.append(f"{name} has {existing[name]} partitions and must have {expected}")
    if wrong:
        raise TopicError(
            f"{'; '.join(wrong)}. Missing topics: run `siaga topics create`. Another count: set SIAGA_PARTITIONS to "
            "what the cluster has; the count of existing topics can't be changed, calls would lose their partition."
        )


def check_assignment(assigned: Iterable[TopicPartition], inputs: Iterable[str]) -> frozenset[int]:
    """The partition numbers of an assignment. Raises AssignmentError if they differ between inputs."""
    numbers: dict[str, set[int]] = {name: set() for name in inputs}
    for partition in assigned:
        numbers[partition.topic].add(partition.partition)
    first, *others = numbers.values()
    if any(other != first for other in others):
        spelled = "; ".join(f"{name}: {sorted(n)}" for name, n in numbers.items())
        raise AssignmentError(
            f"not the same partition numbers of every input ({spelled}). Members of this group subscribe to different "
            "topics: stop all of them before a release that changes a service's inputs, or give it a new group."
        )
    return frozenset(first)
