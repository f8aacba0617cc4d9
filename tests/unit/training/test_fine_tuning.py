"""A corrected digit is learned, the others are kept, and the network that was corrected stays as it was."""

import numpy as np
import pytest

from data import csv_files
from nn.batches import as_inputs
from nn.evaluation import accuracy
from nn.network import Network
from nn.optimizers import Adam, GradientDescent
from nn.trainer import Trainer
from training.fine_tuning import LEARNING_RATE, STEPS, SURE, Floats, Labels, learn

DIGITS = csv_files.embedded()
SPLIT = DIGITS.split(0, 1_000, 500)
TRAIN_IMAGES, TRAIN_LABELS = SPLIT.train.take()
KNOWN = as_inputs(TRAIN_IMAGES), TRAIN_LABELS


@pytest.fixture(scope="module")
def network() -> Network:
    made = Network.initialize((784, 64, 10), rng=np.random.default_rng(0))
    trainer = Trainer(made, Adam(), *KNOWN, learning_rate=0.002, batch_size=64, rng=np.random.default_rng(1))
    for _ in range(6):
        trainer.epoch()
    return made


def misread(network: Network) -> tuple[Floats, Labels]:
    """Dev digits that the network misreads, images and true labels."""
    images, labels = SPLIT.dev.take()
    wrong = network.logits(as_inputs(images)).argmax(axis=1) != labels
    return as_inputs(images[wrong]), labels[wrong]


def dev_accuracy(network: Network) -> float:
    return accuracy(network, SPLIT.dev.images, SPLIT.dev.labels, SPLIT.dev.rows)


def test_a_misread_digit_is_read_right_afterwards_and_the_others_are_kept(network: Network) -> None:
    images, labels = misread(network)
    assert len(labels) >= 10
    before, lost = dev_accuracy(network), []
    for index in range(10):
        digit = images[index : index + 1], labels[index : index + 1]
        taught = learn(network, digit, KNOWN, rng=np.random.default_rng(index))
        assert taught.network.probabilities(digit[0])[0, digit[1][0]] >= SURE or taught.steps == STEPS
        assert taught.network.logits(digit[0])[0].argmax() == digit[1][0]
        lost.append(before - dev_accuracy(taught.network))
    assert np.mean(lost) <= 0.01
    assert max(lost) <= 0.03


def test_without_the_known_digits_among_them_the_same_steps_would_cost_more(network: Network) -> None:
    """A 1 said to be a 7 pulls at every other 1: rehearsal must hold them."""
    (row,) = SPLIT.dev.rows_of(1)[:1]
    digit = as_inputs(SPLIT.dev.images[[row]]), np.array([7])
    taught = learn(network, digit, KNOWN, rng=np.random.default_rng(0))
    alone = network.copy()
    gradient, optimizer = np.empty_like(alone.vector), GradientDescent()
    while alone.probabilities(digit[0])[0, 7] < taught.network.probabilities(digit[0])[0, 7]:
        alone.gradients(*digit, out=alone.views(gradient))
        optimizer.update(alone.vector, gradient, LEARNING_RATE)
    assert taught.network.logits(digit[0])[0].argmax() == 7
    lost, lost_alone = (dev_accuracy(network) - dev_accuracy(each) for each in (taught.network, alone))
    assert lost < 0.75 * lost_alone


def test_several_digits_are_learned_together(network: Network) -> None:
    images, labels = misread(network)
    taught = learn(network, (images[:5], labels[:5]), KNOWN, rng=np.random.default_rng(0))
    assert (taught.network.logits(images[:5]).argmax(axis=1) == labels[:5]).mean() >= 0.8


def test_the_network_that_is_corrected_stays_as_it_was(network: Network) -> None:
    images, labels = misread(network)
    before = network.vector.copy()
    learn(network.copy().freeze(), (images[:1], labels[:1]), KNOWN, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(network.vector, before)


def test_what_is_known_surely_takes_no_step(network: Network) -> None:
    images, labels = KNOWN
    surest = network.probabilities(images)[np.arange(len(labels)), labels].argmax()
    taught = learn(network, (images[[surest]], labels[[surest]]), KNOWN, rng=np.random.default_rng(0))
    assert taught.steps == 0


def test_nothing_to_learn_or_to_keep_is_refused(network: Network) -> None:
    nothing = np.empty((0, 784), np.float32), np.empty(0, np.uint8)
    for digits, known in ((nothing, KNOWN), (KNOWN, nothing)):
        with pytest.raises(ValueError, match="at least one example"):
            learn(network, digits, known, rng=np.random.default_rng(0))
