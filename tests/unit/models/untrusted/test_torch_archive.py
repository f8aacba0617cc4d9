"""PyTorch's .pt files, written by hand: their tensors are read, and calls in their pickles are refused."""

import io
import pickle
import re
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.weights import WeightsError, load
from nn.network import Network

NETWORK = Network.initialize((784, 5, 10), rng=np.random.default_rng(1))
STATE = {
    f"fc{layer}.{kind}": np.ascontiguousarray(array.T)
    for layer, (W, b) in enumerate(zip(NETWORK.weights, NETWORK.biases, strict=True), start=1)
    for kind, array in (("weight", W), ("bias", b))
}
STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage"}
EMPTY = b"ccollections\nOrderedDict\n)R"


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def numbers(values: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(b"J" + struct.pack("<i", value) for value in values) + b"t"


def tensor(
    key: str,
    kind: str,
    size: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int = 0,
    torch: str = "torch",
) -> bytes:
    storage = b"(" + text("storage") + f"c{torch}\n{kind}\n".encode() + text(key) + text("cpu") + numbers((size,))[1:-1]
    rebuilt = storage + b"tQ" + numbers((offset,))[1:-1] + numbers(shape) + numbers(strides) + b"\x89" + EMPTY
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + rebuilt + b"tR"


def strides_of(array: NDArray[Any]) -> tuple[int, ...]:
    return tuple(stride // array.itemsize for stride in array.strides)


def archive(pickled: bytes, storages: dict[str, bytes], folder: str = "net") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr(f"{folder}/data.pkl", pickled)
        out.writestr(f"{folder}/byteorder", b"little")
        for key, data in storages.items():
            out.writestr(f"{folder}/data/{key}", data)
        out.writestr(f"{folder}/version", b"3\n")
    return file.getvalue()


def state_dict(arrays: dict[str, NDArray[Any]]) -> tuple[bytes, dict[str, bytes]]:
    """The pickle and the storages that PyTorch writes for a model, with the versions of its modules as an attribute."""
    items, storages = b"", {}
    for key, (name, array) in enumerate(arrays.items()):
        items += text(name) + tensor(
            str(key), STORAGES[array.dtype.str[1:]], array.size, array.shape, strides_of(array)
        )
        storages[str(key)] = array.tobytes(order="A")
    versions = b"}" + text("_metadata") + EMPTY + text("") + b"}" + text("version") + b"K\1sss"
    return b"\x80\2" + EMPTY + b"(" + items + b"u" + versions + b"b.", storages


STATE_DICT = state_dict(STATE)


def refusal(data: bytes) -> str:
    with pytest.raises(WeightsError) as caught:
        load(data, "theirs.pt")
    assert re.fullmatch(r"theirs\.pt cannot be used: [^\n]+\.", str(caught.value))
    return str(caught.value)


@pytest.mark.parametrize("dtype", ["<f4", "<f8", "<f2"])
def test_the_state_of_a_model_is_read(dtype: str) -> None:
    saved = load(archive(*state_dict({name: array.astype(dtype) for name, array in STATE.items()})))
    for ours, theirs in zip(NETWORK.parameters, saved.network.parameters, strict=True):
        np.testing.assert_array_equal(theirs, ours.astype(dtype).astype(np.float32))
    assert saved.unstated == ("activation", "scale")


def test_pytorch_s_own_file_is_read(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "net.pt"
    torch.save({"model": {name: torch.tensor(array) for name, array in STATE.items()}, "epoch": 3}, path)
    for ours, theirs in zip(NETWORK.parameters, load(path).network.parameters, strict=True):
        np.testing.assert_array_equal(theirs, ours)


def test_a_transposed_tensor_and_one_within_a_shared_storage_are_read() -> None:
    turned = {name: np.asfortranarray(array) for name, array in STATE.items()}
    np.testing.assert_array_equal(load(archive(*state_dict(turned))).network.vector, NETWORK.vector)
    items, offset = b"", 0
    for name, array in STATE.items():
        items += text(name) + tensor("0", "FloatStorage", 4000, array.shape, strides_of(array), offset)
        offset += array.size
    data = b"".join(array.tobytes() for array in STATE.values())
    shared = archive(b"\x80\2}(" + items + b"u.", {"0": data})
    np.testing.assert_array_equal(load(shared).network.vector, NETWORK.vector)


def test_a_whole_model_is_refused_with_the_way_out() -> None:
    for pickled in (
        b"\x80\2c__main__\nNet\n)\x81}b.",
        b"\x80\2ctorch.nn.modules.container\nSequential\n)\x81}b.",
    ):
        sentence = refusal(archive(pickled, {}))
        assert "only arrays and plain values are read: run import torch; torch.save(torch.load(" in sentence
    assert "before version 1.6" in refusal(pickle.dumps(0x1950A86A20F9469CFC6C, 2) + b"\x80\2M\xe9\3.")
    script = io.BytesIO()
    with zipfile.ZipFile(script, "w") as out:
        out.writestr("net/constants.pkl", b"\x80\2).")
    assert "TorchScript" in refusal(script.getvalue())


@pytest.mark.parametrize(
    "value",
    [
        b"cos\nsystem\n" + text("true") + b"\x85R",
        b"ctorch.hub\nload\n" + text("x") + b"\x85R",
        b"ctorch\nFloatStorage\n)R",
        b"ctorch._utils\n_rebuild_tensor_v2\n)R",
        b"ctorch._utils\n_rebuild_parameter\n)R",
        text("x") + b"Q",
        tensor("1", "FloatStorage", 1, (1,), (1,)),
        tensor("0", "FloatStorage", 1, (2**30, 2**30), (2**30, 1)),
        tensor("0", "FloatStorage", 1, (2,), (0,)),
        tensor("0", "FloatStorage", 1, (2, 2), (3, 1)),
        tensor("0", "FloatStorage", 1, (-1,), (1,)),
        tensor("0", "FloatStorage", 1, (1,), (1,), offset=-1),
        tensor("0", "FloatStorage", 1, (1, 1), (1,)),
        tensor("0", "QInt8Storage", 1, (1,), (1,)),
        tensor("0", "FloatStorage", 1, (1,) * 70, (1,) * 70),
        tensor("../data.pkl", "FloatStorage", 1, (1,), (1,)),
    ],
)
def test_hostile_tensors_are_refused_without_allocating_them(value: bytes) -> None:
    data = archive(b"\x80\2}(" + text("W1") + value + text("b1") + value + b"u.", {"0": bytes(4)})
    tracemalloc.start()
    try:
        refusal(data)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
