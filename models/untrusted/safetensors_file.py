"""Read an untrusted .safetensors file.

Eight bytes give the length of a header, JSON that names each tensor with its type, shape and the place of its elements.
Format: the README of safetensors, "Format".
"""

import json
from typing import Any

from data.untrusted.raw_arrays import RawArray, UnusableFileError, printable
from language.translation import N_, _

MAX_HEADER_BYTES = 2**20
MAX_TENSORS = 256

_FLOATS = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
_DAMAGED = N_("it is damaged, or not a whole .safetensors file")


def is_safetensors(data: bytes) -> bool:
    """Return whether a file begins like one of this format."""
    return data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data) - 8


def read(data: bytes) -> tuple[dict[str, object], dict[str, str]]:
    """Return the tensors by name, as RawArrays, and the metadata.

    Raises:
        UnusableFileError: It has more than MAX_TENSORS, a longer header than MAX_HEADER_BYTES, or is not of this
            format.
    """
    length = int.from_bytes(data[:8], "little")
    if length > MAX_HEADER_BYTES:
        raise UnusableFileError(_("it has a header longer than {megabytes} MB", megabytes=MAX_HEADER_BYTES >> 20))
    try:
        header = json.loads(data[8 : 8 + length].decode(), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        raise UnusableFileError(_(_DAMAGED)) from None
    if not isinstance(header, dict):
        raise UnusableFileError(_(_DAMAGED))
    metadata = header.pop("__metadata__", {})
    if len(header) > MAX_TENSORS:
        raise UnusableFileError(_("it holds more than {most} tensors", most=MAX_TENSORS))
    elements, end = memoryview(data)[8 + length :], 0
    tensors: dict[str, object] = {}
    for name, described in sorted(header.items(), key=_start):
        match described:
            case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(start), int(stop)], **rest} if (
                not rest and start == end <= stop <= len(elements)
            ):
                tensors[name] = RawArray(elements[start:stop], _FLOATS.get(dtype, printable(dtype)), tuple(shape))
                end = stop
            case _:
                raise UnusableFileError(_(_DAMAGED))
    if end != len(elements):
        raise UnusableFileError(_(_DAMAGED))
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise UnusableFileError(_(_DAMAGED))
    return {name: tensors[name] for name in header}, metadata


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise UnusableFileError(_(_DAMAGED))
    return dict(pairs)


def _start(item: tuple[str, Any]) -> int:
    """Return where the elements of a tensor begin; -1 if it is not described as a tensor."""
    match item[1]:
        case {"data_offsets": [int(start), int()]}:
            return start
    return -1
