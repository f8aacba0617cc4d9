"""A file is written whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from data.file_io import write_atomically

ROOT = Path(__file__).parents[3]
POINTS = {"created": (Path, "open"), "synced": (os, "fsync"), "renamed": (Path, "replace")}
"""The calls at which a write may be cut short, each on the file that is to become the new one."""

KILLED = """
import os, signal, sys
from pathlib import Path
from data.file_io import write_atomically
from tests.unit.data.test_file_io import POINTS
owner, name = POINTS[sys.argv[2]]
call = getattr(owner, name)
def killed(*arguments, **options):
    if sys.argv[2] == "created":
        call(*arguments, **options).write(b"ha")
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, killed)
write_atomically(Path(sys.argv[1]), b"half a file")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that has been written before, in a folder of its own."""
    path = tmp_path / "[1] net.npz"
    write_atomically(path, b"before")
    return path


def names(path: Path) -> list[str]:
    return [each.name for each in path.parent.iterdir()]


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_write_leaves_the_file_whole_and_the_next_one_tidies_up(path: Path, point: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, path, point], check=False, timeout=30)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"before"
    assert len(names(path)) == 2, "it was killed too early to leave anything behind"
    (path.parent / f".other.npz.{'0' * 32}").touch()
    write_atomically(path, b"after")
    assert path.read_bytes() == b"after"
    assert sorted(names(path)) == [f".other.npz.{'0' * 32}", path.name], "it removes leftovers of this file alone"


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("reason", ["No space left on device", "Read-only file system"])
def test_a_failed_write_leaves_the_file_whole_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch, point: str, reason: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(28, reason)

    with monkeypatch.context() as patch:
        patch.setattr(*POINTS[point], fails)
        with pytest.raises(OSError, match=reason):
            write_atomically(path, b"after")
    assert path.read_bytes() == b"before"
    assert names(path) == [path.name]


def test_a_write_under_way_is_not_mistaken_for_a_leftover(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def slow(_: int) -> None:
        begun.set()
        assert may_go_on.wait(10)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", slow)
        writing = threading.Thread(target=write_atomically, args=(path, b"slow"))
        writing.start()
        assert begun.wait(10)
    write_atomically(path, b"quick")
    assert path.read_bytes() == b"quick"
    may_go_on.set()
    writing.join()
    assert path.read_bytes() == b"slow"
    assert names(path) == [path.name]


@pytest.mark.parametrize("room", ["nn", "data", "ink", "models", "recipe", "training", "ui"])
def test_nothing_else_writes_files(room: str) -> None:
    writes = re.compile(r"\.write_(?:bytes|text)\(|\.open\([\"'][wxa]|\bos\.(?:rename|replace)\(")
    found = {path.name for path in (ROOT / room).rglob("*.py") if writes.search(path.read_text(encoding="utf-8"))}
    assert found <= {"file_io.py", "workers.py", "reading_process.py"}, "the other writers write what need not survive"


def test_the_name_of_a_new_file_is_on_disk_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(Path(f"/proc/self/fd/{file}").resolve()))
    write_atomically(path, b"after")
    assert synced[0].parent == synced[1] == path.parent
