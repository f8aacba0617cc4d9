"""A run's script reproduces its weights to the last bit, using only the files next to it."""

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from data.dataset import Dataset
from models import weights
from models.weights import SavedNetwork
from tests.unit.training.runs import SETTINGS_HERE
from training.percentages import chance
from training.run import Run
from training.run_archive import bundle
from training.settings import FULL_BATCH, Settings

SMALL = replace(SETTINGS_HERE, learning_rate=0.05)
ADAM = replace(SMALL, optimizer="adam", learning_rate=0.001)
RUNS: dict[str, Sequence[Settings]] = {
    "plain": [SMALL],
    "λ and all at once": [replace(SMALL, l2=10.0, batch_size=FULL_BATCH)],
    "tanh, Glorot, two layers, Adam": [replace(ADAM, activation="tanh", initializer="glorot", hidden_layers=2)],
    "sigmoid, uniform, RMSProp": [replace(ADAM, activation="sigmoid", initializer="uniform", optimizer="rmsprop")],
    "λ in AdamW, LeCun": [replace(ADAM, optimizer="adamw", l2=500.0, initializer="lecun")],
    "Nesterov, Xavier normal, leaky ReLU": [
        replace(SMALL, activation="leaky_relu", optimizer="nesterov", initializer="glorot_normal", l2=10.0)
    ],
    "an activation for each layer": [replace(SMALL, hidden_layers=3, activation="gelu", activation_3="elu")],
    "no hidden layer, momentum": [replace(SMALL, hidden_layers=0, optimizer="momentum")],
    "distorted": [replace(SMALL, distortion="on")],
    "distorted, all at once": [replace(SMALL, distortion="on", batch_size=FULL_BATCH)],
    "spoiled": [replace(SMALL, wrong_labels=30, per_class=300, imbalance=3, left_out="1")],
    "dropout in pieces, smoothing": [
        replace(SMALL, dropout=0.4, label_smoothing=0.1, batch_size=FULL_BATCH, hidden_layers=2)
    ],
    "clipped, a cosine that restarts": [replace(SMALL, clip_norm=0.2, schedule="cosine", epochs=1)],
    "steps with warm-up": [replace(ADAM, schedule="step", warm_up=15, epochs=2)],
    "epochs changed under a schedule": [
        replace(SMALL, schedule="step", epochs=50),
        replace(SMALL, schedule="step", epochs=1),
        replace(SMALL, epochs=7),
        replace(SMALL, epochs=9),
        replace(SMALL, schedule="cosine", epochs=9),
    ],
    "changed during training": [
        SMALL,
        replace(SMALL, learning_rate=0.1, l2=1.0),
        ADAM,
        replace(ADAM, optimizer="rmsprop", batch_size=64),
        replace(ADAM, optimizer="adamw", l2=100.0),
        replace(ADAM, optimizer="momentum", distortion="on"),
        replace(SMALL, distortion="off"),
        ADAM,
    ],
    "regularized more and less": [
        replace(SMALL, dropout=0.5, label_smoothing=0.2),
        replace(ADAM, clip_norm=1.0, schedule="cosine", warm_up=80),
        replace(ADAM, dropout=0.2, schedule="cosine", epochs=2),
        ADAM,
    ],
}


@pytest.fixture(scope="module")
def made_up() -> Dataset:
    """Return 1,500 images of four classes, more than a network processes at once."""
    rng = np.random.default_rng(8)
    labels = np.tile(np.arange(4, dtype=np.uint8), 375)
    patterns = rng.uniform(0, 200, (4, 784))
    images = (patterns[labels] + rng.uniform(0, 55, (len(labels), 784))).astype(np.uint8)
    return Dataset("Made up", images, labels, classes=("ä", "b", "c", "d"))


def trained(settings_in_turn: Sequence[Settings], dataset: Dataset) -> Run:
    """Run ten steps with each of the settings, then two epochs with the last."""
    run = Run(settings_in_turn[0], settings_in_turn[0].split(dataset), len(dataset.classes))
    for settings in settings_in_turn:
        run.change(settings)
        for _ in range(10):
            run.step()
            run.advance(60.0)
    for _ in range(2):
        run.epoch()
        run.advance(60.0)
    return run


def unpacked(run: Run, folder: Path) -> Path:
    snapshot = run.snapshot()
    saved = weights.save(SavedNetwork(snapshot.network, {"name": "Run 7"}), "npz")
    with zipfile.ZipFile(io.BytesIO(bundle("Run 7", snapshot, run.split, saved))) as archive:
        archive.extractall(folder)
    return folder / "run-7"


def output_of(folder: Path, *words: str) -> str:
    """Return the script's output when run from another directory, without access to this project."""
    command = [sys.executable, "-I", str(folder / "run-7.py"), *words]
    return subprocess.run(command, cwd="/", check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", RUNS)
def test_the_script_gives_the_same_weights_to_the_last_bit(name: str, made_up: Dataset, tmp_path: Path) -> None:
    run = trained(RUNS[name], made_up)
    folder = unpacked(run, tmp_path)
    assert "the same weights to the last bit" in output_of(folder)
    assert len((folder / "run-7.py").read_text(encoding="utf-8").splitlines()) < 150


def test_the_script_goes_back_to_the_best_weights_as_the_run_did(made_up: Dataset, tmp_path: Path) -> None:
    """Twice, the second time after training on from the first with an optimizer that begins anew."""
    settings = replace(ADAM, learning_rate=0.02, patience=2, wrong_labels=40, epochs=40)
    run = Run(settings, settings.split(made_up), len(made_up.classes))
    for _ in range(2):
        run.start()
        while run.advance(60.0) is not None:
            pass
    assert len(run.snapshot().returns) == 2
    folder = unpacked(run, tmp_path)
    assert "the same weights to the last bit" in output_of(folder)
    run.step()
    run.advance(60.0)
    assert "the same weights to the last bit" in output_of(unpacked(run, tmp_path / "later"))


@pytest.mark.parametrize("seconds", [0.0, 5e9], ids=["set back to 1970", "set forward to 2128"])
def test_a_run_is_trained_and_archived_whatever_the_clock_says(
    made_up: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: float
) -> None:
    monkeypatch.setattr(time, "time", lambda: seconds)
    assert (unpacked(trained([SMALL], made_up), tmp_path) / "run-7.py").stat().st_mode & 0o600


def test_a_separate_test_set_is_not_part_of_the_split(made_up: Dataset, tmp_path: Path) -> None:
    own = Dataset("Own", made_up.images, made_up.labels, made_up.images[:50], made_up.labels[:50], made_up.classes)
    assert "the same weights to the last bit" in output_of(unpacked(trained([SMALL], own), tmp_path))


def test_the_script_says_when_weights_differ(made_up: Dataset, tmp_path: Path) -> None:
    folder = unpacked(trained([SMALL], made_up), tmp_path)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["settings"]["seed"] += 1
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert "weights differ by" in output_of(folder)


def test_the_accuracy_on_dev_is_the_run_s(made_up: Dataset, tmp_path: Path) -> None:
    run = trained([SMALL], made_up)
    right = round(run.snapshot().measurements[-1].dev_accuracy * len(run.split.dev))
    assert f"{right:,} of {len(run.split.dev):,} dev images read correctly" in output_of(unpacked(run, tmp_path))


def test_the_script_reads_an_image(made_up: Dataset, tmp_path: Path) -> None:
    run = trained([SMALL], made_up)
    folder = unpacked(run, tmp_path)
    for row in run.split.dev.rows[:3]:
        image = made_up.images[row]
        Image.fromarray(image.reshape(28, 28)).save(tmp_path / "image.png")
        probabilities = run.snapshot().network.probabilities(image[None].astype(np.float32) / np.float32(255))[0]
        name = made_up.classes[int(probabilities.argmax())]
        assert output_of(folder, str(tmp_path / "image.png")) == f"{name}, {chance(probabilities.max())} sure\n"


def test_the_archive_has_the_script_and_the_run(made_up: Dataset, tmp_path: Path) -> None:
    run = trained(RUNS["changed during training"], made_up)
    folder = unpacked(run, tmp_path)
    assert sorted(file.name for file in folder.iterdir()) == [
        "digits.npz",
        "history.csv",
        "run-7.py",
        "run.json",
        "weights.npz",
    ]
    described = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert Settings(**described["settings"]) == run.settings
    assert described["classes"] == ["ä", "b", "c", "d"]
    saved = weights.load(folder / "weights.npz").network
    assert all(map(np.array_equal, saved.parameters, run.snapshot().network.parameters))
    assert pd.read_csv(folder / "history.csv")["step"].iloc[-1] == run.snapshot().position.step


def test_spoiled_data_are_archived_as_given_with_the_true_labels_beside_them(made_up: Dataset, tmp_path: Path) -> None:
    run = trained(RUNS["spoiled"], made_up)
    with np.load(unpacked(run, tmp_path) / "digits.npz") as digits:
        train = digits["train"]
        assert np.count_nonzero(digits["labels"][train] != digits["true_labels"][train]) == run.split.train.wrong_labels
        np.testing.assert_array_equal(digits["true_labels"], made_up.labels)
        assert np.bincount(made_up.labels[train]).tolist() == [300, 0, 173, 100]


def test_the_script_has_only_what_the_run_used(made_up: Dataset, tmp_path: Path) -> None:
    text = (unpacked(trained([SMALL], made_up), tmp_path) / "run-7.py").read_text(encoding="utf-8")
    assert "adam" not in text
    assert "distort" not in text
    assert "tanh" not in text
