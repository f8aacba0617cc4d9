"""MNIST as .npz and as a pickle, as Keras and the Deep Learning Tutorials ship it, and files that are neither."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from data import array_files, csv_files, dataset_files
from data.dataset import DataError, UnlabelledError
from data.image_adjustments import INVERTED, SCALED, TRANSPOSED
from data.label_schemes import transposed

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMBEDDED = csv_files.embedded()
TRAIN, TEST = np.arange(0, 5_000, 50), np.arange(7, 5_000, 250)
X, Y, X_TEST, Y_TEST = EMBEDDED.images[TRAIN], EMBEDDED.labels[TRAIN], EMBEDDED.images[TEST], EMBEDDED.labels[TEST]
SQUARE = X.reshape(-1, 28, 28)


def npz(**arrays: Any) -> bytes:  # noqa: ANN401 - what NumPy saves
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def python_2_pickle(*parts: tuple[NDArray[Any], NDArray[Any]]) -> bytes:
    """Return what cPickle of Python 2 writes for a tuple of tuples of arrays, with protocol 2."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value if len(value) < 256 else b"T" + struct.pack("<i", len(value)) + value

    def number(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    def array(value: NDArray[Any]) -> bytes:
        shape = b"(" + b"".join(map(number, value.shape)) + b"t"
        dtype = b"cnumpy\ndtype\n" + text(value.dtype.str[1:].encode()) + b"K\0K\x01\x87R(K\x03" + text(b"<")
        dtype += b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
        empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n(K\0t" + text(b"b") + b"\x87R"
        return empty + b"(K\x01" + shape + dtype + b"\x89" + text(value.tobytes()) + b"tb"

    return b"\x80\2(" + b"".join(array(x) + array(y) + b"\x86" for x, y in parts) + b"t."


def refusal(content: bytes) -> str:
    with pytest.raises(DataError) as refused:
        dataset_files.read(content, "theirs")
    sentence = str(refused.value)
    assert sentence.startswith("theirs ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(npz(x_train=SQUARE, y_train=Y, x_test=X_TEST.reshape(-1, 28, 28), y_test=Y_TEST), id="Keras"),
        pytest.param(npz(X_train=X / 255, Y_train=Y, X_test=X_TEST / 255, Y_test=Y_TEST), id="scaled"),
        pytest.param(
            npz(train_images=SQUARE[..., None], train_labels=Y[:, None], test_images=X_TEST, test_labels=Y_TEST),
            id="with a channel, labels in a column",
        ),
        pytest.param(npz(x_train=X, y_train=np.eye(10)[Y], x_test=X_TEST, y_test=np.eye(10)[Y_TEST]), id="one-hot"),
        pytest.param(npz(x_train=X.T, y_train=Y[None], x_test=X_TEST.T, y_test=Y_TEST[None]), id="in columns"),
        pytest.param(npz(arr_0=X, arr_1=Y, arr_2=X_TEST, arr_3=Y_TEST), id="unnamed"),
        pytest.param(npz(x_train=X.astype(np.int64), y_train=Y.astype(float), x_test=X_TEST, y_test=Y_TEST), id="wide"),
        pytest.param(
            npz(x_train=X[:60], y_train=Y[:60], x_val=X[60:], y_val=Y[60:], x_test=X_TEST, y_test=Y_TEST),
            id="with a validation set",
        ),
        pytest.param(pickle.dumps(((X, Y), (X_TEST, Y_TEST))), id="pickle of pairs"),
        pytest.param(
            gzip.compress(pickle.dumps([(X[:60] / 255, Y[:60]), (X[60:] / 255, Y[60:]), (X_TEST / 255, Y_TEST)])),
            id="pickle of three pairs",
        ),
        pytest.param(
            pickle.dumps({"training_images": X, "training_labels": Y, "test_images": X_TEST, "test_labels": Y_TEST}, 2),
            id="pickle of a dict",
        ),
        pytest.param(pickle.dumps(((X, Y), (X_TEST, Y_TEST)), 0), id="pickle in text"),
        pytest.param(
            gzip.compress(
                python_2_pickle(
                    *[
                        ((x / 255).astype(np.float32), y.astype(np.int64))
                        for x, y in ((X[:60], Y[:60]), (X[60:], Y[60:]), (X_TEST, Y_TEST))
                    ]
                )
            ),
            id="Deep Learning Tutorials",
        ),
    ],
)
def test_mnist_in_arrays_is_read(content: bytes) -> None:
    dataset = dataset_files.read(content, "mnist")
    np.testing.assert_array_equal(dataset.images, X)
    np.testing.assert_array_equal(dataset.labels, Y)
    assert dataset.test_images is not None
    np.testing.assert_array_equal(dataset.test_images, X_TEST)
    assert dataset.test_labels is not None
    np.testing.assert_array_equal(dataset.test_labels, Y_TEST)
    assert set(dataset.adjustments) <= {SCALED}


def test_adjustments_reach_the_test_set() -> None:
    stored, stored_test = np.invert(transposed(X)), np.invert(transposed(X_TEST))
    dataset = dataset_files.read(npz(x_train=stored, y_train=Y, x_test=stored_test, y_test=Y_TEST), "emnist.npz")
    assert dataset.adjustments == (INVERTED, TRANSPOSED)
    np.testing.assert_array_equal(dataset.images, X)
    assert dataset.test_images is not None
    np.testing.assert_array_equal(dataset.test_images, X_TEST)
    as_in_file = dataset.without(dataset.adjustments)
    assert as_in_file.test_images is not None
    np.testing.assert_array_equal(as_in_file.test_images, stored_test)


def test_images_alone_are_unlabelled() -> None:
    with pytest.raises(UnlabelledError, match="100 images but no labels") as found:
        dataset_files.read(npz(x_test=SQUARE), "test.npz")
    np.testing.assert_array_equal(found.value.images, X)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            npz(W1=np.zeros((784, 10)), b1=np.zeros(10)),
            "holds the weights of a network, which are uploaded on the Train page",
        ),
        (npz(left=np.zeros((100, 10)), right=np.zeros(10)), "it holds left 100×10, right 10, but x_train"),
        (npz(x_train=np.zeros((5, 32, 32, 3)), y_train=np.zeros(5)), "it holds x_train 5×32×32×3"),
        (npz(x_train=X, y_train=Y[:-1]), "99 labels for 100 images"),
        (npz(x_train=X, y_train=Y + 1), "y_train has a label 10, but labels run from 0 to 9"),
        (npz(x_train=X * 2.5, y_train=Y), "neither whole numbers from 0 to 255 nor numbers from 0 to 1"),
        (npz(x_train=np.full((3, 784), np.nan), y_train=Y[:3]), "neither whole numbers from 0 to 255"),
        (npz(x_train=X.astype(str), y_train=Y), "values of type <U3, not numbers"),
        (npz(x_train=X, y_train=Y)[:-40], "it is damaged"),
        (pickle.dumps([1, 2]), "no pairs of arrays"),
        (pickle.dumps(X), "no pairs of arrays"),
        (pickle.dumps(os.system), "it asks to run posix.system"),
        (b"\x80\2T\xff\xff\xff\x7f.", "it is damaged or larger than 256 MB"),
        (gzip.compress(pickle.dumps((X, Y)))[:-30], "it is damaged"),
        (b"\x80\4", "it is damaged"),
        (b"\x80\2cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81.", "was written by joblib: run import joblib;"),
        (b"\x80\2ctorch._utils\n_rebuild_tensor_v2\n)R.", "holds PyTorch tensors: run import torch;"),
    ],
)
def test_other_arrays_are_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    assert sentence in refusal(content)


def test_what_a_small_file_may_claim_takes_little_memory() -> None:
    claims = b"\x80\2B" + struct.pack("<I", array_files.LIMIT_PICKLE - 100) + b"x."
    described = b"{'descr': '|u1', 'fortran_order': False, 'shape': (9999999, 28, 28), }\n"
    header = b"\x93NUMPY\1\0" + struct.pack("<H", len(described)) + described
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x_train.npy", header)
    for content in (claims, gzip.compress(claims), file.getvalue()):
        tracemalloc.start()
        refusal(content)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
        tracemalloc.stop()


@pytest.mark.parametrize(("scale", "adjustments", "megabytes"), [(1, (), 40), (1 / 255, (SCALED,), 90)])
def test_digits_of_eight_bytes_a_pixel_are_read_in_the_memory_of_smaller_ones(
    scale: float, adjustments: tuple[object, ...], megabytes: int
) -> None:
    """People save MNIST as float64: 439 MB, which compresses to a tenth."""
    images = np.tile(EMBEDDED.images, (3, 1))[:11_000]
    labels = np.tile(EMBEDDED.labels, 3)[:11_000]
    content = npz(x_train=images * np.float64(scale), y_train=labels.astype(np.int64))
    tracemalloc.start()
    dataset = dataset_files.read(content, "mnist.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(dataset.images, images)
    assert dataset.adjustments == adjustments
    assert peak < (megabytes + 10) * 2**20
    assert images.nbytes * 8 > 64 * 2**20


def test_more_digits_than_memory_allows_are_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_files, "LIMIT_NUMBERS", X.size)
    assert "np.savez_compressed(" in refusal(npz(x_train=X, y_train=Y))
    monkeypatch.setattr(array_files, "LIMIT_NUMBERS", X.size + len(Y))
    assert len(dataset_files.read(npz(x_train=X, y_train=Y), "mine.npz")) == len(X)
    monkeypatch.setattr(dataset_files, "LIMIT_BYTES", 100)
    assert 'numpy.savez_compressed("smaller.npz"' in refusal(npz(x_train=X, y_train=Y))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_images_that_are_both_train_and_test_are_inverted_once(protocol: int) -> None:
    pair = (np.invert(X), Y)
    dataset = dataset_files.read(pickle.dumps((pair, pair), protocol), "mine.pkl")
    assert dataset.adjustments == (INVERTED,)
    np.testing.assert_array_equal(dataset.images, X)
    np.testing.assert_array_equal(dataset.test_images, X)
