"""Nothing is written for ten digits alone: twelve kinds of shapes are brought, looked at, learned and read."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from data import csv_files
from models import weights
from tests.browser.labelled_shapes import KINDS, shapes

if TYPE_CHECKING:
    from pathlib import Path

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp


def dataset_page(new_app: NewApp) -> App:
    """The Dataset page once its chart is there: until then all below it moves, and a list that is open with it."""
    app = new_app(path="dataset")
    expect(app.widget("counts").locator("svg.marks, canvas.marks").first).to_be_visible()
    app.choose("naming", "Custom names")
    return app


def named(app: App, *, first: int = 0) -> App:
    """The Dataset page, told what the labels stand for."""
    app.type("class_names", ", ".join(KINDS))
    if first:
        app.choose("first_label", str(first))
    app.settle()
    return app


@pytest.fixture
def brought(new_app: NewApp, tmp_path: Path) -> App:
    """The Dataset page with the shapes brought as a CSV."""
    app = named(dataset_page(new_app))
    (tmp_path / "shapes.csv").write_bytes(csv_files.write(*shapes(50)))
    app.upload("upload_csv", tmp_path / "shapes.csv")
    expect(app.page.locator("#dataset_counts")).to_contain_text("600 images")
    return app


def test_the_dataset_page_shows_them_by_their_names(brought: App) -> None:
    for name in KINDS:
        expect(brought.widget("means")).to_contain_text(name)
    brought.choose("shown_class", "half & half")
    expect(brought.page.locator("#digits")).to_have_attribute("alt", "40 images: " + " ".join(["half & half"] * 40))
    expect(brought.page.locator("body")).not_to_contain_text("600 digits")


def test_a_network_learns_them_and_its_weights_know_their_names(brought: App, tmp_path: Path) -> None:
    brought.go("Train")
    brought.choose("dataset", "shapes.csv")
    expect(brought.offer).to_be_visible()
    brought.new_run()
    brought.type("epochs", "40")
    brought.click("train")
    expect(brought.status).to_contain_text("Finished", timeout=60_000)
    brought.settle()
    assert float(brought.page.locator("#dev_accuracy").inner_text().rstrip("%")) > 90
    brought.screenshot("other-data-train")
    saved = weights.load(brought.download("download_weights", tmp_path))
    assert saved.network.sizes[-1] == len(KINDS)
    assert tuple(saved.about["classes"]) == KINDS
    assert brought.overflow() <= 0
    brought.click("draw_for_run")
    expect(brought.canvas).to_be_visible()
    brought.draw([np.array([[60.0, 60.0], [220.0, 220.0]]), np.array([[220.0, 60.0], [60.0, 220.0]])])
    assert brought.answer(strokes=2) == "cross"
    brought.screenshot("other-data-draw")
    assert brought.overflow() <= 0
    brought.go("Learn")
    expect(brought.page.locator("h1")).to_have_text("One image, all the way through")
    for part in ("#specimen", "#dead_units", ".st-key-which", ".st-key-learn_head"):
        expect(brought.page.locator(part)).not_to_contain_text(re.compile("digit", re.IGNORECASE))
    brought.screenshot("other-data-learn")


def test_idx_files_with_labels_from_one_are_read_with_their_test_set(new_app: NewApp, tmp_path: Path) -> None:
    app = named(dataset_page(new_app), first=1)
    files = []
    for part, count, seed in (("train", 30, 0), ("test", 10, 1)):
        images, labels = shapes(count, seed)
        files += [tmp_path / f"shapes-{part}-images-idx3-ubyte", tmp_path / f"shapes-{part}-labels-idx1-ubyte"]
        files[-2].write_bytes(struct.pack(">4i", 2051, len(images), 28, 28) + images.tobytes())
        files[-1].write_bytes(struct.pack(">2i", 2049, len(labels)) + (labels + 1).tobytes())
    app.widget("upload_idx").locator("input[type=file]").set_input_files(files[:1])
    expect(app.alert).to_contain_text("One file of images and one of labels are needed")
    app.widget("upload_idx").locator("input[type=file]").set_input_files(files[1:])
    expect(app.page.locator("#dataset_counts")).to_contain_text("480 images")
    expect(app.page.locator("#dataset_counts")).to_contain_text("plus a separate test set")
    expect(app.alert).to_have_count(0)


def test_without_names_nothing_can_be_brought_under_them(new_app: NewApp) -> None:
    app = dataset_page(new_app)
    expect(app.widget("upload_csv").get_by_test_id("stBaseButton-secondary")).to_be_disabled()
    app.type("class_names", "cat, cat")
    expect(app.alert).to_contain_text("The name “cat” is there twice: each class needs one of its own.")
