"""Stores that hold so much and no more: the oldest gives way."""

from typing import TypeVar

_Key = TypeVar("_Key", int, str)
_Kept = TypeVar("_Kept")


def put(store: dict[_Key, _Kept], name: _Key, value: _Kept, most: int) -> None:
    """Put a value last in a store of at most so many; one of the same name goes first, then the oldest."""
    store.pop(name, None)
    store[name] = value
    while len(store) > most:
        del store[next(iter(store))]
