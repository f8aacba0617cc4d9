"""Where a training run stands, on disk: whole, or as it was before, and only taken up by the run that it is of."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, key: str, count: int) -> dict[str, Any] | None:
    """Return the arrays of a checkpoint, or None when there is none that fits.

    Args:
        path: where it would be.
        key: what it must have been written with.
        count: the parameters of the network in it.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as members:
            arrays = dict(members)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    if str(arrays.pop("key", "")) != key or arrays["network"].shape != (count,):
        return None
    return arrays


def write(path: Path, key: str, **arrays: Any) -> None:  # noqa: ANN401 - whatever the optimizer keeps
    """Write a checkpoint whole, or leave the one before."""
    unfinished = path.with_name(path.name + ".new")
    with unfinished.open("wb") as file:
        np.savez(file, key=np.array(key), **arrays)
    unfinished.replace(path)
