"""Work saved in one tab is opened in another, where training continues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from testing.sample_digits import digit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewApp


def test_work_is_saved_and_opened_in_a_new_tab(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app()
    app.draw(strokes := digit("4"))
    app.expect_answer("4", strokes=len(strokes))
    app.go("Train")
    app.click("step")
    expect(app.status).to_contain_text("step 1")
    app.settle()
    app.page.get_by_role("button", name="Your work").click()
    file = app.download("save_work", tmp_path)
    assert file.name == "digit-lab-run-1.zip"

    other = new_app(screen="phone")
    other.page.get_by_role("button", name="Your work").click()
    other.upload("open_work_0", file)
    found = other.page.locator("#found_work")
    expect(found).to_contain_text("Run 1: 784-64-10, step 1")
    expect(found).to_contain_text("2 strokes on the paper")
    other.screenshot("open-work")
    other.click("take_up_work")
    expect(other.status).to_contain_text("Paused")
    expect(other.status).to_contain_text("step 1")
    other.settle()
    other.click("step")
    expect(other.status).to_contain_text("step 2")
    other.settle()
    other.go("Draw")
    other.expect_answer("4", strokes=len(strokes))
    other.screenshot("opened-drawing")
