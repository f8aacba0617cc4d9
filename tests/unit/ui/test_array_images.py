"""Arrays are rendered as the right images, decoded here with Pillow as a browser would."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from ui.widgets.array_images import data_uri, ink_picture, signed_picture, tiles
from ui.widgets.palette import DARK, LIGHT, Palette

if TYPE_CHECKING:
    from numpy.typing import NDArray

both = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def pixels(png: bytes) -> NDArray[np.uint8]:
    """Decode an image to (height, width, 3)."""
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def rgb(colour: str) -> list[int]:
    return list(bytes.fromhex(colour.removeprefix("#")))


def halfway(first: str, second: str) -> NDArray[np.float64]:
    return (np.array(rgb(first), dtype=np.float64) + rgb(second)) / 2


@both
def test_paper_is_zero_and_ink_is_one(colours: Palette) -> None:
    seen = pixels(ink_picture(np.array([[0.0, 0.5, 1.0]]), colours))
    assert seen[0, 0].tolist() == rgb(colours.paper)
    assert seen[0, 2].tolist() == rgb(colours.ink)
    np.testing.assert_allclose(seen[0, 1], halfway(colours.paper, colours.ink), atol=1)


def test_ink_beyond_its_range_is_full_ink_or_paper() -> None:
    seen = pixels(ink_picture(np.array([[-3.0, 7.0]]), LIGHT))
    assert seen[0].tolist() == [rgb(LIGHT.paper), rgb(LIGHT.ink)]


@both
def test_more_ink_is_never_nearer_to_paper(colours: Palette) -> None:
    seen = pixels(ink_picture(np.linspace(0, 1, 256)[None], colours)).astype(np.float64)
    away = np.abs(seen[0] - rgb(colours.paper)).sum(axis=1)
    assert (np.diff(away) >= 0).all()
    assert len(np.unique(away)) > 200


@pytest.mark.parametrize("shape", [(28, 28), (1, 5), (7, 1)])
def test_a_picture_has_a_pixel_for_each_value_at_its_place(shape: tuple[int, int]) -> None:
    values = np.zeros(shape)
    values[-1, 0] = 1
    for png in (ink_picture(values, LIGHT), signed_picture(values, LIGHT)):
        seen = pixels(png)
        assert seen.shape == (*shape, 3)
        marked = (seen != rgb(LIGHT.paper)).any(axis=2)
        assert np.argwhere(marked).tolist() == [[shape[0] - 1, 0]]


@both
def test_signs_have_their_colours(colours: Palette) -> None:
    seen = pixels(signed_picture(np.array([[-2.0, -1.0, 0.0, 1.0, 2.0]]), colours))[0]
    assert seen[0].tolist() == rgb(colours.negative)
    assert seen[2].tolist() == rgb(colours.paper)
    assert seen[4].tolist() == rgb(colours.positive)
    np.testing.assert_allclose(seen[1], halfway(colours.negative, colours.paper), atol=2)
    np.testing.assert_allclose(seen[3], halfway(colours.paper, colours.positive), atol=2)


def test_a_limit_is_where_colour_is_full() -> None:
    seen = pixels(signed_picture(np.array([[-9.0, -3.0, 1.5, 3.0]]), LIGHT, limit=3.0))[0]
    assert seen[[0, 1]].tolist() == [rgb(LIGHT.negative)] * 2
    np.testing.assert_allclose(seen[2], halfway(LIGHT.paper, LIGHT.positive), atol=2)
    assert seen[3].tolist() == rgb(LIGHT.positive)


@pytest.mark.parametrize(("value", "colour"), [(0.0, LIGHT.paper), (4.0, LIGHT.positive), (-1e-30, LIGHT.negative)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_image_of_one_value_is_of_one_colour(value: float, colour: str, dtype: type[np.floating]) -> None:
    seen = pixels(signed_picture(np.full((3, 4), value, dtype=dtype), LIGHT))
    assert np.unique(seen.reshape(-1, 3), axis=0).tolist() == [rgb(colour)]


def test_weights_that_are_all_zero_are_paper_even_with_a_limit_of_zero() -> None:
    """The limit is a quantile of the weights, which is 0 if nearly all weights are 0."""
    seen = pixels(signed_picture(np.zeros((2, 2), dtype=np.float32), LIGHT, limit=0.0))
    assert (seen == rgb(LIGHT.paper)).all()


def test_an_address_holds_the_whole_picture() -> None:
    png = ink_picture(np.eye(3), LIGHT)
    head, _, body = data_uri(png).partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body, validate=True) == png


def test_tiles_stand_in_rows_from_left_to_right() -> None:
    """Three 2×3 images in two columns with a gap of 1, worked out by hand."""
    images = np.stack([np.full((2, 3), value) for value in (1.0, 2.0, 3.0)])
    sheet = tiles(images, columns=2, gap=1)
    assert sheet.tolist() == [
        [1, 1, 1, 0, 2, 2, 2],
        [1, 1, 1, 0, 2, 2, 2],
        [0, 0, 0, 0, 0, 0, 0],
        [3, 3, 3, 0, 0, 0, 0],
        [3, 3, 3, 0, 0, 0, 0],
    ]


def test_tiles_without_a_gap_touch() -> None:
    images = np.arange(4.0).reshape(4, 1, 1)
    assert tiles(images, columns=2, gap=0).tolist() == [[0, 1], [2, 3]]


def test_a_tile_is_not_turned_over() -> None:
    image = np.arange(6.0).reshape(1, 2, 3)
    assert tiles(image, columns=1).tolist() == image[0].tolist()
