"""A new activation, initializer, optimizer, distortion or schedule is one table entry; all the rest then just works."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import pytest

from data.dataset import Dataset
from models import onnx_file, weights
from models.weights import FORMATS, SavedNetwork
from nn.activations import ACTIVATIONS, Activation
from nn.augmentation import DISTORTIONS, Distortion, DistortionChoice
from nn.evaluation import dead_units
from nn.initializers import INITIALIZERS, Initializer
from nn.optimizers import OPTIMIZERS, Rule
from nn.schedules import SCHEDULES, Schedule
from tests.unit.ui.look_page import keep
from training.run import Run
from training.run_archive import bundle
from training.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from nn.activations import Floats
    from nn.initializers import Doubles
    from tests.unit.ui.visit import Visit


def softplus(Z: Floats) -> Floats:
    """Return log(1 + e^Z)."""
    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))


def softplus_derivative(Z: Floats, A: Floats) -> Floats:
    """Return σ(Z)."""
    return 1 - np.exp(-A)


def narrow(fan_in: int, fan_out: int, rng: np.random.Generator) -> tuple[Doubles, Doubles]:
    """Draw W from N(0, 0.01²), as AlexNet did; b is 0."""
    return rng.standard_normal((fan_in, fan_out)) / 100, np.zeros(fan_out)


def adagrad(theta: Floats, g: Floats, alpha: float, t: int, s: Floats) -> None:
    """Take the step s ← s + g², θ ← θ - αg/(√s + ε)."""
    s += g * g
    theta -= alpha * g / (np.sqrt(s) + 1e-8)


def triangle(t: float) -> float:
    """Return 1 - |2t - 1|, at least 0.1."""
    return max(0.1, 1 - abs(2 * t - 1))


ENTRIES: list[tuple[str, dict[str, Any], str, Any]] = [
    (
        "activation",
        ACTIVATIONS,
        "softplus",
        Activation(
            "Softplus",
            softplus,
            softplus_derivative,
            tex=r"\mathrm{softplus}",
            formula="log(1 + eᶻ)",
            meaning="A smooth ReLU.",
            onnx="Softplus",
        ),
    ),
    ("initializer", INITIALIZERS, "narrow", Initializer("Narrow", narrow, suits="nothing in particular")),
    ("optimizer", OPTIMIZERS, "adagrad", Rule("Adagrad", adagrad, ("s",))),
    ("distortion", DISTORTIONS, "strong", DistortionChoice("Strong", Distortion(rotation=20, shift=2, thickness=0.5))),
    ("schedule", SCHEDULES, "triangle", Schedule("Triangle", triangle)),
]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a run that uses one new entry from each table."""
    for setting, table, name, entry in ENTRIES:
        monkeypatch.setitem(table, name, entry)
        labels = {each: choice.label for each, choice in table.items()}
        # The options are read from the table at import time.
        monkeypatch.setitem(SETTINGS, setting, replace(SETTINGS[setting], options=tuple(table), labels=labels))
    chosen: dict[str, Any] = {setting: name for setting, _, name, _ in ENTRIES}
    return Settings(**chosen, hidden_size=8, learning_rate=0.01, dev_size=50, test_size=50)


@pytest.fixture
def trained(settings: Settings) -> Run:
    rng = np.random.default_rng(8)
    images = rng.integers(0, 256, (300, 784), dtype=np.uint8)
    digits = Dataset("Made up", images, rng.integers(0, 10, 300).astype(np.uint8))
    run = Run(settings, digits.split(settings.seed, settings.dev_size, settings.test_size), 10)
    for _ in range(2):
        run.epoch()
        run.advance(60.0)
    assert run.snapshot().position.epoch == 2
    return run


def test_every_file_holds_it_and_gives_it_back(trained: Run) -> None:
    network = trained.snapshot().network
    for file_format in FORMATS:
        loaded = weights.load(weights.save(SavedNetwork(network, {}), file_format)).network
        assert loaded.activations == ("softplus",)
        np.testing.assert_array_equal(loaded.vector, network.vector)


def test_onnx_is_read_back(trained: Run) -> None:
    network = trained.snapshot().network
    loaded = weights.load(onnx_file.export(SavedNetwork(network, {}))).network
    assert loaded.activations == ("softplus",)
    np.testing.assert_array_equal(loaded.vector, network.vector)


def test_onnx_computes_the_same(trained: Run) -> None:
    network, images = trained.snapshot().network, np.random.default_rng(1).random((5, 784), np.float32)
    session = onnxruntime.InferenceSession(
        onnx_file.export(SavedNetwork(network, {})), providers=["CPUExecutionProvider"]
    )
    (probabilities,) = session.run(["probabilities"], {"images": images})
    np.testing.assert_allclose(probabilities, network.probabilities(images), atol=1e-6)


def test_the_script_comes_to_the_same_weights(trained: Run, tmp_path: Path) -> None:
    snapshot = trained.snapshot()
    saved = weights.save(SavedNetwork(snapshot.network, {}))
    with zipfile.ZipFile(io.BytesIO(bundle("New", snapshot, trained.split, saved))) as archive:
        archive.extractall(tmp_path)
    command = [sys.executable, "-I", str(tmp_path / "new" / "new.py")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "the same weights to the last bit" in printed


def test_the_learn_page_explains_it(trained: Run, new_visit: Any) -> None:  # noqa: ANN401 - see conftest
    network, visit = trained.snapshot().network, new_visit("look")
    keep(visit, "mine", network)
    assert "log(1 + eᶻ)" in visit.html
    assert "A smooth ReLU." in visit.html
    assert any(r"\mathrm{softplus}" in each.value for each in visit.app.markdown)
    assert dead_units(network, np.zeros((1, 784), np.float32)) == [None]


def test_the_train_page_offers_it(settings: Settings, new_visit: Any) -> None:  # noqa: ANN401 - see conftest
    visit: Visit = new_visit("train")
    offered = [option for each in visit.app.selectbox for option in each.options]
    assert {"Softplus", "Narrow", "Adagrad"} <= set(offered)
