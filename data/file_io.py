"""Read a plain or gzip file up to a limit, and replace a file atomically."""

import gzip
import io
import os
import uuid
import zlib
from pathlib import Path

from data.dataset import DataError

GZIP_MAGIC = b"\x1f\x8b"


def read_start(file: bytes | Path, limit: int, name: str) -> bytes:
    """Return the first `limit` bytes of a file, decompressed if it is gzip, regardless of its name.

    To detect a file that is too large, request one byte more than is allowed.

    Args:
        file: The bytes of the file, or its path.
        limit: The maximum number of bytes to return; a gzip file is not decompressed further.
        name: The name of the file in error messages.

    Raises:
        DataError: The file cannot be opened, or is a damaged gzip file.
    """
    try:
        with io.BytesIO(file) if isinstance(file, bytes) else file.open("rb") as stream:
            is_gzip = stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC
            stream.seek(0)
            if not is_gzip:
                return stream.read(limit)
            with gzip.open(stream) as decompressed:
                return decompressed.read(limit)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise DataError(f"{name} is a damaged or incomplete gzip file: download or compress it again.") from None
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}.") from None


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that even after a failure it holds either all of the new content or all of the old.

    Raises:
        OSError: The file cannot be written; the old one is left unchanged.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
