"""A large download is written as the browser takes it: neither held whole nor written ahead."""

from __future__ import annotations

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import PlainTextResponse
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from data import csv_files
from ui.dataset import page
from ui.serving.server import FirstAnswers
from ui.workarounds import streamed_download
from ui.workarounds.streamed_download import StreamedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from starlette.types import Send

    from tests.unit.ui.conftest import NewVisit

Message = dict[str, Any]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> MediaFileManager:
    """Streamlit's own store of files, in a server that runs."""
    manager = MediaFileManager(MemoryMediaFileStorage("/media"))
    server = SimpleNamespace(media_file_mgr=manager)
    monkeypatch.setattr(streamed_download, "runtime", SimpleNamespace(exists=lambda: True, get_instance=lambda: server))
    return manager


def ask(path: str, send: Send, method: str = "GET") -> None:
    async def receive() -> MutableMapping[str, object]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    asyncio.run(FirstAnswers(PlainTextResponse("Streamlit"))(scope, receive, send))


def numbered(counted: list[int]) -> Iterator[bytes]:
    for number in range(5):
        counted.append(number)
        yield f"{number},".encode()


def test_a_piece_is_written_when_the_browser_has_taken_the_one_before(files: MediaFileManager) -> None:
    written: list[int] = []
    sent: list[Message] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(dict(message))
        await asyncio.sleep(0.01)
        pieces = [each for each in sent if each.get("body")]
        assert len(written) == len(pieces)

    address = files.add(StreamedFile(lambda: numbered(written)), "text/csv", "here", "Größe 1.csv")
    ask(address, send)
    start, *parts = sent
    headers = dict(start["headers"])
    assert b"".join(each["body"] for each in parts) == b"0,1,2,3,4,"
    assert headers[b"content-type"].startswith(b"text/csv")
    assert headers[b"content-disposition"] == b"attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%201.csv"


def test_two_files_are_different_ones_and_all_others_are_left_to_streamlit(files: MediaFileManager) -> None:
    sent: list[bytes] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message.get("body", b""))

    first, second = (
        files.add(StreamedFile(partial(iter, [text])), "text/csv", "here", "a.csv") for text in (b"a", b"b")
    )
    for address in (first, second, files.add(b"whole", "text/csv", "there", "a.csv"), "/media/gone.csv"):
        ask(address, send)
    ask(first, send, "HEAD")
    assert b" ".join(filter(None, sent)) == b"a b Streamlit Streamlit Streamlit"


def test_a_dataset_is_downloaded_as_such_a_file(new_visit: NewVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Callable[[], StreamedFile]] = []
    monkeypatch.setattr(page, "download_button", lambda _label, make, **_: made.append(make))
    new_visit("dataset")
    (make,) = made
    digits = csv_files.embedded()
    assert b"".join(make().write()) == csv_files.write(digits.images, digits.labels)
