"""Exported networks give the same outputs in ONNX Runtime, an independent implementation."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from data import csv_files
from models import weights
from models.onnx_file import export
from models.weights import SavedNetwork
from nn.activations import ACTIVATIONS
from nn.network import Network

WEIGHTS = Path(__file__).parents[3] / "models" / "digits.npz"
CLASSES = ["ä", "b", "c"]


def network(activation: str, *hidden: int) -> Network:
    return Network.initialize((784, *hidden, 3), rng=np.random.default_rng(3), activation=activation)


def session(saved: SavedNetwork) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(export(saved), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (16,), (300, 20, 7)], ids=str)
@pytest.mark.parametrize("count", [1, 100])
def test_its_outputs_match_ours_to_a_millionth(activation: str, hidden: tuple[int, ...], count: int) -> None:
    ours = network(activation, *hidden)
    images = np.random.default_rng(4).uniform(0, 1, (count, 784)).astype(np.float32)
    logits, probabilities = session(SavedNetwork(ours, {})).run(["logits", "probabilities"], {"images": images})
    np.testing.assert_allclose(probabilities, ours.probabilities(images), rtol=0, atol=1e-6)
    np.testing.assert_allclose(logits, ours.logits(images), rtol=1e-5, atol=1e-5)


def test_the_shipped_network_gives_the_same_predictions_in_onnx() -> None:
    digits = csv_files.embedded()
    images = digits.images[::10].astype(np.float32) / np.float32(255)
    saved = weights.load(WEIGHTS)
    (probabilities,) = session(saved).run(["probabilities"], {"images": images})
    np.testing.assert_allclose(probabilities, saved.network.probabilities(images), rtol=0, atol=1e-6)


def test_metadata_is_exported() -> None:
    about = {"name": "Run 1", "classes": CLASSES, "seed": 3}
    props = session(SavedNetwork(network("relu", 4), about)).get_modelmeta().custom_metadata_map
    assert json.loads(props["classes"]) == CLASSES
    assert json.loads(props["about"]) == about


def test_the_network_is_not_modified() -> None:
    ours = network("relu", 4)
    before = [array.copy() for array in ours.parameters]
    export(SavedNetwork(ours, {}))
    assert all(map(np.array_equal, before, ours.parameters))
