"""Health is progress."""

from __future__ import annotations

from siaga_streams.backend import TopicPartition
from siaga_streams.progress import Progress

A, B = TopicPartition("calls", 0), TopicPartition("calls", 1)


def looked(*looks: tuple[dict[TopicPartition, int], dict[TopicPartition, int], float]) -> Progress:
    progress = Progress(stalled_after_seconds=60)
    for positions, ends, now in looks:
        progress.look(positions, ends, now)
    return progress


def test_lag_is_what_is_left_to_read() -> None:
    assert looked(({A: 3}, {A: 10, B: 4}, 0)).lag == {A: 7, B: 4}


def test_a_position_that_stands_still_before_an_end_is_stalled() -> None:
    assert looked(({A: 3}, {A: 10}, 0), ({A: 3}, {A: 12}, 61)).stalled() == [A]


def test_a_position_that_moves_is_not_stalled_however_far_the_end() -> None:
    assert looked(({A: 3}, {A: 10}, 0), ({A: 4}, {A: 99}, 61), ({A: 5}, {A: 99}, 122)).stalled() == []


def test_at_the_end_there_is_nothing_to_move_for() -> None:
    assert looked(({A: 10}, {A: 10}, 0), ({A: 10}, {A: 10}, 999)).stalled() == []


def test_a_partition_that_is_gone_is_forgotten() -> None:
    assert looked(({A: 3}, {A: 10}, 0), ({A: 3}, {A: 10}, 61), ({}, {}, 62)).stalled() == []
