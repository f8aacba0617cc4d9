"""What is on the canvas: strokes, a picture on top of them, a digit beneath."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ink.picture_files import Picture


@dataclass
class Drawing:
    """The strokes on the canvas.

    Attributes:
        objects: The strokes as the canvas describes them.
        initial: What the canvas is to show; it redraws itself when this changes.
        revision: Tells two drawings with the same content apart, so that clearing twice clears twice.
    """

    objects: list[dict[str, Any]] = field(default_factory=list)
    initial: list[dict[str, Any]] = field(default_factory=list)
    revision: int = 0

    def show(self, objects: list[dict[str, Any]]) -> None:
        """Replace the strokes on the canvas."""
        self.objects = self.initial = objects
        self.revision += 1


@dataclass
class UploadedPicture:
    """The picture on the canvas, which is read instead of the strokes under it.

    Attributes:
        picture: None when there is none.
        strokes_under: How many strokes the canvas had when it came; once there are more, they are read instead.
        uploads: How many pictures there have been.
    """

    picture: Picture | None = None
    strokes_under: int = 0
    uploads: int = 0

    def show(self, picture: Picture, strokes_under: int) -> None:
        """Show a picture on a canvas that has so many strokes."""
        self.picture, self.strokes_under = picture, strokes_under
        self.uploads += 1

    def remove(self) -> None:
        """Have the strokes read again."""
        self.picture = None


@dataclass
class CanvasContent:
    """All that is on the canvas.

    Attributes:
        drawing: The strokes.
        uploaded: The picture on top of them.
        edited_digit: A digit beneath the strokes, (28, 28) uint8 as in MNIST, which they add to or erase.
        erasing: Whether the next stroke erases it.
    """

    drawing: Drawing = field(default_factory=Drawing)
    uploaded: UploadedPicture = field(default_factory=UploadedPicture)
    edited_digit: NDArray[np.uint8] | None = None
    erasing: bool = False

    def edit(self, digit: NDArray[np.uint8]) -> None:
        """Put nothing but a digit, (28, 28) uint8 as in MNIST, on the canvas, to be drawn on."""
        self.clear()
        self.uploaded.remove()
        self.edited_digit = digit

    def clear(self) -> None:
        """Remove the strokes and the digit beneath; a picture stays."""
        self.drawing.show([])
        self.edited_digit, self.erasing = None, False
