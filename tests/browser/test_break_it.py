"""A visitor breaks a digit and a network, sees where the answer changes, undoes it, and downloads the measurements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from testing.sample_digits import digit
from tests.browser.conftest import SCREENS

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

SMALL = "Small network (16 units)"


def slider(app: App, name: str) -> Locator:
    return app.page.get_by_role("slider", name=name, exact=True)


def dev_accuracy(app: App) -> Locator:
    """The dev accuracy before and after."""
    return app.page.locator(".dev_left")


def broken(app: App) -> Locator:
    """The broken digit."""
    return app.page.locator("figure.after")


def fits(app: App) -> None:
    assert app.overflow() <= 0
    assert app.covered() == []


def test_a_digit_and_a_network_are_broken_and_mended(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app("phone")
    app.draw(strokes := digit("3"))
    app.answer(strokes=len(strokes))
    app.go("Break it")
    assert app.chosen("break_source") == "Your drawing"
    chosen = app.page.locator(".st-key-break_head input")
    expect(chosen).to_have_count(2)
    assert not any(chosen.evaluate_all("each => each.map(name => name.scrollWidth > name.clientWidth + 1)"))
    app.choose("break_network", SMALL)
    app.settle()
    intact = re.compile(r"Dev accuracy ([\d.]+% \([\d.]+ to [\d.]+\)) → \1 of 500 digits")
    expect(dev_accuracy(app)).to_have_text(intact)
    expect(broken(app).locator("b")).to_have_text("3")

    given = app.page.locator("figure.before img")
    seen = given.get_attribute("src") or ""
    with app.pen_down(np.linspace((60, 250), (220, 250), 8), finger=True):
        expect(given).not_to_have_attribute("src", seen)
        expect(app.page.locator("#answer")).to_have_attribute("data-moving", "")
    app.answer(strokes=len(strokes) + 1)
    app.clear()
    expect(broken(app).locator("b")).to_have_text("–")
    app.draw(strokes, finger=True)
    expect(broken(app).locator("b")).to_have_text("3")
    app.settle()

    slider(app, "Ten steps").press("End")  # an attack
    expect(broken(app)).to_have_class(re.compile("turned"))
    expect(dev_accuracy(app)).not_to_have_text(intact)
    expect(app.page.locator("figure.added")).to_contain_text("up to 0.3, shown ×3.33")

    slider(app, "Ten steps").press("Home")
    expect(broken(app).locator("b")).to_have_text("3")
    slider(app, "Covered patch").press("End")
    patch = app.page.locator(".patch")
    expect(patch).to_be_visible()
    patch.scroll_into_view_if_needed()
    box = patch.bounding_box()
    assert box is not None
    before = broken(app).locator("img").get_attribute("src")
    app.page.mouse.move(box["x"] + 5, box["y"] + 5)
    app.page.mouse.down()
    app.page.mouse.move(box["x"] - 20, box["y"] + 10, steps=4)
    app.page.mouse.up()
    expect(broken(app).locator("img")).not_to_have_attribute("src", before or "")
    moved = patch.bounding_box()
    assert moved is not None
    assert moved["x"] == pytest.approx(box["x"] - 25, abs=5)

    app.click("undo_all")
    expect(app.page.locator(".damage.on")).to_have_count(0)
    expect(dev_accuracy(app)).to_have_text(intact)
    expect(patch).to_be_hidden()

    app.page.locator(".ablation button").first.click()  # the unit that matters most
    expect(app.page.locator(".ablation [aria-pressed=true]")).to_have_count(1)
    expect(dev_accuracy(app)).not_to_have_text(intact)
    app.choose("break_beside", "Built-in network")
    expect(app.page.locator(".break_stage section")).to_have_count(2)
    app.choose("break_beside", "None")
    expect(app.page.locator(".break_stage section")).to_have_count(1)
    expect(app.widget("break_csv").get_by_role("button")).to_be_enabled()
    assert app.download("break_csv", tmp_path).read_text().startswith("network,perturbation,amount")
    assert app.download("break_png", tmp_path).read_bytes().startswith(b"\x89PNG")
    fits(app)
    app.screenshot("break-phone")

    app.page.set_viewport_size(SCREENS["desktop"])
    app.page.locator(".network_picture .hidden .node").first.click()
    expect(app.page.locator(".ablation [aria-pressed=true]")).to_have_count(2)
    app.settle()
    fits(app)
    app.screenshot("break-desktop")
