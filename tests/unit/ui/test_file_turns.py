"""Files are read and made in turns: whoever uploads or downloads many does not keep others waiting for theirs."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import streamlit as st

from data import csv_files
from ui.state import streamlit_state
from ui.state.file_turns import READING, FileTurns, Visitor
from ui.workarounds import persistent_download

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.unit.ui.conftest import NewVisit


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.001)


class Files:
    """Files that are read until they are told to end, each in a thread of its own.

    Attributes:
        begun: The names of the files whose reading has begun, in that order.
    """

    def __init__(self, places: int) -> None:
        self.begun: list[str] = []
        self._turns = FileTurns(places)
        self._may_end: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def upload(self, name: str, *visitor: str, waits: bool = False) -> None:
        """Upload a file, and return when it is being read, or waits for its turn."""
        self._may_end[name] = threading.Event()
        self._threads.append(threading.Thread(target=self._read, args=(name, frozenset(visitor)), daemon=True))
        waiting = len(self._turns.waiting)
        self._threads[-1].start()
        wait_until((lambda: len(self._turns.waiting) > waiting) if waits else (lambda: name in self.begun))

    def end(self, name: str, then: str) -> None:
        """End a file that is being read, and return when another one is."""
        self._may_end[name].set()
        wait_until(lambda: then in self.begun)

    def close(self) -> None:
        for each in self._may_end.values():
            each.set()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _read(self, name: str, visitor: Visitor) -> None:
        with self._turns.turn(visitor):
            self.begun.append(name)
            assert self._may_end[name].wait(10)


@pytest.fixture
def files(request: pytest.FixtureRequest) -> Iterator[Files]:
    uploaded = Files(request.param)
    yield uploaded
    uploaded.close()


@pytest.mark.parametrize("files", [2], indirect=True)
def test_a_session_has_one_file_read_at_a_time_however_many_places_are_free(files: Files) -> None:
    files.upload("large 0", "hog")
    for number in range(1, 8):
        files.upload(f"large {number}", "hog", waits=True)
    assert files.begun == ["large 0"]
    files.upload("small", "other")
    assert files.begun == ["large 0", "small"]


@pytest.mark.parametrize("files", [1], indirect=True)
def test_sessions_take_turns_whoever_came_first(files: Files) -> None:
    files.upload("large 0", "hog")
    files.upload("large 1", "hog", waits=True)
    files.upload("small", "other", waits=True)
    files.upload("another", "third", waits=True)
    files.end("large 0", then="small")
    files.end("small", then="another")
    files.end("another", then="large 1")
    assert files.begun == ["large 0", "small", "another", "large 1"]


@pytest.mark.parametrize("files", [2], indirect=True)
def test_the_sessions_of_an_address_share_one_place_and_take_turns_too(files: Files) -> None:
    files.upload("first", "tab 1", "192.0.2.1")
    files.upload("second", "tab 1", "192.0.2.1", waits=True)
    files.upload("of tab 2", "tab 2", "192.0.2.1", waits=True)
    files.upload("elsewhere", "tab 3", "192.0.2.2")
    assert files.begun == ["first", "elsewhere"]
    files.end("first", then="of tab 2")
    files.end("of tab 2", then="second")
    assert files.begun == ["first", "elsewhere", "of tab 2", "second"]


def test_a_file_that_is_refused_gives_its_place_back() -> None:
    turns = FileTurns(1)
    for _ in range(2):
        with pytest.raises(ValueError, match="refused"), turns.turn(frozenset({"tab"})):
            raise ValueError("refused")


@pytest.mark.parametrize("address", ["192.0.2.1", None])
def test_every_upload_waits_for_its_turn(
    new_visit: NewVisit, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    def turn(visitor: Visitor) -> AbstractContextManager[None]:
        visitors.append(visitor)
        return nullcontext()

    visitors: list[Visitor] = []
    monkeypatch.setattr(READING, "turn", turn)
    monkeypatch.setattr(type(st.context), "ip_address", property(lambda _: address))
    visit = new_visit("dataset")
    visit.upload("upload_csv", "mine.csv", csv_files.write(*csv_files.embedded().examples.take(limit=40)))
    assert visitors == [{"test session id", address} - {None}]


def test_of_a_session_one_download_is_made_and_one_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def make() -> bytes:
        begun.append(True)
        assert may_end.wait(10)
        return b"file"

    buttons: list[Callable[[], bytes]] = []
    begun: list[bool] = []
    may_end = threading.Event()
    turns = FileTurns(2)
    monkeypatch.setattr(persistent_download, "MAKING", turns)
    monkeypatch.setattr(persistent_download, "get_script_run_ctx", lambda: SimpleNamespace(session_id="tab"))
    monkeypatch.setattr(streamlit_state, "visitor", lambda: frozenset({"tab"}))
    monkeypatch.setattr(st, "download_button", lambda _label, make, **_: buttons.append(make))
    persistent_download.download_button("Weights", make, file_name="weights.npz", key="weights")
    (click,) = buttons
    with ThreadPoolExecutor(2) as threads:
        files = [threads.submit(click) for _ in range(2)]
        wait_until(lambda: len(begun) == len(turns.waiting) == 1)
        with pytest.raises(RuntimeError, match="one waits"):
            click()
        may_end.set()
        assert [each.result() for each in files] == [b"file", b"file"]
