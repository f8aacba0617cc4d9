"""The vital signs of checkpoints: against updates worked by hand, and with the settings in effect then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nn.batches import as_inputs
from nn.network import Network
from tests.unit.training.runs import CLASSES, SETTINGS_HERE, finish, weights
from training.checkpoint_signs import checkpoint_signs, settings_at
from training.checkpoints import Checkpoint
from training.history import Change
from training.run import Run

if TYPE_CHECKING:
    from data.dataset import Split
    from training.run_snapshot import Snapshot
    from training.settings import Settings


def trained(split: Split, settings: Settings = SETTINGS_HERE) -> Snapshot:
    return finish(Run(settings, split, CLASSES))


def test_a_full_batch_of_gradient_descent_moves_by_alpha_times_the_gradient(split: Split) -> None:
    snapshot = trained(split, replace(SETTINGS_HERE, batch_size=len(split.train), l2=3.0))
    for checkpoint in snapshot.checkpoints:
        for layer in checkpoint_signs(checkpoint, snapshot.settings, snapshot.changes, split):
            moved = layer.update_ratio * layer.weight_norm
            assert moved == pytest.approx(SETTINGS_HERE.learning_rate * layer.gradient_norm, rel=1e-3)


def test_the_first_step_of_adam_moves_each_weight_by_alpha(split: Split) -> None:
    settings = replace(SETTINGS_HERE, optimizer="adam", batch_size=len(split.train))
    first = Run(settings, split, CLASSES).snapshot().checkpoints[0]
    pixels, labels = split.train.take()
    _, gradients = first.network.gradients(as_inputs(pixels), labels)
    for layer, W, g in zip(
        checkpoint_signs(first, settings, (), split), first.network.weights, gradients[::2], strict=True
    ):
        moved = settings.learning_rate * np.sqrt(np.count_nonzero(np.abs(g) > 1e-6))
        assert layer.update_ratio * np.linalg.norm(W) == pytest.approx(moved, rel=1e-2)


def test_the_checkpoint_stays_as_it_is_and_the_signs_repeat(split: Split) -> None:
    snapshot = trained(split, replace(SETTINGS_HERE, optimizer="momentum"))
    checkpoint = snapshot.checkpoints[-1]
    before = weights(checkpoint.network)
    one, other = (checkpoint_signs(checkpoint, snapshot.settings, snapshot.changes, split) for _ in range(2))
    assert weights(checkpoint.network) == before
    assert [each.update_ratio for each in one] == [each.update_ratio for each in other]


def test_a_step_that_diverges_has_no_ratio(split: Split) -> None:
    first = Run(SETTINGS_HERE, split, CLASSES).snapshot().checkpoints[0]
    huge = Checkpoint(0, 0.0, Network([1e30 * array for array in first.network.parameters]))
    assert all(np.isnan(each.update_ratio) for each in checkpoint_signs(huge, SETTINGS_HERE, (), split))


def test_each_checkpoint_has_the_settings_of_its_time() -> None:
    latest = replace(SETTINGS_HERE, learning_rate=0.3, l2=1.0)
    changes = (
        Change(10, "learning_rate", 0.1, 0.2),
        Change(15, "l2", 0.0, 1.0),
        Change(20, "learning_rate", 0.2, 0.3),
    )
    found = [settings_at(step, latest, changes) for step in (0, 10, 15, 20)]
    assert [(each.learning_rate, each.l2) for each in found] == [(0.1, 0.0), (0.2, 0.0), (0.2, 1.0), (0.3, 1.0)]


def test_the_schedule_of_alpha_is_where_it_was(split: Split) -> None:
    full = replace(SETTINGS_HERE, batch_size=len(split.train), epochs=8, schedule="cosine")
    snapshot = trained(split, full)
    middle = next(each for each in snapshot.checkpoints if each.step == 4)
    for layer in checkpoint_signs(middle, full, (), split):
        moved = layer.update_ratio * layer.weight_norm
        # Halfway, the cosine has fallen to half: α (1 + cos(π/2))/2.
        assert moved == pytest.approx(full.learning_rate / 2 * layer.gradient_norm, rel=1e-3)
