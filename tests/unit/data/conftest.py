"""Fixtures that provide digits, and mirrors to download them from."""

from __future__ import annotations

import gzip
import hashlib
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files, idx_files
from data.dataset import Dataset
from data.download import RemoteFile
from tests.unit.data.mirrors import FIRST, SECOND, Mirror


@pytest.fixture(scope="session")
def embedded() -> Dataset:
    """The 5,000 digits that come with the app."""
    return csv_files.embedded()


@pytest.fixture(scope="session")
def mnist(mnist_folder: Path) -> Dataset:
    """The full MNIST; tests are skipped if it is missing."""
    return idx_files.read_folder(mnist_folder)


@pytest.fixture
def digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Thirty images of noise, labelled 0 to 9 three times over: (30, 784) and (30,) uint8."""
    rng = np.random.default_rng(7)
    images = rng.integers(0, 256, size=(30, 784), dtype=np.uint8)
    return images, np.tile(np.arange(10, dtype=np.uint8), 3)


def idx(*dimensions: int, values: NDArray[np.uint8]) -> bytes:
    header = struct.pack(f">I{len(dimensions)}I", 0x0800 + len(dimensions), *dimensions)
    return gzip.compress(header + values.tobytes())


@pytest.fixture
def contents(digits: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> dict[str, bytes]:
    """Four small files in MNIST's layout; the first, as in MNIST, is by far the largest."""
    images, labels = digits
    many = np.tile(images, (20, 1))
    return {
        FIRST: idx(600, 28, 28, values=np.random.default_rng(1).permuted(many, axis=1)),
        SECOND: idx(600, values=np.tile(labels, 20)),
        "t10k-images-idx3-ubyte.gz": idx(30, 28, 28, values=images),
        "t10k-labels-idx1-ubyte.gz": idx(30, values=labels),
    }


@pytest.fixture
def files(contents: dict[str, bytes]) -> list[RemoteFile]:
    return [RemoteFile(name, len(content), hashlib.sha256(content).hexdigest()) for name, content in contents.items()]


@pytest.fixture
def open_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, bytes]], Mirror]]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    mirrors: list[Mirror] = []

    def start(contents: dict[str, bytes]) -> Mirror:
        mirrors.append(Mirror(contents))
        return mirrors[-1]

    yield start
    for mirror in mirrors:
        mirror.close()


@pytest.fixture
def mirror(open_home: Callable[[dict[str, bytes]], Mirror], contents: dict[str, bytes]) -> Mirror:
    return open_home(contents)


@pytest.fixture
def second_mirror(open_home: Callable[[dict[str, bytes]], Mirror], contents: dict[str, bytes]) -> Mirror:
    return open_home(contents)


@pytest.fixture
def dead_mirror(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address where nothing listens."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/mnist/"
