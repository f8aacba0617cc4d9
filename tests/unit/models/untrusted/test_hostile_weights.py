"""Small hostile files are refused at once, in our own words."""

import gzip
import json
import os
import struct
import time
import tracemalloc
from pathlib import Path

import pytest

from models.weights import WeightsError, load

HOSTILE = Path(os.environ.get("DIGIT_LAB_HOSTILE", "/work/shared/data/hostile"))


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the hostile files are not here")
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
def test_hostile_files_are_refused_in_our_own_words(name: str, expected: str) -> None:
    before = time.process_time()
    with pytest.raises(WeightsError, match=rf"^{name} cannot be used: .*{expected}"):
        load(HOSTILE / name)
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
