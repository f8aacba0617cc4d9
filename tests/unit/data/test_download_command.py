"""The folder that MNIST is read from, and the command that downloads it there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from data import download, idx_files
from data.download import RemoteFile
from tests.unit.data.mirrors import FIRST, SECOND, Mirror, kept, send

pytestmark = pytest.mark.slow

PROJECT = Path(download.__file__).parents[1]


def test_the_configured_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGIT_LAB_MNIST", str(tmp_path))
    assert download.mnist_folder() == tmp_path


def test_the_cache_is_used_once_it_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGIT_LAB_MNIST", raising=False)
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")
    assert download.mnist_folder() is None
    (tmp_path / "cache").mkdir()
    for file in download.MNIST_FILES:
        assert download.mnist_folder() is None
        with (tmp_path / "cache" / file.name).open("wb") as sparse:
            sparse.truncate(file.size)
    assert download.mnist_folder() == tmp_path / "cache"
    with (tmp_path / "cache" / FIRST).open("r+b") as sparse:
        sparse.truncate(100)
    assert download.mnist_folder() is None


def test_the_cache_has_its_own_folder() -> None:
    assert "digit-lab" in download.cache_folder().parts


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "data.download", *arguments],
        cwd=PROJECT,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def lines_without_progress(stderr: str) -> list[str]:
    """The command's stderr without the progress bar; logs and tracebacks do not belong there."""
    lines = stderr.replace("\r", "\n").splitlines()
    return [line for line in lines if line.strip() and not re.fullmatch(r"MNIST: +\d+%\|.*\]", line.rstrip())]


def test_the_command_without_a_connection_ends_with_one_sentence(dead_mirror: str, tmp_path: Path) -> None:
    done = run_command("--folder", str(tmp_path), "--mirror", dead_mirror)
    assert done.returncode == 1
    assert len(lines_without_progress(done.stderr)) == 1
    assert lines_without_progress(done.stderr)[0].startswith("MNIST could not be downloaded")
    assert done.stdout == ""


def test_a_killed_command_leaves_whole_files_only(
    mirror: Mirror, files: list[RemoteFile], contents: dict[str, bytes], tmp_path: Path
) -> None:
    half_sent = threading.Event()
    killed = threading.Event()

    def stalls(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        send(handler, content[: len(content) // 2], length=len(content))
        half_sent.set()
        killed.wait(20)

    mirror.answers = {SECOND: stalls}
    fetch = f"fetch_mnist(Path({str(tmp_path)!r}), mirrors=[{mirror.address!r}], files={files})"
    with subprocess.Popen([sys.executable, "-c", f"from data.download import *; {fetch}"], cwd=PROJECT) as command:
        assert half_sent.wait(20)
        command.kill()
    killed.set()
    assert kept(tmp_path) == {FIRST: contents[FIRST]}


def test_the_interrupted_command_says_how_to_continue(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "fetch_mnist", interrupted)
    assert download.main([]) == 130
    assert capsys.readouterr().err.splitlines()[-1].startswith("Stopped.")


def test_the_command_downloads_the_real_files_once(
    mnist_folder: Path, open_home: Callable[[dict[str, bytes]], Mirror], tmp_path: Path
) -> None:
    mirror = open_home({file.name: (mnist_folder / file.name).read_bytes() for file in download.MNIST_FILES})
    done = run_command("--folder", str(tmp_path), "--mirror", mirror.address)
    assert (done.returncode, lines_without_progress(done.stderr)) == (0, [])
    assert str(tmp_path) in done.stdout
    assert "MNIST:" in done.stderr, "no progress bar"
    assert len(idx_files.read_folder(tmp_path)) == 60_000
    mirror.asked.clear()
    assert run_command("--folder", str(tmp_path), "--mirror", mirror.address).returncode == 0
    assert mirror.asked == []
