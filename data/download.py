"""Download the full MNIST from its public mirrors to a cache folder: `python -m data.download`.

The SHA-256 of each file is verified before the file is saved, and saving is atomic.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import platformdirs

from data.dataset import DataError
from data.file_io import write_atomically
from language.translation import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDER_SETTING = "DIGIT_LAB_MNIST"
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
CONNECT_SECONDS, SILENCE_SECONDS = 4.0, 20.0
CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class RemoteFile:
    """A file on the mirrors: its name, its size in bytes, and its SHA-256 in hexadecimal."""

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

# A download started by another session waits for the first, then finds the files.
_download_lock = threading.Lock()


def cache_folder() -> Path:
    """Return the folder for downloaded files, in the user's cache folder."""
    return platformdirs.user_cache_path("digit-lab") / "mnist"


def is_folder_set() -> bool:
    """Return whether DIGIT_LAB_MNIST names a folder; nothing is downloaded to it."""
    return bool(os.environ.get(FOLDER_SETTING))


def mnist_folder() -> Path | None:
    """Return the folder set in DIGIT_LAB_MNIST, else the cache folder if it is complete, else None.

    The contents of a folder set there are not checked: `idx_files.read_folder` reports missing files.
    """
    if is_folder_set():
        return Path(os.environ[FOLDER_SETTING]).expanduser()
    folder = cache_folder()
    paths = [(folder / file.name, file.size) for file in MNIST_FILES]
    return folder if all(path.is_file() and path.stat().st_size == size for path, size in paths) else None


def fetch_mnist(
    folder: Path | None = None,
    *,
    progress: Callable[[float], None] | None = None,
    mirrors: Sequence[str] = MIRRORS,
    files: Sequence[RemoteFile] = MNIST_FILES,
) -> Path:
    """Download the missing files, trying each mirror in turn; correct files are kept.

    Args:
        folder: the destination, created if necessary; None means `cache_folder()`.
        progress: called with the fraction of all bytes downloaded, starting at 0 and rising to 1.
        mirrors: base URLs of the files, each ending in a slash.
        files: the files to download.

    Returns:
        The folder, with all files in it.

    Raises:
        DataError: no mirror provided a correct file, or the folder cannot be written. Completed files are kept, so
            the next call downloads only the rest.
    """
    folder = cache_folder() if folder is None else folder
    meter = _ProgressMeter(files, progress)
    meter.report(0)
    try:
        with _download_lock:
            folder.mkdir(parents=True, exist_ok=True)
            for file in files:
                working = _download_from_any(mirrors, file, folder, meter)
                # Try the working mirror first from now on, so that a dead one costs only one timeout.
                mirrors = [working, *(mirror for mirror in mirrors if mirror != working)]
    except OSError as error:
        raise DataError(
            _(
                "MNIST cannot be saved ({reason}): make room for it, allow the app to write to its cache folder, or "
                "set {setting} to a folder with its four files.",
                reason=error.strerror or error,
                setting=FOLDER_SETTING,
            )
        ) from None
    return folder


def _download_from_any(mirrors: Sequence[str], file: RemoteFile, folder: Path, meter: _ProgressMeter) -> str:
    """Download a file, unless it is there, from the first mirror that provides it correctly; return that mirror."""
    import requests

    path = folder / file.name
    if path.is_file() and path.stat().st_size == file.size and _is_correct(path.read_bytes(), file):
        meter.finish(file)
        return mirrors[0]
    failures: list[str] = []
    for mirror in mirrors:
        try:
            content = _downloaded(mirror + file.name, file, meter)
        except (requests.RequestException, ValueError) as error:
            failures.append(_failure(urlsplit(mirror).hostname, error))
        else:
            write_atomically(path, content)
            meter.finish(file)
            return mirror
    raise DataError(
        _(
            "MNIST could not be downloaded ({failures}): check the network and try again, or set "
            "{setting} to a folder with its four files.",
            failures="; ".join(failures),
            setting=FOLDER_SETTING,
        )
    )


def _downloaded(url: str, file: RemoteFile, meter: _ProgressMeter) -> bytes:
    """Return the content of a file; raise ValueError if it is not the expected one."""
    import requests

    # The files are gzip themselves and must not be decompressed in transit.
    headers = {"Accept-Encoding": "identity"}
    timeout = (CONNECT_SECONDS, SILENCE_SECONDS)
    content = bytearray()
    with requests.get(url, stream=True, timeout=timeout, headers=headers) as response:
        response.raise_for_status()
        for chunk in response.iter_content(CHUNK_BYTES):
            content += chunk
            if len(content) > file.size:
                break
            meter.report(len(content))
    if not _is_correct(content, file):
        raise ValueError(url)
    return bytes(content)


def _is_correct(content: bytes | bytearray, file: RemoteFile) -> bool:
    return hashlib.sha256(content).hexdigest() == file.sha256


def _failure(host: str | None, error: Exception) -> str:
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _("{host} answered {status}", host=host, status=error.response.status_code)
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return _("{host} broke off", host=host)
    if isinstance(error, requests.RequestException):
        return _("{host} did not answer", host=host)
    return _("{host} sent an altered file", host=host)


class _ProgressMeter:
    """Reports the fraction downloaded, which never decreases, even when a mirror fails."""

    def __init__(self, files: Sequence[RemoteFile], progress: Callable[[float], None] | None) -> None:
        self._total = sum(file.size for file in files)
        self._progress = progress
        self._finished = 0
        self._reported = -1.0

    def report(self, received: int) -> None:
        """Report the bytes received of the current file."""
        fraction = (self._finished + received) / self._total
        if self._progress is not None and fraction > self._reported:
            self._reported = fraction
            self._progress(fraction)

    def finish(self, file: RemoteFile) -> None:
        """Record a complete file."""
        self._finished += file.size
        self.report(0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(prog="python -m data.download", description="Download the full MNIST (12 MB).")
    parser.add_argument("--folder", type=Path, help="destination (default: the user's cache folder)")
    parser.add_argument(
        "--mirror",
        action="append",
        help="address of a folder with the four files, to use instead of the public mirrors; may be repeated",
    )
    options = parser.parse_args(arguments)
    mirrors = [mirror.rstrip("/") + "/" for mirror in options.mirror or MIRRORS]
    total = sum(file.size for file in MNIST_FILES)
    try:
        with tqdm(total=total, unit="B", unit_scale=True, desc="MNIST", leave=False) as bar:
            folder = fetch_mnist(
                options.folder, progress=lambda fraction: bar.update(round(fraction * total) - bar.n), mirrors=mirrors
            )
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Completed files are kept; run the same command to continue.", file=sys.stderr)
        return 130
    print(f"The full MNIST is in {folder}.")
    if options.folder is not None:
        print(f"Set {FOLDER_SETTING}={folder} so that the app finds it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
