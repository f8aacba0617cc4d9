"""The content of the canvas: strokes, a picture on top of them, a digit beneath."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ink.picture_files import Picture
from ui.serving.budgets import POINTS, STROKES, Budget


@dataclass(frozen=True)
class StrokesUnderWay:
    """Strokes that the pen has drawn but the canvas has not reported yet; the last may be unfinished.

    Attributes:
        known: How many strokes the canvas had reported before these.
        objects: The strokes in the canvas's own format.
        is_moving: Whether the pen is down, so that the last stroke is unfinished.
    """

    known: int = 0
    objects: Sequence[dict[str, Any]] = ()
    is_moving: bool = True


@dataclass
class Drawing:
    """The strokes on the canvas.

    Attributes:
        objects: The strokes reported by the canvas, in its own format; strokes beyond the budgets are empty.
        over: The budget that the drawing exceeds, if any.
        initial: The strokes to show; the canvas redraws when they change.
        revision: Distinguishes drawings with the same content, so that clearing twice clears twice.
        under_way: Strokes received before the canvas reports them (see ui/widgets/live_reading.py).
        superseded: What the canvas reported when the strokes were replaced, until it reports something else.
    """

    objects: list[dict[str, Any]] = field(default_factory=list)
    over: Budget | None = None
    initial: list[dict[str, Any]] = field(default_factory=list)
    revision: int = 0
    under_way: StrokesUnderWay = field(default_factory=StrokesUnderWay)
    superseded: list[dict[str, Any]] | None = None
    _reported_revision: int = field(default=0, init=False)

    def report(self, objects: list[dict[str, Any]]) -> None:
        """Accept the strokes that the canvas reports; after `show`, it reports the old ones until it has redrawn."""
        if self.revision != self._reported_revision:
            self._reported_revision, self.superseded = self.revision, objects
        if objects == self.superseded:
            self._take(self.initial)
        else:
            self.superseded = None
            self._take(objects)

    def show(self, objects: list[dict[str, Any]]) -> None:
        """Replace the strokes on the canvas."""
        self._take([each for each in objects if each])
        self.initial = self.objects
        self.under_way = StrokesUnderWay()
        self.revision += 1

    def unreported(self) -> list[dict[str, Any]]:
        """Return the strokes under way that the canvas has not reported since."""
        # The canvas may have reported fewer than before: after a clear, it reports the old strokes once more.
        new = self.under_way.objects[max(len(self.objects) - self.under_way.known, 0) :]
        return _within_budgets([*self.objects, *new])[0][len(self.objects) :]

    def _take(self, objects: list[dict[str, Any]]) -> None:
        self.objects, self.over = _within_budgets(objects)


def _within_budgets(objects: list[Any]) -> tuple[list[Any], Budget | None]:
    """Return as many objects, emptied or cut short beyond a budget, and that budget; they are not checked yet."""
    kept: list[Any] = []
    points = 0
    for each in objects[: STROKES.limit]:
        path = each.get("path") if isinstance(each, dict) else None
        length = len(path) if isinstance(path, list) else 0
        left, points = max(POINTS.limit - points, 0), points + length
        kept.append({**each, "path": path[:left]} if path and length > left else each)
    if len(objects) > len(kept):
        return kept + [{}] * (len(objects) - len(kept)), STROKES
    return (kept, POINTS) if points > POINTS.limit else (objects, None)


@dataclass
class UploadedPicture:
    """The picture on the canvas, read instead of the strokes under it.

    Attributes:
        picture: The picture, or None.
        strokes_under: Number of strokes when the picture was uploaded; once there are more, they are read instead.
        uploads: Number of pictures uploaded so far.
    """

    picture: Picture | None = None
    strokes_under: int = 0
    uploads: int = 0

    def show(self, picture: Picture, strokes_under: int) -> None:
        """Show a picture on a canvas that has `strokes_under` strokes."""
        self.picture, self.strokes_under = picture, strokes_under
        self.uploads += 1

    def remove(self) -> None:
        """Remove the picture, so that the strokes are read again."""
        self.picture = None


@dataclass
class CanvasContent:
    """Everything on the canvas.

    Attributes:
        drawing: The strokes.
        uploaded: The picture on top of the strokes.
        edited_digit: A digit beneath the strokes, (28, 28) uint8 as in MNIST, which the strokes add to or erase.
        erasing: Whether the next stroke erases.
    """

    drawing: Drawing = field(default_factory=Drawing)
    uploaded: UploadedPicture = field(default_factory=UploadedPicture)
    edited_digit: NDArray[np.uint8] | None = None
    erasing: bool = False

    def edit(self, digit: NDArray[np.uint8]) -> None:
        """Replace the canvas content with a digit to edit, (28, 28) uint8 as in MNIST."""
        self.clear()
        self.uploaded.remove()
        self.edited_digit = digit

    def clear(self) -> None:
        """Remove the strokes and the digit beneath; keep the picture."""
        self.drawing.show([])
        self.edited_digit, self.erasing = None, False
