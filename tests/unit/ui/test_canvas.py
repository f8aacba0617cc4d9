"""Drawings in Fabric 7's format are converted to the strokes seen on the canvas."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ink.mnist_format import image_from_strokes
from ui.widgets.canvas import points

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

pytestmark = pytest.mark.slow

# An L-shaped path: x from 40 to 100, y from 60 to 180, centre (70, 120).
CORNER = [["M", 40, 60], ["L", 40, 180], ["L", 100, 180]]
CENTRE = (70.0, 120.0)


def drawn(path: object = CORNER, **fields: object) -> dict[str, Any]:
    """Return a path in Fabric's format, with the default transform unless overridden."""
    untouched = {
        "type": "Path",
        "left": CENTRE[0],
        "top": CENTRE[1],
        "originX": "center",
        "originY": "center",
        "scaleX": 1,
        "scaleY": 1,
        "angle": 0,
        "flipX": False,
        "flipY": False,
        "skewX": 0,
        "skewY": 0,
        "strokeWidth": 18,
    }
    return {**untouched, "path": path, **fields}


def moved(change: Callable[[float, float], tuple[float, float]], to: tuple[float, float] = CENTRE) -> NDArray[Any]:
    """Return the points of CORNER, changed by hand relative to the centre, then moved to another centre."""
    seen = [change(x - CENTRE[0], y - CENTRE[1]) for _, x, y in CORNER]  # type: ignore[operator]
    return np.array([(x + to[0], y + to[1]) for x, y in seen])


def test_lines_are_their_corners() -> None:
    np.testing.assert_allclose(points(drawn()), [(40, 60), (40, 180), (100, 180)])


def test_a_curve_is_followed_from_where_the_pen_was() -> None:
    """B(t) = (1-t)² start + 2t(1-t) control + t² end, at t = 1/4, 1/2, 3/4 and 1, worked out by hand."""
    path = [["M", 0, 0], ["Q", 80, 0, 80, 160], ["L", 80, 200]]
    expected = [(0, 0), (35, 10), (60, 40), (75, 90), (80, 160), (80, 200)]
    np.testing.assert_allclose(points(drawn(path, left=40, top=100)), expected)


def test_curves_meet_where_one_ends_and_the_next_begins() -> None:
    found = points(drawn([["M", 0, 0], ["Q", 10, 0, 20, 0], ["Q", 30, 0, 40, 0]], left=20, top=0))
    np.testing.assert_allclose(found, [(x, 0) for x in range(0, 41, 5)])


def test_a_dot_stays_at_its_place() -> None:
    found = points(drawn([["M", 99.999, 50], ["L", 100.001, 50]], left=100, top=50))
    np.testing.assert_allclose(found, [(100, 50), (100, 50)], atol=0.01)


def test_a_moved_stroke_is_where_it_was_put() -> None:
    np.testing.assert_allclose(points(drawn(left=170, top=20)), moved(lambda x, y: (x, y), to=(170, 20)))


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"scaleX": 2, "scaleY": 0.5}, lambda x, y: (2 * x, y / 2)),
        ({"scaleX": -1}, lambda x, y: (-x, y)),
        ({"scaleY": -2}, lambda x, y: (x, -2 * y)),
        ({"flipX": True}, lambda x, y: (-x, y)),
        ({"flipY": True}, lambda x, y: (x, -y)),
        ({"flipX": True, "scaleX": -1}, lambda x, y: (x, y)),
        ({"angle": 90}, lambda x, y: (-y, x)),  # clockwise on screen: right becomes down
        ({"angle": -90}, lambda x, y: (y, -x)),
        ({"angle": 180}, lambda x, y: (-x, -y)),
        ({"skewX": 45}, lambda x, y: (x + y, y)),
        ({"skewY": 45}, lambda x, y: (x, y + x)),
        ({"scaleX": 3, "angle": 90}, lambda x, y: (-y, 3 * x)),  # scaled first, then rotated
        ({"skewX": 45, "scaleX": 2}, lambda x, y: (2 * (x + y), y)),  # skewed first, then scaled
        ({"flipX": True, "angle": 90}, lambda x, y: (-y, -x)),
    ],
)
def test_a_changed_stroke_is_as_it_looks(
    fields: dict[str, object], change: Callable[[float, float], tuple[float, float]]
) -> None:
    np.testing.assert_allclose(points(drawn(**fields)), moved(change), atol=1e-9)


def test_all_changes_together_keep_to_fabrics_order() -> None:
    """Fabric multiplies translate · rotate · scale and flip · skew, so a point is skewed first and translated last."""
    angle = math.radians(30)

    def change(x: float, y: float) -> tuple[float, float]:
        x = x + math.tan(math.radians(20)) * y
        x, y = -2 * x, 0.5 * y
        return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)

    found = points(drawn(left=150, top=90, angle=30, scaleX=2, scaleY=0.5, flipX=True, skewX=20))
    np.testing.assert_allclose(found, moved(change, to=(150, 90)), atol=1e-9)


def test_the_transform_may_be_left_out() -> None:
    np.testing.assert_allclose(points({"path": CORNER}), moved(lambda x, y: (x, y)))


def test_a_stroke_just_drawn_is_where_the_pen_went() -> None:
    """Fabric centres the bounding box of the curve, which the sampled points do not quite fill; this is no move."""
    bow = [["M", 0, 0], ["Q", 33, 90, 100, 0]]
    np.testing.assert_allclose(points(drawn(bow, left=50, top=22.5))[[0, -1]], [(0, 0), (100, 0)])


@pytest.mark.parametrize(
    "thing",
    [
        {},
        {"type": "Rect", "left": 10, "top": 10, "width": 50, "height": 50},
        {"type": "Path"},
        {"type": "Path", "path": None},
        {"type": "Path", "path": []},
        {"type": "Path", "path": "M 0 0 L 10 10"},
        {"type": "Path", "path": {"M": [0, 0]}},
        {"type": "Path", "path": 5},
        {"type": "Path", "path": ["M", [], 5, None, {}, ["M"], ["L", 1], ["M", 1, 2, 3]]},
        {"type": "Path", "path": [["Q", 1, 2, 3, 4]]},
        {"type": "Path", "path": [["M", None, 0], ["M", "1", "2"], ["M", [1], 2], ["M", True, False]]},
        {"type": "Path", "path": [["M", float("nan"), 0], ["L", float("inf"), 0], ["L", 1e300, 0], ["L", 10**400, 0]]},
        {"type": "Path", "path": [["Z"], ["C", 1, 2, 3, 4, 5, 6], [None, 1, 2]]},
        None,
        [],
        "Path",
        5,
    ],
    ids=repr,
)
def test_what_is_not_a_stroke_gives_no_points(thing: object) -> None:
    assert points(thing).shape == (0, 2)


def test_a_broken_command_leaves_the_others() -> None:
    path = [*CORNER[:2], ["L", None, 4], ["Q", 1, 2, "3", 4], CORNER[2]]
    np.testing.assert_allclose(points(drawn(path)), points(drawn()))


@pytest.mark.parametrize("name", ["left", "top", "scaleX", "scaleY", "angle", "skewX", "skewY", "flipX", "flipY"])
@pytest.mark.parametrize("value", [None, "2", float("nan"), float("inf"), [], {}, 1e300, 10**400, "yes"], ids=repr)
def test_a_broken_transform_is_as_one_left_out(name: str, value: object) -> None:
    np.testing.assert_allclose(points(drawn(**{name: value})), points(drawn()))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["M", "L", "Q", "", "Path"]),
    lambda inside: st.lists(inside, max_size=6) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=20,
)
commands = st.tuples(st.sampled_from(["M", "L"]), st.floats(), st.floats()).map(list) | st.tuples(
    st.just("Q"), st.floats(), st.floats(), st.integers(), st.floats()
).map(list)
names = st.sampled_from(["left", "top", "scaleX", "scaleY", "angle", "skewX", "skewY", "flipX", "flipY"])


@given(st.lists(commands | anything, max_size=8), st.dictionaries(names, anything))
def test_nothing_that_json_can_hold_is_an_error(path: list[object], fields: dict[str, object]) -> None:
    """A hostile tab may send anything; the resulting points must be safe to read."""
    sent = json.loads(json.dumps({"type": "Path", "path": path, **fields}))
    found = points(sent)
    assert found.ndim == 2
    assert found.shape[1] == 2
    assert np.isfinite(found).all()
    image = image_from_strokes([found] if len(found) else [])
    assert image.shape == (28, 28)
    assert np.isfinite(image).all()
