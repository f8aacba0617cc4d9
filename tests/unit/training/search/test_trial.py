"""A trial trains like the Train page, the best on dev wins, and test is measured only then."""

from dataclasses import replace

import numpy as np

from data.dataset import Examples, Split
from nn.evaluation import Evaluation, evaluate
from nn.trainer import Trainer
from tests.unit.training.runs import OVERSHOOTING, SETTINGS_HERE, by_hand
from training.search.trial import DIVERGED, Outcome, best_of, evaluate_on_test, grid, run_trial, sample


def train_by_hand(split: Split) -> Trainer:
    trainer = by_hand(SETTINGS_HERE, split)
    while trainer.position.epoch < SETTINGS_HERE.epochs:
        trainer.step()
    return trainer


def test_a_grid_has_every_pair_once_and_changes_nothing_else() -> None:
    trials = grid(SETTINGS_HERE, (4, 8, 4), (0.0, 10.0))
    assert [(each.hidden_size, each.l2) for each in trials] == [(4, 0.0), (4, 10.0), (8, 0.0), (8, 10.0)]
    assert {replace(each, hidden_size=8, l2=0.0) for each in trials} == {SETTINGS_HERE}


def test_a_sample_has_no_repeats_and_depends_only_on_the_seed() -> None:
    trials = grid(SETTINGS_HERE, (2, 4, 6, 8, 10), (0.0, 1.0, 10.0))
    chosen = sample(trials, 6, seed=1)
    assert len(set(chosen)) == 6
    assert set(chosen) < set(trials)
    assert chosen == sample(trials, 6, seed=1)
    assert chosen != sample(trials, 6, seed=2)
    assert sample(trials, 99, seed=1) == trials


def test_a_trial_gives_the_weights_of_manual_steps_and_measures_all_of_train_and_dev(split: Split) -> None:
    network = train_by_hand(split).network
    train, dev = (evaluate(network, part.images, part.labels, part.rows) for part in (split.train, split.dev))
    assert run_trial(SETTINGS_HERE, split) == Outcome(SETTINGS_HERE, train, dev)


def test_a_trial_that_diverges_says_so(split: Split) -> None:
    assert run_trial(OVERSHOOTING, split).failure == DIVERGED


def test_the_best_has_the_highest_dev_accuracy_then_the_lowest_loss_and_did_not_fail() -> None:
    def outcome(accuracy: float, loss: float, failure: str = "") -> Outcome:
        return Outcome(SETTINGS_HERE, Evaluation(1.0, 0.0), Evaluation(accuracy, loss), failure)

    best, failed = outcome(0.9, 0.1), outcome(0.99, 0.1, DIVERGED)
    assert best_of([outcome(0.9, 0.2), best, failed, outcome(0.7, 0.01)]) is best
    assert best_of([failed, Outcome.failed(SETTINGS_HERE, "given up")]) is None
    assert best_of([]) is None


def test_the_test_accuracy_is_that_of_a_network_trained_on_train_and_dev(split: Split) -> None:
    rows = np.concatenate([split.train.rows, split.dev.rows])
    train = Examples(split.train.images, split.train.labels, rows, split.train.classes)
    network = train_by_hand(Split(train, split.dev, split.test)).network
    test = split.test
    assert evaluate_on_test(SETTINGS_HERE, split) == evaluate(network, test.images, test.labels, test.rows)
