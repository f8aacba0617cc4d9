"""A run that is saved and restored reaches exactly the weights it would have reached, to the bit."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data.dataset import Split
from data.untrusted.json_fields import Fields
from data.untrusted.raw_arrays import UnusableFileError
from nn.network import Network
from nn.optimizers import OPTIMIZERS
from tests.unit.training.runs import CLASSES, SETTINGS_HERE, STEPS_PER_EPOCH, finish, take_step, train, weights
from training.initial_trainer import Start, settings_for
from training.run import Run
from training.run_snapshot import State
from training.run_state import packed, unpacked
from training.settings import FULL_BATCH, SAME, Settings

SMALL = replace(SETTINGS_HERE, learning_rate=0.05)
MID_EPOCH = STEPS_PER_EPOCH + 7

SETTINGS: dict[str, Settings] = {
    **{
        each: replace(SMALL, optimizer=each, learning_rate=rule.typical_alpha, l2=10.0)
        for each, rule in OPTIMIZERS.items()
    },
    "distortion": replace(SMALL, distortion="on"),
    "dropout": replace(SMALL, dropout=0.4, hidden_layers=2),
    "cosine with warm-up": replace(SMALL, schedule="cosine", warm_up=40),
    "steps, clipped and smoothed": replace(SMALL, schedule="step", clip_norm=0.5, label_smoothing=0.1),
    "early stopping": replace(SMALL, patience=1, epochs=20, learning_rate=0.5),
    "all at once, distorted": replace(SMALL, batch_size=FULL_BATCH, distortion="on", epochs=40),
    "spoiled": replace(SMALL, wrong_labels=30),
}


def kept(run: Run, most_checkpoints: int = 60) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what is kept of a run, once through JSON."""
    value, arrays = packed(run.whole(), most_checkpoints)
    return json.loads(json.dumps(value)), arrays


def restored(value: dict[str, Any], arrays: dict[str, NDArray[Any]], split: Split) -> Run:
    return Run.restored(unpacked(Fields(value), arrays, 784, CLASSES), split, CLASSES)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_restored_run_comes_to_the_same_weights(name: str, split: Split) -> None:
    run = Run(SETTINGS[name], split, CLASSES)
    for _ in range(MID_EPOCH):
        take_step(run)
    value, arrays = kept(run)
    other = restored(value, arrays, split)
    assert weights(other) == weights(run)
    here, there = finish(run), finish(other)
    assert weights(other) == weights(run)
    assert (there.position, there.state, there.returns) == (here.position, here.state, here.returns)
    assert there.measurements[-1] == here.measurements[-1]
    assert [each.step for each in there.checkpoints] == [each.step for each in here.checkpoints]


def test_a_run_without_a_step_is_kept_and_restored(split: Split) -> None:
    run = Run(SMALL, split, CLASSES)
    other = restored(*kept(run), split)
    finish(run)
    finish(other)
    assert weights(other) == weights(run)


def test_a_run_that_is_training_is_kept_as_it_is_and_restored_paused(split: Split) -> None:
    run = Run(replace(SMALL, epochs=30, patience=2, dropout=0.2), split, CLASSES)
    run.start()
    while run.snapshot().position.step < MID_EPOCH:
        run.advance(0.001)
    other = restored(*kept(run), split)
    assert (run.state, other.state) == (State.RUNNING, State.PAUSED)
    train(run)
    finish(other)
    assert weights(other) == weights(run)


def test_settings_changed_before_and_after_are_kept(split: Split) -> None:
    run = Run(SMALL, split, CLASSES)
    take_step(run)
    run.change(replace(SMALL, optimizer="momentum", distortion="on"))
    for _ in range(20):
        take_step(run)
    run.change(replace(SMALL, optimizer="adam", learning_rate=0.001))  # takes effect at the next step
    other = restored(*kept(run), split)
    assert other.snapshot().changes == run.snapshot().changes
    finish(run)
    finish(other)
    assert weights(other) == weights(run)


def test_a_run_that_has_returned_to_its_best_weights_goes_on_from_them(split: Split) -> None:
    run = Run(replace(SMALL, patience=1, epochs=20, learning_rate=0.5, optimizer="momentum"), split, CLASSES)
    ended = finish(run)
    assert ended.returns
    other = restored(*kept(run), split)
    assert other.snapshot().state is State.FINISHED
    assert other.snapshot().returns == ended.returns
    assert "best on dev" in other.snapshot().message
    finish(run)
    finish(other)
    assert weights(other) == weights(run)


def test_a_diverged_run_says_so_again(split: Split) -> None:
    run = Run(replace(SMALL, learning_rate=100.0, l2=1000.0, activation="gelu"), split, CLASSES)
    before = finish(run)
    assert before.state is State.DIVERGED
    after = restored(*kept(run), split).snapshot()
    assert (after.state, after.message, after.reproducible) == (before.state, before.message, False)


def test_fewer_checkpoints_still_begin_with_the_initial_weights(split: Split) -> None:
    run = Run(SMALL, split, CLASSES)
    finish(run)
    other = restored(*kept(run, most_checkpoints=3), split)
    checkpoints = other.snapshot().checkpoints
    assert 1 <= len(checkpoints) <= 3
    assert weights(checkpoints[0].network) == weights(run.snapshot().checkpoints[0].network)
    finish(run)
    finish(other)
    assert weights(other) == weights(run)
    steps = [each.step for each in other.snapshot().checkpoints]
    assert set(steps) <= {number**2 for number in range(100)}


def test_a_run_from_given_weights_goes_back_to_them(split: Split) -> None:
    before = Run(SMALL, split, CLASSES)
    network = finish(before).network
    run = Run(replace(SMALL, seed=9), split, CLASSES, Start("Run 1", network))
    assert weights(run) == weights(network)
    take_step(run)
    other = restored(*kept(run), split)
    for each in (run, other):
        finish(each)
    assert weights(other) == weights(run)
    other.reset()
    assert weights(other) == weights(network)
    assert other.initial is not None
    assert other.initial.name == "Run 1"


@pytest.mark.parametrize(
    ("sizes", "activations", "expected"),
    [
        ((784, 30, CLASSES), ["tanh"], (1, 30, "tanh", SAME, SAME)),
        ((784, 9, 9, 9, CLASSES), ["relu", "tanh", "relu"], (3, 9, "relu", "tanh", SAME)),
        ((784, CLASSES), [], (0, 8, "relu", SAME, SAME)),
    ],
)
def test_a_network_brings_its_layers(sizes: tuple[int, ...], activations: list[str], expected: tuple[Any, ...]) -> None:
    network = Network.initialize(sizes, rng=np.random.default_rng(1), activation=activations)
    got = settings_for(network, SMALL, 784, CLASSES)
    assert got.activations == network.activations
    assert got.hidden_sizes == network.sizes[1:-1]
    assert (got.hidden_layers, got.hidden_size, got.activation, got.activation_2, got.activation_3) == expected


@pytest.mark.parametrize(
    "sizes",
    [(784, 5, 6, CLASSES), (784, 5, CLASSES + 1), (9, 5, CLASSES), (784, 2000, CLASSES), (784, *[4] * 4, CLASSES)],
)
def test_a_network_that_no_run_can_have_is_refused(sizes: tuple[int, ...]) -> None:
    network = Network.initialize(sizes, rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match=r"^It has|^Its"):
        settings_for(network, SMALL, 784, CLASSES)


def test_settings_of_an_older_version_have_their_defaults_and_those_of_a_later_one_are_told(split: Split) -> None:
    run = Run(SMALL, split, CLASSES)
    take_step(run)
    value, arrays = kept(run)
    del value["settings"]["clip_norm"]
    value["settings"]["momentum_of_later"] = 0.5
    value["lookahead"] = {"k": 5}
    fields = Fields(value)
    assert unpacked(fields, arrays, 784, CLASSES).settings == SMALL
    assert set(fields.unknown()) == {"momentum_of_later", "lookahead"}


@pytest.mark.parametrize("missing", ["vector", "last_good", "checkpoints", "measurements", "optimizer_v", "order"])
def test_a_missing_or_misshapen_array_is_refused(missing: str, split: Split) -> None:
    run = Run(replace(SMALL, optimizer="momentum"), split, CLASSES)
    take_step(run)
    value, arrays = kept(run)
    for damage in ({}, {missing: arrays[missing][:0]}, {missing: np.zeros(arrays[missing].shape, np.uint8)}):
        damaged = {name: array for name, array in arrays.items() if name != missing} | damage
        with pytest.raises((UnusableFileError, ValueError)):
            restored(value, damaged, split)


@pytest.mark.parametrize("column", [4, 5, 7])
@pytest.mark.parametrize("accuracy", [-0.01, 1.01, np.inf])
def test_an_accuracy_that_no_network_has_is_refused(column: int, accuracy: float, split: Split) -> None:
    value, arrays = kept(Run(SMALL, split, CLASSES))
    arrays["measurements"][0, column] = accuracy
    with pytest.raises(UnusableFileError, match="measurements holds an accuracy that is not from 0 to 1"):
        restored(value, arrays, split)
