"""A run that diverges: it stops with its last good weights, and says what to change."""

from dataclasses import replace

import numpy as np
import pytest

from data.dataset import Split
from nn.trainer import Diverged
from tests.unit.training.runs import (
    CLASSES,
    OVERSHOOTING,
    SLICE,
    by_hand,
    finish,
    stepped,
    train,
    weights,
)
from training.run import Run
from training.run_snapshot import State


def test_a_divergence_stops_the_run_and_keeps_the_last_good_weights(split: Split) -> None:
    trainer = by_hand(OVERSHOOTING, split)
    with pytest.raises(Diverged) as diverged:
        stepped(trainer, 100)
    run = Run(OVERSHOOTING, split, CLASSES)
    snapshot = finish(run)
    assert snapshot.state is State.DIVERGED
    assert snapshot.position.step == diverged.value.step - 1
    assert weights(run) == weights(trainer.network)
    assert all(np.isfinite(parameter).all() for parameter in run.snapshot().network.parameters)
    assert run.advance(SLICE) is None


def test_a_divergence_message_names_alpha_and_what_to_try_without_jargon(split: Split) -> None:
    run = Run(OVERSHOOTING, split, CLASSES)
    snapshot = finish(run)
    assert f"at step {snapshot.position.step + 1}" in snapshot.message
    assert "α = 10," in snapshot.message
    assert "Try α = 1," in snapshot.message
    assert "Reset" in snapshot.message
    assert not any(word in snapshot.message.lower() for word in ("nan", "inf", "overflow", "error", "exception"))
    assert not snapshot.reproducible
    run.reset()
    assert run.snapshot().message == ""
    assert run.snapshot().reproducible


def test_the_advice_after_a_divergence_works(split: Split) -> None:
    """The advice is a smaller α and Reset."""
    run = Run(OVERSHOOTING, split, CLASSES)
    finish(run)
    run.change(replace(OVERSHOOTING, learning_rate=0.01, epochs=20))
    run.reset()
    snapshot = finish(run)
    assert (snapshot.state, snapshot.message) == (State.FINISHED, "")
    assert snapshot.measurements[-1].train_loss < snapshot.measurements[0].train_loss


def test_a_diverged_run_can_continue_with_a_smaller_alpha(split: Split) -> None:
    run = Run(OVERSHOOTING, split, CLASSES)
    stopped = finish(run)
    run.change(replace(OVERSHOOTING, learning_rate=0.01))
    largest = max(float(np.abs(W).max()) for W in run.snapshot().network.weights)
    run.start()
    assert run.snapshot().message == ""
    snapshot = train(run)
    assert snapshot.state is State.FINISHED
    assert snapshot.position.step > stopped.position.step
    assert max(float(np.abs(W).max()) for W in run.snapshot().network.weights) < largest
