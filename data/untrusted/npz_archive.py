"""Read the arrays of an untrusted .npz archive, or the one of an .npy file.

`np.load` trusts the header: it allocates an array before reading its bytes, and unpickles arrays of Python objects.
Here, a header is matched against what NumPy writes, and objects go through `restricted_pickle`.
Format: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays" (Kern, 2007).
"""

import re
import struct
from collections.abc import Mapping

from data.untrusted import restricted_pickle, zip_members
from data.untrusted.raw_arrays import RawArray, UnusableFileError, printable

MAGIC = b"\x93NUMPY"
MAX_HEADER_BYTES = 1024
"""NumPy's own headers of plain arrays have about 128 bytes."""

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
    arrays: dict[str, RawArray] = {}
    for member, data in members.items():
        name = _NAME.fullmatch(member)
        if name is None or ".." in member:
            raise UnusableFileError(f"it holds {printable(member)}, which is not an array")
        arrays[name[1]] = read_array(data, printable(name[1]))
    return arrays


def read_array(data: bytes, name: str) -> RawArray:
    """Return the array of an .npy file: magic, version, length of the header, header, elements.

    Args:
        data: The bytes of the file.
        name: The name of the array in error messages, printable.

    Raises:
        UnusableFileError: It is damaged, or an array of records, or of objects other than arrays and plain values.
    """
    if not data.startswith(MAGIC) or data[6:8] not in {b"\1\0", b"\2\0"}:
        raise UnusableFileError(f"{name} is not a NumPy array")
    length = "<H" if data[6] == 1 else "<I"
    start = 8 + struct.calcsize(length)
    if len(data) < start:
        raise UnusableFileError(f"{name} is not a NumPy array")
    (header_bytes,) = struct.unpack_from(length, data, 8)
    if header_bytes > MAX_HEADER_BYTES:
        raise UnusableFileError(f"{name} has a header longer than {MAX_HEADER_BYTES} bytes")
    array = _described(data[start : start + header_bytes].decode("latin-1"))
    if array is None:
        raise UnusableFileError(f"{name} is not an array of plain numbers")
    elements = data[start + header_bytes :]
    if array.dtype in {"|O", "O"}:
        return _array_of_objects(elements, name)
    array.data = elements
    return array


def _array_of_objects(pickled: bytes, name: str) -> RawArray:
    try:
        array = restricted_pickle.loads(pickled)
    except UnusableFileError as error:
        raise UnusableFileError(f"{name} holds Python objects: {error}") from None
    if not isinstance(array, RawArray):
        raise UnusableFileError(f"{name} is not a NumPy array")
    return array


def _described(header: str) -> RawArray | None:
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
