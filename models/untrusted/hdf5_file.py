"""Read the arrays of an untrusted HDF5 file, as Keras writes it.

Groups and arrays are linked by their addresses in the file. Only what Keras and, by default, h5py write is read: groups
with symbol tables, and contiguous arrays.
Format: the HDF Group's "HDF5 File Format Specification", version 3.0; sections are named below.
"""

import struct
from collections.abc import Iterator

from data.untrusted.raw_arrays import RawArray, UnusableFileError
from language.translation import N_, _
from models.untrusted.conversions import KERAS

MAGIC = b"\x89HDF\r\n\x1a\n"
MAX_OBJECTS = 20_000
"""Groups, arrays, what describes them, and the nodes of the trees that list them."""
_MAX_DEPTH = 20

_DAMAGED = N_("it is damaged, or not a whole HDF5 file")
_FLOATS = {(2, 5): "f2", (4, 8): "f4", (8, 11): "f8"}
"""By the bytes of a number and the bits of its exponent."""

_DATASPACE, _DATATYPE, _LAYOUT, _FILTERS, _CONTINUATION, _SYMBOL_TABLE = 0x01, 0x03, 0x08, 0x0B, 0x10, 0x11


def read(data: bytes) -> dict[str, object]:
    """Return the groups of a file as nested dicts, with a RawArray for each array.

    Raises:
        UnusableFileError: It is damaged, of a newer version, or holds more than MAX_OBJECTS.
    """
    try:
        content = _File(memoryview(data)).root()
    except (struct.error, UnicodeDecodeError, IndexError, OverflowError):
        raise UnusableFileError(_(_DAMAGED)) from None
    if not isinstance(content, dict):
        raise UnusableFileError(_(_DAMAGED))
    return content


def _newer() -> UnusableFileError:
    return UnusableFileError(_("it is HDF5 of another kind than Keras writes: {way_out}", way_out=_(KERAS)))


class _File:
    """The bytes of a file, and the number of objects read so far."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._objects = 0

    def root(self) -> object:
        """Read the superblock (II.A): the root group's object header is in its symbol table entry."""
        version, offset_bytes, length_bytes = self._data[8], self._data[13], self._data[14]
        if version > 1 or (offset_bytes, length_bytes) != (8, 8):
            raise _newer()
        (address,) = struct.unpack_from("<8xQ", self._data, 56 if version == 0 else 60)
        return self._object(address, depth=0)

    def _object(self, address: int, depth: int) -> object:
        """Read an object header, version 1 (IV.A.1.a): a group or an array."""
        self._count(depth)
        messages = dict(self._messages(address, depth))
        if _SYMBOL_TABLE in messages:
            tree, heap = struct.unpack_from("<QQ", messages[_SYMBOL_TABLE])
            (names,) = struct.unpack_from("<24xQ", self._data, self._signed(heap, b"HEAP"))
            return {
                self._name(names + offset): self._object(header, depth + 1)
                for offset, header in self._entries(tree, depth + 1)
            }
        if {_DATASPACE, _DATATYPE, _LAYOUT} <= set(messages) and _FILTERS not in messages:
            return self._array(messages[_DATASPACE], messages[_DATATYPE], messages[_LAYOUT])
        raise _newer()

    def _messages(self, address: int, depth: int) -> Iterator[tuple[int, memoryview]]:
        """Return the types and the data of the messages in an object header and its continuations."""
        version, count, length = struct.unpack_from("<BxH4xI", self._data, address)
        if version != 1:
            raise _newer()
        blocks = [(address + 16, length)]
        while blocks and count:
            at, length = blocks.pop()
            end = at + length
            while at < end and count:
                self._count(depth)
                count -= 1
                kind, size = struct.unpack_from("<HH", self._data, at)
                message = self._data[at + 8 : at + 8 + size]
                if kind == _CONTINUATION:
                    blocks.append(struct.unpack_from("<QQ", message))
                else:
                    yield kind, message
                at += 8 + size

    def _entries(self, tree: int, depth: int) -> Iterator[tuple[int, int]]:
        """Return the offset of the name and the header of each member of a group, from a B-tree (III.A.1)."""
        self._count(depth)
        if self._is_signed(tree, b"SNOD"):
            (count,) = struct.unpack_from("<6xH", self._data, tree)
            for number in range(count):
                yield struct.unpack_from("<QQ", self._data, tree + 8 + 40 * number)
            return
        kind, count = struct.unpack_from("<4xBxH", self._data, self._signed(tree, b"TREE"))
        if kind:
            raise UnusableFileError(_(_DAMAGED))
        for number in range(count):
            (child,) = struct.unpack_from("<8xQ", self._data, tree + 24 + 16 * number)
            yield from self._entries(child, depth + 1)

    def _array(self, space: memoryview, kind: memoryview, layout: memoryview) -> RawArray:
        """Return an array: its dataspace (IV.A.2.b), datatype (IV.A.2.d) and layout (IV.A.2.i)."""
        version, rank = space[0], space[1]
        if rank > 8:
            raise UnusableFileError(_(_DAMAGED))
        shape = struct.unpack_from(f"<{rank}Q", space, 8 if version == 1 else 4)
        size, exponent_bits = struct.unpack_from("<4xI5xB", kind) if kind[0] & 15 == 1 else (0, 0)
        code = _FLOATS.get((size, exponent_bits))
        dtype = f"{'>' if kind[1] & 1 else '<'}{code}" if code else f"number {kind[0] & 15}"
        version, kind_of_layout = layout[0], layout[1]
        if (version, kind_of_layout) == (3, 0):
            (length,) = struct.unpack_from("<2xH", layout)
            return RawArray(layout[4 : 4 + length], dtype, shape)
        if version not in {3, 4} or kind_of_layout != 1:
            raise _newer()
        address, length = struct.unpack_from("<2xQQ", layout)
        return RawArray(self._data[address : address + length], dtype, shape)

    def _name(self, at: int) -> str:
        text = bytes(self._data[at : at + 256])
        return text[: text.index(0)].decode() if 0 in text else ""

    def _signed(self, address: int, signature: bytes) -> int:
        if not self._is_signed(address, signature):
            raise UnusableFileError(_(_DAMAGED))
        return address

    def _is_signed(self, address: int, signature: bytes) -> bool:
        return bytes(self._data[address : address + 4]) == signature

    def _count(self, depth: int) -> None:
        self._objects += 1
        if self._objects > MAX_OBJECTS or depth > _MAX_DEPTH:
            raise UnusableFileError(_("it holds more groups and arrays than a network needs"))
