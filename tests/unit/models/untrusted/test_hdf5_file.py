"""Keras's .h5 and .keras files are read; damaged files and other kinds of HDF5 are refused.

keras_2.h5.gz and keras_3.weights.h5.gz hold the network below, written by h5py 3.16 with the groups, attributes and
optimizer states of Keras 2's `model.save("m.h5")` and Keras 3's `model.save_weights("m.weights.h5")`.
"""

import gzip
import io
import json
import struct
import tracemalloc
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.untrusted import hdf5_file
from models.weights import SavedNetwork, WeightsError, load

FILES = {
    version: Path(__file__).parent / name for version, name in ((2, "keras_2.h5.gz"), (3, "keras_3.weights.h5.gz"))
}
CONTENTS = {version: gzip.decompress(path.read_bytes()) for version, path in FILES.items()}
SIZES = (7, 5, 5, 4)


def keras(config: object) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("metadata.json", "{}")
        out.writestr("config.json", json.dumps(config))
        out.writestr("model.weights.h5", CONTENTS[3])
    return file.getvalue()


def layers(*described: tuple[str, str | None]) -> dict[str, Any]:
    return {"config": {"layers": [{"class_name": kind, "config": {"activation": name}} for kind, name in described]}}


def is_the_network(saved: SavedNetwork) -> None:
    rng = np.random.default_rng(1)
    matrices = [rng.normal(size=shape).astype(np.float32) for shape in pairwise(SIZES)]
    biases = [rng.normal(size=size).astype(np.float32) for size in SIZES[1:]]
    for theirs, ours in zip(
        saved.network.parameters[::2] + saved.network.parameters[1::2], matrices + biases, strict=True
    ):
        np.testing.assert_array_equal(theirs, ours)


@pytest.mark.parametrize("version", FILES)
def test_keras_s_weights_are_read(version: int) -> None:
    saved = load(FILES[version])
    is_the_network(saved)
    assert saved.unstated == ("activation", "scale")


@pytest.mark.parametrize(
    ("config", "activation"),
    [
        (layers(("Flatten", None), ("Dense", "tanh"), ("Dense", "tanh"), ("Dense", "softmax")), "tanh"),
        (layers(("Dense", "sigmoid"), ("Dense", "sigmoid"), ("Dense", "linear")), "sigmoid"),
        (
            layers(("Dense", "linear"), ("ReLU", None), ("Dense", "linear"), ("Activation", "relu"), ("Dense", None)),
            "relu",
        ),
        (layers(("Dense", "tanh"), ("Dense", "relu"), ("Dense", "softmax")), "tanh, relu"),
        (layers(("Dense", "gelu"), ("Dense", "elu"), ("Dense", "softmax")), "gelu, elu"),
        ({}, None),
    ],
)
def test_a_keras_archive_states_its_activations(config: object, activation: str | None) -> None:
    saved = load(keras(config))
    is_the_network(saved)
    assert saved.unstated == (("scale",) if activation else ("activation", "scale"))
    assert activation is None or saved.network.activations == tuple((f"{activation}, {activation}").split(", "))[:2]


def test_other_activations_of_a_keras_archive_are_refused() -> None:
    with pytest.raises(WeightsError, match="its activation is linear"):
        load(keras(layers(("Dense", "linear"), ("Dense", "linear"), ("Dense", "softmax"))))
    with pytest.raises(WeightsError, match="its activation is silu"):
        load(keras(layers(("Dense", "silu"), ("Dense", "silu"), ("Dense", "softmax"))))
    with pytest.raises(WeightsError, match="leaky ReLU has another slope"):
        load(keras(layers(("Dense", "leaky_relu"), ("Dense", "relu"), ("Dense", "softmax"))))
    with pytest.raises(WeightsError, match="leaky ReLU has another slope"):
        load(keras(layers(("Dense", "linear"), ("LeakyReLU", None), ("Dense", "linear"), ("ReLU", None))))


def test_newer_kinds_of_hdf5_are_refused_with_the_way_out() -> None:
    with pytest.raises(WeightsError, match="get_weights"):
        load(hdf5_file.MAGIC + b"\3\10\10" + bytes(100))


def test_what_repeats_itself_is_refused_without_taking_memory() -> None:
    """The root group as a member of every group; an object header of 65,535 empty messages."""
    (root,) = struct.unpack_from("<Q", CONTENTS[3], 64)
    nodes = CONTENTS[3].split(b"SNOD")
    endless = b"SNOD".join([nodes[0], *(node[:12] + struct.pack("<Q", root) + node[20:] for node in nodes[1:])])
    header = b"\1\0\xff\xff" + bytes(4) + b"\xff" * 4
    tracemalloc.start()
    try:
        for hostile in (endless, CONTENTS[3][:root] + header + bytes(2**20)):
            with pytest.raises(WeightsError, match="more groups and arrays"):
                load(hostile)
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()
