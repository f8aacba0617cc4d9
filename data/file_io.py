"""Read a plain, gzip or zip file up to a limit, and replace a file atomically."""

from __future__ import annotations

import contextlib
import glob
import io
import os
import sys
import uuid
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from data.dataset import DataError
from language.numbers import whole
from language.translation import _

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK"

MAX_GZIP_MEMBERS = 4_096
"""A gzip file may hold several members: bgzip writes one for every 64 kB."""
MAX_ZIP_MEMBERS = 256

_CHUNK = 2**18
_PACKED_CHUNK = 2**16
_MOST_WITHOUT_CONTENT = 2**20
"""Bytes of a gzip file that decompress to nothing: its header names the file, and a block may be empty."""
_DIRECTORY_ENTRY = b"PK\x01\x02"


def read_start(file: bytes | Path, limit: int, name: str) -> bytes:
    """Return the first `limit` bytes of a file, decompressed if it is gzip, regardless of its name.

    To detect a file that is too large, request one byte more than is allowed.

    Args:
        file: The bytes of the file, or its path.
        limit: The maximum number of bytes to return, at least 1; a gzip file is not decompressed further.
        name: The name of the file in error messages.

    Raises:
        DataError: The file cannot be opened, or is a damaged gzip file.
    """
    content = io.BytesIO()
    for chunk in unpacked(file, name):
        content.write(chunk[: limit - content.tell()])
        if content.tell() >= limit:
            break
    return content.getvalue()


def unpacked(file: bytes | Path, name: str) -> Iterator[bytes]:
    """Yield the content of a file in chunks of 1 to _CHUNK bytes, decompressed if it is gzip.

    Raises:
        DataError: See `read_start`.
    """
    try:
        with io.BytesIO(file) if isinstance(file, bytes) else file.open("rb") as stream:
            is_gzip = stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC
            stream.seek(0)
            yield from _gunzipped(stream, name) if is_gzip else iter(lambda: stream.read(_CHUNK), b"")
    except OSError as error:
        raise DataError(_("{name} cannot be read: {reason}.", name=name, reason=error.strerror or error)) from None


def _gunzipped(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Decompress a gzip file; zlib skips headers of any length without keeping them."""
    damaged = DataError(_("{name} is a damaged or incomplete gzip file: download or compress it again.", name=name))
    packed = b""
    for _member in range(MAX_GZIP_MEMBERS):
        decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        without_content = 0
        while not decompressor.eof:
            packed = packed or stream.read(_PACKED_CHUNK)
            if not packed or without_content > _MOST_WITHOUT_CONTENT:
                raise damaged
            try:
                chunk = decompressor.decompress(packed, _CHUNK)
            except zlib.error:
                raise damaged from None
            without_content = 0 if chunk else without_content + len(packed)
            packed = decompressor.unconsumed_tail
            if chunk:
                yield chunk
        packed = decompressor.unused_data.lstrip(b"\0") or stream.read(_PACKED_CHUNK).lstrip(b"\0")  # padding
        if not packed:
            return
    raise DataError(
        _(
            "{name} is a gzip file of more than {most} parts: compress it again as one.",
            name=name,
            most=whole(MAX_GZIP_MEMBERS),
        )
    )


def from_zip(packed: bytes, limit: int, name: str, suffixes: tuple[str, ...]) -> bytes:
    """Return the first `limit` bytes of the only file of some kind in a zip archive.

    Args:
        packed: The bytes of the archive.
        limit: The maximum number of bytes to return; to detect a file that is too large, request one more.
        name: The name of the archive in error messages.
        suffixes: The suffixes, in lower case, that tell the file from others; a single file needs none of them.

    Raises:
        DataError: The archive is damaged or encrypted, or holds no or several such files.
    """
    # zipfile takes about a kilobyte for each entry, so entries are counted first.
    if packed.count(_DIRECTORY_ENTRY) > MAX_ZIP_MEMBERS:
        raise DataError(
            _("{name} holds more than {most} files: unzip it and choose one.", name=name, most=MAX_ZIP_MEMBERS)
        )
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return archive.open(_only_file(archive, name, suffixes)).read(limit)
    except DataError:
        raise
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, LookupError, RuntimeError):
        raise DataError(
            _("{name} is a damaged or incomplete zip archive: download or compress it again.", name=name)
        ) from None


def _only_file(archive: zipfile.ZipFile, name: str, suffixes: tuple[str, ...]) -> zipfile.ZipInfo:
    files = [each for each in archive.infolist() if not each.is_dir() and not _is_clutter(each.filename)]
    wanted = [each for each in files if each.filename.lower().endswith(suffixes)] or files
    if len(wanted) != 1:
        names = [Path(each.filename).name[:40] for each in wanted[:4]]
        listed = ", ".join(names + ["…"] * (len(wanted) > 4)) or _("none")
        raise DataError(
            _(
                "{name} holds {count} files ({listed}), but one is needed: unzip it and choose one.",
                name=name,
                count=len(wanted),
                listed=listed,
            )
        )
    # LZMA, which zip also allows, may need gigabytes of working memory.
    if wanted[0].compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise DataError(_("{name} is compressed in an unusual way: unzip it and choose the file in it.", name=name))
    if wanted[0].flag_bits & 1:
        raise DataError(_("{name} is protected by a password: unzip it and choose the file in it.", name=name))
    return wanted[0]


def _is_clutter(path: str) -> bool:
    """Return whether a file in an archive is one that macOS adds."""
    return path.startswith("__MACOSX/") or path.rpartition("/")[2].startswith(".")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that even after a failure it holds either all of the new content or all of the old.

    Files left behind by earlier writes whose process was killed are removed.

    Raises:
        OSError: The file cannot be written; the old one is left unchanged.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with _writing_to(path):
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _writing_to(path: Path) -> Iterator[None]:
    """Remove leftovers of a file if nobody else writes to its folder; keep others from removing any meanwhile."""
    if sys.platform == "win32":
        yield
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # another process writes here, or the file system has no locks
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for leftover in path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 32}"):
                leftover.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_SH)
        yield
        with contextlib.suppress(OSError):  # the file is in place; some file systems cannot sync a folder
            os.fsync(folder)
    finally:
        os.close(folder)
