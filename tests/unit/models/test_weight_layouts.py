"""Weights as people have them: every usual name, order, orientation and type of array gives the same network."""

import gzip
import io
import json
import pickle
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from numpy.typing import NDArray

from data import csv_files
from models import unstated_conventions, weights
from models.weights import WeightsError
from nn.network import Network

Arrays = list[NDArray[Any]]

NETWORK = Network.initialize((784, 12, 12, 10), rng=np.random.default_rng(1))
NETWORK.vector[:] = np.random.default_rng(2).normal(size=NETWORK.vector.size)
W = [matrix.copy() for matrix in NETWORK.weights]
B = [bias.copy() for bias in NETWORK.biases]
WT = [matrix.T.copy() for matrix in W]
COLUMNS = [bias[:, None] for bias in B]
PAIRS = [array for pair in zip(W, B, strict=True) for array in pair]


def named(
    pattern_w: str, pattern_b: str, matrices: Arrays, biases: Arrays, numbers: Sequence[object] = (1, 2, 3)
) -> dict[str, Any]:
    """Arrays by name; `{}` in a pattern is the number of the layer."""
    arrays: dict[str, Any] = {}
    for number, matrix, bias in zip(numbers, matrices, biases, strict=True):
        arrays[pattern_w.format(number)] = matrix
        arrays[pattern_b.format(number)] = bias
    return arrays


def npz(arrays: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def alphabetical(arrays: dict[str, Any]) -> bytes:
    """As safetensors are usually written."""
    return safetensors.numpy.save({name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)})


NAMES = {
    "W1": named("W{}", "b{}", W, B),
    "w1, B1": named("w{}", "B{}", W, B),
    "W_1": named("W_{}", "b_{}", W, B),
    "weights1": named("weights{}", "biases{}", W, B),
    "weights_0": named("weights_{}", "biases_{}", W, B, (0, 1, 2)),
    "W2 first": named("W{}", "b{}", W, B, (2, 3, 4)),
    "columns": named("W{}", "b{}", WT, COLUMNS),
    "columns of W that is in rows": named("W{}", "b{}", W, COLUMNS),
    "rows": named("W{}", "b{}", W, [bias[None] for bias in B]),
    "turned, plain biases": named("W{}", "b{}", WT, B),
    "fc1.weight": named("fc{}.weight", "fc{}.bias", WT, B),
    "Sequential": named("{}.weight", "{}.bias", WT, B, (0, 2, 4)),
    "layers.0.weight": named("layers.{}.weight", "layers.{}.bias", WT, B, (1, 9, 10)),
    "DataParallel": named("module.net.fc{}.weight", "module.net.fc{}.bias", WT, B),
    "Keras": named("dense{}/kernel:0", "dense{}/bias:0", W, B, ("", "_1", "_2")),
    "Keras, layers twice": named("dense{0}/dense{0}/kernel:0", "dense{0}/dense{0}/bias:0", W, B, ("_9", "_10", "_11")),
    "words": named("{}_weights", "{}_bias", W, B, ("first", "second", "third")),
    "letters": {"Wih": W[0], "Whh": W[1], "Who": W[2], "bih": B[0], "bhh": B[1], "bho": B[2]},
    "Wout": {"Win": W[0], "Whid": W[1], "Wout": W[2], "bin": B[0], "bhid": B[1], "bout": B[2]},
    "W[0]": named("W[{}]", "b[{}]", W, B, (0, 1, 2)),
    "weights_input_hidden": {
        "weights_input_first": W[0],
        "weights_first_second": W[1],
        "weights_second_output": W[2],
        "bias_first": B[0],
        "bias_second": B[1],
        "bias_output": B[2],
    },
    "bh": {"Wih": WT[0], "Whg": WT[1], "Wgo": WT[2], "bh": B[0], "bg": B[1], "bo": B[2]},
    "b after W from 0": {"W0": W[0], "W1": W[1], "W2": W[2], "b1": B[0], "b2": B[1], "b3": B[2]},
    "layer1_W": named("layer{}_W", "layer{}_b", W, B),
    "Theta": named("Theta{}", "bias{}", WT, B),
}


@pytest.mark.parametrize("arrays", NAMES.values(), ids=NAMES)
def test_usual_names_give_the_same_network(arrays: dict[str, Any]) -> None:
    for data in (npz(arrays), pickle.dumps(arrays), alphabetical(arrays)):
        same(data)


CONTENTS = {
    "list": PAIRS,
    "tuple of columns": tuple(array for pair in zip(WT, COLUMNS, strict=True) for array in pair),
    "pairs": list(zip(W, B, strict=True)),
    "weights, biases": (W, B),
    "matrices first": [*W, *B],
    "lists by name": {"weights": W, "biases": B},
    "turned lists by name": {"sizes": [784, 12, 12, 10], "weights": WT, "biases": COLUMNS},
    "scikit-learn": {"coefs_": W, "intercepts_": B},
    "get_weights": {"weights": PAIRS},
    "layers": {"layers": [{"W": matrix, "b": bias} for matrix, bias in zip(W, B, strict=True)]},
    "parameters": {"parameters": named("W{}", "b{}", WT, COLUMNS), "costs": [0.5, 0.25], "learning_rate": 0.1},
    "numbers as keys": dict(enumerate(PAIRS)),
    "ordered": OrderedDict(named("W{}", "b{}", W, B)),
    "checkpoint": {
        "model_state_dict": OrderedDict(named("fc{}.weight", "fc{}.bias", WT, B)),
        "optimizer_state_dict": {"state": {0: {"exp_avg": WT[0]}}, "param_groups": [{"lr": 0.1, "params": [0, 1]}]},
        "epoch": 5,
        "train_losses": [0.1] * 10_000,
        "weight_decay": 0.01,
    },
    "gradients": {**named("W{}", "b{}", W, B), **named("dW{}", "db{}", W, B)},
    "nested lists": {name: array.tolist() for name, array in named("W{}", "b{}", W, B).items()},
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_usual_contents_of_a_pickle_give_the_same_network(content: object) -> None:
    for protocol in (2, 4, 5):
        same(pickle.dumps(content, protocol))


def test_unnamed_arrays_of_an_npz_give_the_same_network() -> None:
    for arrays in (PAIRS, [*W, *B], [array for pair in zip(WT, B, strict=True) for array in pair]):
        file = io.BytesIO()
        np.savez(file, *arrays)
        same(file.getvalue())


def test_arrays_of_objects_give_the_same_network() -> None:
    coefs, intercepts, both = (np.empty(len(arrays), object) for arrays in (W, B, PAIRS))
    coefs[:], intercepts[:], both[:] = W, B, PAIRS
    same(npz({"coefs_": coefs, "intercepts_": intercepts}))
    file = io.BytesIO()
    np.save(file, both)
    same(file.getvalue())
    same(pickle.dumps({"weights": coefs, "biases": intercepts}))


def test_json_of_a_textbook_s_network_gives_the_same_network() -> None:
    """As Nielsen's network2.py saves it, also compressed."""
    lists = {"weights": [matrix.tolist() for matrix in WT], "biases": [column.tolist() for column in COLUMNS]}
    text = json.dumps({"sizes": [784, 12, 12, 10], **lists, "cost": "CrossEntropyCost"}).encode()
    same(text)
    same(json.dumps({"weights": [matrix.tolist() for matrix in W], "biases": [bias.tolist() for bias in B]}).encode())
    same(gzip.compress(text))
    same(gzip.compress(pickle.dumps(PAIRS)))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f8"])
def test_every_float_gives_the_same_network(dtype: str) -> None:
    arrays = {name: array.astype(dtype) for name, array in named("fc{}.weight", "fc{}.bias", WT, B).items()}
    for data in (npz(arrays), pickle.dumps(arrays)):
        loaded = weights.load(data).network
        for ours, theirs in zip(NETWORK.parameters, loaded.parameters, strict=True):
            np.testing.assert_array_equal(theirs, ours.astype(dtype).astype(np.float32))


def same(data: bytes) -> None:
    saved = weights.load(data)
    for ours, theirs in zip(NETWORK.parameters, saved.network.parameters, strict=True):
        np.testing.assert_array_equal(theirs, ours, strict=True)
    assert saved.unstated == ("activation", "scale")


@pytest.mark.parametrize(
    "arrays",
    [
        {"wih": WT[0], "whh": WT[1], "who": WT[2]},
        {"input": W[0], "hidden": W[1], "output": W[2]},
        {"fc1.weight": WT[0], "fc2.weight": WT[1], "fc3.weight": WT[2]},
        {"W1": W[0], "W2": WT[1], "W3": WT[2]},
    ],
    ids=lambda arrays: next(iter(arrays)),
)
def test_networks_without_biases_have_biases_of_zero(arrays: dict[str, Any]) -> None:
    for data in (npz(arrays), pickle.dumps(arrays), alphabetical(arrays)):
        loaded = weights.load(data).network
        for ours, theirs in zip(W, loaded.weights, strict=True):
            if ours.shape != (12, 12):  # in the last case, the others disagree about the square one
                np.testing.assert_array_equal(theirs, ours)
        assert not any(bias.any() for bias in loaded.biases)


def test_thetas_with_the_bias_in_the_first_column_are_read_and_the_bias_is_asked() -> None:
    """Theta1 (units, 785), as in Ng's course; its row-wise transpose; and alone."""
    thetas = [np.column_stack([bias, matrix]) for matrix, bias in zip(WT, B, strict=True)]
    for arrays in ({f"Theta{n}": theta for n, theta in enumerate(thetas, start=1)}, {"W": thetas[0]}):
        for turned in (arrays, {name: theta.T for name, theta in arrays.items()}):
            saved = weights.load(npz(turned))
            for ours, theirs in zip(NETWORK.parameters[:2], saved.network.parameters, strict=False):
                np.testing.assert_array_equal(theirs, ours)
            assert saved.unstated[-1] == "bias"


def test_the_layers_of_a_digit_reader_start_at_the_pixels() -> None:
    """In alphabetical order, who and wih also chain, from 10 inputs to 784 outputs."""
    wih, who = np.ones((100, 784), np.float32), np.ones((10, 100), np.float32)
    assert weights.load(alphabetical({"wih": wih, "who": who})).network.sizes == (784, 100, 10)


@pytest.mark.parametrize(
    ("stated", "activations"),
    [
        ("tanh", ("tanh", "tanh")),
        ("Logistic", ("sigmoid", "sigmoid")),
        ("ReLU", ("relu", "relu")),
        (["tanh", "tanh", "softmax"], ("tanh", "tanh")),
        (["tanh", "ReLU", "softmax"], ("tanh", "relu")),
        ("relu, tanh", ("relu", "tanh")),
        ("relu, tanh, softmax", ("relu", "tanh")),
    ],
)
def test_the_activation_is_taken_from_the_file_where_it_is_stated(stated: object, activations: tuple[str, ...]) -> None:
    saved = weights.load(pickle.dumps({"coefs_": W, "intercepts_": B, "activation": stated}))
    assert (saved.network.activations, saved.unstated) == (activations, ("scale",))
    config = {"layers": [{"activation": name} for name in ("relu", "relu", "softmax")]}
    assert weights.load(pickle.dumps({"config": config, "weights": PAIRS})).unstated == ("scale",)


def refusal(data: bytes) -> str:
    with pytest.raises(WeightsError) as caught:
        weights.load(data, "mine")
    assert re.fullmatch(r"mine cannot be used: [^\n]+\.", str(caught.value))
    return str(caught.value)


Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda a: a | {"fc2.weight": WT[2]}, r"do not chain: fc1\.weight is 12 × 784, fc2\.weight is 10 × 12, fc3"),
        (
            lambda a: a | {"conv1.weight": np.zeros((6, 1, 5, 5))},
            r"conv1\.weight is not a vector or a matrix, and only",
        ),
        (lambda a: a | {"bn1.weight": np.ones(12)}, r"bn1\.weight is not a matrix"),
        (lambda a: a | {"bn1.running_mean": np.ones(12)}, r"holds bn1\.running_mean, which is not part"),
        (lambda a: a | {"fc2.weight": np.ones((12, 12), int)}, r"fc2\.weight holds values of type <i8"),
        (lambda a: {name: array for name, array in a.items() if name != "fc2.bias"}, r"fc2\.bias is missing"),
        (
            lambda _: {"images": np.zeros((3, 28, 28)), "labels": np.zeros(3, int)},
            r"no arrays W1, b1.*images is 3 × 28",
        ),
        (lambda _: {f"a{n}": np.zeros((2, n + 3)) for n in range(20)}, r"a7 is 2 × 10, 12 more"),
    ],
)
def test_what_does_not_fit_is_listed(change: Change, expected: str) -> None:
    arrays = change(named("fc{}.weight", "fc{}.bias", WT, B))
    for data in (npz(arrays), pickle.dumps(arrays)):
        assert re.search(expected, refusal(data))


@pytest.mark.parametrize(
    ("content", "what", "lines"),
    [
        (b"MATLAB 5.0 MAT-file" + bytes(200), "a MATLAB file", "from scipy.io import loadmat; import numpy as np"),
        (b"MATLAB 7.3 MAT-file" + bytes(600), "a MATLAB file", "import h5py, numpy as np"),
        (zlib.compress(b"joblib", 3), "written by joblib", "import joblib, pickle"),
        (b"\x80\2cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81.", "written by joblib", "import joblib, pickle"),
        (b"\x80\2ctorch._utils\n_rebuild_tensor_v2\n)R.", "PyTorch tensors", "import pickle, torch"),
        (b"\x80\2csklearn.svm._classes\nSVC\n)\x81.", "a whole scikit-learn model", "import numpy as np"),
    ],
)
def test_what_cannot_be_read_is_converted_by_two_lines(content: bytes, what: str, lines: str) -> None:
    sentence = refusal(content)
    assert what in sentence
    assert f"run {lines}; " in sentence
    assert " and upload " in sentence


def test_layers_that_could_follow_one_another_in_two_orders_are_not_guessed() -> None:
    matrices = {"output": W[2], "first": W[1], "second": W[1] + 1, "input": W[0]}
    assert "do not chain" in refusal(alphabetical(matrices))


def test_the_activation_that_a_reported_file_does_not_say_is_told_by_its_accuracy(reports: Path) -> None:
    saved = weights.load(reports / "sigmoid_W1_b1.npz")
    digits = csv_files.embedded()
    accuracies = unstated_conventions.accuracies(saved, *digits.split(0, *digits.default_sizes).dev.take())
    assert next(iter(accuracies)) == ("sigmoid", "unit")
    assert accuracies["sigmoid", "unit"] > accuracies["relu", "unit"] + 0.05


@pytest.mark.parametrize("name", ["sigmoid_W1_b1.npz", "capital_B.pkl", "state_dict.safetensors"])
def test_reported_files_are_read(reports: Path, name: str) -> None:
    saved = weights.load(reports / name)
    assert saved.network.sizes == (784, 16, 10)
    assert saved.unstated == ("activation", "scale")
