"""A visitor predicts what wrong labels do, watches them being memorised, and sees which labels the network doubts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.train_page import until

if TYPE_CHECKING:
    from tests.browser.conftest import NewApp

CARD = ".st-key-preset_card_0"


def test_wrong_labels_are_predicted_watched_and_found(new_app: NewApp) -> None:
    app = new_app("phone", path="train?speed=Full")
    until(app, "Ready")
    app.page.get_by_text("Experiments").click()
    card = app.page.locator(CARD)
    expect(card).to_contain_text("A fifth of the training labels are wrong")
    expect(card).not_to_contain_text("by heart")
    card.get_by_text("below 80%").click()
    expect(card.get_by_role("radio", checked=True)).to_have_text("below 80%")
    card.get_by_role("button", name="Try 20% wrong labels").click()
    until(app, "Training")
    legend = app.page.locator(".curve_title", has_text="Accuracy").locator(".legend")
    expect(legend).to_contain_text(re.compile(r"train [\d.]+%.*true [\d.]+%.*dev [\d.]+%"))
    note = app.page.locator("#doubts_note")
    expect(note).to_contain_text(re.compile(r"Of the 50 labels it doubts most, \d+ are wrong at step [\d,]+;"))
    until(app, "Finished", seconds=90)
    expect(app.page.locator("#what_to_watch")).to_contain_text("You predicted below 80%; the result was")
    expect(note).to_contain_text("at step 9,450;")
    expect(app.page.locator(".doubts li")).to_have_count(50)
    app.settle()
    note.scroll_into_view_if_needed()
    app.screenshot("doubted-labels")
    assert app.overflow() <= 0
