"""A trial gives what the Train page would, and test is looked at with all that is known once settings are chosen."""

from dataclasses import replace

import numpy as np

from data.dataset import Examples, Split
from nn.evaluation import evaluate
from nn.trainer import Trainer
from tests.unit.training.runs import OVERSHOOTING, SETTINGS_HERE, by_hand
from training.search.trial import DIVERGED, Outcome, look_at_test, try_out


def trained_by_hand(split: Split) -> Trainer:
    trainer = by_hand(SETTINGS_HERE, split)
    while trainer.position.epoch < SETTINGS_HERE.epochs:
        trainer.step()
    return trainer


def test_a_trial_trains_as_the_steps_by_hand_do_and_measures_all_of_train_and_dev(split: Split) -> None:
    outcome = try_out(SETTINGS_HERE, split)
    network = trained_by_hand(split).network
    for found, part in ((outcome.train, split.train), (outcome.dev, split.dev)):
        assert found == evaluate(network, part.images, part.labels, part.rows)
    assert outcome.settings == SETTINGS_HERE
    assert outcome.trouble == ""


def test_a_trial_that_diverges_is_told_and_never_chosen(split: Split) -> None:
    outcome = try_out(OVERSHOOTING, split)
    assert outcome.trouble == DIVERGED
    good = try_out(SETTINGS_HERE, split)
    poor = replace(good, dev=replace(good.dev, accuracy=0.0, loss=9.9))
    assert poor.merit > outcome.merit


def test_of_two_that_read_alike_the_one_with_less_loss_is_better(split: Split) -> None:
    outcome = try_out(SETTINGS_HERE, split)
    surer = replace(outcome, dev=replace(outcome.dev, loss=outcome.dev.loss / 2))
    assert surer.merit > outcome.merit > Outcome.lost(SETTINGS_HERE, "given up").merit


def test_test_is_read_by_a_network_that_learned_from_train_and_dev(split: Split) -> None:
    rows = np.concatenate([split.train.rows, split.dev.rows])
    known = Examples(split.train.images, split.train.labels, rows, split.train.classes)
    network = trained_by_hand(Split(known, split.dev, split.test)).network
    test = split.test
    assert look_at_test(SETTINGS_HERE, split) == evaluate(network, test.images, test.labels, test.rows)
