"""The app asks for whatever an uploaded weights file does not state, and keeps nothing before it is answered."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from models import weights
from nn.network import Network

if TYPE_CHECKING:
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


def bare(outputs: int = 10, largest: float = 1.0, **texts: str) -> bytes:
    """A file of random weights that states nothing but these texts."""
    network = Network.initialize((784, 8, outputs), rng=np.random.default_rng(1))
    W1, b1, W2, b2 = network.parameters
    file = io.BytesIO()
    arrays: dict[str, Any] = {"W1": W1 * np.float32(largest), "b1": b1, "W2": W2, "b2": b2, **texts}
    np.savez(file, **arrays)
    return file.getvalue()


def test_only_what_is_open_is_asked_and_nothing_is_kept_before(visit: Visit) -> None:
    visit.go("train")
    visit.upload("upload_weights", "mine.npz", bare(activation="tanh"))
    (sentence,) = visit.alerts
    assert sentence.startswith("mine.npz doesn’t say how its pixels are scaled. No answer reads the dev digits well")
    assert [radio.key for radio in visit.app.radio] == ["weights_scale"]
    assert not visit.session.networks.saved
    visit.app.radio(key="weights_scale").set_value("bytes").run()
    visit.click("use_weights")
    assert visit.alerts == ["mine.npz is ready. Choose it as the network on the Draw page."]
    saved = visit.session.networks.saved["mine.npz"]
    asked = weights.load(bare(activation="tanh"))
    assert (saved.network.activations, saved.unstated) == (("tanh",), ())
    np.testing.assert_allclose(saved.network.weights[0], asked.network.weights[0] * 255, rtol=1e-6)


def test_a_network_of_letters_is_asked_about_without_accuracies(visit: Visit) -> None:
    visit.go("train")
    visit.upload("upload_weights", "letters.npz", bare(outputs=26))
    (sentence,) = visit.alerts
    assert sentence.endswith("Choose what it was trained with.")
    visit.click("use_weights")
    assert visit.session.networks.saved["letters.npz"].network.activations == ("relu",)


def test_answers_that_overflow_are_refused_in_a_sentence(visit: Visit) -> None:
    visit.go("train")
    visit.upload("upload_weights", "large.npz", bare(outputs=26, largest=1e35, activation="relu"))
    visit.app.radio(key="weights_scale").set_value("bytes").run()
    (problem,) = [sentence for sentence in visit.alerts if "cannot be used" in sentence]
    assert problem.startswith("large.npz cannot be used with these answers: its weights are so large")
    assert not [button for button in visit.app.button if button.key == "use_weights"]
    assert not visit.app.exception


def test_a_file_that_cannot_be_used_leaves_the_one_before(visit: Visit) -> None:
    visit.go("train")
    visit.upload("upload_weights", "mine.npz", bare())
    visit.click("use_weights")
    visit.upload("upload_weights", "other.npz", b"PK")
    assert visit.alerts[0].startswith("other.npz cannot be used")
    assert list(visit.session.networks.saved) == ["mine.npz"]
    assert not visit.app.radio
