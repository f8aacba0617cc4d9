"""Look: a visitor traces a digit through a network and takes a training step."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from testing.sample_digits import digit

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Screen

_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def value(shown: str) -> float:
    """Parse a number as the page formats it."""
    mantissa, _, power = shown.strip().lstrip("+").replace("−", "-").replace(",", "").partition("·10")
    return float(mantissa) * 10.0 ** int((power or "0").translate(_POWERS))


def unit_shown(app: App) -> int:
    """The unit whose weights, products and sum are shown."""
    return int(app.page.locator("#unit_steps").get_attribute("data-unit") or 0)


def outlined(card: Locator) -> bool:
    style: str = card.evaluate("card => getComputedStyle(card).outlineStyle")
    return style == "solid"


def values_of_units(app: App) -> list[float]:
    return [value(text) for text in app.page.locator(".unit small").all_inner_texts()]


def test_a_drawing_is_traced(app: App) -> None:
    app.draw(digit("7"))
    app.expect_answer("7", strokes=1)
    app.page.get_by_role("button", name="Follow it through the network").click()
    expect(app.page.locator("#origin")).to_have_text("Your drawing")
    expect(app.page.locator("#read_as")).to_have_text("a 7")
    app.page.get_by_role("button", name="Skip").click()
    app.settle()
    before = value(app.page.locator("#loss_before").inner_text())
    label = next(
        key
        for key in app.page.locator("[class*=st-key-true_label]").evaluate("e => [...e.classList]")
        if "true_label" in key
    )
    app.choose(label.removeprefix("st-key-"), "1")
    expect(app.page.locator("#outcome")).to_contain_text("Probability of a 1")
    app.settle()
    assert value(app.page.locator("#loss_before").inner_text()) > before


def test_coming_back_to_train_returns_to_the_same_digit_and_place(new_app: NewApp) -> None:
    app = new_app(path="train?hidden_size=16")
    app.click_in("more", "epoch")
    app.wait_for_step(63)
    app.settle()
    cell = app.page.locator(".confusion tbody tr td:not([class*=right]) button", has_text=re.compile(r"[1-9]")).first
    name = cell.get_attribute("data-cell")
    cell.click()
    expect(app.page.locator("#gallery_title")).to_contain_text("read as")
    title = app.page.locator("#gallery_title").inner_text()
    digit_button = app.page.locator(".gallery button").first
    digit_button.click()
    expect(digit_button).to_have_attribute("aria-pressed", "true")
    inspect = app.widget("inspect").get_by_role("button")
    expect(inspect).to_be_enabled()
    inspect.scroll_into_view_if_needed()
    app.settle()
    before = inspect.bounding_box()
    inspect.click()
    expect(app.page.locator("#specimen")).to_be_visible()
    assert app.chosen("look_network") == "Run 1"
    app.settle()
    app.page.get_by_role("link", name="Back to Train").click()
    expect(app.page.locator("#gallery_title")).to_have_text(title)
    expect(app.page.locator(f".confusion [aria-selected=true] [data-cell='{name}']")).to_have_count(1)
    expect(digit_button).to_have_attribute("aria-pressed", "true")
    expect(inspect).to_be_in_viewport(ratio=1)
    app.settle()
    after = inspect.bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] == pytest.approx(before["y"], abs=2)


def choose_digit_and_unit(look: App) -> None:
    """Choose a unit by its bar, by mouse, keyboard and number, sorted by effect; a dev digit by class and number."""
    bar = look.page.locator(".contributor").nth(20)
    chosen_unit = int(bar.get_attribute("data-value") or 0) + 1
    assert chosen_unit != unit_shown(look)
    bar.click()
    expect(look.page.locator("#unit_steps")).to_have_attribute("data-unit", str(chosen_unit))
    expect(look.page.locator("#inspector")).to_be_in_viewport()

    look.choose("look_network", "Built-in network (99.4%)")
    expect(look.page.locator("#specimen")).to_contain_text("784 → 3,000 → 11")
    look.settle()
    active = values_of_units(look)
    assert active == sorted(active, reverse=True)
    look.choose("unit_sort", "Contribution to")
    expect(look.page.locator("#units_shown")).to_contain_text("the 12 most for it, then the 12 most against it")
    look.settle()
    contributions = values_of_units(look)
    assert contributions == sorted(contributions, reverse=True)
    assert contributions[0] > 0 > contributions[-1]
    look.choose("unit_sort", "Dead units")
    expect(look.page.locator("#units_shown")).to_contain_text("dead units")
    look.settle()
    assert set(values_of_units(look)) == {0.0}
    assert value(look.page.locator("#dead_count").inner_text()) > 0

    look.choose("unit_sort", "Activation")
    expect(look.page.locator("#units_shown")).not_to_contain_text("dead units")
    look.settle()
    pictures = look.page.locator(".unit")
    chosen_unit = int(pictures.nth(5).get_attribute("data-value") or 0) + 1
    pictures.nth(5).click()
    expect(look.page.locator("#unit_steps")).to_have_attribute("data-unit", str(chosen_unit))
    expect(pictures.nth(5)).to_have_attribute("aria-pressed", "true")
    assert look.typed("unit") == str(chosen_unit)
    pictures.nth(8).focus()
    look.page.keyboard.press("Enter")
    next_unit = int(pictures.nth(8).get_attribute("data-value") or 0) + 1
    expect(look.page.locator("#unit_steps")).to_have_attribute("data-unit", str(next_unit))
    expect(pictures.nth(8)).to_be_focused()
    look.type("unit", "1500")
    expect(look.page.locator("#unit_steps")).to_have_attribute("data-unit", "1500")
    look.settle()
    total, bias, z = (value(look.page.locator(f"#unit_{name}").inner_text()) for name in ("sum", "bias", "z"))
    assert total + bias == pytest.approx(z, abs=2e-3)

    look.choose("digit_class", "4")
    look.settle()
    expect(look.page.locator("#specimen")).to_contain_text("it is a 4")
    first = look.page.locator("#origin").inner_text()
    look.type("digit_number", "3")
    expect(look.page.locator("#origin")).not_to_have_text(first)
    expect(look.page.locator("#specimen")).to_contain_text("it is a 4")


def follow_the_text(look: App) -> None:
    """Check that headings are in order, pictures have names, a term shows its meaning, and a symbol its matrix."""
    levels = look.page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain] :is(h1, h2, h3, h4)')].map(each => +each.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    unnamed = look.page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain] img:not([alt])')].map(each => each.outerHTML)"
    )
    assert unnamed == []
    symbols = look.widget("equations").get_by_role("link")
    assert symbols.count() > 30
    # Not every screen reader takes the name from KaTeX's markup, but all of them take it from the title.
    assert all(symbol.get_attribute("title") for symbol in symbols.all())
    look.page.evaluate("document.getElementById('softmax').scrollIntoView()")
    assert look.overflow() <= 0
    word = look.page.locator(".term", has_text=re.compile("^hidden unit"))
    meaning = word.locator(".meaning")
    expect(meaning).to_be_hidden()
    word.hover()
    expect(meaning).to_be_visible()
    look.page.mouse.move(0, 0)
    expect(meaning).to_be_hidden()
    word.focus()
    expect(meaning).to_be_visible()
    described = word.get_attribute("aria-describedby")
    assert look.page.locator(f"#{described}").text_content() == meaning.text_content()
    card = look.page.locator("#of-dW1")
    symbol = look.widget("equations").locator("a[href='#of-dW1']").first
    assert not outlined(card)
    symbol.hover()
    assert outlined(card)
    look.page.mouse.move(0, 0)
    assert not outlined(card)
    symbol.focus()
    look.page.keyboard.press("Enter")
    expect(card).to_be_in_viewport(ratio=1)
    assert outlined(card)
    expect(symbol).to_be_in_viewport()
    look.check()


def check_gradients(look: App) -> None:
    """Check the gradients of two matrices; then set α, the size of the step, and λ."""

    def errors() -> list[float]:
        return [value(text) for text in look.page.locator("#check_numbers td:nth-child(4)").all_inner_texts()]

    assert len(errors()) == 9
    assert min(errors()) < 1e-6
    assert errors()[0] > 10 * errors()[1] > 100 * min(errors()) / 10
    gradient = look.page.locator("#check_numbers td:nth-child(3)").first
    shown = gradient.inner_text()
    look.choose("checked", "W²")
    expect(gradient).not_to_have_text(shown)
    look.settle()
    assert min(errors()) < 1e-6
    expect(look.widget("check_plot").locator("canvas.marks, svg.marks")).to_be_visible()
    look.page.locator("#gradient_check").scroll_into_view_if_needed()

    before = look.page.locator("#loss_before").inner_text()
    after = look.page.locator("#loss_after").inner_text()
    look.slide("step_alpha", "1")
    expect(look.page.locator("#loss_after")).not_to_have_text(after)
    assert value(look.page.locator("#loss_before").inner_text()) == pytest.approx(value(before), rel=1e-3)
    assert value(look.page.locator("#loss_after").inner_text()) < value(after) < value(before)
    look.slide("step_l2", "1")
    expect(look.page.locator("#loss_before")).not_to_have_text(before)
    expect(look.page.locator("#of-J")).to_contain_text("penalty")


def test_a_visitor_follows_the_text_checks_gradients_and_chooses_what_is_shown(new_app: NewApp) -> None:
    look = new_app(path="look")
    look.page.get_by_role("button", name="Skip").click()
    expect(look.page.locator(".tour")).to_have_count(0)
    look.settle()
    follow_the_text(look)
    check_gradients(look)
    choose_digit_and_unit(look)


TOUR_TARGETS = {
    "digit": ".st-key-which",
    "step": ".player",
    "check": "#check_numbers",
    "unit": "#unit_steps",
    "evidence": ".logits",
}


def take_the_tour(app: App) -> None:
    """Take the tour, and check that it covers nothing it describes."""
    expect(app.widget("digit_source")).to_be_in_viewport(ratio=1)
    expect(app.page.locator("#specimen")).to_be_in_viewport(ratio=1)
    tour = app.page.locator(".tour:visible")
    app.page.locator("#check_numbers").wait_for()
    app.widget("tour").locator("style").wait_for(state="attached")  # from then on the tour listens to its buttons
    for number, target in enumerate(TOUR_TARGETS.values(), start=1):
        expect(tour).to_contain_text(f"{number} of 5")
        expect(tour).to_be_in_viewport(ratio=1)
        expect(app.page.locator(target)).to_be_in_viewport(ratio=0.05)
        gap = app.page.locator(target).evaluate(
            "(target, box) => target.getBoundingClientRect().top - box.getBoundingClientRect().bottom",
            tour.element_handle(),
        )
        assert gap >= 0
        assert app.overflow() <= 0
        tour.get_by_role("button", name="Next" if number < 5 else "Done").click()
    expect(tour).to_have_count(0)


def play_a_step(app: App) -> None:
    """Go through the stages of a training step by mouse and keyboard."""
    player, picture = app.page.locator(".player"), app.page.locator(".network_picture")
    stage, hidden, outputs = player.get_by_role("status"), picture.locator(".hidden"), picture.locator(".outputs")
    player.wait_for()
    app.settle()
    target = app.page.locator("#specimen").inner_text().split("it is a ")[1][0]
    probability = outputs.locator(".node", has_text=re.compile(f"^{target}")).get_attribute("aria-label")
    expect(stage).to_contain_text("Forward, hidden.")
    player.get_by_role("button", name="1 of 7").click()
    expect(picture).to_be_in_viewport(ratio=0.9)
    expect(outputs).to_have_class(re.compile("waiting"))
    expect(hidden).not_to_have_class(re.compile("waiting"))
    player.get_by_role("button", name="Next").click()
    expect(stage).to_contain_text("Forward, output.")
    expect(outputs).not_to_have_class(re.compile("waiting"))
    for name in ("Z2", "A2"):
        expect(app.page.locator(f"#of-{name}")).to_have_css("outline-style", "solid")
        expect(app.page.locator(f".st-key-equations p:has(> a:first-child[href='#of-{name}'])")).not_to_have_css(
            "box-shadow", "none"
        )
    expect(app.page.locator("#of-W2")).to_have_css("outline-style", "dashed")
    expect(app.page.locator("#of-Z1")).to_have_css("outline-style", "none")
    player.get_by_role("button", name="Play").focus()
    app.page.keyboard.press("ArrowRight")
    expect(stage).to_contain_text("Loss.")
    expect(outputs.locator(".target .name")).to_have_text(target)
    app.page.keyboard.press("Enter")
    expect(player.get_by_role("button", name="Pause")).to_be_focused()
    expect(stage).to_contain_text("Backward, output.", timeout=10_000)
    app.page.keyboard.press("Enter")
    expect(player.get_by_role("button", name="Play")).to_be_focused()
    errors = [value(text) for text in outputs.locator(".value").all_inner_texts() if text]
    assert sum(errors) == pytest.approx(0, abs=0.05), "probabilities minus a target of 1"
    expect(hidden.locator(".value").first).to_be_empty()
    player.get_by_role("button", name="5 of 7").click()
    unit = app.page.locator(".player [role=status]").inner_text().split("unit ")[1].split(":")[0]
    slope = hidden.locator(f".node[aria-label^='Unit {unit} ']").locator(".value")
    expect(slope).not_to_be_empty()
    assert value(stage.inner_text().split("= ")[1].rstrip(".")) == pytest.approx(value(slope.inner_text()), abs=0.006)
    player.get_by_role("button", name="6 of 7").click()
    expect(picture.locator(".caption")).to_contain_text("weights that grow and shrink")
    player.get_by_role("button", name="7 of 7").click()
    expect(stage).to_contain_text(app.page.locator("#loss_after").inner_text())
    assert outputs.locator(".target").get_attribute("aria-label") != probability
    expect(player.get_by_role("button", name="Next")).to_have_attribute("aria-disabled", "true")
    app.page.locator("#of-Z2").scroll_into_view_if_needed()
    player.get_by_role("button", name="4 of 7").click()
    expect(app.page.locator("#of-dZ2")).to_be_in_viewport()
    expect(player).to_be_in_viewport(ratio=1)
    assert app.overflow() <= 0


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_a_visitor_takes_the_tour_and_plays_a_step(new_app: NewApp, screen: Screen) -> None:
    app = new_app(screen, path="look")
    take_the_tour(app)
    app.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop = 0")
    play_a_step(app)
    app.screenshot(f"look-stages-{screen}")
    if screen == "desktop":
        app.go("Train")
        app.go("Look")
        expect(app.page.locator("#specimen")).to_be_visible()
        expect(app.page.locator(".tour:visible")).to_have_count(0)
        app.click("take_tour")
        expect(app.page.locator(".tour:visible")).to_contain_text("1 of 5")


@pytest.mark.parametrize(("layers", "activation"), [("0", "ReLU"), ("3", "tanh")])
def test_a_network_just_trained_is_inspected(new_app: NewApp, layers: str, activation: str) -> None:
    app = new_app(path=f"train?hidden_layers={layers}&hidden_size=16&activation={activation}&speed=Full")
    app.click_in("more", "epoch")
    app.wait_for_step(63)
    app.settle()
    app.go("Look")
    app.page.get_by_role("button", name="Skip").click()
    app.choose("look_network", "Run 1")
    expect(app.page.locator("#specimen")).to_contain_text("784 → 10" if layers == "0" else "784 → 16 → 16 → 16 → 10")
    app.settle()
    assert app.page.locator(".logits li").count() == 10
    assert app.page.locator(f"#of-dW{int(layers) + 1}").count() == 1
    if layers == "3":
        app.choose("unit_layer", "3")
        app.settle()
        assert app.page.locator(".unit").count() == 16
    assert app.overflow() <= 0
    app.screenshot(f"look-{layers}-hidden")
