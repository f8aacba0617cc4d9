"""Saving and loading: round trips in the three formats, and files written by other programs."""

import io
import json
import os
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
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.untrusted import raw_arrays
from models import onnx_file, weights
from models.untrusted import network_arrays
from models.weights import FORMATS, Format, SavedNetwork, WeightsError, load, rounded, save, write
from nn.network import Network

ABOUT: dict[str, Any] = {
    "name": "Fünf Formen",
    "classes": ["ring", "box", "λ"],
    "seed": 7,
    "l2": 0.1,
    "accuracy": {"train": 0.99, "dev": None},
    "sizes": [5, 4, 3],
}


def small_network(sizes: tuple[int, ...] = (5, 4, 3), activation: str = "tanh") -> Network:
    network = Network.initialize(sizes, rng=np.random.default_rng(3), activation=activation)
    network.vector[:] = np.random.default_rng(4).normal(size=network.vector.size)
    return network


def arrays_of(network: Network) -> dict[str, Any]:
    names = [f"{letter}{layer}" for layer in range(1, len(network.sizes)) for letter in "Wb"]
    return dict(zip(names, network.parameters, strict=True))


def npz(**arrays: object) -> bytes:
    file = io.BytesIO()
    members: dict[str, Any] = arrays
    np.savez(file, **members)
    return file.getvalue()


def same_bits(first: Network, second: Network) -> bool:
    return first.activation == second.activation and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(first.parameters, second.parameters, strict=True)
    )


def refusal(data: bytes | Path, name: str = "mine.npz") -> str:
    with pytest.raises(WeightsError) as caught:
        load(data, name)
    sentence = str(caught.value)
    assert re.fullmatch(r"mine\.npz cannot be used: [^\n]+\.", sentence), sentence
    return sentence


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("sizes", [(1, 3), (5, 4, 3), (9, 5, 4, 3)])
def test_a_network_is_read_back_to_the_bit(file_format: Format, activation: str, sizes: tuple[int, ...]) -> None:
    saved = SavedNetwork(small_network(sizes, activation), ABOUT)
    loaded = load(save(saved, file_format))
    assert same_bits(loaded.network, saved.network)
    assert loaded.about == ABOUT
    assert loaded.classes == ("ring", "box", "λ")


@pytest.mark.parametrize("file_format", FORMATS)
def test_subnormal_and_signed_zero_weights_are_read_back_to_the_bit(file_format: Format) -> None:
    network = small_network()
    network.vector[:4] = [-0.0, 1e-45, float(np.finfo(np.float32).tiny), -1e30]
    assert same_bits(load(save(SavedNetwork(network), file_format)).network, network)


def test_npz_and_pickle_files_are_deterministic() -> None:
    for file_format in ("npz", "pkl"):
        first, second = (save(SavedNetwork(small_network(), ABOUT), file_format) for _ in range(2))
        assert first == second


def test_numpy_alone_reads_our_npz() -> None:
    network = small_network()
    with np.load(io.BytesIO(save(SavedNetwork(network, ABOUT), "npz")), allow_pickle=False) as file:
        assert sorted(file) == ["W1", "W2", "about", "activation", "b1", "b2"]
        for name, array in arrays_of(network).items():
            np.testing.assert_array_equal(file[name], array, strict=True)
        assert str(file["activation"]) == "tanh"
        assert json.loads(str(file["about"])) == ABOUT


def test_the_safetensors_library_reads_our_safetensors(tmp_path: Path) -> None:
    network = small_network()
    path = tmp_path / "net.safetensors"
    write(SavedNetwork(network, ABOUT), path)
    read = safetensors.numpy.load_file(path)
    assert sorted(read) == ["W1", "W2", "b1", "b2"]
    for name, array in arrays_of(network).items():
        np.testing.assert_array_equal(read[name], array, strict=True)
    with safetensors.safe_open(path, framework="numpy") as file:
        assert file.metadata()["activation"] == "tanh"
        assert json.loads(file.metadata()["about"]) == ABOUT


def test_python_alone_reads_our_pickle() -> None:
    network = small_network()
    read = pickle.loads(save(SavedNetwork(network, ABOUT), "pkl"))
    assert {type(value) for value in read.values()} == {np.ndarray, str, dict}
    for name, array in arrays_of(network).items():
        np.testing.assert_array_equal(read[name], array, strict=True)
    assert (read["activation"], read["about"]) == ("tanh", ABOUT)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("convert", [np.ascontiguousarray, np.asfortranarray], ids=["C", "Fortran"])
def test_every_pickle_protocol_is_read(protocol: int, convert: Callable[..., Any]) -> None:
    network = small_network()
    content = {name: convert(array) for name, array in arrays_of(network).items()}
    for pickled in (content, list(content.values()), tuple(content.values())):
        loaded = load(pickle.dumps(pickled, protocol))
        assert [array.tobytes() for array in loaded.network.parameters] == [
            array.tobytes() for array in network.parameters
        ]


def test_a_pickle_written_by_numpy_1_is_read() -> None:
    pickled = pickle.dumps(arrays_of(small_network()), 2)
    old = pickled.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert old != pickled
    assert load(old).network.sizes == (5, 4, 3)


def test_numpy_numbers_in_a_pickle_are_read_as_numbers() -> None:
    about = {"seed": np.int64(7), "accuracy": np.float64(0.25), "deskew": np.bool_(True), "alpha": np.float32(0.5)}
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        loaded = load(pickle.dumps({**arrays_of(small_network()), "about": about}, protocol))
        assert loaded.about == {"seed": 7, "accuracy": 0.25, "deskew": True, "alpha": 0.5}


def test_four_bare_arrays_are_a_relu_network_for_ten_digits() -> None:
    network = small_network((784, 10, 10))
    for data in (npz(**arrays_of(network)), safetensors.numpy.save(arrays_of(network))):
        loaded = load(data)
        assert loaded.network.activation == "relu"
        assert loaded.classes == tuple("0123456789")
        assert loaded.about == {}


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8", "<f2", ">f2"])
def test_other_floats_and_byte_orders_are_converted(dtype: str) -> None:
    arrays = {name: array.astype(dtype) for name, array in arrays_of(small_network()).items()}
    for data in (npz(**arrays), *(pickle.dumps(arrays, protocol) for protocol in (2, 4, 5))):
        for (name, array), read in zip(arrays.items(), load(data).network.parameters, strict=True):
            np.testing.assert_array_equal(read, array.astype(np.float32), strict=True, err_msg=name)


def test_a_compressed_fortran_ordered_npz_is_read() -> None:
    network = small_network()
    file = io.BytesIO()
    fortran: dict[str, Any] = {name: np.asfortranarray(array) for name, array in arrays_of(network).items()}
    np.savez_compressed(file, **fortran)
    for array, read in zip(network.parameters, load(file.getvalue()).network.parameters, strict=True):
        np.testing.assert_array_equal(read, array)


def test_weights_of_the_textbook_s_column_convention_are_transposed() -> None:
    network = small_network((6, 4, 3))
    images = np.random.default_rng(5).random((8, 6))
    W1, b1, W2, b2 = (array.astype(np.float64) for array in network.parameters)
    columns = {"W1": W1.T, "b1": b1[:, None], "W2": W2.T, "b2": b2[:, None]}
    Z2 = columns["W2"] @ np.maximum(columns["W1"] @ images.T + columns["b1"], 0) + columns["b2"]
    expected = (np.exp(Z2) / np.exp(Z2).sum(axis=0)).T
    for data in (npz(**columns), pickle.dumps(columns)):
        loaded = load(data).network
        assert loaded.sizes == (6, 4, 3)
        np.testing.assert_allclose(loaded.probabilities(images.astype(np.float32)), expected, rtol=1e-4, atol=1e-6)


def test_square_weights_that_chain_are_not_transposed() -> None:
    network = small_network((4, 4, 4))
    W1, b1, W2, b2 = network.parameters
    loaded = load(npz(W1=W1, b1=b1[None, :], W2=W2, b2=b2)).network
    np.testing.assert_array_equal(loaded.parameters[0], W1)
    turned = load(npz(W1=W1, b1=b1[:, None], W2=W2, b2=b2[:, None])).network
    np.testing.assert_array_equal(turned.parameters[0], W1.T)


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


def test_object_arrays_and_records_are_refused() -> None:
    record = np.zeros(4, [("x", "f4")])
    for array in (np.array([None, 1]), record, np.array(["a"])):
        arrays = {**arrays_of(small_network()), "W1": array}
        refusal(pickle.dumps(arrays))
        file = io.BytesIO()
        np.savez(file, **arrays)
        assert "W1" in refusal(file.getvalue())


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
        assert "activation is swish; this app has relu, tanh, sigmoid" in refusal(data)
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
    """What ends between two fields is a model still, without its last ones: the metadata."""
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


def test_the_format_is_detected_from_the_content(tmp_path: Path) -> None:
    for file_format in FORMATS:
        for suffix in (".npz", ".pkl", ".safetensors", ".bin", ""):
            path = tmp_path / f"net{suffix}"
            path.write_bytes(save(SavedNetwork(small_network()), file_format))
            assert same_bits(load(path).network, small_network())


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pkl", ".NPZ"])
def test_the_suffix_determines_the_format_written(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    write(SavedNetwork(small_network(), ABOUT), path)
    starts = {".npz": b"PK", ".pkl": b"\x80"}
    assert path.read_bytes().startswith(starts.get(suffix.lower(), b""))
    assert same_bits(load(path).network, small_network())
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_failed_write_leaves_the_file_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(b"before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WeightsError, match=r"net\.npz could not be written: No space"):
        write(SavedNetwork(small_network()), path)
    assert path.read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["net.npz"]


def test_a_reader_of_the_old_file_is_not_disturbed_by_a_write(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(b"before")
    with path.open("rb") as reader:
        write(SavedNetwork(small_network()), path)
        assert reader.read() == b"before"
    assert same_bits(load(path).network, small_network())


def test_an_unknown_suffix_or_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"net\.h5 must end in \.npz, \.safetensors, \.pkl"):
        write(SavedNetwork(small_network()), tmp_path / "net.h5")
    with pytest.raises(WeightsError, match=r"net\.npz could not be written: No such file"):
        write(SavedNetwork(small_network()), tmp_path / "nowhere" / "net.npz")


def test_a_missing_file_or_a_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"^net\.npz cannot be used: there is no such file\.$"):
        load(tmp_path / "net.npz")
    with pytest.raises(WeightsError, match="there is no such file"):
        load(tmp_path)


@pytest.mark.parametrize("number", [np.nan, np.inf, 3e38])
def test_a_network_that_could_not_be_loaded_cannot_be_saved(number: float) -> None:
    network = small_network(activation="relu")
    network.parameters[2][:] = number
    for file_format in FORMATS:
        with pytest.raises(WeightsError, match=r"^This network cannot be saved: .+\.$"):
            save(SavedNetwork(network), file_format)


def test_a_network_of_float64_is_saved_in_float32() -> None:
    network = Network([array.astype(np.float64) for array in small_network().parameters], "tanh")
    data = save(SavedNetwork(network))
    assert same_bits(load(data).network, small_network())
    with np.load(io.BytesIO(data)) as file:
        assert file["W1"].dtype == np.float32


@pytest.mark.parametrize("file_format", FORMATS)
def test_float16_files_hold_weights_rounded_to_eleven_bits(file_format: Format) -> None:
    network = small_network((50, 40, 3))
    network.vector[:3] = [1 + 2**-10, 1 + 2**-12, 2049]
    data = save(SavedNetwork(network, ABOUT), file_format, "float16")
    read = load(data).network
    assert read.vector[:3].tolist() == [1 + 2**-10, 1, 2048]
    assert np.abs(read.vector - network.vector).max() <= 1
    assert same_bits(read, rounded(network, "float16"))
    whole = save(SavedNetwork(network, ABOUT), file_format)
    assert len(whole) - len(data) == pytest.approx(2 * network.vector.size, abs=100)


def test_a_weight_beyond_the_range_of_float16_cannot_be_saved_in_it() -> None:
    network = small_network(activation="relu")
    network.parameters[2][0, 0] = 70_000
    save(SavedNetwork(network))
    with pytest.raises(WeightsError, match=r"^This network cannot be saved: W2 holds .+\.$"):
        save(SavedNetwork(network), "npz", "float16")


def test_the_limit_on_weights_depends_on_the_activation() -> None:
    arrays = {name: array * np.float32(1e15) for name, array in arrays_of(small_network((5, 4, 4, 3))).items()}
    assert "network would overflow" in refusal(npz(**arrays, activation=np.array("relu")))
    assert load(npz(**arrays, activation=np.array("tanh"))).network.activation == "tanh"


def test_metadata_is_copied() -> None:
    about: dict[str, Any] = {"classes": ["a", "b", "c"]}
    saved = SavedNetwork(small_network(), about)
    about["classes"].append("d")
    assert saved.classes == ("a", "b", "c")


def changed(data: bytes, changes: list[tuple[str, float, int]]) -> bytes:
    """Flip, insert, remove or truncate bytes, each at a relative position between 0 and 1."""
    content = bytearray(data)
    for kind, place, byte in changes:
        at = int(place * len(content))
        match kind:
            case "flip" if content:
                content[min(at, len(content) - 1)] ^= byte or 1
            case "insert":
                content[at:at] = bytes([byte]) * (byte % 9)
            case "remove":
                del content[at : at + byte % 9]
            case "truncate":
                del content[at:]
    return bytes(content)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "flip", "insert", "remove", "truncate"]),
        st.floats(0, 1),
        st.integers(0, 255),
    ),
    min_size=1,
    max_size=4,
)
ORIGINALS = [
    *(save(SavedNetwork(small_network(), ABOUT), file_format) for file_format in FORMATS),
    *(pickle.dumps(arrays_of(small_network()), protocol) for protocol in (0, 1, 2, 5)),
    onnx_file.export(SavedNetwork(small_network(), ABOUT)),
    pickle.dumps({"coefs_": small_network().weights, "intercepts_": [b.tolist() for b in small_network().biases]}),
    npz(**{f"fc{name[1]}.{name[0]}": array.T for name, array in arrays_of(small_network()).items()}),
]


def is_a_network_or_a_refusal(data: bytes) -> None:
    try:
        saved = load(data)
    except WeightsError as error:
        assert re.fullmatch(r"The file cannot be used: [^\n]+\.", str(error))  # noqa: PT017 - either outcome is right
        return
    image: NDArray[np.float32] = np.ones((2, saved.network.sizes[0]), np.float32)
    assert np.isfinite(saved.network.probabilities(image)).all()
    assert len(saved.classes) == saved.network.sizes[-1]
    assert same_bits(load(save(saved)).network, saved.network)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(original=st.sampled_from(ORIGINALS), changes=CHANGES)
def test_a_damaged_file_is_a_network_or_a_refusal(original: bytes, changes: list[tuple[str, float, int]]) -> None:
    is_a_network_or_a_refusal(changed(original, changes))


@settings(max_examples=500, deadline=None)
@given(start=st.sampled_from([b"", b"PK\3\4", b"PK\5\6", b"\x80\4", b"(", b"\x10" + bytes(7) + b"{"]), rest=st.binary())
def test_random_bytes_are_refused(start: bytes, rest: bytes) -> None:
    is_a_network_or_a_refusal(start + rest)
