"""The answer to what is on the canvas, updated continually while the pen moves.

The browser's part (live_reading.js) reports the strokes that the canvas has not reported yet, at most every 80 ms and
never while an answer is pending. They take the same path through the reader as finished strokes, and the answer is
painted without Streamlit, which would take longer to run its scripts and draw the page than the network takes to read
(see ui/serving/server.py). When the pen is lifted, the canvas reports the stroke itself, which replaces the earlier
reports.
"""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import streamlit as st

from language.translation import ENGLISH, _, current, speaking
from models.reader import Reader, Reading
from ui.state import pen_reports, shared_resources
from ui.state.canvas_content import CanvasContent, StrokesUnderWay
from ui.state.digit_sources import DigitSource, StrokeSource
from ui.state.streamlit_state import page_state
from ui.widgets import canvas
from ui.widgets.answer import NO_CLASS, Answer, answer, article
from ui.widgets.canvas import Stroke
from ui.workarounds.component_file import component_from_file

MOST_STROKES = 32
"""The most strokes in one report; a longer report cannot come from a pen and is ignored."""

CLEAR_LEAD = 0.5
"""How far ahead of all others, including "none", a class must be to become the large numeral during a stroke."""

_component = component_from_file(Path(__file__).with_suffix(".js"))


@dataclass(frozen=True, eq=False)
class LiveReading:
    """What the network currently reads on the canvas.

    Attributes:
        source: What was read, including the strokes under way.
        reader: The network that read it.
        reading: The reading.
        shown: The answer to show.
        is_moving: Whether the pen is down.
        is_example: Whether the ghost digit was read, because nothing is on the canvas.
        flow: Changes when ink should flow through the picture of the network.
    """

    source: DigitSource
    reader: Reader
    reading: Reading
    shown: Answer
    is_moving: bool
    is_example: bool
    flow: int

    def by(self, reader: Reader) -> Reading:
        """Return a network's reading of the same source; the network may differ from the one that read it."""
        return self.reading if reader is self.reader else self.source.read(reader)


Picture = Callable[[Reader, Reading, object, int], bytes]
"""Returns the message for a network picture, given the network, its reading, the tiles in the browser, and the flow.

The network is passed in, because while a page changes from one network to another, either may read a report.
"""

Follower = Callable[[LiveReading], object]
"""Returns JSON data about a reading for other parts of the page; a script there receives it as `digit_lab.followed`."""


@dataclass(eq=False)
class LiveReader:
    """Reads what is on a session's canvas whenever the browser reports.

    Attributes:
        key: The key of this listener, which the browser knows.
        content: The content of the canvas.
        reader: The network that reads it; the page sets this and the next three whenever it is drawn.
        ghost: Strokes read while there is nothing on the canvas.
        picture: The picture of the network beside the answer.
        follower: Anything else that follows the pen.
        numeral: The large numeral shown.
        was_example: Whether the numeral was that of the ghost.
        traced: How much of the ghost the browser has traced, in [0, 1].
        known_tiles: Which tiles of weights the browser has.
        language: The language of the page, because reports arrive outside its session.
    """

    content: CanvasContent = field(default_factory=CanvasContent)
    reader: Reader | None = None
    ghost: Sequence[Stroke] = ()
    picture: Picture | None = None
    follower: Follower | None = None
    numeral: str = NO_CLASS
    was_example: bool = False
    traced: float = 0.0
    known_tiles: object = None
    language: str = ENGLISH
    key: str = field(init=False)
    _answering: Lock = field(default_factory=Lock, init=False)

    def __post_init__(self) -> None:
        """Start listening."""
        self.key = pen_reports.new_key(self)

    def read(self, reader: Reader) -> LiveReading:
        """Read what is on the canvas, or as much of the ghost as has been traced."""
        drawing = self.content.drawing
        drawn = canvas.digit_source(self.content, under_way=True)
        is_example = drawn is None and len(self.ghost) > 0 and self.traced > 0
        source = drawn or StrokeSource(first_points(self.ghost, self.traced) if is_example else [], canvas.CANVAS)
        reading = source.read(reader)
        is_moving = drawing.under_way.is_moving and bool(drawing.unreported())
        shown = answer(reading, reader, source)
        if is_moving or (is_example and self.traced < 1):
            before = self.numeral if is_example == self.was_example else NO_CLASS
            shown = steady(shown, before, len(drawing.objects))
        if is_example:
            shown = replace(shown, sentence=_("An example. Now draw your own."), note="", strokes=0)
        self.numeral, self.was_example = shown.numeral, is_example
        flow = -1 if is_example and self.traced == 1 else len(drawing.objects)
        return LiveReading(source, reader, reading, shown, is_moving, is_example, flow)

    def answer(self, report: object) -> bytes:
        """Read the strokes of an unchecked report.

        Returns:
            The data for live_reading.js: the length of a JSON header (uint32, little-endian), the header, and the
            message of the network picture, if there is one.
        """
        with self._answering, speaking(self.language):
            self.hear(report)
            reader, picture, follower = self.reader, self.picture, self.follower  # a page being drawn may set them
            if reader is None:
                return b""
            live = self.read(reader)
            if live.is_moving:
                shared_resources.scheduler().pause_briefly()
            followed = {} if follower is None else {"followed": follower(live)}
            head = json.dumps(self.data(live) | followed).encode()
            head += b" " * (-len(head) % 4)
            message = b"" if picture is None else picture(reader, live.reading, self.known_tiles, live.flow)
            return struct.pack("<I", len(head)) + head + message

    def hear(self, report: object) -> None:
        """Keep the strokes of an unchecked report until the canvas reports them itself."""
        match report:
            case {"revision": int(revision), "known": int(known), "strokes": str(strokes), **more}:
                self.known_tiles = more.get("tiles")
                match more.get("ghost"):
                    case int() | float() as share if 0 <= share <= 1:
                        self.traced = share
                content = self.content
                if revision == content.drawing.revision and (pens := pens_of(strokes)) is not None:
                    erasing = content.edited_digit is not None and content.erasing
                    content.drawing.under_way = StrokesUnderWay(
                        max(known, 0),
                        [canvas.unfinished_object(pen, erasing=erasing) for pen in pens],
                        is_moving=more.get("is_moving") is not False,
                    )

    def data(self, live: LiveReading) -> dict[str, object]:
        """Return the data about a reading that live_reading.js shows."""
        return {
            "revision": self.content.drawing.revision,
            "known": len(self.content.drawing.objects),
            "is_moving": live.is_moving,
            "is_example": live.is_example,
            **vars(live.shown),
        }


def live_reading(content: CanvasContent, reader: Reader, ghost: Sequence[Stroke] = ()) -> LiveReading:
    """Show the answer, keep it up to date while the pen moves, and return what was read.

    While there is nothing on the canvas, the strokes of a ghost are read, as far as `ghost_digit` has traced them.
    """
    listener = page_state(LiveReader)
    listener.content, listener.reader, listener.ghost = content, reader, ghost
    listener.picture = listener.follower = None
    listener.language = current()
    live = listener.read(reader)
    base = st.get_option("server.baseUrlPath").strip("/")
    address = f"{base and f'/{base}'}/{pen_reports.REPORTED_TO}{listener.key}"
    _component()(key="reading", data={"canvas": canvas.KEY, "address": address, **listener.data(live)})
    return live


def follow_pen(picture: Picture | None = None, follower: Follower | None = None) -> None:
    """Have a picture of the network, or something else, follow the pen too; call this after `live_reading`."""
    listener = page_state(LiveReader)
    listener.picture, listener.follower = picture, follower


def first_points(strokes: Sequence[Stroke], share: float) -> list[Stroke]:
    """Return the first share, in [0, 1], of the points of strokes, each (n, 2), as drawn; at least one point."""
    left = max(round(share * sum(map(len, strokes))), 1)
    begun = []
    for stroke in strokes:
        if left > 0:
            begun.append(stroke[:left])
        left -= len(stroke)
    return begun


def steady(latest: Answer, before: str, strokes: int) -> Answer:
    """Return the answer during a stroke: half-drawn digits flicker, so its numeral changes only to a clear leader."""
    (first, second) = sorted((share for _, _, share, _ in latest.bars), reverse=True)[:2]
    (leader,) = [name for name, _, share, _ in latest.bars if share == first][:1]
    is_clear = first - second >= CLEAR_LEAD
    numeral = (leader if latest.is_class else NO_CLASS) if is_clear else before
    is_class = numeral != NO_CLASS
    sentence = _("Looks like {what}.", what=article(numeral)) if is_class else _("Reading as you draw.")
    return replace(latest, numeral=numeral, is_class=is_class, sentence=sentence, note="", strokes=strokes)


def pens_of(strokes: str) -> list[list[tuple[float, float]]] | None:
    """Return the strokes of a report, each as points (x, y) in canvas pixels; None if it cannot come from a pen.

    Args:
        strokes: Numbers x y x y … separated by spaces, and strokes separated by semicolons; at most
            `canvas.MOST_POINTS` points per stroke, on or near the canvas.
    """
    texts = [each.split() for each in strokes.split(";")] if strokes else []
    if len(texts) > MOST_STROKES:
        return None
    pens = []
    for text in texts:
        if not 2 <= len(text) <= 2 * canvas.MOST_POINTS or len(text) % 2:
            return None
        try:
            numbers = list(map(float, text))
        except ValueError:
            return None
        if not all(map(canvas.is_coordinate, numbers)):
            return None
        pens.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return pens
