"""Read the arrays of an untrusted .npz file.

`np.load` trusts the headers: it allocates an array before reading its bytes, and decompresses members of any size.
Here, sizes are summed first, and a header is parsed as a literal, never evaluated.
Format: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays" (Kern, 2007), in a zip archive.
"""

import ast
import io
import re
import struct
import zipfile
import zlib

from data.untrusted.raw_arrays import MAX_FILE_BYTES, RawArray, UnusableFileError, printable

MAX_MEMBERS = 256
MAX_HEADER_BYTES = 1024
"""Parsing takes up to 500 times as much memory; NumPy's own headers of plain arrays have about 128 bytes."""

_DIRECTORY_ENTRY = b"PK\x01\x02"
_DAMAGED = "it is damaged, or not a complete .npz file"


def read(data: bytes) -> dict[str, RawArray]:
    """Return the arrays of an .npz file by name.

    Raises:
        UnusableFileError: It is not a complete zip archive of plain .npy arrays, has a duplicate name, or would
            decompress to more than MAX_FILE_BYTES.
    """
    # zipfile uses about a kilobyte per entry, so entries are counted first.
    if data.count(_DIRECTORY_ENTRY) > MAX_MEMBERS:
        raise UnusableFileError(f"it holds more than {MAX_MEMBERS} arrays")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _arrays(archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError):
        raise UnusableFileError(_DAMAGED) from None
    except (ValueError, OSError, LookupError, OverflowError) as error:
        if isinstance(error, UnusableFileError):
            raise
        raise UnusableFileError(_DAMAGED) from None


def _arrays(archive: zipfile.ZipFile) -> dict[str, RawArray]:
    members = archive.infolist()
    if sum(member.file_size for member in members) > MAX_FILE_BYTES:
        raise UnusableFileError(f"it would decompress to more than {MAX_FILE_BYTES >> 20} MB")
    arrays: dict[str, RawArray] = {}
    for member in members:
        name = re.fullmatch(r"(\w+)\.npy", member.filename, re.ASCII)
        if name is None:
            raise UnusableFileError(f"it holds {printable(member.filename)}, which is not an array")
        if name[1] in arrays:
            raise UnusableFileError(f"it holds {printable(name[1])} twice")
        # LZMA, which zip also allows, may need gigabytes of working memory.
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise UnusableFileError(f"{printable(name[1])} is compressed in a way that NumPy does not use")
        with archive.open(member) as file:
            arrays[name[1]] = _array(name[1], file.read(member.file_size))
    return arrays


def _array(name: str, data: bytes) -> RawArray:
    """Parse one .npy file: magic, version, length of the header, header, elements."""
    if data[:6] != b"\x93NUMPY" or data[6:8] not in {b"\1\0", b"\2\0"}:
        raise UnusableFileError(f"{printable(name)} is not a NumPy array")
    length = "<H" if data[6] == 1 else "<I"
    start = 8 + struct.calcsize(length)
    (header_bytes,) = struct.unpack_from(length, data, 8)
    if header_bytes > MAX_HEADER_BYTES:
        raise UnusableFileError(f"{printable(name)} has a header longer than {MAX_HEADER_BYTES} bytes")
    try:
        header = ast.literal_eval(data[start : start + header_bytes].decode("latin-1").strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        header = None
    match header:
        case {"descr": str(dtype), "fortran_order": bool(fortran), "shape": tuple(shape), **rest} if not rest:
            return RawArray(data[start + header_bytes :], dtype, shape, fortran)
    raise UnusableFileError(f"{printable(name)} is not an array of plain numbers")
