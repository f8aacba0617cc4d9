"""Read the tensors of an untrusted .pt or .pth file, as `torch.save` of PyTorch 1.6 and later writes it.

The file is a zip archive: a pickle, data.pkl, describes each tensor by the member that stores its elements, data/0,
data/1, …, and by an offset, a shape and strides. `restricted_pickle` recognizes the names in it; nothing is run.
Format: PyTorch's documentation, "Serialization semantics".
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import numpy as np

from data.untrusted import restricted_pickle
from data.untrusted.raw_arrays import RawArray, UnusableFileError
from language.translation import _
from models.untrusted.conversions import WHOLE_MODEL

_PICKLE = "data.pkl"
_TYPES = {
    "FloatStorage": "f4", "HalfStorage": "f2", "DoubleStorage": "f8", "BFloat16Storage": "bfloat16",
    "LongStorage": "i8", "IntStorage": "i4", "ShortStorage": "i2", "CharStorage": "i1", "ByteStorage": "u1",
    "BoolStorage": "b1",
}  # fmt: skip
"""NumPy's abbreviation for the element type of each kind of storage."""


@dataclass(frozen=True, eq=False)
class _Storage:
    """The elements of one or more tensors."""

    data: memoryview
    dtype: str


def is_torch(members: Mapping[str, bytes]) -> bool:
    """Return whether these members of a zip archive are those of a .pt file."""
    return _folder(members) is not None


def read(members: Mapping[str, bytes]) -> object:
    """Return the content of a .pt file: dicts, lists and plain values, with a RawArray for each tensor.

    Args:
        members: The members of the zip archive; see data.untrusted.zip_members.

    Raises:
        UnusableFileError: It is damaged, or holds anything other than tensors and plain values.
    """
    folder = _folder(members) or ""
    order = ">" if members.get(f"{folder}byteorder") == b"big" else "<"
    names: dict[str, restricted_pickle.Recognized] = {
        "torch._utils._rebuild_tensor_v2": _tensor,
        "torch._utils._rebuild_parameter": _parameter,
        **{f"torch.{kind}": _not_called for kind in _TYPES},
    }
    try:
        return restricted_pickle.loads(members[folder + _PICKLE], names, partial(_storage, members, folder, order))
    except restricted_pickle.UnknownNameError as error:
        raise UnusableFileError(_("{problem}: {way_out}", problem=error, way_out=_(WHOLE_MODEL))) from None


def _folder(members: Mapping[str, bytes]) -> str | None:
    """Return the folder with the pickle and the version of the format, ending in a slash; None if there is none."""
    for name in members:
        folder = name.removesuffix(_PICKLE)
        if folder != name and f"{folder}version" in members:
            return folder
    return None


def _not_called(*_arguments: object) -> object:
    raise UnusableFileError(_("it asks to run a type of PyTorch, which a file of weights never does"))


def _storage(members: Mapping[str, bytes], folder: str, order: str, stored: object) -> _Storage:
    """Return what a persistent id refers to: ("storage", kind, name of the member, device, number of elements)."""
    match stored:
        case ("storage", restricted_pickle.Name(word=kind), str(key), str(), int()) if f"{folder}data/{key}" in members:
            code = _TYPES.get(kind.removeprefix("torch."))
            if code is not None:
                return _Storage(memoryview(members[f"{folder}data/{key}"]), order + code)
    raise UnusableFileError(_("it asks for objects that are not in the file"))


def _tensor(*arguments: object) -> RawArray:
    """Return a tensor: its storage, offset, shape and strides in elements, then whether it is trained, and hooks."""
    match arguments:
        case (_Storage() as storage, int(offset), tuple(shape), tuple(strides), *_) if len(shape) == len(strides) <= 8:
            pass
        case _:
            raise UnusableFileError(_("it describes a tensor as PyTorch does not"))
    if not all(type(n) is int and 0 <= n < 2**40 for n in (offset, *shape, *strides)):
        raise UnusableFileError(_("it describes a tensor as PyTorch does not"))
    size = math.prod(shape)
    itemsize = 2 if storage.dtype[1:] == "bfloat16" else np.dtype(storage.dtype).itemsize
    data = storage.data[offset * itemsize : (offset + size) * itemsize]
    # The stride of an axis of one element is arbitrary.
    steps = [step for step, n in zip(strides, shape, strict=True) if n > 1]
    sides = [n for n in shape if n > 1]
    if steps == _contiguous(sides[::-1])[::-1]:
        return RawArray(data, storage.dtype, shape)
    if steps == _contiguous(sides):
        return RawArray(data, storage.dtype, shape, fortran=True)
    raise UnusableFileError(_("it holds a part of a tensor: save it with .contiguous()"))


def _contiguous(sides: list[int]) -> list[int]:
    """Return the strides of contiguous elements whose first index changes fastest."""
    return list(accumulate(sides[:-1], lambda step, side: step * side, initial=1)) if sides else []


def _parameter(*arguments: object) -> object:
    """Return the tensor of a trained parameter."""
    match arguments:
        case (RawArray() as tensor, *_):
            return tensor
    raise UnusableFileError(_("it describes a parameter as PyTorch does not"))
