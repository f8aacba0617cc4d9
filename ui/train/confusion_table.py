"""The confusion matrix as a table of buttons, for the mouse and for the keyboard."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data.dataset import example_noun
from nn.evaluation import precision, recall
from ui.train.mistake_selection import Cell

KEY = "confusion"

_matrix = st.components.v2.component(
    "digit_lab.confusion", js=(Path(__file__).parent / "confusion_table.js").read_text(), isolate_styles=False
)


def confusion(
    counts: NDArray[np.int64], classes: Sequence[str], chosen: Cell | None, on_choose: Callable[[], None]
) -> None:
    """Show a confusion matrix with its precision and recall.

    Args:
        counts: (classes, classes), what digits are in rows, what was read in columns.
        classes: Their names.
        chosen: The cell that is marked.
        on_choose: Called when a person chooses a cell or lets go of the one chosen, which is `told` then.
    """
    _matrix(key=KEY, data=table(counts, classes, chosen), on_cell_change=on_choose)


def table(counts: NDArray[np.int64], classes: Sequence[str], chosen: Cell | None) -> dict[str, Any]:
    """Return what confusion.js draws, as JSON has it: a share is None where there is nothing to divide."""
    return {
        "classes": list(classes),
        "noun": example_noun(classes, 1),
        "counts": counts.tolist(),
        "precision": _shares(precision(counts)),
        "recall": _shares(recall(counts)),
        "accuracy": float(np.trace(counts) / counts.sum()) if counts.any() else None,
        "chosen": list(chosen) if chosen else None,
    }


def told(state: object, classes: int) -> Cell | None:
    """Return the cell that a browser says was chosen; None where it is none, or no cell of so many classes."""
    match state:
        case {"cell": [int(truth), int(read)]} if 0 <= truth < classes and 0 <= read < classes:
            return truth, read
    return None


def _shares(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
