"""A dict of limited size that evicts its oldest entry."""

from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class BoundedDict(dict[_Key, _Value]):
    """A dict of at most `limit` entries, oldest first; setting an existing key makes it the newest."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        super().__init__()
        self.limit = limit

    def __setitem__(self, key: _Key, value: _Value) -> None:
        """Append an entry and evict the oldest beyond the limit."""
        self.pop(key, None)
        super().__setitem__(key, value)
        while len(self) > self.limit:
            del self[next(iter(self))]
