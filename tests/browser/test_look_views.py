"""The views of Look as a visitor meets them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp


UNDER_WAY = """
button => new Promise(resolve => {
    const shown = () => document.querySelector(".stApp").getAnimations({subtree: true})
        .some(each => each.animationName === "under-way");
    const look = frames => shown() || !frames ? resolve(shown()) : requestAnimationFrame(() => look(frames - 1));
    button.click();
    look(600);
})
"""
"""Press a button; return whether the line that shows progress appeared."""


def switch_to(look: App, view: str) -> None:
    look.widget("look_view").get_by_text(view, exact=True).click()


def test_a_class_dreams_and_its_dream_is_followed_through_the_network(new_app: NewApp) -> None:
    look = new_app("phone", "dark", path="look")
    switch_to(look, "Dreams")
    steps, pictures = look.page.locator("#dream_step"), look.page.locator(".dream")
    expect(steps).to_have_text("Step 60 of 60")
    expect(pictures).to_have_count(10)
    assert look.overflow() <= 0
    pictures.nth(7).click()
    expect(pictures.nth(7)).to_have_attribute("aria-pressed", "true")
    expect(look.page.locator("#dream")).to_have_text("Best for the class 7")
    expect(look.page.locator("#sure_not_alike")).to_contain_text("Sure is not the same as alike.")
    look.settle()
    look.widget("dream_kind").get_by_text("Between two classes").click()
    expect(pictures).to_have_count(11)
    expect(steps).to_have_text("Step 60 of 60")
    look.settle()
    look.widget("dream_kind").get_by_text("Hidden units").click()
    expect(look.page.locator("#dream")).to_have_text(re.compile(r"Best for unit \d+"))
    expect(steps).to_have_text("Step 60 of 60")
    look.settle()
    look.click("open_dream")
    expect(look.page.locator("#origin")).to_have_text(re.compile(r"The dream of unit \d+"))
    look.settle()
    switch_to(look, "Dreams")
    look.settle()
    look.click("draw_dream")
    expect(look.canvas).to_be_visible()
    expect(look.page.get_by_text("Erase")).to_be_visible()


def test_the_engine_of_a_run_is_read_and_replayed(new_app: NewApp) -> None:
    app = new_app(path="train?hidden_size=16&epochs=3")
    app.click("train")
    expect(app.status).to_contain_text("Finished")
    app.go("Look")
    switch_to(app, "Engine")
    expect(app.page.locator("#measured")).to_have_text(re.compile(r"^\d+ steps measured$"))
    titles = app.page.locator(".st-key-engine .curve_title h2")
    expect(titles).to_have_text(["Update / weights", "Gradient", "Weights", "Dead units"])
    app.settle()
    latest = app.page.locator(".st-key-engine .legend").first.inner_text()
    app.page.locator(".st-key-engine svg[data-plot='1']").hover(position={"x": 60, "y": 30})
    expect(app.page.locator(".st-key-engine .legend").first).not_to_have_text(latest)
    expect(app.page.locator(".st-key-engine .cross line")).to_have_count(4)
    shown = app.page.locator("#activations_at")
    expect(shown).to_have_text("189")
    app.page.locator("#look_back").focus()
    app.page.keyboard.press("Home")
    expect(shown).to_have_text("0")
    expect(app.page.locator(".st-key-engine .replayed")).to_have_count(4)


def test_the_landscape_grows_with_the_run_and_a_step_on_it_is_replayed(new_app: NewApp) -> None:
    app = new_app(path="train?hidden_size=16&epochs=20")
    app.click("train")
    app.wait_for_step(100)
    app.go("Look")
    switch_to(app, "Landscape")
    dots = app.page.locator(".terrain g")
    expect(dots.first).to_be_visible()
    expect(app.page.locator("#status")).to_contain_text("Finished")
    expect(app.page.locator("#computed")).to_have_text("Pick a step on the path, or replay it below.")
    app.settle()
    expect(app.page.locator("#slice")).to_contain_text("It is a slice.")
    before = app.page.locator("#shadow").inner_text()
    step = dots.nth(3).get_attribute("data-value")
    dots.nth(3).click()
    expect(app.page.locator("#shadow")).not_to_have_text(before)
    expect(app.page.locator("#shadow")).to_contain_text(f"At step {step} ")
    expect(app.page.locator(".replay output")).to_contain_text(str(step))
    assert app.overflow() <= 0


def test_a_view_that_takes_a_moment_shows_that_it_is_under_way(new_app: NewApp) -> None:
    look = new_app(path="look")
    look.settle()
    assert look.widget("look_view").get_by_text("Map", exact=True).evaluate(UNDER_WAY)
    expect(look.page.locator(".digit_map").first).to_be_visible()
    look.settle()
    assert look.page.locator(".stApp").evaluate("app => app.getAnimations({subtree: true}).length") == 0
