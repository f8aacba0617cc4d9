"""Hostile pickles: no function they name is run, no size they claim is allocated, all are rejected in one sentence."""

import builtins
import copyreg
import datetime as dt
import os
import pathlib
import pickle
import re
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.untrusted import restricted_pickle
from data.untrusted.raw_arrays import UnusableFileError
from models.weights import WeightsError, load

pytestmark = pytest.mark.slow

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Call:
    """An object that pickles as a call of any function with any arguments."""

    def __init__(self, function: Callable[..., Any], *arguments: object) -> None:
        self.reduced = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced


def refusal(data: bytes) -> str:
    with pytest.raises(WeightsError) as caught:
        load(data, "theirs.pkl")
    sentence = str(caught.value)
    assert re.fullmatch(r"theirs\.pkl cannot be used: [^\n]+\.", sentence), sentence
    assert len(sentence) < 250
    return sentence


@contextmanager
def little_memory(megabytes: float) -> Iterator[None]:
    """Fail if the block's peak allocation exceeds this; NumPy reports its arrays to tracemalloc too."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 2**20
    finally:
        tracemalloc.stop()


def name(module: str, word: str) -> bytes:
    return f"c{module}\n{word}\n".encode()


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def number(value: int) -> bytes:
    data = pickle.encode_long(value)
    return b"\x8a" + bytes([len(data)]) + data


def dtype(code: str, order: str = "<", metadata: bytes = b"") -> bytes:
    state = b"(K\x03" + text(order) + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00" + metadata + b"t"
    return name("numpy", "dtype") + text(code) + b"\x89\x88\x87R" + state + b"b"


EMPTY_ARRAY = name("numpy._core.multiarray", "_reconstruct") + name("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R"
FROM_BYTES = name("numpy._core.numeric", "_frombuffer")


def array(shape: bytes, kind: bytes, data: bytes) -> bytes:
    return EMPTY_ARRAY + b"(K\x01" + shape + kind + b"\x89" + data + b"tb"


FOUR_BYTES = b"C\x04" + bytes(4)
HUGE = number(10**12)


def as_w1(value: bytes) -> bytes:
    """A pickled dict with this value as W1 and one float as b1."""
    b1 = array(b"K\x01\x85", dtype("f4"), FOUR_BYTES)
    return b"\x80\4}(" + text("W1") + value + text("b1") + b1 + b"u."


def test_the_building_blocks_make_a_valid_pickle() -> None:
    good = as_w1(array(b"K\x01K\x01\x86", dtype("f4"), FOUR_BYTES))
    assert pickle.loads(good)["W1"].shape == (1, 1)
    assert load(good).network.sizes == (1, 1)
    other = as_w1(FROM_BYTES + b"(" + FOUR_BYTES + dtype("f4") + b"K\x01K\x01\x86" + text("C") + b"tR")
    assert pickle.loads(other)["W1"].shape == (1, 1)
    assert load(other).network.sizes == (1, 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_shell_command_is_refused_by_name_and_not_run(protocol: int, tmp_path: Path) -> None:
    marker = tmp_path / "run"
    system = f"{os.system.__module__}.system"
    for hostile in (
        Call(os.system, f"mkdir {marker}"),
        {"W1": np.zeros((1, 1), np.float32), "b1": Call(os.system, f"mkdir {marker}")},
        [np.zeros(3), {"about": (Call(os.system, f"mkdir {marker}"),)}],
    ):
        assert f"it asks to run {system}, and only arrays and plain values are read" in refusal(
            pickle.dumps(hostile, protocol)
        )
    assert not marker.exists()
    pickle.loads(pickle.dumps(Call(os.system, f"mkdir {marker}"), protocol))
    assert marker.exists(), "the pickle was harmless, so the test above proved nothing"


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (builtins.eval, ("1",)),
        (builtins.exec, ("1",)),
        (builtins.getattr, (np, "load")),
        (builtins.__import__, ("os",)),
        (builtins.open, ("/nowhere",)),
        (builtins.bytearray, (10**12,)),
        (subprocess.Popen, ("true",)),
        (copyreg.add_extension, ("os", "system", 5)),
        (pathlib.PurePosixPath, ("x",)),
        (dt.date, (2000, 1, 1)),
        (np.load, ("x.npy",)),
        (np.memmap, ("x.npy",)),
        (np.zeros, ((10**12,),)),
        (np.frombuffer, (b"1234",)),
        (np.testing.assert_equal, (1, 1)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_other_functions_are_refused_by_name(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    arguments = tuple(argument for argument in arguments if argument is not np)
    for protocol in PROTOCOLS:
        sentence = refusal(pickle.dumps(Call(function, *arguments), protocol))
        assert re.search(rf"asks to run [\w.]*\.{function.__name__}, and only arrays", sentence)


def test_classes_objects_and_functions_are_refused_by_name() -> None:
    for value in (
        np.float32,
        np.ma.masked_array,
        Call,
        len,
        re.compile("x"),
        {1, 2},
        frozenset([1]),
        1j,
        Path().stat(),
    ):
        for protocol in PROTOCOLS:
            refusal(pickle.dumps(value, protocol))


def test_a_hostile_function_name_is_sanitized() -> None:
    for word in ("<script>", "[x](http://y)", "\x1b[31m", "a" * 2**24, "*" * 300, "é"):
        sentence = refusal(b"\x80\4" + text("os") + text(word) + b"\x93.")
        assert re.fullmatch(r"theirs\.pkl cannot be used: it asks to run [\w.?<>-]+, and [a-z ]+\.", sentence, re.ASCII)


def test_a_name_that_is_a_list_doubled_many_times_is_refused_at_once() -> None:
    doubling = b"]q\0" + b"".join(b"0](" + b"h%c" % n * 2 + b"eq%c" % (n + 1) for n in range(60))
    for data in (doubling + text("x") + b"\x93.", text("os") + doubling + b"\x93."):
        assert "damaged" in refusal(b"\x80\4" + data)


def test_old_ways_to_name_a_class_are_refused() -> None:
    assert "posix.system" in refusal(b"(S'true'\niposix\nsystem\n.")
    assert "posix.system" in refusal(b"(cposix\nsystem\nS'true'\no.")
    assert "ndarray" in refusal(b"(inumpy\nndarray\n.")
    assert "NEWOBJ" in refusal(b"\x80\2" + name("numpy", "ndarray") + HUGE + b"\x85\x85\x81.")
    assert "OBJ" in refusal(b"\x80\2(" + name("numpy", "ndarray") + HUGE + b"o.")


@pytest.mark.parametrize("code", [b"\x82\x01", b"\x83\x01\x00", b"\x84\x01\x00\x00\x00"])
def test_extension_codes_are_refused_even_when_registered(code: bytes) -> None:
    copyreg.add_extension("os", "system", 1)
    try:
        assert "objects that are not in the file" in refusal(b"\x80\2" + code + text("true") + b"\x85R.")
    finally:
        copyreg.remove_extension("os", "system", 1)


def test_persistent_ids_and_buffers_from_outside_are_refused() -> None:
    for data in (b"Pid\n.", b"\x80\2K\x01Q.", b"\x80\5\x97.", b"\x80\5\x97\x98."):
        assert "objects that are not in the file" in refusal(data)


@pytest.mark.parametrize(
    "call",
    [
        name("numpy", "ndarray") + HUGE + b"\x85\x85R",
        name("numpy", "ndarray") + b")R",
        name("numpy._core.multiarray", "_reconstruct") + name("numpy", "ndarray") + HUGE + b"\x85C\x01b\x87R",
        name("numpy._core.multiarray", "_reconstruct") + name("numpy", "dtype") + b"K\x00\x85C\x01b\x87R",
        FROM_BYTES + b"(" + FOUR_BYTES + dtype("f4") + HUGE + b"\x85" + text("C") + b"tR",
        FROM_BYTES + b"(" + FOUR_BYTES + dtype("f4") + b"J\xff\xff\xff\xff\x85" + text("C") + b"tR",
        FROM_BYTES + b"(" + FOUR_BYTES + dtype("O8") + b"K\x01K\x01\x86" + text("C") + b"tR",
        FROM_BYTES + b"(" + FOUR_BYTES + dtype("f4") + b"K\x01" + text("K") + b"tR",
        name("numpy._core.multiarray", "scalar") + dtype("O8") + FOUR_BYTES + b"\x86R",
        name("numpy._core.multiarray", "scalar") + dtype("f4") + b"C\x00\x86R",
        name("numpy._core.multiarray", "scalar") + dtype("V999999999") + FOUR_BYTES + b"\x86R",
        name("_codecs", "encode") + text("x") + text("zlib") + b"\x86R",
        name("_codecs", "encode") + text("€") + text("latin1") + b"\x86R",
        name("_codecs", "encode") + text("x") + b"\x85R",
        array(HUGE + HUGE + b"\x86", dtype("f4"), FOUR_BYTES),
        array(HUGE + b"\x85", dtype("f4"), FOUR_BYTES),
        array(number(2**63) + number(2**63) + b"\x86", dtype("f4"), b"C\x00"),
        array(b"J\xff\xff\xff\xffJ\xff\xff\xff\xff\x86", dtype("f4"), FOUR_BYTES),
        array(b"\x88\x88\x86", dtype("f4"), FOUR_BYTES),
        array(text("ab"), dtype("f4"), FOUR_BYTES),
        array(b"K\x01K\x01\x86", dtype("O8", "|"), b"](cposix\nsystem\ne"),
        array(b"K\x01K\x01\x86", dtype("O8", "|"), b"]Na"),
        array(b"K\x01K\x01\x86", dtype("O"), FOUR_BYTES),
        array(b"K\x01K\x01\x86", dtype("V4"), FOUR_BYTES),
        array(b"K\x01K\x01\x86", dtype("f4,f4"), FOUR_BYTES),
        array(b"K\x01K\x01\x86", dtype("f4", metadata=b"}" + text("x") + b"Ns"), FOUR_BYTES),
        array(b"K\x01K\x01\x86", name("numpy", "dtype") + text("f4") + b"\x85R}b", FOUR_BYTES),
        array(b"K\x01K\x01\x86", dtype("f4", "x"), FOUR_BYTES),
        EMPTY_ARRAY,
        EMPTY_ARRAY + b"}b",
        EMPTY_ARRAY + b"N}" + text("__class__") + b"Ns\x86b",
        array(b"K\x01K\x01\x86", dtype("f4"), FOUR_BYTES) + b"(K\x01)" + dtype("f4") + b"\x89C\x00tb",
        name("numpy", "dtype"),
        dtype("f4"),
    ],
)
def test_numpy_s_own_functions_with_hostile_arguments_are_refused(call: bytes) -> None:
    with little_memory(1):
        refusal(as_w1(call))


@pytest.mark.parametrize("code", ["S4", "U1", "V4", "c8", "M8", "f4,(1000000,)f4"])
def test_a_numpy_scalar_that_is_not_a_number_is_refused(code: str) -> None:
    scalar = name("numpy._core.multiarray", "scalar") + dtype(code) + FOUR_BYTES + b"\x86R"
    with pytest.raises(UnusableFileError, match="not a plain number"):
        restricted_pickle.loads(scalar + b".")


@pytest.mark.parametrize("target", [name("numpy", "ndarray"), name("numpy", "dtype"), b"}", b"]", b"K\x01", text("x")])
def test_attributes_cannot_be_set_on_anything(target: bytes) -> None:
    before = (set(vars(np.ndarray)), set(vars(np.dtype)))
    refusal(b"\x80\4" + target + b"N}" + text("planted") + b"K\x01s\x86b.")
    refusal(b"\x80\4" + target + b"}" + text("planted") + b"K\x01sb.")
    assert (set(vars(np.ndarray)), set(vars(np.dtype))) == before


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\4\x96" + struct.pack("<Q", 10**12) + b".",
        b"\x80\4\x8e" + struct.pack("<Q", 2**63) + b".",
        b"\x80\4\x8d" + struct.pack("<Q", 10**12) + b".",
        b"\x80\4B" + struct.pack("<I", 2**32 - 1) + b".",
        b"\x80\2\x8b" + struct.pack("<i", 2**31 - 1) + b".",
        b"\x80\2\x8b" + struct.pack("<i", -1) + b".",
        b"\x80\4\x95" + struct.pack("<Q", 2**63) + b"N.",
        b"\x80\2Nr" + struct.pack("<I", 2**32 - 1) + b".",
        b"Np99999999999999999999\n.",
        b"L" + b"9" * 100_000 + b"L\n.",
        b"\x80\xff.",
    ],
)
def test_false_lengths_and_indices_allocate_nothing(data: bytes) -> None:
    with little_memory(2):
        refusal(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\4.", b"\x80\4b.", b"\x80\4R.", b"\x80\4NR.", b"\x80\4NNR.", b"\x80\4t.", b"\x80\4u.", b"\x80\4(Nu.",
        b"\x80\4}(Nu.", b"\x80\4NNs.", b"\x80\4Na.", b"\x80\4](N.", b"\x80\4((e.", b"\x80\4]NNs.", b"\x80\4h\7.",
        b"\x80\4\x94.", b"\x80\4NN\x93.", b"\x80\4\x87.", b"\x80\4}]Ns.", b"\x80\4}K\1Ns.", b"\x80\0040.",
        b"\x80\0041.", b"I1\\d\n.", b"S'\\d'\n.", b"S'x\n.", b"V\\ud800\n.", b"Fx\n.", b"cx\n.", b"c\\d\nx\n.",
        b"\x80\4X\1\0\0\0\xff.",
    ],
)  # fmt: skip
def test_invalid_operations_are_refused(data: bytes) -> None:
    refusal(data)


def test_recursive_and_exponentially_growing_containers_are_refused() -> None:
    own = b"}q\0" + text("x") + b"h\0s"
    doubling = b"]q\0" + b"".join(b"0](" + b"h%c" % n * 2 + b"eq%c" % (n + 1) for n in range(60))
    weights = as_w1(array(b"K\x01K\x01\x86", dtype("f4"), FOUR_BYTES)).removesuffix(b"u.")
    for about in (own, b"}" + text("x") + doubling + b"s"):
        assert pickle.loads(weights + text("about") + about + b"u.")
        with little_memory(20):
            assert "about is longer than" in refusal(weights + text("about") + about + b"u.")


@pytest.mark.parametrize("nest", [b"]" * 150_000 + b"a" * 149_999, b"N" + b"\x85" * 150_000, b"(" * 190_000])
def test_deep_nesting_is_refused(nest: bytes) -> None:
    refusal(b"\x80\4" + nest + b".")
    weights = as_w1(array(b"K\x01K\x01\x86", dtype("f4"), FOUR_BYTES)).removesuffix(b"u.")
    refusal(weights + text("about") + b"}" + text("x") + nest + b"su.")


def test_too_many_operations_are_refused() -> None:
    assert "more than 200,000 operations" in refusal(b"\x80\4" + b"N0" * 200_000 + b"N.")


def test_repeated_encoding_of_a_large_text_is_refused() -> None:
    long = b"\x80\2" + text("x" * 2**20) + b"q\0" + text("latin1") + b"q\1"
    again = name("_codecs", "encode") + b"h\0h\1\x86R"
    with little_memory(80):
        assert "decompress to more than 64 MB" in refusal(long + again * 5000 + b".")


def test_many_large_arrays_that_share_bytes_are_refused() -> None:
    side = 2000
    data = b"B" + struct.pack("<I", side * side * 4) + bytes(side * side * 4) + b"q\0"
    row = b"B" + struct.pack("<I", side * 4) + bytes(side * 4) + b"q\1"
    square = b"M" + struct.pack("<H", side)
    matrix = array(square + square + b"\x86", dtype("f4"), b"h\0")
    vector = array(square + b"\x85", dtype("f4"), b"h\1")
    layers = b"".join(text(f"W{n}") + matrix + text(f"b{n}") + vector for n in range(1, 30))
    hostile = b"\x80\4}(" + data + b"0" + row + b"0" + layers + b"u."
    with little_memory(20):
        assert "more than 16,000,000 parameters" in refusal(hostile)


def test_a_name_in_a_file_imports_nothing() -> None:
    absent = "antigravity"
    assert absent not in sys.modules
    assert f"{absent}.geohash" in refusal(name(absent, "geohash") + b".")
    assert absent not in sys.modules


FRAGMENTS = [
    *(bytes([code]) for code in b"(.0123NRQabdeholstu]})\x81\x85\x86\x87\x88\x89\x93\x94\x97\x98\x8f\x90\x91\x92"),
    b"\x80\4", b"q\0", b"q\1", b"h\0", b"h\1", b"K\0", b"K\1", b"C\1b", b"I1\n", b"F1.5\n", b"Vx\n", b"S'x'\n",
    FOUR_BYTES, HUGE, EMPTY_ARRAY, FROM_BYTES, dtype("f4"), dtype("O8"), text("W1"), text("b1"), text("latin1"),
    text("C"), text("about"), name("numpy", "dtype"), name("numpy", "ndarray"), name("_codecs", "encode"),
    name("numpy._core.multiarray", "scalar"), array(b"K\1K\1\x86", dtype("f4"), FOUR_BYTES),
    array(b"K\1\x85", dtype("f4"), FOUR_BYTES),
]  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40))
def test_any_sequence_of_operations_gives_a_value_or_a_refusal(fragments: list[bytes]) -> None:
    data = b"".join(fragments) + b"."
    for read in (restricted_pickle.loads, load):
        try:
            read(data)
        except UnusableFileError as error:
            assert str(error)  # noqa: PT017 - either outcome is right


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(inner).map(tuple),
        max_leaves=20,
    ),
    st.sampled_from(PROTOCOLS),
)
def test_plain_values_are_read_as_python_reads_them(value: object, protocol: int) -> None:
    data = pickle.dumps(value, protocol)
    expected = repr(pickle.loads(data))
    try:
        assert repr(restricted_pickle.loads(data)) == expected
    except UnusableFileError:
        assert protocol < 3, "only protocols 0 to 2 spell bytes as a call of something else"
        assert "b''" in expected
