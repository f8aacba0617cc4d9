"""Read the arrays of an untrusted .npz archive, or the array of an .npy file.

`np.load` trusts the header: it allocates an array before reading its bytes, and unpickles arrays of Python objects.
Here, a header is matched against what NumPy writes, and objects go through `restricted_pickle`.
Format: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays" (Kern, 2007).
"""

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from itertools import chain
from typing import IO, Any

import numpy as np

from data.untrusted import restricted_pickle, zip_members
from data.untrusted.raw_arrays import MAX_FILE_BYTES, RawArray, UnusableFileError, printable
from language.translation import _

MAGIC = b"\x93NUMPY"
MAX_HEADER_BYTES = 1024
"""NumPy's own headers of plain arrays take about 128 bytes."""

NUMBERS = re.compile(r"[<>=|]?([iu][1248]|f[248]|b1)")
_LARGEST_NUMBER = 8
_LONGEST_START = 12 + MAX_HEADER_BYTES
_CHUNK = 2**20

_NAME = re.compile(r"(\w[!-\[\]-~ ]*)\.npy", re.ASCII)
_FIELDS = {
    "descr": re.compile(r"""(['"])descr\1\s*:\s*(['"])(?P<value>[^'"\\]{1,32})\2"""),
    "fortran_order": re.compile(r"""(['"])fortran_order\1\s*:\s*(?P<value>True|False)"""),
    "shape": re.compile(r"""(['"])shape\1\s*:\s*\((?P<value>[\d, ]{0,128})\)"""),
}


def read(data: bytes) -> dict[str, RawArray]:
    """Return the arrays of an .npz file by name.

    Raises:
        UnusableFileError: It is not a complete zip archive of plain .npy arrays, has a duplicate name, or would
            decompress to more than MAX_FILE_BYTES.
    """
    return arrays_in(zip_members.read(data))


def arrays_in(members: Mapping[str, bytes]) -> dict[str, RawArray]:
    """Return the arrays of an .npz archive by name, given its members.

    Raises:
        UnusableFileError: A member is not an .npy file.
    """
    names = {member: _array_name(member) for member in members}
    return {names[member]: read_array(data, printable(names[member])) for member, data in members.items()}


def read_compact(data: bytes, most: int, too_large: str) -> dict[str, RawArray]:
    """Return the arrays of an .npz file by name, as uint8 if all numbers are whole and from 0 to 255, else as float32.

    Eight-byte numbers then take an eighth or half of the memory, even while they are read.

    Raises:
        UnusableFileError: With the message `too_large` if there are more than `most` numbers; also see `read`.
    """
    left = most

    def take(member: str, file: IO[bytes], size: int) -> RawArray:
        nonlocal left
        name = printable(_array_name(member))
        start = file.read(min(size, _LONGEST_START))
        array, place = described(start, name)
        if not NUMBERS.fullmatch(array.dtype):
            if size > MAX_FILE_BYTES:
                raise UnusableFileError(too_large)
            return read_array(start + file.read(size - len(start)), name)
        dtype = np.dtype(array.dtype)
        left -= (size - place) // dtype.itemsize
        if left < 0:
            raise UnusableFileError(too_large)
        elements = BytesIO(start[place:] + file.read(-(len(start) - place) % dtype.itemsize))
        array.data, array.dtype = _compact(chain(_chunks(elements), _chunks(file)), dtype, name)
        return array

    arrays = zip_members.read_each(data, take, most * _LARGEST_NUMBER + MAX_FILE_BYTES, too_large)
    return {_array_name(member): array for member, array in arrays.items()}


def _array_name(member: str) -> str:
    name = _NAME.fullmatch(member)
    if name is None or ".." in member:
        raise UnusableFileError(_("it holds {member}, which is not an array", member=printable(member)))
    return name[1]


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(_CHUNK), b"")


def _compact(chunks: Iterable[bytes], dtype: np.dtype[Any], name: str) -> tuple[bytearray, str]:
    """Return numbers as uint8 if all are whole and from 0 to 255, else as float32, and the abbreviation of the type."""
    compact, kind = bytearray(), "|u1"
    for chunk in chunks:
        if len(chunk) % dtype.itemsize:
            raise UnusableFileError(_("{name} holds more or fewer numbers than its shape says", name=name))
        values = np.frombuffer(chunk, dtype)
        if kind == "|u1" and not ((values >= 0) & (values <= 255) & (values == np.floor(values))).all():
            compact, kind = bytearray(np.frombuffer(compact, np.uint8).astype("<f4").tobytes()), "<f4"
        with np.errstate(over="ignore", invalid="ignore"):
            compact += values.astype(kind).tobytes()
    return compact, kind


def read_array(data: bytes, name: str) -> RawArray:
    """Return the array of an .npy file: magic, version, length of the header, header, elements.

    Args:
        data: The bytes of the file.
        name: The name of the array in error messages, printable.

    Raises:
        UnusableFileError: It is damaged, or an array of records, or of objects other than arrays and plain values.
    """
    array, start = described(data, name)
    elements = data[start:]
    if array.dtype in {"|O", "O"}:
        return _array_of_objects(elements, name)
    array.data = elements
    return array


def described(data: bytes, name: str) -> tuple[RawArray, int]:
    """Return the array that the start of an .npy file describes, without elements, and where these begin.

    Raises:
        UnusableFileError: It is not an .npy file.
    """
    if not data.startswith(MAGIC) or data[6:8] not in {b"\1\0", b"\2\0"}:
        raise UnusableFileError(_("{name} is not a NumPy array", name=name))
    length = "<H" if data[6] == 1 else "<I"
    start = 8 + struct.calcsize(length)
    if len(data) < start:
        raise UnusableFileError(_("{name} is not a NumPy array", name=name))
    (header_bytes,) = struct.unpack_from(length, data, 8)
    if header_bytes > MAX_HEADER_BYTES:
        raise UnusableFileError(_("{name} has a header longer than {most} bytes", name=name, most=MAX_HEADER_BYTES))
    array = _array_of_header(data[start : start + header_bytes].decode("latin-1"))
    if array is None:
        raise UnusableFileError(_("{name} is not an array of plain numbers", name=name))
    return array, start + header_bytes


def _array_of_objects(pickled: bytes, name: str) -> RawArray:
    try:
        array = restricted_pickle.loads(pickled)
    except UnusableFileError as error:
        raise UnusableFileError(_("{name} holds Python objects: {error}", name=name, error=error)) from None
    if not isinstance(array, RawArray):
        raise UnusableFileError(_("{name} is not a NumPy array", name=name))
    return array


def _array_of_header(header: str) -> RawArray | None:
    """Return the array that a header describes, without elements; None if NumPy would write another header."""
    values = {}
    for field, pattern in _FIELDS.items():
        match = pattern.search(header)
        if match is None:
            return None
        values[field] = match["value"]
        header = header[: match.start()] + header[match.end() :]
    sizes = [size.strip() for size in values["shape"].split(",")]
    if sizes[-1] == "":
        sizes.pop()
    if not re.fullmatch(r"\s*\{[\s,]*\}\s*", header) or not all(re.fullmatch(r"\d{1,19}", size) for size in sizes):
        return None
    return RawArray(dtype=values["descr"], shape=tuple(map(int, sizes)), fortran=values["fortran_order"] == "True")
