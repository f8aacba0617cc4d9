"""A file that is not a network, or is damaged, is refused in a sentence, or still gives a network."""

import json
import pickle
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy

from data.untrusted import raw_arrays
from models import onnx_file, weights
from models.untrusted import conversions, file_formats, hdf5_file, network_arrays
from models.weights import FORMATS, Format, SavedNetwork, WeightsError, load, save
from tests.unit.models.small_network import ABOUT, arrays_of, npz, refusal, small_network

Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda a: {**a, "W3": a["W2"]}, "b3 is missing|W3"),
        (lambda a: {name: a[name] for name in ("W1", "b1", "W2")}, "b2 is missing"),
        (lambda a: {"W1": a["W1"], "b1": a["b1"], "W3": a["W2"], "b3": a["b2"]}, "W2 is missing"),
        (lambda a: {"scale": a["b1"]}, "no arrays W1, b1"),
        (lambda a: {**a, "gamma1": a["b1"]}, "gamma1"),
        (lambda a: {**a, "W1": a["W1"][:, :3]}, "b1"),
        (lambda a: {**a, "W2": a["W2"][:2]}, "W2 is 2 × 3"),
        (lambda a: {**a, "b2": a["b2"][:2]}, "b2 is 2"),
        (lambda a: {**a, "W1": a["W1"].reshape(5, 2, 2)}, "W1 is not a vector or a matrix"),
        (lambda a: {**a, "W1": a["W1"].ravel()}, "W1 is not a matrix"),
        (lambda a: {**a, "W1": np.float32(1)}, "W1 is not a"),
        (lambda a: {**a, "W1": np.empty((0, 4), np.float32)}, "W1 is not a vector or a matrix"),
        (lambda a: {**a, "b2": np.array([0, np.nan, 0], np.float32)}, "b2 holds NaN"),
        (lambda a: {**a, "b2": np.array([0, -np.inf, 0], np.float32)}, "b2 holds NaN, infinity"),
        (lambda a: {**a, "b2": np.array([0, 1e300, 0])}, "b2 holds .* too large for float32"),
        (lambda a: {**a, "W2": a["W2"] * np.float32(1e38)}, "so large that the network would overflow"),
        (lambda a: {**a, "b1": np.zeros(4, np.int64)}, "b1 holds values of type <i8"),
        (lambda a: {**a, "b1": np.zeros(4, np.complex64)}, "b1 holds values of type <c8"),
        (lambda a: {**a, "b1": np.zeros(4, np.bool_)}, "b1 holds values of type .b1"),
        (lambda a: {**a, "b1": np.zeros(4, np.longdouble)}, "b1 holds values of type"),
        (lambda a: {f"{name[0]}{n}": a[name] for name in a for n in range(1, 34)}, "more than 32 layers"),
    ],
)
def test_arrays_that_are_not_a_network_are_refused_by_name(change: Change, expected: str) -> None:
    arrays = change(arrays_of(small_network()))
    for data in (npz(**arrays), pickle.dumps(arrays)):
        assert re.search(expected, refusal(data))


@pytest.mark.usefixtures("brackets")
@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "⟦it is empty⟧"),
        (b"no weights", f"⟦it is not a file of weights; ⟦{file_formats.READ}⟧ are read⟧"),
        (b"MATLAB 5.0", f"⟦{conversions.BY_START[b'MATLAB 5.0']}⟧"),
        (b"x\x9c", f"⟦{conversions.JOBLIB}⟧"),
        (b"\x80\x04csklearn.svm\nSVC\n.", f"⟦{conversions.BY_PACKAGE['sklearn']}⟧"),
        (hdf5_file.MAGIC, "⟦it is damaged, or not a whole HDF5 file⟧"),
        (
            hdf5_file.MAGIC + b"\2" + bytes(99),
            f"⟦it is HDF5 of another kind than Keras writes: ⟦{conversions.KERAS}⟧⟧",
        ),
        (npz(W1=np.ones((5, 4)), W2=np.ones((3, 2))), "⟦its sizes do not chain: ⟦W1 is 5 × 4⟧, ⟦W2 is 3 × 2⟧⟧"),
        (npz(**{f"W{n}": np.ones((2, 2 + n)) for n in range(1, 11)}), "⟦W8 is 2 × 10⟧, ⟦2 more⟧⟧"),
        (npz(**{f"W{n}": np.ones((2, 2 + n)) for n in range(1, 10)}), "⟦W8 is 2 × 10⟧, ⟦1 more⟧⟧"),
    ],
)
def test_each_part_of_a_refusal_is_translated_once(data: bytes, problem: str) -> None:
    with pytest.raises(WeightsError) as refused:
        load(data, "mine.npz")
    said = str(refused.value)
    assert said.startswith("⟦mine.npz cannot be used: ⟦")
    assert said.endswith(f"{problem}.⟧")


def test_object_arrays_and_records_are_refused() -> None:
    record = np.zeros(4, [("x", "f4")])
    for array in (np.array([None, 1]), record, np.array(["a"])):
        arrays = {**arrays_of(small_network()), "W1": array}
        refusal(pickle.dumps(arrays))
        assert "W1" in refusal(npz(**arrays))


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"classes": ["a", "b"]}, "names 2 classes, but the network has 3 outputs"),
        ({"classes": ["a", "b", "b"]}, "classes are not a list of different names"),
        ({"classes": ["a", "b", ""]}, "classes are not a list of different names"),
        ({"classes": ["a", "b", 3]}, "classes are not a list of different names"),
        ({"classes": "abc"}, "classes are not a list of different names"),
        ({"accuracy": float("nan")}, "about is not JSON-compatible"),
        ({"note": "x" * weights.MAX_ABOUT}, "about is longer than 256 KB"),
    ],
)
def test_invalid_metadata_is_refused_in_every_format(about: dict[str, Any], expected: str) -> None:
    network = small_network()
    with pytest.raises(WeightsError, match=expected):
        SavedNetwork(network, about)
    text = json.dumps(about)
    for data in (
        npz(**arrays_of(network), about=np.array(text)),
        safetensors.numpy.save(arrays_of(network), metadata={"about": text}),
        pickle.dumps({**arrays_of(network), "about": about}),
    ):
        assert expected in refusal(data)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "not JSON"),
        ("[1]", "not a dictionary"),
        ('{"x": 1e999}', "not JSON-compatible"),
        ('{"x":' * 20_000, "not JSON"),
        ('{"x": ' + "9" * 5000 + "}", "not JSON"),
    ],
)
def test_metadata_that_is_not_a_json_object_is_refused(text: str, expected: str) -> None:
    arrays = arrays_of(small_network())
    assert expected in refusal(npz(**arrays, about=np.array(text)))
    assert expected in refusal(safetensors.numpy.save(arrays, metadata={"about": text}))


def test_an_unknown_activation_is_refused_by_name() -> None:
    arrays = arrays_of(small_network())
    for data in (
        npz(**arrays, activation=np.array("swish")),
        safetensors.numpy.save(arrays, metadata={"activation": "swish"}),
        pickle.dumps({**arrays, "activation": "swish"}),
    ):
        assert "activation is swish; this app has relu, leaky_relu, elu" in refusal(data)
    assert "its layers have different activations: tanh, relu" in refusal(
        npz(**arrays_of(small_network((5, 4, 4, 4, 3))), activation=np.array("tanh, relu"))
    )
    assert "its activation is not a name" in refusal(pickle.dumps({**arrays, "activation": 3}))


def test_more_outputs_than_class_names_are_refused() -> None:
    assert "has 63 outputs" in refusal(npz(**arrays_of(small_network((2, 63)))))


@pytest.mark.parametrize("content", [3, None, "W1", [], {}, {"W1": 1}, {1: 2}, [1, 2, 3], {"W1": [1.0], "b1": [2.0]}])
def test_a_pickle_of_something_else_is_refused(content: object) -> None:
    refusal(pickle.dumps(content))


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_truncation_is_refused(file_format: Format) -> None:
    data = save(SavedNetwork(small_network(), ABOUT), file_format)
    for length in range(len(data)):
        refusal(data[:length])


def test_no_truncation_of_an_onnx_model_is_another_network() -> None:
    """A file cut off between two fields is still a model, without the last fields: the metadata."""
    data = onnx_file.export(SavedNetwork(small_network(), ABOUT))
    for length in range(len(data)):
        try:
            network = load(data[:length]).network
        except WeightsError:
            continue
        np.testing.assert_array_equal(network.vector, small_network().vector)


def test_empty_unknown_and_oversized_files_are_refused() -> None:
    assert "it is empty" in refusal(b"")
    assert ".npz, .npy, .safetensors, .pkl, .pt, .onnx, .h5, .keras and .json are read" in refusal(
        b"\x89PNG\r\n\x1a\n" + bytes(100)
    )
    assert ".npz, .npy, .safetensors, .pkl, .pt, .onnx, .h5, .keras and .json are read" in refusal(b"<!doctype html>")
    assert "larger than 64 MB" in refusal(bytes(raw_arrays.MAX_FILE_BYTES + 1))


def test_an_oversized_file_on_disk_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    with path.open("wb") as file:
        file.truncate(10**12)
    tracemalloc.start()
    try:
        assert "larger than 64 MB" in refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 1.1 * raw_arrays.MAX_FILE_BYTES
    finally:
        tracemalloc.stop()


def test_too_many_parameters_are_refused_before_they_are_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_arrays, "MAX_PARAMETERS", 38)
    arrays = arrays_of(small_network())
    assert "more than 38 parameters" in refusal(npz(**arrays))
    monkeypatch.setattr(network_arrays, "MAX_PARAMETERS", 39)
    assert load(npz(**arrays)).network.sizes == (5, 4, 3)


def test_a_missing_file_or_a_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"^net\.npz cannot be used: there is no such file\.$"):
        load(tmp_path / "net.npz")
    with pytest.raises(WeightsError, match="there is no such file"):
        load(tmp_path)


def test_the_limit_on_weights_depends_on_the_activation() -> None:
    arrays = {name: array * np.float32(1e15) for name, array in arrays_of(small_network((5, 4, 4, 3))).items()}
    assert "network would overflow" in refusal(npz(**arrays, activation=np.array("relu")))
    assert load(npz(**arrays, activation=np.array("tanh"))).network.activations == ("tanh", "tanh")
