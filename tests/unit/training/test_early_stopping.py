"""Early stopping ends a run when dev no longer improves, with the best weights, whatever the pace."""

from dataclasses import replace

import numpy as np
import pytest

from data.dataset import Split
from nn.evaluation import evaluate
from nn.network import Network
from tests.unit.training.runs import (
    CLASSES,
    SETTINGS_HERE,
    SLICE,
    STEPS_PER_EPOCH,
    by_hand,
    finish,
    take_step,
    train,
    weights,
)
from training.checkpoints import Checkpoint
from training.early_stopping import EarlyStopping, Return
from training.run import Run
from training.run_snapshot import State

RESTLESS = replace(SETTINGS_HERE, learning_rate=0.5, epochs=60, patience=2)
"""Steps so large that the loss on dev soon rises."""


def epochs_by_hand(split: Split, count: int) -> tuple[list[float], list[bytes]]:
    """Return the loss on dev and the weights at the end of each epoch."""
    trainer, losses, kept = by_hand(RESTLESS, split), [], []
    for _ in range(count):
        for _ in range(STEPS_PER_EPOCH):
            trainer.step()
        images, labels = split.dev.take()
        losses.append(evaluate(trainer.network, images, labels).loss)
        kept.append(weights(trainer.network))
    return losses, kept


def judged(losses: list[float], patience: int) -> tuple[int, int]:
    """Return the epoch after which early stopping gives up, and the one it keeps; both from 1."""
    stopping = EarlyStopping()
    for epoch, loss in enumerate(losses, start=1):
        network = Network([np.full((1, 2), epoch, np.float32), np.zeros(2, np.float32)])
        if stopping.gives_up(Checkpoint(10 * epoch, epoch, network), loss, patience):
            assert stopping.best is not None
            assert stopping.best.network.vector[0] == stopping.best.epoch
            return epoch, int(stopping.best.epoch)
    raise AssertionError("it never gave up")


@pytest.mark.parametrize(("patience", "expected"), [(1, (3, 2)), (2, (4, 2)), (3, (9, 6))])
def test_it_waits_for_as_many_epochs_without_a_lower_loss_as_it_has_patience(
    patience: int, expected: tuple[int, int]
) -> None:
    assert judged([3.0, 2.0, 2.5, 2.0, 1.9, 1.8, 1.8, 1.9, 1.85, 1.0], patience) == expected


def test_a_run_stops_with_its_best_weights_on_dev(split: Split) -> None:
    losses, kept = epochs_by_hand(split, 60)
    best = 0
    for last in range(1, 60):
        if losses[last] < losses[best]:
            best = last
        if last - best == RESTLESS.patience:
            break
    end = finish(Run(RESTLESS, split, CLASSES))
    assert (end.state, end.position.epoch) == (State.FINISHED, last + 1)
    assert last + 1 < RESTLESS.epochs
    assert weights(end.network) == kept[best]
    assert end.returns == (Return(STEPS_PER_EPOCH * (last + 1), STEPS_PER_EPOCH * (best + 1)),)
    assert end.measurements[-1].dev_loss == pytest.approx(losses[best], rel=1e-6)
    assert f"those of epoch {best + 1}, the best on dev" in end.message


def test_a_run_that_reaches_its_last_epoch_ends_with_its_best_weights_too(split: Split) -> None:
    losses, kept = epochs_by_hand(split, 4)
    end = finish(Run(replace(RESTLESS, epochs=4, patience=1000), split, CLASSES))
    assert (end.state, end.position.epoch) == (State.FINISHED, 4)
    assert weights(end.network) == kept[int(np.argmin(losses))]


def test_a_run_whose_last_epoch_is_not_its_best_goes_back_once(split: Split) -> None:
    """The weights that are restored are measured, but not judged again, which would never end."""
    losses, kept = epochs_by_hand(split, 60)
    epochs = next(epoch for epoch in range(2, 60) if losses[epoch - 1] > min(losses[:epoch]))
    end = finish(Run(replace(RESTLESS, epochs=epochs, patience=1000), split, CLASSES))
    best = int(np.argmin(losses[:epochs]))
    assert (end.state, end.position.epoch) == (State.FINISHED, epochs)
    assert end.returns == (Return(STEPS_PER_EPOCH * epochs, STEPS_PER_EPOCH * (best + 1)),)
    assert weights(end.network) == kept[best]
    assert end.measurements[-1].dev_loss == pytest.approx(losses[best], rel=1e-6)
    assert end.message == f"The weights are those of epoch {best + 1}, the best on dev."


def test_the_weights_do_not_depend_on_pauses_or_single_steps(split: Split) -> None:
    run = Run(RESTLESS, split, CLASSES)
    while run.state is not State.FINISHED:
        take_step(run)
        run.pause()
    assert weights(run) == weights(finish(Run(RESTLESS, split, CLASSES)).network)


def test_training_on_continues_from_the_best_weights_with_as_much_patience(split: Split) -> None:
    run = Run(RESTLESS, split, CLASSES)
    first = finish(run)
    run.start()
    run.advance(SLICE)
    second = train(run)
    assert second.position.epoch >= first.position.epoch + RESTLESS.patience
    assert second.returns[0] == first.returns[0]


def test_without_patience_nothing_is_kept_or_gone_back_to(split: Split) -> None:
    end = finish(Run(replace(RESTLESS, patience=0, epochs=8), split, CLASSES))
    assert (end.returns, end.message) == ((), "")
