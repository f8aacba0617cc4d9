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
from language.translation import N_, _

MAX_MEMBERS = 256

_DIRECTORY_ENTRY = b"PK\x01\x02"
_DAMAGED = N_("it is damaged, or not a complete archive")

_Content = TypeVar("_Content")


def read(data: bytes) -> dict[str, bytes]:
    """Return the content of each member by its name, which may be anything; nothing is written to disk.

    Raises:
        UnusableFileError: See `read_each`, with a limit of MAX_FILE_BYTES.
    """
    too_large = _("it would decompress to more than {megabytes} MB", megabytes=MAX_FILE_BYTES >> 20)
    return read_each(data, lambda name, file, size: file.read(size), MAX_FILE_BYTES, too_large)  # noqa: ARG005


def read_each(
    data: bytes, take: Callable[[str, IO[bytes], int], _Content], limit: int, too_large: str
) -> dict[str, _Content]:
    """Return, by the name of each member, what `take` returns for its name, an open file, and its size in bytes.

    Raises:
        UnusableFileError: It is not a complete zip archive, or has more than MAX_MEMBERS members or a duplicate name;
            with the message `too_large`, if it would decompress to more than `limit` bytes; or whatever `take` raises.
    """
    # zipfile uses about a kilobyte per entry, so entries are counted first.
    if data.count(_DIRECTORY_ENTRY) > MAX_MEMBERS:
        raise UnusableFileError(_("it holds more than {most} arrays", most=MAX_MEMBERS))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _members(archive, take, limit, too_large)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError):
        raise UnusableFileError(_(_DAMAGED)) from None
    except (ValueError, OSError, LookupError, OverflowError) as error:
        if isinstance(error, UnusableFileError):
            raise
        raise UnusableFileError(_(_DAMAGED)) from None


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
            raise UnusableFileError(_("it holds {name} twice", name=printable(name.removesuffix(".npy"))))
        # LZMA, which zip also allows, may need gigabytes of working memory.
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise UnusableFileError(_("{name} is compressed in a way that NumPy does not use", name=printable(name)))
        with archive.open(entry) as file:
            members[name] = take(name, file, entry.file_size)
    return members
