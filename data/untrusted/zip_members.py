"""Read the members of an untrusted zip archive: an .npz file, or a .pt file of PyTorch.

A zip archive may claim any size and decompress to any size; here, entries are counted and sizes summed first.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, TypeVar

from data.untrusted.raw_arrays import MAX_FILE_BYTES, UnusableFileError, printable

MAX_MEMBERS = 256

_DIRECTORY_ENTRY = b"PK\x01\x02"
_DAMAGED = "it is damaged, or not a complete archive"


_TOO_LARGE = f"it would decompress to more than {MAX_FILE_BYTES >> 20} MB"

_Content = TypeVar("_Content")


def read(data: bytes) -> dict[str, bytes]:
    """Return the content of each member by its name, which may be anything; nothing is written to disk.

    Raises:
        UnusableFileError: See `read_each`, with a limit of MAX_FILE_BYTES.
    """
    return read_each(data, lambda _, file, size: file.read(size), MAX_FILE_BYTES, _TOO_LARGE)


def read_each(
    data: bytes, take: Callable[[str, IO[bytes], int], _Content], limit: int, too_large: str
) -> dict[str, _Content]:
    """Return by the name of each member what `take` makes of it: of its name, an open file, and its size in bytes.

    Raises:
        UnusableFileError: It is not a complete zip archive, or has more than MAX_MEMBERS members or a duplicate name;
            with the message `too_large`, if it would decompress to more than `limit` bytes; what `take` raises.
    """
    # zipfile uses about a kilobyte per entry, so entries are counted first.
    if data.count(_DIRECTORY_ENTRY) > MAX_MEMBERS:
        raise UnusableFileError(f"it holds more than {MAX_MEMBERS} arrays")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _members(archive, take, limit, too_large)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError):
        raise UnusableFileError(_DAMAGED) from None
    except (ValueError, OSError, LookupError, OverflowError) as error:
        if isinstance(error, UnusableFileError):
            raise
        raise UnusableFileError(_DAMAGED) from None


def _members(
    archive: zipfile.ZipFile,
    take: Callable[[str, IO[bytes], int], _Content],
    limit: int,
    too_large: str,
) -> dict[str, _Content]:
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > limit:
        raise UnusableFileError(too_large)
    members: dict[str, _Content] = {}
    for entry in entries:
        name = entry.filename
        if name in members:
            raise UnusableFileError(f"it holds {printable(name.removesuffix('.npy'))} twice")
        # LZMA, which zip also allows, may need gigabytes of working memory.
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise UnusableFileError(f"{printable(name)} is compressed in a way that NumPy does not use")
        with archive.open(entry) as file:
            members[name] = take(name, file, entry.file_size)
    return members
