"""What it confuses: from the matrix to a cell, to its digits, to one of them in the inspector or on the canvas."""

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
from nn.evaluation import accuracy, confusion_matrix, precision, recall
from testing import frame_recorder
from testing.app_server import ROOT, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Scheme, Screen

pytestmark = pytest.mark.alone

DEV = csv_files.embedded().split(0, 500, 500).dev
TEST = csv_files.embedded().split(0, 500, 500).test
IN_PLACE = [".confusion", ".st-key-gallery_head", ".st-key-gallery_room", ".st-key-digit_actions", ".st-key-after"]

INK = """
image => {
    const canvas = new OffscreenCanvas(28, 28), context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const grey = context.getImageData(0, 0, 28, 28).data;
    const paper = grey[0];
    return [...Array(28).keys()].map(y => [...Array(28).keys()].map(x => +(grey[4 * (28 * y + x)] !== paper)));
}
"""
"""Where a picture of 28x28 pixels, whose corner is paper, has ink."""


@pytest.fixture
def trained(new_app: NewApp) -> App:
    """The Train page with a network that has learned for 30 epochs, always the same one."""
    app = new_app(path="train?epochs=30")
    learn(app)
    return app


def learn(app: App) -> None:
    app.click("train")
    expect(app.status).to_contain_text("Finished", timeout=30_000)
    expect(app.page.locator("#mistakes_summary")).to_contain_text(f"at step {30 * 63:,}")
    app.settle()


def cell(app: App, truth: int, read: int) -> Locator:
    return app.page.locator(f".confusion button[data-cell='{truth} {read}']")


def shown(app: App, classes: int = 10) -> list[list[int]]:
    """The counts of the matrix, an empty cell being 0."""
    texts = app.page.locator(".confusion tbody button").all_inner_texts()
    return np.array([int(text or 0) for text in texts]).reshape(classes, classes).tolist()


def shares(app: App, rows: str) -> list[float]:
    return [float(text) / 100 for text in app.page.locator(f".confusion {rows} td.share").all_inner_texts()]


def most_confused(counts: list[list[int]]) -> tuple[int, int]:
    """The cell with the most mistakes."""
    mistakes = np.array(counts) * (1 - np.eye(len(counts), dtype=int))
    truth, read = np.unravel_index(mistakes.argmax(), mistakes.shape)
    return int(truth), int(read)


def test_the_numbers_are_those_of_the_weights_taken_away(trained: App, tmp_path: Path) -> None:
    network = weights.load(trained.download("download_weights", tmp_path)).network
    counts = confusion_matrix(network, DEV.images, DEV.labels, DEV.rows)
    assert shown(trained) == counts.tolist()
    share = accuracy(network, DEV.images, DEV.labels, DEV.rows)
    expect(trained.page.locator("#mistakes_accuracy")).to_have_text(f"{share:.2%}")
    assert shares(trained, "tbody") == pytest.approx(recall(counts).tolist(), abs=0.0006)
    assert shares(trained, "tfoot") == pytest.approx([*precision(counts), share], abs=0.0006)


def test_test_is_measured_when_asked_for_and_once(trained: App, tmp_path: Path) -> None:
    trained.choose("mistakes_on", "Test")
    expect(trained.page.locator(".st-key-mistakes_test")).to_contain_text("for one look, at the end")
    expect(trained.page.locator(".confusion")).to_have_count(0)
    expect(trained.page.locator("#test_result")).to_have_count(0)
    trained.click("mistakes_measure")
    expect(trained.page.locator("#mistakes_summary")).to_contain_text("of 500 test digits misread")
    network = weights.load(trained.download("download_weights", tmp_path)).network
    assert shown(trained) == confusion_matrix(network, TEST.images, TEST.labels, TEST.rows).tolist()
    trained.choose("mistakes_on", "Dev")
    expect(trained.page.locator("#mistakes_summary")).to_contain_text("dev digits misread")


def test_from_a_cell_to_a_digit_in_the_inspector(trained: App) -> None:
    counts = shown(trained)
    truth, read = most_confused(counts)
    cell(trained, truth, read).hover()
    many = counts[truth][read]
    expect(trained.page.locator(".cell_caption")).to_have_text(f"{many} digits: read {read}, really {truth}.")
    cell(trained, truth, read).click()
    expect(trained.page.locator("#gallery_title")).to_have_text(f"{truth} read as {read}")
    digits = trained.page.locator(".gallery button")
    expect(digits).to_have_count(many)
    digit = digits.first
    name = digit.get_attribute("aria-label") or ""
    assert re.fullmatch(rf"Dev digit \d+: read {read}, really {truth}, [>\d.]+% sure", name)
    digit.click()
    expect(digit).to_have_attribute("aria-pressed", "true")
    place = name.split(":")[0].removeprefix("Dev digit ")
    expect(trained.page.locator(".one")).to_contain_text(f"dev digit {place}")
    trained.screenshot("mistakes-cell")
    trained.click("inspect")
    expect(trained.page).to_have_url(re.compile(r"/learn$"))
    expect(trained.page.locator("#specimen")).to_be_visible()
    trained.settle()
    expect(trained.page.get_by_text(f"dev digit {place}").first).to_be_visible()
    trained.go("Train")
    expect(trained.page.locator("#gallery_title")).to_have_text(f"{truth} read as {read}")


@pytest.mark.parametrize(("screen", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_a_digit_is_drawn_on_and_read_again(new_app: NewApp, screen: Screen, scheme: Scheme, tmp_path: Path) -> None:
    app = new_app(screen, scheme, path="train?epochs=30")
    learn(app)
    reader = Reader(weights.load(app.download("download_weights", tmp_path)))
    digit = app.page.locator(".gallery button").first
    place = int((digit.get_attribute("data-place")) or -1)
    digit.click()
    expect(app.page.locator(".one")).to_contain_text(f"dev digit {place + 1}")
    app.click("draw_on")
    expect(app.canvas).to_be_in_viewport()
    app.settle()
    assert app.chosen("network") == "Run 1"
    before = reader.probabilities(DEV.images[DEV.rows[[place]]])[0]
    assert app.answer(strokes=0) == str(before.argmax())
    expect(app.page.locator("dl.probabilities")).to_contain_text(f"{before.max():.4f}")
    untouched = app.page.locator("dl.probabilities").inner_text()
    app.draw([np.array([[60.0, 35.0], [220.0, 35.0]])], finger=screen == "phone")
    app.answer(strokes=1)
    app.settle()
    assert app.page.locator("#input_image").evaluate(INK)[3][6:22] == [1] * 16
    assert app.page.locator("dl.probabilities").inner_text() != untouched
    app.screenshot(f"drawn-on-{screen}-{scheme}")
    app.choose("tool", "Eraser")
    app.settle()
    app.draw([np.array([[60.0, 35.0], [220.0, 35.0]])], finger=screen == "phone")
    app.answer(strokes=2)
    app.draw([np.array([[100.0, 145.0], [180.0, 145.0]])], finger=screen == "phone")
    app.answer(strokes=3)
    app.settle()
    ink = app.page.locator("#input_image").evaluate(INK)
    assert ink[14][10:18] == [0] * 8
    assert ink[3][6:22] == [0] * 16
    app.screenshot(f"erased-{screen}-{scheme}")
    for left in (2, 1, 0):
        app.undo()
        app.answer(strokes=left)
    expect(app.page.locator("dl.probabilities")).to_have_text(untouched, use_inner_text=True)
    app.clear()
    expect(app.page.locator("#beneath")).to_have_count(0)
    expect(app.page.locator(".sentence")).to_contain_text("Draw a digit, 0 to 9.")


def test_the_keyboard_alone_goes_from_the_matrix_to_a_digit(trained: App) -> None:
    truth, read = most_confused(shown(trained))
    stops = trained.page.locator(".confusion button[tabindex='0']")
    expect(stops).to_have_count(1)
    stops.focus()
    press = trained.page.keyboard.press
    press("Control+Home")
    for _ in range(truth):
        press("ArrowDown")
    for _ in range(read):
        press("ArrowRight")
    expect(cell(trained, truth, read)).to_be_focused()
    expect(trained.page.locator(".cell_caption")).to_contain_text(f": read {read}, really {truth}.")
    press("Enter")
    expect(trained.page.locator("#gallery_title")).to_have_text(f"{truth} read as {read}")
    expect(cell(trained, truth, read)).to_be_focused()
    press("Escape")
    expect(trained.page.locator("#gallery_title")).to_have_text("Worst mistakes")
    trained.settle()
    trained.page.locator(".gallery button").first.focus()
    press("Enter")
    expect(trained.page.locator(".st-key-inspect").get_by_role("button").first).to_be_enabled()
    expect(trained.page.locator(".gallery button").first).to_be_focused()


def test_the_choice_stays_and_nothing_moves_or_fades_while_it_learns(new_app: NewApp) -> None:
    app = new_app(path="train?epochs=100000&alpha=0.03")
    app.click("train")
    app.wait_for_step(200)
    cell(app, 4, 9).click()
    expect(app.page.locator("#gallery_title")).to_have_text("4 read as 9")
    frame_recorder.wait_until_still(app.page, IN_PLACE)
    summary = app.page.locator("#mistakes_summary")
    before = summary.inner_text()
    frame_recorder.record(app.page, IN_PLACE)
    expect(summary).not_to_have_text(before, use_inner_text=True, timeout=30_000)
    between = summary.inner_text()
    expect(summary).not_to_have_text(between, use_inner_text=True, timeout=30_000)
    taken = frame_recorder.recorded(app.page)
    assert len(taken) > 20
    assert {tuple(frame.places) for frame in taken} == {tuple(taken[0].places)}
    assert all(taken[0].places)
    assert min(frame.opacity for frame in taken) == 1
    expect(app.page.locator(".confusion td[aria-selected=true] button")).to_have_attribute("data-cell", "4 9")
    expect(app.page.locator("#gallery_title")).to_have_text("4 read as 9")


ALONE = """
import json
import os

import numpy as np
import streamlit as st

from ui.train.confusion_table import confusion, told
from ui.shell import STYLE
from ui.widgets.palette import palette, variables

classes = json.loads(os.environ["CLASSES"])[st.query_params["classes"]]
counts = np.random.default_rng(2).poisson(0.05, (len(classes), len(classes))) + 90 * np.eye(len(classes), dtype=int)
st.set_page_config(layout="wide")
st.html(f"<style>{variables(palette())} {STYLE.read_text()}</style>")
with st.container(key="mistakes_desk", width=710):  # as wide as on the Train page at 1280 px
    confusion(counts, classes, None, lambda: st.session_state.update(cell=told(st.session_state["confusion"], 62)))
    st.html(f"<p id='cell'>{st.session_state.get('cell')}</p>")
"""

CLASSES = {
    "two": ["cat", "dog"],
    "clothes": ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
    "letters": list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "all": list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with the matrix alone: no file that the app reads has other classes than the ten digits."""
    root = tmp_path_factory.mktemp("alone")
    (root / "app.py").write_text(ALONE)
    environment = {
        "CLASSES": json.dumps(CLASSES),
        "PYTHONPATH": str(ROOT),
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
    }
    with Server(tmp_path_factory.mktemp("server"), environment, root) as server:
        yield server.url
    assert not server.tracebacks()


@pytest.mark.parametrize("screen", ["desktop", "phone"])
@pytest.mark.parametrize("classes", CLASSES)
def test_any_number_of_classes_can_be_seen_and_chosen(
    new_app: NewApp, alone: str, classes: str, screen: Screen
) -> None:
    app, names = new_app(screen, url=alone, path=f"?classes={classes}"), CLASSES[classes]
    expect(app.page.locator(".confusion tbody tr")).to_have_count(len(names))
    assert app.overflow() == 0
    if screen == "desktop":
        assert app.page.locator(".confusion_root").evaluate("root => root.clientWidth - root.scrollWidth") == 0
    app.page.locator(".confusion button[tabindex='0']").focus()
    app.page.keyboard.press("Control+End")
    last = len(names) - 1
    expect(cell(app, last, last)).to_be_in_viewport()
    expect(app.page.locator(".cell_caption")).to_have_text(
        re.compile(rf"(digits|images): read {names[last]}, correctly\.$")
    )
    app.page.keyboard.press("Enter")
    expect(app.page.locator("#cell")).to_have_text(str((last, last)))
    app.screenshot(f"confusion-{classes}-{screen}")


@pytest.mark.parametrize("screen", ["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen(new_app: NewApp, screen: Screen, scheme: Scheme) -> None:
    app = new_app(screen, scheme, path="train?epochs=30")
    learn(app)
    app.page.locator(".gallery button").first.click()
    expect(app.page.locator(".gallery [aria-pressed=true]")).to_have_count(1)
    app.settle()
    app.screenshot(f"mistakes-{screen}-{scheme}")
    assert app.overflow() == 0
    assert app.covered() == []
    boxes = [box for box in (cell(app, k, k).bounding_box() for k in range(10)) if box]
    assert len(boxes) == 10
    assert min(min(box["width"], box["height"]) for box in boxes) >= 24, "WCAG 2.2, 2.5.8"
    cut = "buttons => buttons.filter(b => b.scrollWidth > b.clientWidth).length"
    assert app.page.locator(".confusion button").evaluate_all(cut) == 0
