"""Checkpoints hold the exact weights of their steps, from the first to the latest, within a bounded number."""

import tracemalloc
from dataclasses import replace
from itertools import pairwise
from math import isqrt

import numpy as np
import pytest

from data.dataset import Split
from nn.network import Network
from tests.unit.training.runs import (
    CLASSES,
    OVERSHOOTING,
    SETTINGS_HERE,
    STEPS_PER_EPOCH,
    by_hand,
    finish,
    stepped,
    train,
    weights,
)
from training.checkpoints import BYTES, LEAST, MOST, Checkpoints
from training.run import Run
from training.run_snapshot import State
from training.settings import Settings


def network(*sizes: int) -> Network:
    return Network.initialize(sizes, rng=np.random.default_rng(1))


def checkpoints_after(steps: int, small: Network, start: Checkpoints | None = None) -> Checkpoints:
    """Return the checkpoints after `steps` steps; the first bias of each encodes its step."""
    checkpoints = start or Checkpoints(small)
    for step in range(checkpoints.next_step, steps + 1):
        if step == checkpoints.next_step:
            small.biases[0][0] = step
            checkpoints.add(step / 10, small)
    return checkpoints


def steps(checkpoints: Checkpoints) -> list[int]:
    return [each.step for each in checkpoints.kept()]


@pytest.mark.parametrize(
    "settings",
    [
        replace(SETTINGS_HERE, epochs=12),
        replace(SETTINGS_HERE, epochs=12, optimizer="adam", hidden_layers=2, l2=1.0, activation="tanh"),
    ],
)
def test_a_checkpoint_has_the_weights_of_its_step(settings: Settings, split: Split) -> None:
    run, trainer = Run(settings, split, CLASSES), by_hand(settings, split)
    finish(run)
    kept = run.snapshot().checkpoints
    assert [each.step for each in kept] == [0, 1, 4, 9, 16, 25, 36, 49, 64, 81, 100, 121, 144, 169]
    for checkpoint in kept:
        stepped(trainer, checkpoint.step - trainer.position.step)
        assert weights(checkpoint.network) == weights(trainer.network), checkpoint.step
        assert checkpoint.network.activations == settings.activations
        assert checkpoint.epoch == checkpoint.step / STEPS_PER_EPOCH


def test_pausing_and_stepping_do_not_change_the_checkpoints(run: Run, split: Split) -> None:
    alone = Run(SETTINGS_HERE, split, CLASSES)
    finish(alone)
    for drive in (run.step, run.step, run.epoch, run.start):
        drive()
        train(run)
    assert [(each.step, weights(each.network)) for each in run.snapshot().checkpoints] == [
        (each.step, weights(each.network)) for each in alone.snapshot().checkpoints
    ]


def test_measuring_a_checkpoint_gives_the_values_of_the_curves(run: Run) -> None:
    """Otherwise the plots and their titles would disagree about a step."""
    shown = {each.step: each for each in finish(run).measurements}
    kept = [each for each in run.snapshot().checkpoints if each.step in shown]
    assert len(kept) > 3
    assert [run.measure(each) for each in kept] == [shown[each.step] for each in kept]


def test_the_penalty_is_that_of_the_lambda_with_which_a_step_was_taken(split: Split) -> None:
    """Otherwise the objective would jump during replay, or not jump where λ was changed."""
    run = Run(replace(SETTINGS_HERE, l2=2.0), split, CLASSES)
    for l2 in (2.0, 20.0, 0.0):
        run.change(replace(run.settings, l2=l2))
        run.epoch()
        train(run)
    snapshot = run.snapshot()
    by_step = {each.step: each for each in snapshot.measurements}
    for checkpoint in snapshot.checkpoints:
        l2 = (2.0, 20.0, 0.0)[max(0, checkpoint.step - 1) // STEPS_PER_EPOCH]
        squares = sum(float(np.sum(np.square(W, dtype=np.float64))) for W in checkpoint.network.weights)
        measured = run.measure(checkpoint)
        assert measured.penalty == pytest.approx(l2 / (2 * len(split.train)) * squares)
        assert measured.objective == measured.train_loss + measured.penalty
        assert by_step.get(checkpoint.step, measured) == measured


def test_a_checkpoint_is_independent_of_the_run_and_read_only(run: Run) -> None:
    first = run.snapshot().checkpoints[0].network
    before = weights(first)
    finish(run)
    assert weights(first) == before
    with pytest.raises(ValueError, match="read-only"):
        first.vector[0] = 1


def test_a_reset_keeps_only_the_checkpoint_of_the_initial_weights(run: Run) -> None:
    """Otherwise weights from before the reset could be replayed as part of the new training."""
    finish(run)
    before = run.snapshot().checkpoints
    run.reset()
    (first,) = run.snapshot().checkpoints
    assert first.step == 0
    assert weights(first.network) == weights(before[0].network)


def test_a_divergence_keeps_the_checkpoints_before_it(split: Split) -> None:
    run = Run(OVERSHOOTING, split, CLASSES)
    assert finish(run).state is State.DIVERGED
    kept = run.snapshot().checkpoints
    assert kept[0].step == 0
    assert all(np.isfinite(each.network.vector).all() for each in kept)


def test_a_million_steps_keep_the_first_and_the_newest_with_growing_gaps() -> None:
    small = network(3, 2)
    checkpoints = Checkpoints(small)
    for end in (10, 1_000, 3_481, 3_600, 50_000, 1_000_000):
        kept = steps(checkpoints_after(end, small, checkpoints))
        gaps = [later - earlier for earlier, later in pairwise(kept)]
        assert kept[0] == 0
        assert kept[-1] <= end < checkpoints.next_step
        assert min(isqrt(end), MOST // 2) <= len(kept) <= MOST
        assert gaps == sorted(gaps)
        assert {int(each.network.biases[0][0]) for each in checkpoints.kept()} == set(kept)
        assert [each.epoch for each in checkpoints.kept()] == [step / 10 for step in kept]


def test_the_gap_between_checkpoints_is_never_a_large_part_of_the_run() -> None:
    """Otherwise the replay of a long run would have nothing in the middle."""
    kept = steps(checkpoints_after(1_000_000, network(3, 2)))
    assert max(later - earlier for earlier, later in pairwise(kept)) < 0.07 * kept[-1]
    assert kept[1] < 0.002 * kept[-1]


@pytest.mark.parametrize("sizes", [(784, 10, 10), (784, 64, 10), (784, 128, 10), (784, 512, 10), (784, 1024, 10)])
def test_memory_stays_within_the_limit(sizes: tuple[int, ...]) -> None:
    large = network(*sizes)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        checkpoints = checkpoints_after(20_000, large)
        tracemalloc.reset_peak()
        held = tracemalloc.get_traced_memory()[0] - before
        checkpoints_after(100_000, large, checkpoints)
        grown = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    most = max(BYTES, LEAST * large.vector.nbytes)
    assert held < 1.05 * most
    assert grown < 1.05 * most + large.vector.nbytes
    assert LEAST <= checkpoints.limit <= MOST


def test_the_largest_network_can_be_replayed() -> None:
    parameters = [np.zeros(shape, np.float32) for shape in ((784, 1024), 1024, (1024, 1024), 1024, (1024, 1024), 1024)]
    checkpoints = Checkpoints(Network([*parameters, np.zeros((1024, 10), np.float32), np.zeros(10, np.float32)]))
    assert checkpoints.limit == LEAST


def test_returned_checkpoints_do_not_change_while_the_run_continues() -> None:
    small = network(3, 2)
    checkpoints = checkpoints_after(9, small)
    before = checkpoints.kept()
    checkpoints_after(5_000, small, checkpoints)
    assert [each.step for each in before] == [0, 1, 4, 9]
