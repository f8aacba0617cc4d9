"""The table of settings: bounds, defaults and display text."""

import re
from dataclasses import FrozenInstanceError, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from data import csv_text, idx_files
from data.dataset import DataError, Dataset
from training.setting_description import GROUPS
from training.settings import FIXED, FULL_BATCH, LIVE, NO_CLASS, SETTINGS, Settings, defaults

NUMBERS = {"learning_rate": (1e-6, 100.0), "l2": (0.0, 10_000.0), "clip_norm": (0.0, 1000.0)}
SHARES = {"dropout": (0.0, 0.95), "label_smoothing": (0.0, 0.9)}
WHOLE = {
    "hidden_size": (1, 1024),
    "dev_size": (1, 20_000),
    "test_size": (1, 20_000),
    "seed": (0, 999_999),
    "batch_size": (1, FULL_BATCH),
    "epochs": (1, 100_000),
    "wrong_labels": (0, 100),
    "per_class": (10, FULL_BATCH),
    "imbalance": (1, 1000),
    "warm_up": (0, 100_000),
    "patience": (0, 1000),
}


def settings_with(name: str, value: object) -> Settings:
    described: dict[str, Any] = {"hidden_layers": 3, name: value}
    return Settings(**described)


def test_the_defaults_match_the_documents() -> None:
    assert defaults() == {
        "dataset": "embedded",
        "dev_size": 500,
        "test_size": 500,
        "hidden_layers": 1,
        "hidden_size": 64,
        "activation": "relu",
        "activation_2": "same",
        "activation_3": "same",
        "initializer": "he",
        "seed": 0,
        "learning_rate": 0.1,
        "l2": 0.0,
        "batch_size": 64,
        "distortion": "off",
        "optimizer": "descent",
        "epochs": 200,
        "wrong_labels": 0,
        "wrong_from": "none",
        "wrong_to": "none",
        "per_class": FULL_BATCH,
        "imbalance": 1,
        "left_out": "none",
        "schedule": "constant",
        "warm_up": 0,
        "dropout": 0.0,
        "label_smoothing": 0.0,
        "clip_norm": 0.0,
        "patience": 0,
    }
    assert vars(Settings()) == defaults()


@pytest.mark.parametrize("name", [*WHOLE, *NUMBERS, *SHARES])
def test_the_bounds_are_allowed_and_values_beyond_them_rejected_by_name(name: str) -> None:
    least, most = {**WHOLE, **NUMBERS, **SHARES}[name]
    assert (SETTINGS[name].minimum, SETTINGS[name].maximum) == (least, most)
    for value in (least, most):
        assert getattr(settings_with(name, value), name) == value
    for value in (least - 1, most + 1, -1):
        with pytest.raises(ValueError, match=rf"^{name} must lie in {least:,} to {most:,}; got {value}$"):
            settings_with(name, value)


@pytest.mark.parametrize("name", [name for name, each in SETTINGS.items() if each.options and not each.of_class])
def test_every_option_is_allowed_and_anything_else_rejected_by_name(name: str) -> None:
    for option in SETTINGS[name].options:
        assert getattr(settings_with(name, option), name) == option
    others: list[object] = [-1, 99, 0.123, 1e9, float("nan"), "", "nonsense", None]
    for other in others:
        with pytest.raises(ValueError, match=rf"^{name} must be .*; got {other!r}$"):
            settings_with(name, other)


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.of_class])
def test_any_name_of_a_class_is_allowed_and_nothing_else(name: str) -> None:
    for value in (NO_CLASS, "7", "ä", "half & half", "x" * 40):
        assert getattr(settings_with(name, value), name) == value
    for other in ("", "x" * 41, "a\nb", 7, None):
        with pytest.raises(ValueError, match=re.escape(f"{name} must be the name of a class; got {other!r}")):
            settings_with(name, other)


LETTERS = tuple("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
"""As many classes as a dataset may have."""


@pytest.fixture
def letters() -> Dataset:
    """Return 20 images of each class."""
    labels = np.repeat(np.arange(62, dtype=np.uint8), 20)
    return Dataset("letters", np.zeros((len(labels), 784), np.uint8), labels, classes=LETTERS)


def test_classes_are_spoiled_by_their_names(letters: Dataset) -> None:
    """The last of 62 is the digit 9, which is class 9 nowhere here."""
    settings = Settings(dev_size=62, test_size=62, wrong_labels=100, wrong_from="9", wrong_to="M", left_out="j")
    train = settings.split(letters).train
    clean = replace(settings, wrong_labels=0, left_out=NO_CLASS).split(letters).train
    counts, before = (dict(zip(LETTERS, each.class_counts().tolist(), strict=True)) for each in (train, clean))
    assert (counts["j"], counts["9"]) == (0, 0)
    assert counts["M"] == before["M"] + before["9"]
    assert all(counts[each] == before[each] for each in set(LETTERS) - {"j", "9", "M"})


@pytest.mark.parametrize("name", ["wrong_from", "wrong_to", "left_out"])
def test_a_class_that_a_dataset_lacks_is_named(letters: Dataset, name: str) -> None:
    settings = replace(settings_with(name, "é"), dev_size=62, test_size=62, wrong_labels=10)
    with pytest.raises(DataError, match="These data have no class é: choose another"):
        settings.split(letters)


@pytest.mark.parametrize("name", NUMBERS)
def test_any_number_between_the_suggestions_is_allowed_and_anything_else_rejected_by_name(name: str) -> None:
    for value in (0.37, 3, 1e-5):
        assert getattr(settings_with(name, value), name) == value
    for other in (float("nan"), float("inf"), "0.1", True, None):
        with pytest.raises(ValueError, match=rf"^{name} must .*; got {other!r}$"):
            settings_with(name, other)


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.suggestions])
def test_every_suggestion_is_allowed_and_its_own_nearest(name: str) -> None:
    setting = SETTINGS[name]
    assert getattr(Settings(), name) in setting.suggestions
    for value in setting.suggestions:
        assert getattr(settings_with(name, value), name) == value
        assert not value or setting.nearest(1.05 * value) == value


@pytest.mark.parametrize("name", [*WHOLE, "hidden_layers"])
@pytest.mark.parametrize("value", [16.0, 16.5, "16", True, None, float("nan")])
def test_a_number_that_is_not_whole_is_rejected(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be a whole number; got {value!r}$"):
        settings_with(name, value)


def test_each_layer_has_the_activation_of_the_first_or_its_own() -> None:
    assert Settings(activation="tanh").activations == ("tanh",)
    assert Settings(hidden_layers=0).activations == ()
    assert Settings(hidden_layers=3, activation="tanh").activations == ("tanh", "tanh", "tanh")
    chosen = Settings(hidden_layers=3, activation="tanh", activation_2="relu")
    assert chosen.activations == ("tanh", "relu", "tanh")
    assert replace(chosen, hidden_layers=2).activations == ("tanh", "relu")


def test_a_setting_of_a_layer_that_is_not_there_has_its_default() -> None:
    """Otherwise two runs of one network would differ in their settings."""
    assert Settings(hidden_layers=1, activation_2="tanh") == Settings()


def test_settings_are_immutable() -> None:
    settings = Settings()
    with pytest.raises(FrozenInstanceError):
        settings.seed = 1  # type: ignore[misc]


def test_every_setting_is_either_live_or_fixed() -> None:
    assert set(LIVE) == {
        "learning_rate",
        "l2",
        "batch_size",
        "distortion",
        "optimizer",
        "epochs",
        "schedule",
        "warm_up",
        "dropout",
        "label_smoothing",
        "clip_norm",
        "patience",
    }
    assert sorted((*LIVE, *FIXED)) == sorted(each.name for each in fields(Settings))


def test_every_setting_is_shown_in_a_group() -> None:
    assert {setting.group for setting in SETTINGS.values()} <= set(GROUPS)


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_has_a_label_of_one_to_three_words_and_one_line_of_help(name: str) -> None:
    setting = SETTINGS[name]
    assert 1 <= len(setting.label.split()) <= 3
    assert setting.label == setting.label.strip()
    assert 20 <= len(setting.description) <= 120
    assert "\n" not in setting.description
    assert setting.description.endswith(".")


def test_labels_and_addresses_are_unique() -> None:
    """Two settings with the same label would be indistinguishable on a plot; the same address would clash in a link."""
    assert len({setting.label for setting in SETTINGS.values()}) == len(SETTINGS)
    assert len({setting.address or name for name, setting in SETTINGS.items()}) == len(SETTINGS)


def test_the_address_calls_the_learning_rate_alpha_and_the_rest_by_name() -> None:
    addresses = {name: setting.address for name, setting in SETTINGS.items() if setting.address}
    assert addresses == {"learning_rate": "alpha"}


@pytest.mark.parametrize(("name", "least", "most"), [("learning_rate", 1e-4, 10.0), ("l2", 1e-2, 1e3)])
def test_alpha_and_lambda_are_spaced_logarithmically(name: str, least: float, most: float) -> None:
    """Each slider notch is about the same factor, and the penalty can be turned off."""
    options = [option for option in SETTINGS[name].suggestions if option]
    assert (options[0], options[-1]) == (least, most)
    for before, after in pairwise(options):
        assert 1.3 < after / before < 1.7
    assert (0.0 in SETTINGS[name].suggestions) == (name == "l2")
    assert list(SETTINGS[name].suggestions) == sorted(SETTINGS[name].suggestions)


def test_the_table_offers_the_published_choices() -> None:
    assert set(SETTINGS["activation"].options) == {"relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid"}
    assert set(SETTINGS["initializer"].options) == {"he", "glorot", "glorot_normal", "lecun", "uniform"}
    assert set(SETTINGS["optimizer"].options) == {"descent", "momentum", "nesterov", "rmsprop", "adam", "adamw"}
    assert {64, 110, 128, 10} <= set(SETTINGS["hidden_size"].suggestions)
    assert SETTINGS["batch_size"].suggestions[-1] == FULL_BATCH


def test_a_full_batch_holds_all_examples_of_any_dataset() -> None:
    assert max(csv_text.LIMIT_ROWS, idx_files.LIMIT_EXAMPLES) <= FULL_BATCH


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.minimum is not None])
def test_every_number_can_be_typed_and_chosen_with_a_slider_over_its_range(name: str) -> None:
    setting = SETTINGS[name]
    assert list(setting.suggestions) == sorted(setting.suggestions)
    assert type(setting.suggestions[0]) is type(setting.minimum)


def test_options_that_are_names_have_labels() -> None:
    for name in ("activation", "initializer", "optimizer", "schedule"):
        setting = SETTINGS[name]
        assert set(setting.labels or {}) == set(setting.options)
        assert [setting.format(option) for option in setting.options] == list((setting.labels or {}).values())
    assert SETTINGS["activation"].format("relu") == "ReLU"


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("batch_size", FULL_BATCH, "Full"),
        ("batch_size", 4096, "4096"),
        ("learning_rate", 1e-4, "0.0001"),
        ("learning_rate", 0.1, "0.1"),
        ("l2", 0.0, "0"),
        ("l2", 1000.0, "1000"),
        ("optimizer", "adam", "Adam"),
        ("wrong_labels", 20, "20%"),
        ("wrong_to", "9", "9"),
        ("per_class", FULL_BATCH, "All"),
        ("dataset", "embedded", "Embedded 5,000"),
        ("dataset", "mine.csv", "mine.csv"),
        ("hidden_layers", 0, "0"),
    ],
)
def test_a_value_is_formatted_for_display(name: str, value: object, read: str) -> None:
    assert SETTINGS[name].format(value) == read


def test_hidden_layers_are_all_of_the_hidden_size() -> None:
    assert Settings(hidden_layers=3, hidden_size=16).hidden_sizes == (16, 16, 16)
    assert Settings(hidden_layers=0).hidden_sizes == ()
