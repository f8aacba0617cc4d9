"""What lies on the canvas: what is drawn, a picture on it, a digit beneath."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ink.picture_files import Picture


@dataclass
class Drawing:
    """What is drawn.

    Attributes:
        objects: The strokes as the canvas describes them.
        initial: What the canvas is to show; it redraws itself when this changes.
        revision: Makes two of the same content differ, so that clearing twice clears twice.
    """

    objects: list[dict[str, Any]] = field(default_factory=list)
    initial: list[dict[str, Any]] = field(default_factory=list)
    revision: int = 0

    def show(self, objects: list[dict[str, Any]]) -> None:
        """Have the canvas show these strokes instead of its own."""
        self.objects = self.initial = objects
        self.revision += 1


@dataclass
class Brought:
    """The picture that lies on the canvas, so that it is read and not what is drawn below.

    Attributes:
        picture: None when there is none.
        strokes: How many were on the canvas when it came; with more, drawing has taken over.
        turn: How many pictures there have been.
        problem: Why the file chosen last cannot be used; empty when it can.
    """

    picture: Picture | None = None
    strokes: int = 0
    turn: int = 0
    problem: str = ""

    def lay(self, picture: Picture, strokes: int) -> None:
        """Lay a picture on a canvas that holds so many strokes."""
        self.picture, self.strokes = picture, strokes
        self.turn += 1

    def take_away(self) -> None:
        """Have what is drawn read again."""
        self.picture = None


@dataclass
class Paper:
    """All that lies on the canvas.

    Attributes:
        drawing: What is drawn.
        brought: The picture that lies on it.
        beneath: The digit that lies beneath what is drawn, (28, 28) uint8 as MNIST has it.
        erasing: Whether that digit is drawn on with the eraser.
    """

    drawing: Drawing = field(default_factory=Drawing)
    brought: Brought = field(default_factory=Brought)
    beneath: NDArray[np.uint8] | None = None
    erasing: bool = False

    def lay(self, digit: NDArray[np.uint8]) -> None:
        """Lay a digit, (28, 28) uint8 as MNIST has it, on the canvas, to be drawn on."""
        self.clear()
        self.brought.take_away()
        self.beneath = digit

    def clear(self) -> None:
        """Have blank paper on the canvas; a picture stays."""
        self.drawing.show([])
        self.beneath, self.erasing = None, False
