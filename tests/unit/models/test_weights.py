"""Saving and loading: round trips in the three formats, and files written by other programs."""

import io
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy

from models.weights import FORMATS, Format, SavedNetwork, WeightsError, load, rounded, save, write
from nn.activations import ACTIVATIONS
from nn.network import Network
from tests.unit.models.small_network import ABOUT, arrays_of, npz, same_bits, small_network


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
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
        assert loaded.network.activations == ("relu",)
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


def test_the_format_is_detected_from_the_content(tmp_path: Path) -> None:
    for file_format in FORMATS:
        for suffix in (".npz", ".pkl", ".safetensors", ".bin", ""):
            path = tmp_path / f"net{suffix}"
            path.write_bytes(save(SavedNetwork(small_network()), file_format))
            assert same_bits(load(path).network, small_network())


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_activation_of_each_layer_is_read_back(file_format: Format) -> None:
    network = small_network((9, 5, 4, 3), ("tanh", "relu"))
    assert same_bits(load(save(SavedNetwork(network), file_format)).network, network)


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


def test_metadata_is_copied() -> None:
    about: dict[str, Any] = {"classes": ["a", "b", "c"]}
    saved = SavedNetwork(small_network(), about)
    about["classes"].append("d")
    assert saved.classes == ("a", "b", "c")
