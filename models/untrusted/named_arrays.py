"""Find the arrays in the content of an untrusted file, nested dicts and lists, and name them by the keys on the way."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from data.untrusted.raw_arrays import RawArray, UnusableFileError
from language.numbers import whole
from language.translation import _
from models.untrusted.array_names import ArrayName, parse
from nn.activations import ACTIVATIONS

_MAX_VALUES = 5_000
_MAX_NUMBERS = 1_000_000
"""How many numbers lists may hold; lists take thirty times the memory of arrays."""
_MAX_DEPTH = 12
_LONGEST_KEY = 80

_NOTES = {"loss", "losses", "cost", "costs", "accuracy", "accuracies", "acc", "error", "errors", "history"}
"""Words in the names of arrays that record how training went."""


@dataclass(eq=False)
class NamedArray:
    """An array of a file, with its name."""

    name: ArrayName
    raw: RawArray

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape; empty if the file's is malformed."""
        shape = self.raw.shape
        return shape if isinstance(shape, tuple) and all(type(n) is int and 0 <= n < 2**40 for n in shape) else ()

    @property
    def is_vector(self) -> bool:
        """Whether it is a vector, a row or a column."""
        return sum(n > 1 for n in self.shape) <= 1

    @property
    def is_matrix(self) -> bool:
        """Whether it has two sides or more, each longer than 1."""
        return not self.is_vector

    @property
    def length(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def described(self) -> str:
        """The array as a message describes it: "W1 is 784 × 16"."""
        name, shape = self.name.text[:30], " × ".join(map(str, self.shape[:6]))
        return _("{name} is {shape}", name=name, shape=shape) if shape else _("{name} is a single value", name=name)


@dataclass
class Contents:
    """What a file holds.

    Attributes:
        arrays: The arrays that may be parameters, in the order of the file.
        activations: The names of activations, in the order of the file, by the place that states them: one name, or
            one for each layer, in a list or separated by commas.
    """

    arrays: list[NamedArray] = field(default_factory=list)
    activations: dict[tuple[str, ...], list[str]] = field(default_factory=dict)


def contents_of(content: object) -> Contents:
    """Return the arrays and activations in the content of a file.

    Args:
        content: Dicts, lists and tuples, nested, of RawArrays and plain values; lists of numbers count as arrays. A
            container may contain itself, or repeat a value a billion times.

    Raises:
        UnusableFileError: It holds more than a network needs, or something other than an array under an array's name.
    """
    contents = Contents()
    remaining: list[tuple[tuple[str, ...], object]] = [((), content)]
    values = numbers = 0
    while remaining:
        path, value = remaining.pop()
        if isinstance(value, RawArray) and value.is_text:
            # Translators: The subject of a sentence: a file.
            value = value.text(path[-1] if path else _("it"))
        if any("activation" in key.lower() for key in path[-2:]) and isinstance(value, str):
            place = path[:-1] if path[-1].isdigit() else path
            contents.activations.setdefault(place, []).extend(value.split(",", _MAX_VALUES))
            continue
        name = parse(path)
        if name is None:
            continue
        if isinstance(value, RawArray) and value.objects is not None:
            if name.is_numbered:
                raise UnusableFileError(_("{name} holds Python objects, not numbers", name=name.text))
            value = value.objects
        if isinstance(value, list) and name.role and _starts_with_number(value) and not _is_of_biases(name, value):
            numbers += _count(value)
            if numbers > _MAX_NUMBERS:
                raise UnusableFileError(
                    _("its lists hold more than {most} numbers; save arrays instead", most=whole(_MAX_NUMBERS))
                )
            value = _as_array(name, value)
        if isinstance(value, list | tuple):
            if value and isinstance(value[0], int | float):
                continue  # a history of losses, the sizes of the layers
            values += len(value)
            _check_extent(values, path)
            remaining += [((*path, str(index)), value[index]) for index in reversed(range(len(value)))]
        elif isinstance(value, dict):
            values += len(value)
            _check_extent(values, path)
            remaining += [((*path, _key(key)), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, RawArray):
            if not _is_note(name, value):
                contents.arrays.append(NamedArray(name, value))
        elif path[-1:] == ("activation",) and value is not None:
            raise UnusableFileError(
                _("its activation is not a name; this app has {names}", names=", ".join(ACTIVATIONS))
            )
        elif name.is_numbered and value is not None:
            raise UnusableFileError(_("{name} is not a NumPy array", name=name.text))
    return contents


def _check_extent(values: int, path: Sequence[str]) -> None:
    if values > _MAX_VALUES or len(path) > _MAX_DEPTH:
        raise UnusableFileError(_("it holds more lists and dictionaries than a network needs"))


def _key(key: object) -> str:
    """Return the key of a dict or the index in a list as text, short enough to keep."""
    if isinstance(key, int) and abs(key) > _MAX_VALUES:
        raise UnusableFileError(_("it holds a dictionary with a number for a key that is out of range"))
    return str(key)[:_LONGEST_KEY]


def _starts_with_number(value: list[object]) -> bool:
    """Return whether a list appears, from its start, to hold numbers or lists of numbers."""
    first = value[0] if value else None
    return type(first[0] if isinstance(first, list) and first else first) in {int, float}


def _is_of_biases(name: ArrayName, value: list[Any]) -> bool:
    """Return whether a list holds the bias of each layer, rather than one bias as a row or a column."""
    first = value[0]
    is_named_alone = name.role == "b" and not name.is_numbered
    return is_named_alone and isinstance(first, list) and len(value) > 1 and len(first) > 1


def _count(value: list[Any]) -> int:
    return len(value) * (len(value[0]) if isinstance(value[0], list) else 1)


def _as_array(name: ArrayName, value: list[Any]) -> RawArray:
    """Return a list of numbers, or of equally long lists of numbers, as an array."""
    rows: list[Any] = value if isinstance(value[0], list) else [value]
    if not all(isinstance(row, list) and len(row) == len(rows[0]) for row in rows):
        raise UnusableFileError(_("{name} is not a matrix: its rows differ in length", name=name.text))
    if not all(type(number) in {int, float} for row in rows for number in row):
        raise UnusableFileError(_("{name} holds something other than numbers", name=name.text))
    try:
        array = np.array(value, np.float64)
    except OverflowError:
        raise UnusableFileError(_("{name} holds a number too large for float32", name=name.text)) from None
    return RawArray(array.tobytes(), array.dtype.str, array.shape)


def _is_note(name: ArrayName, array: RawArray) -> bool:
    """Return whether an array only accompanies the parameters: a learning rate, the sizes, a history of losses."""
    if array.shape == ():
        return not name.is_numbered
    if name.role is not None:
        return False
    words = {word for word in name.layer if isinstance(word, str)} - {"arr"}
    return bool(words & _NOTES) or (bool(words) and not array.holds_floats)
