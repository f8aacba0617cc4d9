"""The α finder: the losses are those of a trainer whose α rises, and the suggested α trains well."""

import math
from dataclasses import replace

import numpy as np
import pytest

from data import csv_files
from data.dataset import Split
from tests.unit.training.runs import SETTINGS_HERE, by_hand, finish
from training.alpha_finder import STEPS, AlphaFinder
from training.run import Run
from training.settings import SETTINGS, Settings


def found(settings: Settings, split: Split, seconds: float = math.inf) -> AlphaFinder:
    finder = AlphaFinder(settings, split)
    while finder.advance(seconds) is not None:
        assert not finder.over
    assert finder.over
    return finder


def test_the_losses_are_the_moving_average_of_a_trainer_whose_alpha_rises(split: Split) -> None:
    """With bias correction, the average of the first k losses weights the last by 0.2, the one before by 0.16, …"""
    finder, trainer = found(SETTINGS_HERE, split), by_hand(SETTINGS_HERE, split)
    assert finder.alphas[[0, -1]] == pytest.approx([1e-4, 10.0])
    assert np.ptp(np.diff(np.log(finder.alphas))) < 1e-12
    losses = []
    for alpha in finder.alphas[: len(finder.losses)]:
        trainer.learning_rate = float(alpha)
        losses.append(trainer.step())
    for k in (1, 2, 30):
        weights = 0.8 ** np.arange(k)[::-1]
        assert finder.losses[k - 1] == pytest.approx(np.average(losses[:k], weights=weights), rel=1e-12)


def test_slices_of_any_length_find_the_same(split: Split) -> None:
    assert found(SETTINGS_HERE, split, 0.0).losses.tolist() == found(SETTINGS_HERE, split).losses.tolist()


def test_alpha_and_what_it_follows_play_no_part(split: Split) -> None:
    other = replace(SETTINGS_HERE, learning_rate=3.0, schedule="cosine", warm_up=50, epochs=1, patience=3)
    assert found(other, split).losses.tolist() == found(SETTINGS_HERE, split).losses.tolist()


def test_it_stops_where_the_loss_has_blown_up(split: Split) -> None:
    finder = found(replace(SETTINGS_HERE, hidden_layers=3, l2=1000.0), split)
    assert 0 < len(finder.losses) < STEPS
    assert finder.losses[-1] > 4 * min(finder.losses) >= finder.losses[-2]


def test_nothing_is_suggested_where_the_loss_never_falls(split: Split) -> None:
    finder = AlphaFinder(SETTINGS_HERE, split)
    assert (finder.lowest, finder.suggested) == (None, None)
    finder._averages = [2.0, 2.5, 3.0]
    assert (finder.lowest, finder.suggested) == (None, None)


def test_a_third_of_the_alpha_with_the_lowest_loss_is_suggested(split: Split) -> None:
    finder = AlphaFinder(SETTINGS_HERE, split)
    finder._averages = [2.0] * 70 + [1.0] + [3.0]
    assert finder.lowest == finder.alphas[70]
    assert finder.suggested in SETTINGS["learning_rate"].suggestions
    assert finder.suggested == pytest.approx(finder.alphas[70] / 3, rel=0.25)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["descent", "adam"])
def test_the_suggestion_beats_a_tenth_and_ten_times_as_much(optimizer: str) -> None:
    split = csv_files.embedded().split(0, 500, 500)
    settings = Settings(optimizer=optimizer, epochs=5)
    suggested = found(settings, split).suggested
    assert suggested is not None
    tenth, right, tenfold = (
        finish(Run(replace(settings, learning_rate=suggested * factor), split, 10)).measurements[-1].dev_loss
        for factor in (0.1, 1.0, 10.0)
    )
    assert right < min(tenth, tenfold)
