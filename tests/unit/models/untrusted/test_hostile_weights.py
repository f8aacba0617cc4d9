"""Small hostile files are refused at once, in our own words."""

import gzip
import json
import pickle
import struct
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from models.weights import WeightsError, load

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pkl_activation_doubling_24.pkl", "more lists and dictionaries than a network needs"),
        ("pkl_activation_deep.pkl", "more lists and dictionaries than a network needs"),
        ("pkl_activation_bigint.pkl", "its activation is not a name"),
        ("pkl_surrogate_classes.pkl", "its classes are not a list of different names"),
        ("npz_head_warn.npz", "W1 is not an array of plain numbers"),
    ],
)
def test_hostile_files_are_refused_in_our_own_words(hostile: Path, name: str, expected: str) -> None:
    before = time.process_time()
    with pytest.raises(WeightsError, match=rf"^{name} cannot be used: .*{expected}"):
        load(hostile / name)
    assert time.process_time() - before < 1


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


DOUBLED = b"]q\0" + b"".join(b"0](" + b"h%c" % n * 2 + b"eq%c" % (n + 1) for n in range(24))
"""A list of two references to a list of two references …: 2²⁴ lists if written out."""


@pytest.mark.parametrize("field", ["activation", "W1", "b1", "about", "classes", "embedded_held_out", "anything"])
def test_a_list_doubled_24_times_is_refused_or_ignored_at_once(field: str) -> None:
    value = b"}" + text(field) + DOUBLED + b"s" if field in {"classes", "embedded_held_out"} else DOUBLED
    parameters = pickle.dumps({"W1": np.ones((4, 2), np.float32), "b1": np.zeros(2, np.float32)}, protocol=4)[11:-1]
    data = b"\x80\4" + parameters + text("about" if value is not DOUBLED else field) + value + b"s."
    before = time.process_time()
    with pytest.raises(WeightsError, match=r"^The file cannot be used: "):
        load(data)
    assert time.process_time() - before < 1


def test_a_million_empty_tensors_are_refused_before_they_are_listed() -> None:
    header = json.dumps({f"{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(200_000)})
    many = struct.pack("<Q", len(header)) + header.encode()
    few = json.dumps({f"{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(5_000)})
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError, match="header longer than 1 MB"):
            load(many)
        with pytest.raises(WeightsError, match="more than 256 tensors"):
            load(struct.pack("<Q", len(few)) + few.encode())
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


def test_compressed_and_nested_text_is_bounded() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError, match="decompress to more than 64 MB"):
            load(gzip.compress(bytes(2**20) * 65))
        for text in (
            b"[" * 100_000,
            b'{"W1": [[1], ' + b"[], " * 900_000 + b"[]]}",
            b"[1, 2",
            b"[" + b"9" * 5000 + b"]",
        ):
            with pytest.raises(WeightsError, match=r"^The file cannot be used: "):
                load(text)
        with pytest.raises(WeightsError, match="JSON of more than 4 MB"):
            load(b"[" + b" " * 2**22)
        assert tracemalloc.get_traced_memory()[1] < 2**28
    finally:
        tracemalloc.stop()


def test_lists_shared_a_million_times_are_refused() -> None:
    """A list of 100,000 arrays or numbers, referred to 1,000 times, under the names of weights and of anything."""
    for element in (b"N", b"K\1", b"]"):
        for key in (b"X\2\0\0\0W1", b"X\1\0\0\0x"):
            inner = b"](" + element * 90_000 + b"eq\0"
            data = b"\x80\4}" + key + b"](" + inner + b"h\0" * 1_000 + b"es."
            before = time.process_time()
            with pytest.raises(WeightsError):
                load(data)
            assert time.process_time() - before < 2
