"""A run on spoiled data is reproducible, and measures train by the given and by the true labels."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data import csv_files
from data.dataset import Dataset, Split
from data.spoiling import Spoiling, spoil
from nn.batches import as_inputs
from tests.unit.training.runs import CLASSES, SETTINGS_HERE, finish, weights
from training.diagnosis import diagnose
from training.figures import training_metrics
from training.history import to_csv
from training.run import Run
from training.settings import Settings


def spoiled(split: Split) -> Split:
    return replace(split, train=spoil(split.train, Spoiling(wrong_labels=0.25), np.random.default_rng(0)))


def test_both_accuracies_are_those_of_the_network_and_a_clean_run_has_one(split: Split) -> None:
    end = finish(Run(SETTINGS_HERE, dirty := spoiled(split), CLASSES))
    train = dirty.train
    assert train.true_labels is not None
    read = end.network.logits(as_inputs(train.images[train.rows])).argmax(axis=1)
    last = end.measurements[-1]
    assert last.train_accuracy == np.mean(read == train.labels[train.rows])
    assert last.true_accuracy == np.mean(read == train.true_labels[train.rows])
    assert last.true_accuracy != last.train_accuracy
    assert {each.true_accuracy for each in finish(Run(SETTINGS_HERE, split, CLASSES)).measurements} == {None}


def test_the_history_file_and_the_figure_have_the_curve_where_there_is_one(split: Split) -> None:
    end = finish(Run(SETTINGS_HERE, spoiled(split), CLASSES))
    frame = pd.read_csv(io.StringIO(to_csv(end.measurements, (), 500, end.alphas)))
    shares = [each.true_accuracy for each in end.measurements]
    assert frame["true_accuracy"].tolist() == pytest.approx(shares, rel=1e-15)  # pandas 2 is wrong in the last bit
    accuracy = training_metrics(end.measurements, (), 500).axes[1]
    (line,) = (line for line in accuracy.lines if line.get_label() == "true labels")
    assert np.asarray(line.get_ydata()).tolist() == shares


def test_the_same_settings_spoil_and_train_the_same_and_reset_begins_again(split: Split) -> None:
    dataset = Dataset("made up", split.train.images, split.train.labels, classes=split.train.classes)
    settings = replace(SETTINGS_HERE, wrong_labels=20, per_class=40, left_out=split.train.classes[2])
    runs = [Run(settings, settings.split(dataset), CLASSES) for _ in range(2)]
    first, second = (weights(finish(run).network) for run in runs)
    assert first == second
    runs[0].reset()
    assert weights(finish(runs[0]).network) == first


def test_a_loss_that_wrong_labels_keep_high_is_not_blamed_on_small_steps() -> None:
    settings = Settings(wrong_labels=20, epochs=10)
    parts = settings.split(csv_files.embedded())
    images, labels = parts.train.take(limit=500)
    end = finish(Run(settings, parts, 10))
    assert end.measurements[-1].train_accuracy < 0.8
    assert diagnose(end, as_inputs(images), labels) is None


def test_dev_and_test_stay_clean_and_the_same(split: Split) -> None:
    dataset = Dataset("made up", split.train.images, split.train.labels, classes=split.train.classes)
    clean = Settings(dev_size=40, test_size=40)
    parts, spoiled_parts = (
        clean.split(dataset),
        replace(clean, wrong_labels=60, left_out=split.train.classes[1]).split(dataset),
    )
    for before, after in ((parts.dev, spoiled_parts.dev), (parts.test, spoiled_parts.test)):
        for one, other in zip(before.take(), after.take(), strict=True):
            np.testing.assert_array_equal(one, other)
    assert spoiled_parts.train.class_counts()[1] == 0
