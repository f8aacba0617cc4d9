"""An array as a file claims it to be: bytes with a type and a shape, believed only after they agree."""

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_FILE_BYTES = 64 * 2**20
"""The largest file of weights, packed or unpacked."""

_FLOATS = re.compile(r"[<>=|]?f[248]")
_TEXT = re.compile(r"([<>=|]?)U(\d+)")
_NOT_PRINTED = re.compile(r"[^\w.<>=|-]", re.ASCII)
_LONGEST_WORD = 80


class WeightsError(ValueError):
    """Weights that cannot be saved or loaded; its text is one plain sentence for a person."""


def printable(word: str) -> str:
    """Return a name that a file gave, fit for a sentence: no markup, no line breaks, at most 80 characters."""
    return _NOT_PRINTED.sub("?", word[:_LONGEST_WORD])


@dataclass(eq=False)
class RawArray:
    """What a file says of one array. Nothing is allocated for it before `floats` or `text` has checked it.

    Attributes:
        data: The bytes of its elements.
        dtype: NumPy's short spelling: "<f4", ">f8", "<U12".
        shape: Whatever the file gave as the shape.
        fortran: Whether the first index runs fastest.
    """

    data: bytes | bytearray = b""
    dtype: str = ""
    shape: object = ()
    fortran: bool = False

    def size(self, name: str) -> int:
        """Return how many numbers it holds, having seen that they are there.

        Args:
            name: What the array is called, for the error.

        Raises:
            WeightsError: When it is not a vector or matrix of at least one element, the elements are no floats of
                16, 32 or 64 bits, or they are not as many as the shape says.
        """
        match self.shape:
            case (int(),) | (int(), int()) if all(type(n) is int and n > 0 for n in self.shape):
                size = math.prod(self.shape)
            case _:
                raise WeightsError(f"{name} is not a vector or a matrix")
        if not _FLOATS.fullmatch(self.dtype):
            raise WeightsError(
                f"{name} holds values of type {printable(self.dtype)}, not floating-point numbers of 16, 32 or 64 bits"
            )
        if size * np.dtype(self.dtype).itemsize != len(self.data):
            raise WeightsError(f"{name} holds more or fewer numbers than its shape says")
        return size

    def floats(self, name: str) -> NDArray[np.float32]:
        """Return the elements as float32, C order, native bytes, in memory of their own.

        float16 and float64 are converted; whole numbers are refused, since weights that hold only those were
        rounded on their way into the file.

        Raises:
            WeightsError: As `size`, and when an element is not finite in float32.
        """
        self.size(name)
        shape: Any = self.shape
        elements = np.frombuffer(self.data, self.dtype).reshape(shape, order="F" if self.fortran else "C")
        with np.errstate(over="ignore", invalid="ignore"):
            floats = np.array(elements, dtype=np.float32, order="C")
        if not np.isfinite(floats).all():
            raise WeightsError(f"{name} holds NaN, infinity or a number too large for float32")
        return floats

    def text(self, name: str) -> str:
        """Return the text of an array that holds a single string.

        Raises:
            WeightsError: When it is anything else.
        """
        match = _TEXT.fullmatch(self.dtype)
        if match is None or self.shape != () or len(self.data) != 4 * int(match[2]):
            raise WeightsError(f"{name} is not a text")
        try:
            return self.data.decode("utf-32-be" if match[1] == ">" else "utf-32-le").rstrip("\0")
        except UnicodeDecodeError:
            raise WeightsError(f"{name} is not a text") from None
