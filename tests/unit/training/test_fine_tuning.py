"""Fine-tuning learns a corrected digit, keeps the others, and leaves the original network alone."""

import numpy as np
import pytest

from data import csv_files
from nn.batches import as_inputs
from nn.evaluation import evaluate
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Trainer
from training.fine_tuning import (
    LEARNING_RATE,
    MAX_STEPS,
    TARGET_PROBABILITY,
    Floats,
    Forgetting,
    Forgotten,
    Labels,
    fine_tune,
)

DIGITS = csv_files.embedded()
SPLIT = DIGITS.split(0, 1_000, 500)
TRAIN_IMAGES, TRAIN_LABELS = SPLIT.train.take()
KNOWN = as_inputs(TRAIN_IMAGES), TRAIN_LABELS


@pytest.fixture(scope="module")
def network() -> Network:
    made = Network.initialize((784, 64, 10), rng=np.random.default_rng(0))
    trainer = Trainer(
        made, Optimizer(OPTIMIZERS["adam"]), *KNOWN, learning_rate=0.002, batch_size=64, rng=np.random.default_rng(1)
    )
    while trainer.position.epoch < 6:
        trainer.step()
    return made


def misread(network: Network) -> tuple[Floats, Labels]:
    """Return the images and true labels of the dev digits that the network misreads."""
    images, labels = SPLIT.dev.take()
    wrong = network.logits(as_inputs(images)).argmax(axis=1) != labels
    return as_inputs(images[wrong]), labels[wrong]


def dev_accuracy(network: Network) -> float:
    return evaluate(network, SPLIT.dev.images, SPLIT.dev.labels, SPLIT.dev.rows).accuracy


def test_a_misread_digit_is_read_correctly_afterwards_and_few_others_are_lost(network: Network) -> None:
    images, labels = misread(network)
    assert len(labels) >= 10
    before, lost = dev_accuracy(network), []
    for index in range(10):
        digit = images[index : index + 1], labels[index : index + 1]
        tuned = fine_tune(network, digit, KNOWN, rng=np.random.default_rng(index))
        assert tuned.network.probabilities(digit[0])[0, digit[1][0]] >= TARGET_PROBABILITY or tuned.steps == MAX_STEPS
        assert tuned.network.logits(digit[0])[0].argmax() == digit[1][0]
        lost.append(before - dev_accuracy(tuned.network))
    assert np.mean(lost) <= 0.01
    assert max(lost) <= 0.03


def test_rehearsal_loses_less_accuracy_than_training_on_the_digit_alone(network: Network) -> None:
    """A 1 labelled 7 affects every other 1; rehearsal must keep them."""
    (row,) = SPLIT.dev.rows_of(1)[:1]
    digit = as_inputs(SPLIT.dev.images[[row]]), np.array([7])
    tuned = fine_tune(network, digit, KNOWN, rng=np.random.default_rng(0))
    alone = network.copy()
    gradient, optimizer = np.empty_like(alone.vector), Optimizer(OPTIMIZERS["descent"])
    while alone.probabilities(digit[0])[0, 7] < tuned.network.probabilities(digit[0])[0, 7]:
        alone.gradients(*digit, out=alone.views(gradient))
        optimizer.update(alone.vector, gradient, LEARNING_RATE)
    assert tuned.network.logits(digit[0])[0].argmax() == 7
    lost, lost_alone = (dev_accuracy(network) - dev_accuracy(each) for each in (tuned.network, alone))
    assert lost < 0.75 * lost_alone


def test_what_is_forgotten_is_measured_after_each_digit_with_rehearsal_and_without(network: Network) -> None:
    """Worked by hand: `fine_tune` one digit after another; and plain gradient descent on the digits alone."""
    images, labels = misread(network)
    images, labels = images[:3], labels[:3]
    dev_images, dev_labels = SPLIT.dev.take()
    dev = as_inputs(dev_images), dev_labels
    forgetting = Forgetting(network, (images, labels), KNOWN, dev, range(10))
    assert forgetting.snapshot() == Forgotten((0, 1, 2, 3), (), ())
    while forgetting.advance(0.01) is not None:
        assert 0 < forgetting.snapshot().measured <= 1
    found = forgetting.snapshot()
    assert found.measured == 1

    taught, rehearsed = network, [dev_accuracy(network)]
    alone, forgotten = network.copy(), [dev_accuracy(network)]
    gradient = np.empty_like(alone.vector)
    for count in (1, 2, 3):
        digits = images[:count], labels[:count]
        taught = fine_tune(taught, digits, KNOWN, rng=np.random.default_rng(count)).network
        rehearsed.append(dev_accuracy(taught))
        for _ in range(MAX_STEPS):
            if alone.probabilities(digits[0])[np.arange(count), digits[1]].min() >= TARGET_PROBABILITY:
                break
            batch = np.resize(np.arange(count), 4)  # four digits, taken in turn
            alone.gradients(digits[0][batch], digits[1][batch], out=alone.views(gradient))
            alone.vector[:] -= np.float32(LEARNING_RATE) * gradient
        forgotten.append(dev_accuracy(alone))
    assert found.rehearsed == pytest.approx(rehearsed)
    assert found.alone == pytest.approx(forgotten)


def test_many_corrections_are_measured_at_a_few_places(network: Network) -> None:
    digits = KNOWN[0][:25], KNOWN[1][:25]
    taught = Forgetting(network, digits, KNOWN, KNOWN, range(10)).snapshot().taught
    assert (taught[0], taught[-1], len(taught)) == (0, 25, 11)


def test_several_digits_are_learned_together(network: Network) -> None:
    images, labels = misread(network)
    tuned = fine_tune(network, (images[:5], labels[:5]), KNOWN, rng=np.random.default_rng(0))
    assert (tuned.network.logits(images[:5]).argmax(axis=1) == labels[:5]).mean() >= 0.8


def test_the_original_network_is_not_modified(network: Network) -> None:
    images, labels = misread(network)
    before = network.vector.copy()
    fine_tune(network.copy().freeze(), (images[:1], labels[:1]), KNOWN, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(network.vector, before)


def test_a_digit_that_is_already_known_takes_no_step(network: Network) -> None:
    images, labels = KNOWN
    surest = network.probabilities(images)[np.arange(len(labels)), labels].argmax()
    tuned = fine_tune(network, (images[[surest]], labels[[surest]]), KNOWN, rng=np.random.default_rng(0))
    assert tuned.steps == 0


def test_no_examples_to_learn_or_to_keep_are_rejected(network: Network) -> None:
    nothing = np.empty((0, 784), np.float32), np.empty(0, np.uint8)
    for digits, known in ((nothing, KNOWN), (KNOWN, nothing)):
        with pytest.raises(ValueError, match="at least one example"):
            fine_tune(network, digits, known, rng=np.random.default_rng(0))
