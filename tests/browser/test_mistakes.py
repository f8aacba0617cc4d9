"""A visitor explores mistakes: from the matrix to a cell, to its digits, and to one of them on Look or the canvas."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from data import csv_files
from models import weights
from models.reader import Reader
from nn.evaluation import confusions, outcomes, precision, recall
from testing.app_server import ROOT, Server
from training.percentages import percent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Locator

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

DEV = csv_files.embedded().split(0, 500, 500).dev

SHARE = "bar => bar.style.getPropertyValue('--share')"
INKED = """
image => {
    const canvas = new OffscreenCanvas(28, 28), context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const grey = context.getImageData(0, 0, 28, 28).data;
    const paper = grey[0];
    return [...Array(28).keys()].map(y => [...Array(28).keys()].map(x => +(grey[4 * (28 * y + x)] !== paper)));
}
"""
"""Returns which pixels of a 28×28 image have ink, taking the corner pixel as the background."""

LINE_AT_TOP = [np.array([[60.0, 35.0], [220.0, 35.0]])]
LINE_IN_MIDDLE = [np.array([[100.0, 145.0], [180.0, 145.0]])]


def train(app: App) -> None:
    """Train for 30 epochs; the resulting network is always the same."""
    app.click("train")
    expect(app.status).to_contain_text("Finished", timeout=30_000)
    expect(app.page.locator("#mistakes_summary")).to_contain_text(f"at step {30 * 63:,}")
    app.settle()


def cell(app: App, truth: int, read: int) -> Locator:
    return app.page.locator(f".confusion button[data-cell='{truth} {read}']")


def shown_counts(app: App) -> NDArray[np.int64]:
    """The counts in the matrix, with 0 for an empty cell."""
    texts = app.page.locator(".confusion tbody button").all_inner_texts()
    return np.array([int(text or 0) for text in texts]).reshape(10, 10)


def shown_shares(app: App, rows: str) -> list[str]:
    return app.page.locator(f".confusion {rows} td.share").all_inner_texts()


def test_from_the_matrix_to_a_digit_by_mouse_and_by_keyboard(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app(path="train?epochs=30&speed=Full")
    train(app)
    network = weights.load(app.download("download_weights", tmp_path)).network
    made = outcomes(network, DEV.images, DEV.labels, DEV.rows)
    counts = confusions(made.labels, made.read, 10)
    app.page.get_by_role("link", name="See the mistakes").click()
    expect(app.page.locator(".confusion")).to_be_in_viewport()
    assert (shown_counts(app) == counts).all()
    share = made.evaluation.accuracy
    assert shown_shares(app, "tbody") == [percent(each).rstrip("%") for each in recall(counts)]
    assert shown_shares(app, "tfoot") == [percent(each).rstrip("%") for each in (*precision(counts), share)]

    mistakes = counts * (1 - np.eye(10, dtype=int))
    truth, read = map(int, np.unravel_index(mistakes.argmax(), mistakes.shape))
    title, caption = app.page.locator("#gallery_title"), app.page.locator(".cell_caption")
    cell(app, truth, read).hover()
    expect(caption).to_have_text(f"{counts[truth, read]} digits: read {read}, really {truth}.")
    cell(app, truth, read).click()
    expect(title).to_have_text(f"{truth} read as {read}")
    digits = app.page.locator(".gallery button")
    expect(digits).to_have_count(int(counts[truth, read]))
    name = digits.first.get_attribute("aria-label") or ""
    assert re.fullmatch(rf"Dev digit \d+: read {read}, really {truth}, [>\d.]+% sure", name)
    digits.first.click()
    expect(digits.first).to_have_attribute("aria-pressed", "true")
    number = name.split(":")[0].removeprefix("Dev digit ")
    expect(app.page.locator(".one")).to_contain_text(f"dev digit {number}")
    app.screenshot("mistakes-cell")
    app.click("inspect")
    expect(app.page).to_have_url(re.compile(r"/look\?from=train$"))
    expect(app.page.locator("#specimen")).to_be_visible()
    app.settle()
    expect(app.page.get_by_text(f"dev digit {number}").first).to_be_visible()
    app.go("Train")
    expect(title).to_have_text(f"{truth} read as {read}")

    press = app.page.keyboard.press
    stops = app.page.locator(".confusion button[tabindex='0']")
    expect(stops).to_have_count(1)
    stops.focus()
    press("Escape")
    expect(title).to_have_text("Worst mistakes")
    press("Control+Home")
    for _ in range(truth):
        press("ArrowDown")
    for _ in range(read):
        press("ArrowRight")
    expect(cell(app, truth, read)).to_be_focused()
    expect(caption).to_contain_text(f"read {read}, really {truth}.")
    press("Enter")
    expect(title).to_have_text(f"{truth} read as {read}")
    expect(cell(app, truth, read)).to_be_focused()
    digits.first.focus()
    app.settle()
    press("Enter")
    expect(app.page.locator(".st-key-inspect").get_by_role("button").first).to_be_enabled()
    expect(digits.first).to_be_focused()


def test_a_digit_is_edited_with_a_finger_and_read_again(new_app: NewApp, tmp_path: Path) -> None:
    """In the dark theme, where the canvas is inverted, pen and eraser must have the effect they show."""
    app = new_app("phone", "dark", path="train?epochs=30&speed=Full")
    train(app)
    reader = Reader(weights.load(app.download("download_weights", tmp_path)))
    digit = app.page.locator(".gallery button").first
    index = int(digit.get_attribute("data-place") or -1)
    digit.click()
    expect(app.page.locator(".one")).to_contain_text(f"dev digit {index + 1}")
    app.click("draw_on")
    expect(app.canvas).to_be_in_viewport()
    app.settle()
    assert app.chosen("network") == "Run 1"
    before = reader.probabilities(DEV.images[DEV.rows[[index]]])[0]
    app.expect_answer(str(before.argmax()), strokes=0)
    bar, network_input = app.page.locator(".network_picture .first .bar"), app.page.locator("#input_image")
    unchanged = bar.evaluate(SHARE)
    assert float(unchanged) == pytest.approx(before.max(), abs=1e-5)
    app.draw(LINE_AT_TOP, finger=True)
    app.answer(strokes=1)
    app.settle()
    assert network_input.evaluate(INKED)[3][6:22] == [1] * 16
    assert bar.evaluate(SHARE) != unchanged
    app.screenshot("edited-digit-pen")
    app.choose("tool", "Eraser")
    app.settle()
    app.draw(LINE_AT_TOP, finger=True)
    app.answer(strokes=2)
    app.draw(LINE_IN_MIDDLE, finger=True)
    app.answer(strokes=3)
    app.settle()
    ink = network_input.evaluate(INKED)
    assert ink[14][10:18] == [0] * 8
    assert ink[3][6:22] == [0] * 16
    app.screenshot("edited-digit-eraser")
    for left in (2, 1, 0):
        app.undo()
        app.answer(strokes=left)
    app.settle()
    assert bar.evaluate(SHARE) == unchanged
    app.clear()
    expect(app.page.locator("#beneath")).to_have_count(0)


TABLE_ALONE = """
import json
import os

import numpy as np
import streamlit as st

from ui.serving.server import MIDDLEWARE
from ui.shell import STATIC
from ui.train.confusion_table import confusion_table
from ui.widgets.palette import palette, variables


def main():
    style = (STATIC / "style.css").read_text(encoding="utf-8")
    classes = json.loads(os.environ["CLASSES"])[st.query_params["classes"]]
    counts = np.random.default_rng(2).poisson(0.05, (len(classes), len(classes))) + 90 * np.eye(len(classes), dtype=int)
    st.set_page_config(layout="wide")
    st.html(f"<style>{variables(palette())} {style}</style><h1>Mistakes</h1>")
    with st.container(key="mistakes_desk", width=710):  # as wide as on the Train page at 1280 px
        confusion_table(counts, classes, None, lambda: st.session_state.update(chosen=st.session_state["confusion"]))
        st.html(f"<p id='chosen'>{st.session_state.get('chosen')}</p>")


if __name__ == "app":
    app = st.App(__file__, middleware=MIDDLEWARE)
else:
    main()
"""

CLASSES = {
    "two": ["cat", "dog"],
    "clothes": ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
    "letters": list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "all": list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
}


@pytest.fixture(scope="module")
def table_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with only the matrix, since no dataset here has classes other than the digits."""
    root = tmp_path_factory.mktemp("alone")
    (root / "app.py").write_text(TABLE_ALONE)
    environment = {
        "CLASSES": json.dumps(CLASSES),
        "PYTHONPATH": str(ROOT),
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
    }
    with Server(tmp_path_factory.mktemp("server"), environment, root) as server:
        yield server.url
    assert not server.tracebacks()


def test_two_to_62_classes_fit_and_can_be_selected(new_app: NewApp, table_alone: str) -> None:
    app = new_app(url=table_alone, path="?classes=two")
    table, caption = app.page.locator(".confusion_root"), app.page.locator(".cell_caption")
    for kind, names in CLASSES.items():
        app.page.set_viewport_size({"width": 1280, "height": 844})
        app.open(f"?classes={kind}")
        expect(app.page.locator(".confusion tbody tr")).to_have_count(len(names))
        assert table.evaluate("root => root.scrollWidth - root.clientWidth") == 0
        for width, key, at in ((1280, "Control+End", len(names) - 1), (390, "Control+Home", 0)):
            app.page.set_viewport_size({"width": width, "height": 844})
            app.page.locator(".confusion button[tabindex='0']").focus()
            app.page.keyboard.press(key)
            expect(cell(app, at, at)).to_be_in_viewport()
            expect(caption).to_have_text(re.compile(rf"(digits|images): read {names[at]}, correctly\.$"))
            app.page.keyboard.press("Enter")
            expect(app.page.locator("#chosen")).to_contain_text(f"[{at}, {at}]")
            assert app.overflow() == 0
            app.screenshot(f"confusion-{kind}-{width}")
