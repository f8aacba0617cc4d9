"""The confusion matrix as a table of buttons for mouse and keyboard."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import DIGITS
from nn.evaluation import precision, recall
from training.percentages import accuracy, bare_percent
from ui.train.mistake_selection import Cell
from ui.workarounds.component_file import component_from_file

KEY = "confusion"

_component = component_from_file(Path(__file__).with_suffix(".js"))


def confusion_table(
    counts: NDArray[np.int64], classes: Sequence[str], chosen: Cell | None, on_choose: Callable[[], None]
) -> None:
    """Show a confusion matrix (classes, classes), true labels in rows, with its precision and recall."""
    _component()(key=KEY, data=table_data(counts, classes, chosen), on_cell_change=on_choose)


def table_data(counts: NDArray[np.int64], classes: Sequence[str], chosen: Cell | None) -> dict[str, Any]:
    """Return the data for confusion_table.js as JSON values; the shares are in percent, without the sign."""
    share = float(np.trace(counts) / counts.sum()) if counts.any() else np.nan
    return {
        "classes": list(classes),
        "is_of_digits": tuple(classes) == DIGITS,
        "counts": counts.tolist(),
        "precision": [bare_percent(share) for share in precision(counts)],
        "recall": [bare_percent(share) for share in recall(counts)],
        "accuracy": bare_percent(share),
        "accuracy_interval": accuracy(share, int(counts.sum())) if counts.any() else "–",
        "chosen": list(chosen) if chosen else None,
    }


def chosen_cell(state: object, classes: int) -> Cell | None:
    """Return the cell sent by the browser; None unless it is valid for this number of classes."""
    match state:
        case {"cell": [int(truth), int(read)]} if 0 <= truth < classes and 0 <= read < classes:
            return truth, read
    return None
