"""Read the fields of untrusted JSON, each with its type and bounds, and list the fields that were never read."""

import math
from collections.abc import Collection, Iterator
from typing import Any, NoReturn, TypeGuard

from data.untrusted.raw_arrays import UnusableFileError, printable
from language.numbers import whole
from language.translation import _


class Fields:
    """The fields of a JSON object, which may hold anything.

    Each method takes the name of a field, and raises UnusableFileError if it is missing or not as described.
    """

    def __init__(self, value: object, path: str = "") -> None:
        """Wrap a JSON value, which must be an object; `path` is its place in the file, for messages."""
        if not isinstance(value, dict):
            raise UnusableFileError(_("{where} is not an object", where=path) if path else _("it is not an object"))
        self._value: dict[str, Any] = value
        self._path = path
        self._asked: set[str] = set()
        self._inner: list[Fields] = []
        self._left_out: list[str] = []

    def refuse(self, name: str, allowed: str) -> NoReturn:
        """Raise UnusableFileError, saying that the field is not what is allowed."""
        raise UnusableFileError(_("{where} is not {allowed}", where=self._where(name), allowed=allowed))

    def names(self) -> tuple[str, ...]:
        """Return the names of all fields."""
        return tuple(self._value)

    def has(self, name: str) -> bool:
        """Return whether there is such a field."""
        return name in self._value

    def plain(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        """Return a value of any kind."""
        self._asked.add(name)
        if name not in self._value:
            raise UnusableFileError(_("{where} is missing", where=self._where(name)))
        return self._value[name]

    def whole(self, name: str, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self.plain(name)
        if type(value) is not int or not least <= value <= most:
            bounds = _("a whole number from {least} to {most}", least=least, most=most)
            self.refuse(name, bounds if most < 10**9 else _("a number that is possible"))
        return value

    def number(self, name: str, least: float, most: float) -> float:
        """Return a finite number within bounds."""
        value = self.plain(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.refuse(name, _("a number that is possible"))
        if not (abs(value) < 10**300 and math.isfinite(value)):
            self.refuse(name, _("a finite number"))
        return float(value)

    def truth(self, name: str) -> bool:
        """Return true or false."""
        value = self.plain(name)
        if not isinstance(value, bool):
            self.refuse(name, _("true or false"))
        return value

    def text(self, name: str, longest: int) -> str:
        """Return a text of 1 to `longest` characters."""
        value = self.plain(name)
        if not is_text(value, longest):
            self.refuse(name, _("a text of up to {longest} characters", longest=longest))
        return value

    def optional_text(self, name: str, longest: int) -> str | None:
        """Return a text; None if the field is null or missing."""
        self._asked.add(name)
        return None if self._value.get(name) is None else self.text(name, longest)

    def choice(self, name: str, options: Collection[str]) -> str:
        """Return one of these texts."""
        value = self.plain(name)
        if not isinstance(value, str) or value not in options:
            self.refuse(name, _("one of {options}", options=", ".join(options)))
        return value

    def inner(self, name: str) -> "Fields":
        """Return a nested object."""
        self._inner.append(Fields(self.plain(name), self._where(name)))
        return self._inner[-1]

    def optional(self, name: str) -> "Fields | None":
        """Return a nested object; None if the field is null or missing."""
        self._asked.add(name)
        return None if self._value.get(name) is None else self.inner(name)

    def several(self, name: str, most: int) -> list[Any]:
        """Return a list of at most `most` values of any kind."""
        value = self.plain(name)
        if not isinstance(value, list) or len(value) > most:
            self.refuse(name, _("a list of up to {most}", most=whole(most)))
        return value

    def each(self, name: str, most: int) -> list["Fields"]:
        """Return the objects of a list, at most `most`; an empty list if the field is missing."""
        if not self.has(name):
            return []
        found = [Fields(each, f"{self._where(name)}[{number}]") for number, each in enumerate(self.several(name, most))]
        self._inner += found
        return found

    def leave_out(self, name: str) -> None:
        """Record something else that is unknown here."""
        self._left_out.append(printable(name))

    def unknown(self) -> Iterator[str]:
        """Yield the names of the fields, here and in nested objects, that were never read, and what was left out."""
        yield from (printable(name) for name in self._value if name not in self._asked)
        yield from self._left_out
        for each in self._inner:
            yield from each.unknown()

    def _where(self, name: str) -> str:
        return f"{self._path}.{printable(name)}" if self._path else printable(name)


def is_text(value: object, longest: int) -> TypeGuard[str]:
    """Return whether a value is a text of 1 to `longest` characters that can be encoded in UTF-8."""
    return isinstance(value, str) and 0 < len(value) <= longest and not any("\ud800" <= c <= "\udfff" for c in value)
