"""Whatever a visitor calls classes and files, every page shows the names as text, and contacts no other host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import expect

from data import csv_files
from testing.sample_digits import digit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewApp

MARKDOWN = "![x](http://elsewhere.example/a.png)"
HTML = "<img src=//elsewhere.example onerror=x>"
MADE = "img[src*=elsewhere], a[href*=elsewhere], [onerror]"


def test_names_make_no_picture_link_or_script_on_any_page(new_app: NewApp, tmp_path: Path) -> None:
    images, labels = csv_files.embedded().examples.take(limit=300)
    file = tmp_path / "![y](x) <img src=x onerror=x()>.csv"
    file.write_bytes(csv_files.write(images, (labels % 2).astype(np.uint8)))

    app = new_app(path="dataset")
    app.choose("naming", "Custom names")
    app.type("class_names", f"{MARKDOWN}, {HTML}")
    app.settle()
    app.upload("upload_csv", file)
    app.choose("shown_class", MARKDOWN)
    expect(app.page.locator("#digits")).to_have_attribute("alt", re.compile(re.escape(f": {MARKDOWN} {MARKDOWN}")))
    made = app.page.locator(MADE)
    expect(made).to_have_count(0)

    app.go("Train")
    app.choose("dataset", file.name)
    app.click_in("more", "epoch")
    app.wait_for_step(1)
    expect(app.page.locator(".confusion th").filter(has_text=HTML).first).to_be_visible()
    expect(made).to_have_count(0)

    app.go("Draw")
    app.choose("network", "Run 1")
    app.draw(strokes := digit("3"))
    app.answer(strokes=len(strokes))
    app.page.get_by_text("Why this answer?").click()
    expect(app.page.get_by_role("radio", name=MARKDOWN)).to_be_visible()
    expect(made).to_have_count(0)

    for page in ("Look", "Compare"):
        app.go(page)
        expect(app.page.get_by_role("heading", level=1)).to_be_visible()
        expect(made).to_have_count(0)
