"""A file is read in its own process, which is ended at its limits and whose answer cannot harm the server."""

from __future__ import annotations

import os
import time
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from data.dataset import DataError
from data.untrusted import reading_process
from data.untrusted.raw_arrays import UnusableFileError
from data.untrusted.reading_process import Limits, Plain, answer
from language.translation import current, speaking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow


class Pickled:
    """An answer that must not arrive: it would run code where it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, ("exit 1",)


def read(first: bytes, second: bytes) -> Plain:
    images = np.frombuffer(first, np.uint8).reshape(-1, 2)
    return {"second": second.decode(), "process": os.getpid()}, [images, images.T / 2, np.zeros((0, 3), np.float32)]


def refuse(file: bytes) -> Plain:
    raise UnusableFileError(f"{file.decode()} is of no use")


def speak(_: bytes) -> Plain:
    return current(), []


def take_memory(file: bytes) -> Plain:
    return None, [np.ones(int(file), np.uint8)[:1]]


def take_time(_: bytes) -> Plain:
    while time.process_time() < 20:
        pass
    return None, []


def sleep(_: bytes) -> Plain:
    time.sleep(20)
    return None, []


def crash(_: bytes) -> Plain:
    os.abort()


def answer_much(_: bytes) -> Plain:
    return None, [np.zeros(1000, np.uint8)]


def answer_objects(_: bytes) -> Plain:
    return None, [np.array([Pickled()], dtype=object)]


def answer_text(_: bytes) -> Plain:
    return "x" * 2**23, []


def complain(_: bytes) -> Plain:
    warnings.warn("Corrupt EXIF data", stacklevel=1)
    os.write(2, b"TIFFFetchDirectory: Can not read TIFF directory.")
    return None, []


def write_a_file(file: bytes) -> Plain:
    with open(file, "wb") as out:  # noqa: PTH123 - bytes
        out.write(b"x")
    return None, []


def sentence(reader: Callable[..., Plain], content: bytes = b"") -> str:
    with pytest.raises(DataError) as refused:
        answer(reader, content, name="theirs")
    return str(refused.value)


EXCEEDED = "theirs is damaged, or needs more time or memory than a file of its size may take: choose another file."


def test_files_go_there_and_arrays_come_back() -> None:
    value, (images, floats, nothing) = answer(read, b"\1\2\3\4", "ü".encode() * 2**20, name="both")
    assert value["second"] == "ü" * 2**20
    assert value["process"] != os.getpid()
    np.testing.assert_array_equal(images, np.array([[1, 2], [3, 4]], np.uint8), strict=True)
    np.testing.assert_array_equal(floats, np.array([[0.5, 1.5], [1, 2]]), strict=True)
    assert nothing.shape == (0, 3)


def test_a_reader_s_refusal_is_passed_on() -> None:
    assert sentence(refuse, b"theirs") == "theirs is of no use"


def test_memory_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limits, "of", lambda *_: Limits(seconds=5, memory=2**27))
    answer(take_memory, b"%d" % 2**26, name="small")
    assert sentence(take_memory, b"%d" % 2**28) == EXCEEDED


@pytest.mark.parametrize("reader", [take_time, sleep])
def test_time_is_limited_by_the_processor_s_and_by_the_clock(
    reader: Callable[..., Plain], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Limits, "of", lambda *_: Limits(seconds=1, memory=2**28))
    monkeypatch.setattr(reading_process, "BY_THE_CLOCK", 100 if reader is take_time else 3)
    assert sentence(reader) == EXCEEDED


def test_output_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(answer_much, b"", name="much")
    monkeypatch.setattr(reading_process, "MOST_OUTPUT", 999)
    assert sentence(answer_much) == EXCEEDED
    assert sentence(answer_text) == EXCEEDED


def test_only_arrays_of_plain_numbers_come_back() -> None:
    assert sentence(answer_objects) == EXCEEDED


def test_a_crash_ends_nothing_else() -> None:
    assert sentence(crash) == EXCEEDED


def test_what_libraries_say_of_a_file_stays_out_of_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    with reading_process.quietly():
        complain(b"")
    os.write(2, b"then as before")
    assert capfd.readouterr().err == "then as before"


def test_nothing_is_written_to_disk(tmp_path: Path) -> None:
    assert sentence(write_a_file, os.fsencode(tmp_path / "written")) == EXCEEDED
    assert not any(path.stat().st_size for path in tmp_path.iterdir())


def test_larger_files_may_cost_more_up_to_what_the_largest_need() -> None:
    assert Limits.of(0) == Limits(seconds=2, memory=250 * 2**20)
    assert Limits.of(3 * 2**20).memory < 300 * 2**20
    assert Limits.of(15 * 2**20) == Limits(seconds=17, memory=475 * 2**20)
    assert Limits.of(128 * 2**20) == Limits(seconds=20, memory=500 * 2**20)
    assert Limits.of(15 * 2**20, most_seconds=4) == Limits(seconds=4, memory=475 * 2**20)


def test_a_file_is_refused_in_the_readers_language() -> None:
    with speaking("de"):
        assert answer(speak, b"", name="x") == ("de", [])
    assert answer(speak, b"", name="x") == ("en", [])
