"""Probabilities as columns."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 16
"""Classes that have a column each; of more, the TOP likeliest have."""

TOP = 10


def bars(
    probabilities: NDArray[np.floating[Any]], classes: Sequence[str], first: int | None, *, blank: bool = False
) -> str:
    """Return a column for each class as HTML, as high as its probability.

    Args:
        probabilities: (classes,) in [0, 1].
        classes: Their names.
        first: The one that stands out; None for none.
        blank: Whether there is nothing yet that they could be of: the columns stand empty.
    """
    columns = [
        f"<li class='bar{' first' if index == first else ''}'>"
        f"<span class='share'>{'' if blank else _percent(probabilities[index])}</span>"
        f"<span class='column'><span style='height:{0 if blank else 100 * probabilities[index]:.1f}%'></span></span>"
        f"<span class='name'>{escape(classes[index])}</span></li>"
        for index in likeliest(probabilities)
    ]
    return f"<ul class='bars' id='probabilities' aria-label='Probability of each class'>{''.join(columns)}</ul>"


def likeliest(probabilities: NDArray[np.floating[Any]]) -> Sequence[int]:
    """Return the classes to show: all in their order, or where these are too many, the likeliest in theirs."""
    if len(probabilities) <= MOST:
        return range(len(probabilities))
    found: list[int] = np.argsort(-probabilities, kind="stable")[:TOP].tolist()
    return found


def _percent(share: float) -> str:
    return "<1" if 0.0005 <= share < 0.01 else f"{100 * share:.0f}"
