"""A visitor browses the digits, downloads them as a CSV file, and uploads it with custom names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from data import csv_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewApp


def test_digits_are_browsed_downloaded_and_uploaded_under_custom_names(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app(path="dataset")
    digits, counts = app.page.locator("#digits"), app.page.locator("#dataset_counts")
    expect(counts).to_contain_text("5,000 digits")
    expect(app.widget("counts").locator("svg.marks, canvas.marks").first).to_be_visible(timeout=20_000)
    expect(app.page.get_by_role("region", name="First rows").get_by_role("row")).to_have_count(6)
    first = digits.get_attribute("src")
    app.type("browse_page_train_-1", "2")
    expect(app.page.get_by_text("121 to 240 of 4,000 digits")).to_be_visible()
    expect(digits).not_to_have_attribute("src", first or "")
    app.choose("shown_class", "7")
    expect(digits).to_have_attribute("alt", re.compile(r"^\d+ digits: 7( 7)*$"))

    images, labels = csv_files.embedded().examples.take(limit=300)
    (tmp_path / "mine.csv").write_bytes(csv_files.write(images, labels))
    app.upload("upload_csv", tmp_path / "mine.csv")
    expect(counts).to_contain_text("300 digits")
    app.settle()
    file = app.download("download_csv", tmp_path / "downloads")
    assert file.name == "mine.csv"
    assert file.read_bytes() == (tmp_path / "mine.csv").read_bytes()

    app.choose("naming", "Custom names")
    app.type("class_names", "nil, one, two, three, four, five, six, seven, eight, nine & more")
    app.settle()
    app.upload("upload_csv", file.rename(tmp_path / "named.csv"))
    expect(counts).to_contain_text("300 images")
    expect(app.widget("means")).to_contain_text("nine & more")
    expect(app.widget("shown_dataset").get_by_role("combobox")).to_have_value("named.csv")
    assert app.overflow() <= 0
