"""Text is readable in both themes, and Streamlit's theme matches ours."""

from __future__ import annotations

import colorsys
import re
import tomllib
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ui.widgets.palette import DARK, LIGHT, Palette, properties, variables

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).parents[3]
STYLE = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "ui" / "static").glob("*.css"))
THEME: dict[str, Any] = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]

READABLE = 4.5
"""Minimum contrast of text with its background: WCAG 2.2, success criterion 1.4.3, level AA."""

DISTINCT = 3.0
"""Minimum contrast of essential non-text elements: success criterion 1.4.11."""

PLACEHOLDER = "faint"
"""Colour of the deliberately faint dash shown before there is an answer; the sentence below it says the same."""

ON_ACCENT = "paper"
"""Colour of text on the accent colour."""

themes = pytest.mark.parametrize(("name", "colours"), [("light", LIGHT), ("dark", DARK)], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb as defined by WCAG 2.2."""
    channels = [value / 255 for value in bytes.fromhex(colour.removeprefix("#"))]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def written_in() -> set[str]:
    """Return the names of the text colours in the style sheets."""
    return set(re.findall(r"(?<![-\w])color: var\(--(\w+)\)", STYLE))


def test_contrast_is_as_published() -> None:
    """Black on white is 21:1; #767676 is the lightest grey that passes on white."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


def test_the_colours_of_text_are_found() -> None:
    assert written_in() >= {"ink", "muted", "accent", "wrong", "positive", "negative"}


@pytest.mark.parametrize("colour", sorted(written_in() - {PLACEHOLDER, ON_ACCENT}))
@themes
def test_text_can_be_read_on_paper(name: str, colours: Palette, colour: str) -> None:
    given = dict(re.findall(r"--(\w+): (#\w+)", properties(colours)))
    assert contrast(given[colour], colours.paper) >= READABLE


@themes
def test_text_on_the_accent_colour_can_be_read(name: str, colours: Palette) -> None:
    assert contrast(getattr(colours, ON_ACCENT), colours.accent) >= READABLE
    assert THEME[name]["primaryColor"] == colours.accent


@themes
def test_links_and_the_marks_of_widgets_can_be_seen(name: str, colours: Palette) -> None:
    assert contrast(THEME[name]["linkColor"], colours.paper) >= READABLE
    assert contrast(THEME[name]["primaryColor"], colours.paper) >= DISTINCT


@themes
def test_text_can_be_read_where_streamlit_lays_its_second_ground(name: str, colours: Palette) -> None:
    assert contrast(colours.ink, THEME[name]["secondaryBackgroundColor"]) >= READABLE


@themes
def test_the_theme_is_of_the_same_paper_and_ink(name: str, colours: Palette) -> None:
    assert THEME[name]["backgroundColor"] == colours.paper
    assert THEME[name]["textColor"] == colours.ink


@themes
def test_there_is_one_accent(name: str, colours: Palette) -> None:
    """Interactive elements share one hue, whether Streamlit draws them or we do."""
    hues = [hue(colour) for colour in (THEME[name]["primaryColor"], THEME[name]["linkColor"], colours.accent)]
    assert max(hues) - min(hues) < 8


def hue(colour: str) -> float:
    """Return the hue in degrees."""
    red, green, blue = (value / 255 for value in bytes.fromhex(colour.removeprefix("#")))
    return 360 * colorsys.rgb_to_hls(red, green, blue)[0]


@themes
def test_train_and_dev_can_be_told_apart(name: str, colours: Palette) -> None:
    assert contrast(colours.ink, colours.accent) >= 1.9


@themes
def test_signs_differ_in_more_than_red_and_green(name: str, colours: Palette) -> None:
    """Blue and orange differ in the blue channel alone, so colour-blind users can distinguish them."""
    negative, positive = (bytes.fromhex(each.removeprefix("#")) for each in (colours.negative, colours.positive))
    assert negative[2] - positive[2] > 100
    assert positive[0] - negative[0] > 100


APART = 0.1
"""Minimum OKLab distance between distinguishable colours; black and white are 1 apart."""

# Simulated vision without red, green or blue receptors: linear RGB, severity 1 (Machado, Oliveira and Fernandes 2009).
EYES = {
    "most": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def oklab(colour: str, eyes: str) -> NDArray[np.float64]:
    """Return #rrggbb as seen by such eyes, in OKLab (Ottosson 2020), a perceptually uniform space."""
    channels = np.array(list(bytes.fromhex(colour.removeprefix("#")))) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(EYES[eyes]) @ linear, 0, 1)
    cones = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ seen
    )
    lab: NDArray[np.float64] = (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ cones
    )
    return lab


def test_distances_of_colours_are_as_published() -> None:
    """White has lightness 1, pure red is (0.628, 0.225, 0.126), and red and green look alike to protan eyes."""
    assert oklab("#ffffff", "most") == pytest.approx([1, 0, 0], abs=1e-3)
    assert oklab("#ff0000", "most") == pytest.approx([0.628, 0.225, 0.126], abs=1e-3)
    far, near = (float(np.linalg.norm(oklab("#a05000", eyes) - oklab("#507000", eyes))) for eyes in ("most", "protan"))
    assert near < APART < far


@pytest.mark.parametrize("eyes", EYES)
@themes
def test_runs_and_classes_can_be_told_apart_by_all_eyes(name: str, colours: Palette, eyes: str) -> None:
    for one, other in [*combinations(colours.runs, 2), *combinations(colours.classes, 2)]:
        assert np.linalg.norm(oklab(one, eyes) - oklab(other, eyes)) >= APART, (one, other)


@themes
def test_the_curve_of_each_run_and_each_class_can_be_seen_on_paper(name: str, colours: Palette) -> None:
    for colour in colours.runs + colours.classes:
        assert contrast(colour, colours.paper) >= DISTINCT


def test_every_variable_of_the_style_sheet_is_in_the_palette_or_set() -> None:
    used = set(re.findall(r"var\(--(\w+)\)", STYLE))
    files = (path for suffix in ("py", "js", "html.j2") for path in (ROOT / "ui").rglob(f"*.{suffix}"))
    pages = "".join(path.read_text(encoding="utf-8") for path in files)
    given = set(re.findall(r"--(\w+)[:\"]", variables(LIGHT) + STYLE + pages))
    assert used
    assert used <= given
