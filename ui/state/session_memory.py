"""The memory of a session: every array that it holds, counted before more is added."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from training.run import Run
from training.run_record import Record
from training.scheduler import Scheduler
from ui.serving.budgets import SESSION_MB
from ui.state.canvas_content import Drawing
from ui.state.connection import Connection

_ROOMS = {"nn", "data", "ink", "models", "training", "ui"}

_WITHOUT_ARRAYS = (Connection, Scheduler, Record, Drawing)
"""Classes that hold no arrays of the session itself, and refer to many objects or to other sessions."""

_shared: dict[int, Any] = {}


def share(held: object) -> None:
    """Exclude the arrays of this object from all counts: every session shares them, as long as the server runs."""
    _shared.update((id(each), each) for each in _arrays([held]))


def held_bytes(roots: Iterable[object]) -> int:
    """Return the bytes of all arrays in these objects, each counted once; a run counts at its largest possible size."""
    return sum(each.most_bytes if isinstance(each, Run) else each.nbytes for each in _arrays(roots))


def has_room(roots: Iterable[object], more: int) -> bool:
    """Return whether a session that holds these objects may hold this many bytes more."""
    return held_bytes(roots) + more <= SESSION_MB.limit * 1_000_000


def check_room(roots: Iterable[object], more: int) -> None:
    """Raise OverBudgetError unless `has_room`."""
    SESSION_MB.check(0 if has_room(roots, more) else sys.maxsize)


def _arrays(roots: Iterable[object]) -> Iterator[Any]:
    """Yield the arrays that own their memory and the runs in these objects, found in containers and in our classes."""
    left, seen = list(roots), set(_shared)
    while left:
        each = left.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, np.ndarray):
            if isinstance(each.base, np.ndarray):
                left.append(each.base)
            else:
                yield each
        elif isinstance(each, Run):
            yield each
            left += [each.split, each.initial]
        elif isinstance(each, dict):
            left.extend(each.values())
        elif isinstance(each, list | tuple | set | frozenset):
            left.extend(each)
        elif type(each).__module__.partition(".")[0] in _ROOMS and not isinstance(each, _WITHOUT_ARRAYS):
            left.extend(getattr(each, "__dict__", {}).values())
