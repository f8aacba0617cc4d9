"""Fetch the full MNIST from its public homes into a cache folder: `python -m data.download`.

pooch checks each file against its SHA-256 before it gets its name, so a file is there whole or not at all.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from data.dataset import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDER_SETTING = "DIGIT_LAB_MNIST"
HOMES = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
CONNECT_SECONDS, SILENCE_SECONDS = 4.0, 20.0
CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class RemoteFile:
    """A file as its homes must give it: its name there and here, its bytes, its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


MNIST_FILES = (
    RemoteFile(
        "train-images-idx3-ubyte.gz",
        9_912_422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    RemoteFile(
        "train-labels-idx1-ubyte.gz",
        28_881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    RemoteFile(
        "t10k-images-idx3-ubyte.gz",
        1_648_877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    RemoteFile(
        "t10k-labels-idx1-ubyte.gz",
        4_542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
)

# A second session that asks meanwhile waits for the first, and then finds the files there.
_one_at_a_time = threading.Lock()


def cache_folder() -> Path:
    """Where fetched files are kept: the user's cache folder of this operating system."""
    import pooch

    return Path(pooch.os_cache("digit-lab")) / "mnist"


def mnist_folder() -> Path | None:
    """The folder that the environment variable DIGIT_LAB_MNIST names, else the cache folder once it is complete.

    None when there is neither. A named folder is not looked into: `idx_files.read_folder` says what it lacks.
    """
    named = os.environ.get(FOLDER_SETTING)
    if named:
        return Path(named).expanduser()
    folder = cache_folder()
    paths = [(folder / file.name, file.size) for file in MNIST_FILES]
    return folder if all(path.is_file() and path.stat().st_size == size for path, size in paths) else None


def fetch_mnist(
    folder: Path | None = None,
    *,
    progress: Callable[[float], None] | None = None,
    homes: Sequence[str] = HOMES,
    files: Sequence[RemoteFile] = MNIST_FILES,
) -> Path:
    """Fetch what is not there yet, trying each home in turn; a file that is there and right is kept.

    Args:
        folder: where to; None means `cache_folder()`. It is made if need be.
        progress: told the fraction of all bytes that is there, 0 at once, then rising to 1.
        homes: the addresses, each ending in a slash, below which the files lie.
        files: the files wanted.

    Returns:
        The folder, with all files in it.

    Raises:
        DataError: no home gave a file as it should be, or the folder cannot be written. Files that were
            finished before that stay, so the next call goes on from there.
    """
    import pooch

    pooch.get_logger().setLevel(logging.ERROR)
    folder = cache_folder() if folder is None else folder
    meter = _Meter(files, progress)
    meter.tell(0)
    try:
        with _one_at_a_time:
            for file in files:
                best = _fetch_from_any(homes, file, folder, meter)
                # The home that works is asked first from now on: a dead one costs its wait only once.
                homes = [best, *(home for home in homes if home != best)]
    except OSError as error:
        raise DataError(f"MNIST cannot be written to {folder}: {error.strerror or error}.") from None
    return folder


def _fetch_from_any(homes: Sequence[str], file: RemoteFile, folder: Path, meter: _Meter) -> str:
    """Fetch a file from the first home that gives it as it should be; which one that was."""
    import pooch
    import requests

    def download(url: str, path: str, _pooch: object) -> None:
        _download(url, Path(path), file, meter)

    failures: list[str] = []
    for home in homes:
        try:
            pooch.retrieve(home + file.name, file.sha256, file.name, folder, downloader=download)
        except (requests.RequestException, ValueError) as error:
            failures.append(f"{urlsplit(home).hostname} {_what_happened(error)}")
        else:
            meter.finish(file)
            return home
    raise DataError(
        f"MNIST could not be fetched ({'; '.join(failures)}): check the network and try again, or name a folder "
        f"with its four files in {FOLDER_SETTING}."
    )


def _download(url: str, path: Path, file: RemoteFile, meter: _Meter) -> None:
    import requests

    # The files are gzip themselves: they are wanted as they are, not unpacked on the way.
    headers = {"Accept-Encoding": "identity"}
    timeout = (CONNECT_SECONDS, SILENCE_SECONDS)
    with requests.get(url, stream=True, timeout=timeout, headers=headers) as response, path.open("wb") as target:
        response.raise_for_status()
        got = 0
        for chunk in response.iter_content(CHUNK_BYTES):
            got += len(chunk)
            if got > file.size:
                raise ValueError("more bytes than the file has")
            target.write(chunk)
            meter.tell(got)


def _what_happened(error: Exception) -> str:
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"answered {error.response.status_code}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "broke off"
    if isinstance(error, requests.RequestException):
        return "did not answer"
    return "sent an altered file"


class _Meter:
    """How much of all files is there, as a fraction that never goes back, even where a home has to be left."""

    def __init__(self, files: Sequence[RemoteFile], progress: Callable[[float], None] | None) -> None:
        self._total = sum(file.size for file in files)
        self._progress = progress
        self._finished = 0
        self._told = -1.0

    def tell(self, got: int) -> None:
        """So many bytes of the file at hand are there."""
        fraction = (self._finished + got) / self._total
        if self._progress is not None and fraction > self._told:
            self._told = fraction
            self._progress(fraction)

    def finish(self, file: RemoteFile) -> None:
        """A file is there, whole."""
        self._finished += file.size
        self.tell(0)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns its exit status: 0 when the files are there."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(prog="python -m data.download", description="Fetch the full MNIST (12 MB).")
    parser.add_argument("--folder", type=Path, help="where to (default: the user's cache folder)")
    parser.add_argument(
        "--home",
        action="append",
        help="address of a folder with the four files, to ask instead of the public ones; may be repeated",
    )
    options = parser.parse_args(arguments)
    homes = [home.rstrip("/") + "/" for home in options.home or HOMES]
    total = sum(file.size for file in MNIST_FILES)
    try:
        with tqdm(total=total, unit="B", unit_scale=True, desc="MNIST", leave=False) as bar:
            folder = fetch_mnist(
                options.folder, progress=lambda fraction: bar.update(round(fraction * total) - bar.n), homes=homes
            )
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The files that were finished are kept: the same command goes on from there.", file=sys.stderr)
        return 130
    print(f"The full MNIST is in {folder}.")
    if options.folder is not None:
        print(f"Set {FOLDER_SETTING}={folder} so that the app finds it there.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
