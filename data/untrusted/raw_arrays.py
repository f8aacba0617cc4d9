"""An array as described by a file: bytes, a type and a shape, all checked before use."""

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from language.translation import _

MAX_FILE_BYTES = 64 * 2**20
"""The maximum size of a file, both compressed and decompressed."""

_FLOATS = re.compile(r"[<>=|]?f[248]")
_TEXT = re.compile(r"([<>=|]?)U(\d{1,9})")
_NOT_PRINTED = re.compile(r"[^\w.<>=|-]", re.ASCII)
_LONGEST_WORD = 80


class UnusableFileError(ValueError):
    """A file of arrays cannot be used; the message says what is wrong with it, to follow the name of the file."""


def printable(word: str) -> str:
    """Make a name from a file safe to display: no markup, no line breaks, at most 80 characters."""
    return _NOT_PRINTED.sub("?", word[:_LONGEST_WORD])


def check_finite(array: NDArray[np.float32], name: str) -> None:
    """Raise UnusableFileError if an element is not finite."""
    if not np.isfinite(array).all():
        raise UnusableFileError(_("{name} holds NaN, infinity or a number too large for float32", name=name))


@dataclass(eq=False)
class RawArray:
    """An array in a file. Nothing is allocated for it until `floats` or `text` has checked it.

    Attributes:
        data: The bytes of the elements.
        dtype: NumPy's abbreviation: "<f4", ">f8", "<U12".
        shape: The shape claimed by the file, which may be anything.
        fortran: Whether the first index changes fastest.
        objects: The elements of an array of Python objects, dtype "O", in place of `data`.
    """

    data: bytes | bytearray | memoryview = b""
    dtype: str = ""
    shape: object = ()
    fortran: bool = False
    objects: list[object] | None = None

    @property
    def sides(self) -> int:
        """1 for a vector, 2 for a matrix; 0 if the shape is malformed."""
        return len(self.shape) if isinstance(self.shape, tuple) else 0

    @property
    def holds_floats(self) -> bool:
        """Whether its elements are floats of a type that is read."""
        return _FLOATS.fullmatch(self.dtype) is not None

    @property
    def is_text(self) -> bool:
        """Whether it holds exactly one string."""
        return self.shape == () and _TEXT.fullmatch(self.dtype) is not None

    def size(self, name: str) -> int:
        """Return the number of elements, after checking it against the size of the data.

        Args:
            name: The name of the array in error messages.

        Raises:
            UnusableFileError: It is not a vector or matrix of at least one element, the elements are not floats of 16,
                32 or 64 bits, or their number does not match the shape.
        """
        match self.shape:
            case (int(),) | (int(), int()) if all(type(n) is int and n > 0 for n in self.shape):
                size = math.prod(self.shape)
            case _:
                raise UnusableFileError(_("{name} is not a vector or a matrix", name=name))
        if not self.holds_floats:
            raise UnusableFileError(
                _(
                    "{name} holds values of type {dtype}, not floating-point numbers of 16, 32 or 64 bits",
                    name=name,
                    dtype=printable(self.dtype),
                )
            )
        if size * np.dtype(self.dtype).itemsize != len(self.data):
            raise UnusableFileError(_("{name} holds more or fewer numbers than its shape says", name=name))
        return size

    def floats(self, name: str) -> NDArray[np.float32]:
        """Return a copy as float32, in C order and native byte order.

        float16 and float64 are converted; integers are rejected, because integer weights were rounded when saved.

        Raises:
            UnusableFileError: See `size`; also if an element is not finite in float32.
        """
        self.size(name)
        shape: Any = self.shape
        elements = np.frombuffer(self.data, self.dtype).reshape(shape, order="F" if self.fortran else "C")
        with np.errstate(over="ignore", invalid="ignore"):
            floats = np.array(elements, dtype=np.float32, order="C")
        check_finite(floats, name)
        return floats

    def text(self, name: str) -> str:
        """Return the string of an array that holds exactly one.

        Raises:
            UnusableFileError: It holds anything else.
        """
        match = _TEXT.fullmatch(self.dtype)
        if match is None or not self.is_text or len(self.data) != 4 * int(match[2]):
            raise UnusableFileError(_("{name} is not a text", name=name))
        try:
            return bytes(self.data).decode("utf-32-be" if match[1] == ">" else "utf-32-le").rstrip("\0")
        except UnicodeDecodeError:
            raise UnusableFileError(_("{name} is not a text", name=name)) from None
