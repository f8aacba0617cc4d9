"""Hostile .npz and .safetensors files: false sizes, decompression bombs, odd names, objects."""

import io
import json
import re
import struct
import tracemalloc
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.untrusted import npz_archive
from data.untrusted.raw_arrays import UnusableFileError
from models.weights import SavedNetwork, WeightsError, load, save
from nn.network import Network

pytestmark = pytest.mark.slow


def refusal(data: bytes, megabytes: float = 1) -> str:
    """Return the error sentence; fail if producing it allocated more than this much memory."""
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError) as caught:
            load(data, "theirs.npz")
        assert tracemalloc.get_traced_memory()[1] < megabytes * 2**20
    finally:
        tracemalloc.stop()
    sentence = str(caught.value)
    assert re.fullmatch(r"theirs\.npz cannot be used: [^\n]+\.", sentence), sentence
    return sentence


def archive(members: dict[str, bytes] | list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as out:
        for name, data in members.items() if isinstance(members, dict) else members:
            out.writestr(name, data)
    return file.getvalue()


def npy(header: str, elements: bytes = b"", version: bytes = b"\1\0") -> bytes:
    length = struct.pack("<H" if version == b"\1\0" else "<I", len(header))
    return b"\x93NUMPY" + version + length + header.encode("latin-1") + elements


def numbers(shape: str, elements: bytes = bytes(4), descr: str = "<f4") -> bytes:
    return npy(f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}", elements)


ONE = {"W1.npy": numbers("(1, 1)"), "b1.npy": numbers("(1,)")}


def test_the_building_blocks_make_a_valid_npz_file() -> None:
    with np.load(io.BytesIO(archive(ONE)), allow_pickle=False) as file:
        assert file["W1"].shape == (1, 1)
    assert load(archive(ONE)).network.sizes == (1, 1)
    assert load(archive(ONE, zipfile.ZIP_DEFLATED)).network.sizes == (1, 1)
    version_2 = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)}", bytes(4), b"\2\0")
    assert load(archive({**ONE, "W1.npy": version_2})).network.sizes == (1, 1)


@pytest.mark.parametrize(
    "shape",
    ["(10**12,)", "(1000000000000,)", "(1000000, 1000000)", "(9223372036854775808, 2)", "(-1, -1)", "(True, True)",
     "(1, 0)", "()", "(1.0, 1)", "(1, 1, 1)", "[1, 1]", "'ab'", "None", "(1, (1,))", "(1, 2)", "(0x10, 1)"],
)  # fmt: skip
def test_a_shape_that_does_not_match_the_bytes_allocates_nothing(shape: str) -> None:
    assert "W1" in refusal(archive({**ONE, "W1.npy": numbers(shape)}))


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|O', 'fortran_order': False, 'shape': (1, 1)}",
        "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1, 1)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1, 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<m8[s]', 'fortran_order': False, 'shape': (1, 1)}",
        "{'descr': '<f4,<f4', 'fortran_order': False, 'shape': (1, 1)}",
        "{'descr': '<U" + "9" * 900 + "', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 1L)}",
        "__import__('os').system('true')",
        "{**__import__('os').environ}",
        "(" * 1000,
        "-" * 1000 + "1",
        "1+" * 500 + "1",
        "'\\d'",
        "\0",
        "",
        " " * 5000,
    ],
)
def test_a_hostile_header_is_refused_and_never_evaluated(header: str) -> None:
    assert "W1" in refusal(archive({**ONE, "W1.npy": npy(header, bytes(4))}))


def test_a_long_header_is_refused_before_it_is_parsed() -> None:
    header = "(" + "1," * 2**18 + ")"
    member = npy(header, bytes(4), b"\2\0")
    assert "header longer than 1024 bytes" in refusal(archive({**ONE, "W1.npy": member}), megabytes=4)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x93NUMPY", b"\x93NUMPY\1\0", b"\x93NUMPY\1\0\xff\xff", b"\x93NUMPY\3\0" + bytes(100), b"\x80\4N.",
     b"\x93NUMPY\2\0\xff\xff\xff\xff"],
)  # fmt: skip
def test_a_member_that_is_not_an_npy_file_is_refused(content: bytes) -> None:
    refusal(archive({**ONE, "W1.npy": content}))


def test_an_array_of_python_objects_is_refused_and_not_unpickled() -> None:
    file = io.BytesIO()
    objects: Any = np.array([[print]])
    np.savez(file, W1=objects, b1=np.zeros(1, np.float32))
    assert "W1 holds Python objects: it asks to run builtins.print" in refusal(file.getvalue())


def test_a_zip_bomb_is_refused_before_it_is_decompressed() -> None:
    zeros = bytes(70 * 2**20)
    bomb = archive({**ONE, "W1.npy": numbers("(18350080, 1)", zeros)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 2**20
    assert "decompress to more than 64 MB" in refusal(bomb)


def test_sizes_are_summed_over_all_members() -> None:
    zeros = bytes(10 * 2**20)
    bomb = archive({f"W{n}.npy": zeros for n in range(1, 9)}, zipfile.ZIP_DEFLATED)
    assert "decompress to more than 64 MB" in refusal(bomb)


def test_a_member_is_decompressed_only_to_its_stated_size() -> None:
    size = 30 * 2**20
    bomb = archive({**ONE, "W1.npy": bytes(size)}, zipfile.ZIP_DEFLATED)
    lie = bomb.replace(struct.pack("<I", size), struct.pack("<I", 100))
    assert lie != bomb
    refusal(lie)


def test_more_members_than_any_network_has_are_refused_before_they_are_listed() -> None:
    assert "more than 256 arrays" in refusal(archive({f"x{n}.npy": b"" for n in range(257)}), megabytes=0.1)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_duplicate_name_is_refused() -> None:
    assert "holds W1 twice" in refusal(archive([*ONE.items(), ("W1.npy", numbers("(1, 1)"))]))


@pytest.mark.parametrize(
    "name", ["../W2.npy", "/W2.npy", "..\\W2.npy", "W2", "W2.npy/", "é.npy", "archive/data.pkl", "W2.npy\n"]
)
def test_a_member_with_any_other_name_is_refused(name: str) -> None:
    assert "which is not an array" in refusal(archive({**ONE, name: numbers("(1, 1)")}))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused_before_they_allocate_memory(compression: int) -> None:
    assert "compressed in a way that NumPy does not use" in refusal(archive(ONE, compression))


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(archive(ONE))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + offset] |= 1
    refusal(bytes(data))


def test_a_member_whose_checksum_is_wrong_is_refused() -> None:
    data = bytearray(archive(ONE))
    data[data.index(b"\x93NUMPY") + len(ONE["W1.npy"]) - 1] ^= 1
    assert "damaged" in refusal(bytes(data))


def test_an_archive_without_arrays_is_refused() -> None:
    assert "no arrays W1, b1" in refusal(archive({}))


PIECES = ["descr", "fortran_order", "shape", "'", "{", "}", "(", ")", "1", "9" * 20, ",", ":", " ", "<f4", "True", "\\"]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.binary(max_size=12))
def test_any_header_gives_an_array_or_a_refusal(header: str, elements: bytes) -> None:
    try:
        npz_archive.read(archive({"W1.npy": npy(header, elements)}))
    except UnusableFileError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


def tensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, str) else json.dumps(header)
    return struct.pack("<Q", len(text.encode()) if length is None else length) + text.encode() + data


def tensor(shape: list[int], start: int, stop: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


ONE_TENSOR = {"W1": tensor([1, 1], 0, 4), "b1": tensor([1], 4, 8)}


def test_the_building_blocks_make_a_valid_safetensors_file() -> None:
    assert load(tensors(ONE_TENSOR, bytes(8))).network.sizes == (1, 1)


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({**ONE_TENSOR, "W1": tensor([10**6, 10**6], 0, 4)}, bytes(8)),
        ({**ONE_TENSOR, "W1": tensor([2**63, 2], 0, 4)}, bytes(8)),
        ({**ONE_TENSOR, "W1": tensor([1, 1], 0, 10**12)}, bytes(8)),
        ({**ONE_TENSOR, "W1": tensor([1, 1], -4, 0)}, bytes(8)),
        ({**ONE_TENSOR, "W1": tensor([1, 1], 4, 8)}, bytes(8)),
        ({**ONE_TENSOR, "W1": tensor([1, 1], 0, 4, "I32")}, bytes(8)),
        ({**ONE_TENSOR, "W1": tensor([2, 1], 0, 4, "BF16")}, bytes(8)),
        ({**ONE_TENSOR, "W1": tensor([1, 1], 0, 4, "U")}, bytes(8)),
        ({**ONE_TENSOR, "__metadata__": {"activation": 3}}, bytes(8)),
        ({**ONE_TENSOR, "__metadata__": {"about": "[]"}}, bytes(8)),
        ({**ONE_TENSOR, "__metadata__": ["x"]}, bytes(8)),
        (ONE_TENSOR, bytes(7)),
        (ONE_TENSOR, bytes(9)),
        ({}, b""),
        ('{"W1":' * 50_000, b""),
        ('{"W1": {}, "W1": {}}', b""),
    ],
)
def test_a_hostile_safetensors_file_is_refused(header: object, data: bytes) -> None:
    refusal(tensors(header, data))


def test_a_header_longer_than_the_file_is_refused() -> None:
    refusal(tensors(ONE_TENSOR, bytes(8), length=10**9))
    refusal(tensors(ONE_TENSOR, bytes(8), length=2**64 - 1))


def test_metadata_of_other_programs_is_ignored() -> None:
    header = {**ONE_TENSOR, "__metadata__": {"format": "pt"}}
    assert load(tensors(header, bytes(8))).about == {}


def test_the_largest_network_stays_within_the_file_limit() -> None:
    largest = Network([np.zeros((3_999_996, 4), np.float32), np.zeros(4, np.float32)])
    data = save(SavedNetwork(largest, {"note": "x" * 200_000}))
    assert load(data).network.sizes == (3_999_996, 4)
