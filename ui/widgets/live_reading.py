"""The answer to what is on the canvas, read again and again while the pen moves.

The browser's part (live_reading.js) reports the strokes that the canvas has not reported yet, at most every 80 ms and
never while an answer is outstanding. They are read on the same path as finished strokes. When the pen is lifted, the
canvas reports the stroke itself; what it reports replaces what was heard before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.reader import Reader, Reading
from ui.state import shared_resources, streamlit_state
from ui.state.canvas_content import CanvasContent, StrokesUnderWay
from ui.state.digit_sources import DigitSource, StrokeSource
from ui.state.streamlit_state import page_state
from ui.widgets import canvas
from ui.widgets.answer import NO_CLASS, Answer, answer, article
from ui.widgets.canvas import Stroke
from ui.workarounds.component_file import component_from_file

MOST_STROKES = 32
"""Strokes in one report; longer ones come from no pen and are ignored."""

MOST_CHARACTERS = 1_000_000
"""Characters of the strokes in one report; the browser thins strokes that would take more."""

CLEAR_LEAD = 0.5
"""How far ahead of all others, "none" among them, a class must be to become the large numeral during a stroke."""

_component = component_from_file(Path(__file__).with_suffix(".js"))


@dataclass
class LiveAnswer:
    """The answer that a session shows.

    Attributes:
        numeral: The large numeral.
        answered: The number of the last report from the browser.
        known_tiles: What that report says of the network picture, until it has been used.
        ghost: How much of the ghost digit the browser has traced, in [0, 1].
    """

    numeral: str = NO_CLASS
    answered: int = 0
    known_tiles: object = None
    ghost: float = 0.0


@dataclass(frozen=True, eq=False)
class LiveReading:
    """What the network makes of the canvas at this moment.

    Attributes:
        source: What was read, with the strokes under way.
        reading: The reading.
        known_tiles: Which tiles the browser has, for `network_picture`; None if it has not said so.
        flow: Changes when ink should flow through `network_picture`.
    """

    source: DigitSource
    reading: Reading
    known_tiles: object
    flow: int


def live_reading(
    content: CanvasContent, reader: Reader, *, key: str = "reading", ghost: Sequence[Stroke] = ()
) -> LiveReading:
    """Show the answer, keep it up to date while the pen moves, and return what was read.

    Call it in a fragment of its own, nested in the one that shows the canvas: during a stroke only that fragment
    reruns, about ten times a second. Show there what follows the pen, such as the picture of the network.

    Args:
        content: The content of the canvas.
        reader: The network that reads it.
        key: The key of the widget.
        ghost: Strokes read while there is nothing on the canvas, as far as `ghost_digit` has traced them.
    """
    drawn, state = canvas.digit_source(content, under_way=True), page_state(LiveAnswer)
    is_example = drawn is None and len(ghost) > 0 and state.ghost > 0
    source = drawn or StrokeSource(first_points(ghost, state.ghost) if is_example else [], canvas.CANVAS)
    reading = source.read(reader)
    is_moving = bool(content.drawing.unreported())
    if is_moving:
        shared_resources.scheduler().pause_briefly()
    shown = answer(reading, reader, source)
    if is_moving:
        shown = steady(shown, state.numeral, len(content.drawing.objects))
    if is_example:
        if state.ghost < 1:
            shown = steady(shown, state.numeral, 0)
        shown = replace(shown, sentence="An example. Now draw your own.", note="", strokes=0)
    state.numeral = shown.numeral
    known_tiles, state.known_tiles = state.known_tiles, None
    _component()(
        key=key,
        data={
            "canvas": canvas.KEY,
            "revision": content.drawing.revision,
            "known": len(content.drawing.objects),
            "answered": state.answered,
            "is_moving": is_moving,
            "is_example": is_example,
            **vars(shown),
        },
        on_ink_change=lambda: _hear_widget(key, content),
    )
    flow = -1 if is_example and state.ghost == 1 else len(content.drawing.objects)
    return LiveReading(source, reading, known_tiles, flow)


def first_points(strokes: Sequence[Stroke], share: float) -> list[Stroke]:
    """Return a share, in [0, 1], of the points of strokes, each (n, 2), in the order drawn; at least one point."""
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
    sentence = f"Looks like {article(numeral)}." if is_class else "Reading as you draw."
    return replace(latest, numeral=numeral, is_class=is_class, sentence=sentence, note="", strokes=strokes)


def _hear_widget(key: str, content: CanvasContent) -> None:
    """Hear the latest report, unless the visitor has left the page since it was sent."""
    if streamlit_state.has_widget(key):
        hear(streamlit_state.widget_value(key).get("ink"), content, page_state(LiveAnswer))


def hear(report: object, content: CanvasContent, state: LiveAnswer) -> None:
    """Keep the strokes of a report, which may be anything, until the canvas reports them itself."""
    match report:
        case {"number": int(number), "revision": int(revision), "known": int(known), "strokes": str(strokes), **more}:
            state.answered, state.known_tiles = number, more.get("tiles")
            match more.get("ghost"):
                case int() | float() as share if 0 <= share <= 1:
                    state.ghost = share
            if revision == content.drawing.revision and (pens := pens_of(strokes)) is not None:
                erasing = content.edited_digit is not None and content.erasing
                content.drawing.under_way = StrokesUnderWay(
                    max(known, 0), [canvas.unfinished_object(pen, erasing=erasing) for pen in pens]
                )


def pens_of(strokes: str) -> list[list[tuple[float, float]]] | None:
    """Return the strokes of a report, each as points (x, y) in canvas pixels; None if it cannot come from a pen.

    Args:
        strokes: Numbers x y x y … with spaces between, and a semicolon between two strokes; at most
            `canvas.MOST_POINTS` points each, on or near the canvas. As text, because Streamlit copies a report several
            times, number by number.
    """
    if len(strokes) > MOST_CHARACTERS:
        return None
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
