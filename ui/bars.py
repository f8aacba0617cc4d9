"""Probabilities as ten columns."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray


def bars(probabilities: NDArray[np.floating[Any]], classes: Sequence[str], first: int | None) -> str:
    """Return a column for each class as HTML, as high as its probability.

    Args:
        probabilities: (classes,) in [0, 1].
        classes: Their names.
        first: The one that stands out; None for none.
    """
    columns = [
        f"<li class='bar{' first' if index == first else ''}'><span class='share'>{_percent(share)}</span>"
        f"<span class='column'><span style='height:{100 * share:.1f}%'></span></span>"
        f"<span class='name'>{escape(name)}</span></li>"
        for index, (name, share) in enumerate(zip(classes, probabilities.tolist(), strict=True))
    ]
    return f"<ul class='bars' aria-label='Probability of each digit'>{''.join(columns)}</ul>"


def _percent(share: float) -> str:
    return "<1" if 0.0005 <= share < 0.01 else f"{100 * share:.0f}"
