"""Fetching MNIST from misbehaving mirrors on 127.0.0.1."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from data import download, idx_files
from data.dataset import DataError
from data.download import RemoteFile, fetch_mnist
from tests.unit.data.mirrors import (
    FIRST,
    SECOND,
    Answer,
    Mirror,
    altered,
    cut_short,
    kept,
    missing,
    silent,
    truncated,
    web_page,
)

PROJECT = Path(download.__file__).parents[1]


def refusal(folder: Path, mirrors: list[str], files: list[RemoteFile]) -> str:
    with pytest.raises(DataError) as refused:
        fetch_mnist(folder, mirrors=mirrors, files=files)
    sentence = str(refused.value)
    assert sentence.startswith("MNIST ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_downloaded_files_are_complete_and_readable(
    mirror: Mirror, files: list[RemoteFile], contents: dict[str, bytes], tmp_path: Path
) -> None:
    folder = fetch_mnist(tmp_path / "new" / "folder", mirrors=[mirror.address], files=files)
    assert folder == tmp_path / "new" / "folder"
    assert kept(folder) == contents
    assert len(idx_files.read_folder(folder)) == 600


def test_a_second_call_downloads_nothing(mirror: Mirror, files: list[RemoteFile], tmp_path: Path) -> None:
    fetch_mnist(tmp_path, mirrors=[mirror.address], files=files)
    mirror.asked.clear()
    reported: list[float] = []
    fetch_mnist(tmp_path, mirrors=[mirror.address], files=files, progress=reported.append)
    assert mirror.asked == []
    assert reported[-1] == 1


def test_a_file_altered_in_the_cache_is_downloaded_again(
    mirror: Mirror, files: list[RemoteFile], contents: dict[str, bytes], tmp_path: Path
) -> None:
    fetch_mnist(tmp_path, mirrors=[mirror.address], files=files)
    mirror.asked.clear()
    (tmp_path / SECOND).write_bytes(b"something else")
    fetch_mnist(tmp_path, mirrors=[mirror.address], files=files)
    assert mirror.asked == [SECOND]
    assert kept(tmp_path) == contents


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (cut_short, "sent an altered file"),
        (altered, "sent an altered file"),
        (web_page, "sent an altered file"),
        (truncated, "broke off"),
        (missing, "answered 404"),
    ],
)
def test_a_bad_response_leaves_no_file_and_is_explained(
    mirror: Mirror, files: list[RemoteFile], tmp_path: Path, answer: Answer, reason: str
) -> None:
    mirror.answer = answer
    assert f"(127.0.0.1 {reason})" in refusal(tmp_path, [mirror.address], files)
    assert kept(tmp_path) == {}


def test_a_response_far_longer_than_the_file_is_cut_off(
    mirror: Mirror, files: list[RemoteFile], tmp_path: Path
) -> None:
    sent: list[int] = []  # bytes per write

    def lengthy(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(ConnectionError):
            for _ in range(1_000):
                handler.wfile.write(bytes(2**16))
                sent.append(2**16)

    mirror.answer = lengthy
    assert "sent an altered file" in refusal(tmp_path, [mirror.address], files)
    assert len(sent) < 500, "the disk would fill with whatever a mirror sends"
    assert kept(tmp_path) == {}


@pytest.mark.parametrize("answer", [cut_short, altered, web_page, truncated, missing])
def test_the_second_mirror_is_used_if_the_first_fails(
    mirror: Mirror,
    second_mirror: Mirror,
    files: list[RemoteFile],
    contents: dict[str, bytes],
    tmp_path: Path,
    answer: Answer,
) -> None:
    mirror.answer = answer
    fetch_mnist(tmp_path, mirrors=[mirror.address, second_mirror.address], files=files)
    assert kept(tmp_path) == contents


def test_a_failed_mirror_is_not_tried_for_every_file(
    mirror: Mirror, second_mirror: Mirror, files: list[RemoteFile], tmp_path: Path
) -> None:
    mirror.answer = missing
    fetch_mnist(tmp_path, mirrors=[mirror.address, second_mirror.address], files=files)
    assert mirror.asked == [FIRST]
    assert second_mirror.asked == [file.name for file in files]


def test_the_second_mirror_is_used_if_the_first_is_down(
    dead_mirror: str, mirror: Mirror, files: list[RemoteFile], contents: dict[str, bytes], tmp_path: Path
) -> None:
    fetch_mnist(tmp_path, mirrors=[dead_mirror, mirror.address], files=files)
    assert kept(tmp_path) == contents


def test_without_a_connection_there_is_one_sentence_within_seconds(
    dead_mirror: str, files: list[RemoteFile], tmp_path: Path
) -> None:
    start = time.monotonic()
    sentence = refusal(tmp_path, [dead_mirror, dead_mirror], files)
    assert time.monotonic() - start < 3
    assert "did not answer" in sentence
    assert "DIGIT_LAB_MNIST" in sentence


def test_a_stalled_mirror_is_abandoned(
    mirror: Mirror,
    second_mirror: Mirror,
    files: list[RemoteFile],
    contents: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "SILENCE_SECONDS", 0.2)
    mirror.answer = silent
    fetch_mnist(tmp_path, mirrors=[mirror.address, second_mirror.address], files=files)
    assert kept(tmp_path) == contents
    assert "did not answer" in refusal(tmp_path / "other", [mirror.address], files)


def test_the_next_call_continues_where_the_last_one_failed(
    mirror: Mirror, files: list[RemoteFile], contents: dict[str, bytes], tmp_path: Path
) -> None:
    mirror.answers = {"t10k-images-idx3-ubyte.gz": truncated}
    refusal(tmp_path, [mirror.address], files)
    assert sorted(kept(tmp_path)) == [FIRST, SECOND]
    mirror.answers, mirror.asked = {}, []
    fetch_mnist(tmp_path, mirrors=[mirror.address], files=files)
    assert mirror.asked == ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]
    assert kept(tmp_path) == contents


def test_progress_rises_from_0_to_1_by_bytes(mirror: Mirror, files: list[RemoteFile], tmp_path: Path) -> None:
    reported: list[float] = []
    fetch_mnist(tmp_path, mirrors=[mirror.address], files=files, progress=reported.append)
    assert reported == sorted(set(reported))
    assert (reported[0], reported[-1]) == (0, 1)
    first_file = files[0].size / sum(file.size for file in files)
    assert sum(fraction < first_file for fraction in reported) >= 3, "a large file must show its own progress"
    assert first_file in [pytest.approx(fraction) for fraction in reported]


def test_progress_never_decreases_when_a_mirror_is_abandoned(
    mirror: Mirror, second_mirror: Mirror, files: list[RemoteFile], tmp_path: Path
) -> None:
    mirror.answer = altered
    reported: list[float] = []
    fetch_mnist(tmp_path, mirrors=[mirror.address, second_mirror.address], files=files, progress=reported.append)
    assert reported == sorted(set(reported))
    assert reported[-1] == 1


def test_an_interrupted_download_leaves_no_partial_file(
    mirror: Mirror, files: list[RemoteFile], tmp_path: Path
) -> None:
    def interrupt(fraction: float) -> None:
        if fraction > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_mnist(tmp_path, mirrors=[mirror.address], files=files, progress=interrupt)
    assert kept(tmp_path) == {}
    fetch_mnist(tmp_path, mirrors=[mirror.address], files=files)
    assert len(kept(tmp_path)) == 4


def fetch_twice_at_once(mirror: Mirror, files: list[RemoteFile], folder: Path) -> None:
    together = threading.Barrier(2)
    errors: list[BaseException] = []

    def fetch() -> None:
        together.wait()
        try:
            fetch_mnist(folder, mirrors=[mirror.address], files=files)
        except BaseException as error:  # noqa: BLE001  # reported to the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_two_sessions_at_once_download_each_file_once(
    mirror: Mirror, files: list[RemoteFile], contents: dict[str, bytes], tmp_path: Path
) -> None:
    fetch_twice_at_once(mirror, files, tmp_path)
    assert sorted(mirror.asked) == sorted(contents)
    assert kept(tmp_path) == contents


def test_two_processes_at_once_do_not_corrupt_files(
    mirror: Mirror,
    files: list[RemoteFile],
    contents: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Processes do not share the lock; threads without it stand in for them."""
    monkeypatch.setattr(download, "_download_lock", contextlib.nullcontext())
    fetch_twice_at_once(mirror, files, tmp_path)
    assert kept(tmp_path) == contents


def test_folder_that_cannot_be_written_is_named(mirror: Mirror, files: list[RemoteFile], tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_bytes(b"")
    assert "cannot be saved" in refusal(in_the_way, [mirror.address], files)


def test_a_full_disk_is_named_and_what_was_saved_before_is_kept(
    mirror: Mirror, files: list[RemoteFile], contents: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_mnist(tmp_path, mirrors=[mirror.address], files=files[:1])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "(No space left on device): make room" in refusal(tmp_path, [mirror.address], files)
    assert kept(tmp_path) == {FIRST: contents[FIRST]}
