"""What the network picture is told to draw: the numbers of nn, the tiles that the browser lacks, and the changes."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from models.reader import Reader
from models.weights import SavedNetwork
from nn.contributions import error_signals
from nn.network import Network
from testing.sample_digits import digit
from tests.unit.ui.visit import Visit
from ui.state import shared_resources
from ui.state.digit_sources import StrokeSource
from ui.widgets.canvas import CANVAS
from ui.widgets.network_picture import MOST_UNITS, PAPER, Training, picture_message, tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


class Message:
    """A message, read as network_picture.js reads it."""

    def __init__(self, message: bytes) -> None:
        (length,) = struct.unpack_from("<I", message)
        self.header: dict[str, Any] = json.loads(message[4 : 4 + length])
        self._rest, self._at = message, 4 + length
        sizes = [len(layer["units"]) for layer in self.header["layers"]]
        self.p = self._floats(len(self.header["names"]))
        self.layers: list[dict[str, Floats]] = []
        for before, k in zip([0, *sizes], sizes, strict=False):
            layer = {name: self._floats(k) for name in ("activations", "sums", "biases", "evidence")}
            self.layers.append({**layer, "contributions": self._floats(before * k).reshape(before, k)})
        if self.header.get("changed"):
            for layer, k in zip(self.layers, sizes, strict=True):
                layer["changes"] = self._floats(k)
        if "label" in self.header:
            for layer, k in zip(self.layers, sizes, strict=True):
                layer["errors"] = self._floats(k)
        self.image = self._bytes(784)
        self.tiles = [
            self._bytes(len(sent) * side**2).reshape(len(sent), side, side)
            for sent, side in zip(self.header["tiles"], self.header["sides"], strict=True)
        ]
        rest = message[self._at :]
        self.after = Message(rest) if rest else None

    def _floats(self, count: int) -> Floats:
        found = np.frombuffer(self._rest, "<f4", count, self._at)
        self._at += 4 * count
        return found

    def _bytes(self, count: int) -> NDArray[np.uint8]:
        found = np.frombuffer(self._rest, np.uint8, count, self._at)
        self._at += count
        return found


def message(
    reader: Reader, strokes: Sequence[NDArray[Any]], known: object = None, training: Training | None = None
) -> Message:
    reading = StrokeSource(list(strokes), CANVAS).read(reader)
    made, _ = picture_message(reader, reading, known, (), input_name="input", flow=0, training=training)
    return Message(made)


def small(*hidden: int) -> Reader:
    return Reader(SavedNetwork(Network.initialize((784, *hidden, 10), rng=np.random.default_rng(1))))


@pytest.mark.parametrize("hidden", [(), (5,), (40, 30), (40, 30, 20)])
def test_the_numbers_are_those_of_the_forward_pass(hidden: tuple[int, ...]) -> None:
    reader = small(*hidden)
    strokes = digit("4")
    shown = message(reader, strokes)
    reading = reader.read_strokes(strokes, canvas=CANVAS)
    A, Z = reader.network.forward(reading.image.reshape(1, -1))
    np.testing.assert_allclose(shown.layers[-1]["activations"], Z[-1][0], rtol=1e-5)
    np.testing.assert_allclose(shown.p, reading.probabilities, rtol=1e-5)
    assert [layer["total"] for layer in shown.header["layers"]] == [*hidden, 10]
    for place, layer in enumerate(shown.layers[:-1]):
        units = shown.header["layers"][place]["units"]
        assert len(units) == min(hidden[place], MOST_UNITS)
        np.testing.assert_allclose(layer["activations"], A[place + 1][0][units], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(layer["sums"] + layer["biases"], Z[place][0][units], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(shown.image, np.rint(255 * reading.image.ravel()))


def test_all_probabilities_add_up_to_1_none_among_them() -> None:
    shown = message(shared_resources.shipped_reader(), digit("4"))
    assert shown.header["names"] == [*"0123456789", "none"]
    assert shown.p.sum() == pytest.approx(1)
    assert shown.header["answer"] == 4


@pytest.mark.parametrize(
    "strokes", [[], [np.array([[140.0, 140.0], [141.0, 141.0]])], [*digit("1"), *digit("1") + np.array([90, 0])]]
)
def test_the_bars_are_empty_where_the_probabilities_do_not_explain_the_answer(strokes: list[NDArray[Any]]) -> None:
    shown = message(shared_resources.shipped_reader(), strokes)
    assert not shown.p.any()
    assert not any(shown.header["shares"])


def test_an_update_during_a_stroke_takes_about_two_kilobytes() -> None:
    """Tiles that the browser has are not sent again, whatever else it claims to have."""
    reader = shared_resources.shipped_reader()
    reading = StrokeSource(digit("4"), CANVAS).read(reader)

    def size(known: object) -> int:
        return len(picture_message(reader, reading, known, (), input_name="", flow=0, training=None)[0])

    header = message(reader, digit("4")).header
    units = header["layers"][0]["units"]
    whole = size(None)
    assert size({"network": header["network"], "units": [units]}) == pytest.approx(2200, abs=300)
    assert size({"network": header["network"], "units": [units[1:]]}) < 3400
    for other in ({"network": "other", "units": [units]}, {"network": header["network"], "units": []}, 3, {"units": 1}):
        assert size(other) == whole
    assert size({"network": header["network"], "units": [[None, "a", {}]]}) == whole


def test_a_tile_shows_the_incoming_weights_of_its_unit() -> None:
    W = np.zeros((784, 2))
    W[3, 0], W[4, 0] = 1.0, -1.0
    first, second = tiles(W)
    assert (first[3], first[4], first[5]) == (2 * PAPER, 0, PAPER)
    assert (second == PAPER).all()
    assert tiles(np.ones((10, 1))).shape == (1, 16)


def test_changes_since_the_last_update_and_a_backward_pass_come_with_training() -> None:
    reader = small(6)
    before = reader.network.copy()
    before.weights[0][:, 2] += 0.5
    shown = message(reader, digit("4"), training=Training(7, before, 3))
    units = shown.header["layers"][0]["units"]
    np.testing.assert_allclose(shown.layers[0]["changes"][units.index(2)], 14.0, rtol=1e-4)  # √784 · 0.5
    assert not np.delete(shown.layers[0]["changes"], units.index(2)).any()
    image = reader.read_strokes(digit("4"), canvas=CANVAS).image.ravel()
    for place, dZ in enumerate(error_signals(reader.network, image, 3)):
        np.testing.assert_allclose(
            shown.layers[place]["errors"], dZ[shown.header["layers"][place]["units"]], rtol=1e-4, atol=1e-6
        )


def test_train_shows_a_dev_digit_until_there_is_a_drawing_and_follows_single_steps() -> None:
    visit = Visit("train")
    shown = Message(visit.network_picture)
    dev = visit.run.split.dev
    np.testing.assert_array_equal(shown.image, dev.images[dev.rows[0]])
    assert shown.header["input"] == "a dev digit"
    assert shown.header["label"] == dev.labels[dev.rows[0]]
    visit.click("step")
    visit.wait_until_idle()
    visit.app.run()
    assert Message(visit.network_picture).header["step"] == 1


def test_learn_shows_the_network_before_the_step_that_it_plays_and_after_it() -> None:
    visit = Visit("look")
    shown = Message(visit.network_picture)
    label, after = shown.header["label"], shown.after
    assert after is not None
    assert shown.layers[-1]["errors"].sum() == pytest.approx(0, abs=1e-5)
    assert shown.layers[-1]["errors"][label] == pytest.approx(shown.p[label] - 1, abs=1e-5)
    assert after.p[label] > shown.p[label]
    assert after.header["network"] != shown.header["network"]
    assert all(layer["changes"].any() for layer in shown.layers)


def test_the_true_class_is_among_the_outputs_even_if_it_is_not_likely() -> None:
    names = [f"class {index}" for index in range(30)]
    network = Network.initialize((784, 16, 30), rng=np.random.default_rng(1))
    reader = Reader(SavedNetwork(network, {"classes": names}))
    unlikely = int(reader.read_strokes(digit("4"), canvas=CANVAS).probabilities.argmin())
    shown = message(reader, digit("4"), training=Training(0, label=unlikely))
    assert shown.header["names"][shown.header["label"]] == names[unlikely]
    assert len(shown.header["names"]) == len(message(reader, digit("4")).header["names"])
