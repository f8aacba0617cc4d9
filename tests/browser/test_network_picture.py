"""The network picture in a browser: its numbers are those of nn, by mouse and keyboard, and lead to a unit on Look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from models.reader import Reader
from testing.sample_digits import digit

if TYPE_CHECKING:
    from nn.network import Floats
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Screen

PICTURE = ".network_picture"
GREYS = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
RECORD_CAPTIONS = f"""() => {{
    const [caption, output] = [".caption", ".outputs .value"].map(each => document.querySelector("{PICTURE} " + each));
    window.captions = [caption.textContent];
    window.outputsHaveNumbers = [output.textContent !== ""];
    new MutationObserver(() => {{
        if (caption.textContent === captions.at(-1)) return;
        captions.push(caption.textContent);
        outputsHaveNumbers.push(output.textContent !== "");
    }}).observe(caption, {{ childList: true }});
}}"""
"""Record each text of the caption in turn, and whether the first output shows a number at that moment."""

TOLERANCE = 0.05
"""The input is read back from the grey levels on screen."""


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def image_shown(app: App) -> Floats:
    """The input of the network as shown, (784,) in [0, 1]."""
    greys = np.array(app.page.locator(f"{PICTURE} .image").evaluate(GREYS), np.float32)
    return (greys.max() - greys) / (greys.max() - greys.min())


def caption(app: App, name: str) -> float:
    return number(app.page.locator(f"{PICTURE} .caption [data-number={name}]").inner_text())


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_numbers_of_an_output_and_of_a_unit_are_those_of_the_network(new_app: NewApp, screen: Screen) -> None:
    app = new_app(screen)
    app.draw(strokes := digit("4"))
    app.expect_answer("4", strokes=len(strokes))
    app.settle()
    network = Reader.load("models/digits.npz").network
    A, Z = network.forward(image_shown(app)[None])
    contributions = A[1][0][:, None] * network.weights[1]  # (units, outputs)

    units = app.page.locator(f"{PICTURE} .hidden .node")
    labels = [
        re.fullmatch(r"Unit (\d+) speaks (for|against) 4: (.+)", each or "")
        for each in units.evaluate_all("nodes => nodes.map(node => node.ariaLabel)")
    ]
    assert all(labels)
    shown = {int(each[1]) - 1: number(each[3]) for each in labels if each}
    for unit, value in shown.items():
        assert value == pytest.approx(contributions[unit, 4], abs=TOLERANCE)

    output = app.page.locator(f"{PICTURE} .outputs .node").nth(4)
    output.hover()
    expect(units.first.locator(".value")).not_to_be_empty()
    assert [number(each) for each in units.locator(".value").all_inner_texts()] == list(shown.values())
    assert caption(app, "shown") == pytest.approx(sum(shown.values()), abs=TOLERANCE)
    assert caption(app, "logit") == pytest.approx(Z[1][0, 4], abs=2 * TOLERANCE)
    assert caption(app, "shown") + caption(app, "rest") + caption(app, "bias") == pytest.approx(
        caption(app, "logit"), abs=TOLERANCE
    )
    units.nth(1).hover()
    values = app.page.locator(f"{PICTURE} .outputs .value")
    expect(values.first).not_to_be_empty()
    np.testing.assert_allclose(
        [number(each) for each in values.all_inner_texts()], contributions[list(shown)[1]], atol=TOLERANCE
    )


def test_the_keyboard_reaches_every_unit_by_one_tab_stop_and_opens_it_on_learn(app: App) -> None:
    app.draw(strokes := digit("7"))
    app.answer(strokes=len(strokes))
    app.settle()
    stop = app.page.locator(f"{PICTURE} [tabindex='0']")
    expect(stop).to_have_count(1)
    stop.focus()
    app.page.keyboard.press("ArrowLeft")
    app.page.keyboard.press("ArrowDown")
    expect(stop).to_be_focused()
    expect(app.page.locator(f"{PICTURE} .outputs .value").first).not_to_be_empty()
    unit = re.match(r"Unit (\d+)", stop.get_attribute("aria-label") or "")
    assert unit
    app.page.keyboard.press("Enter")
    expect(app.page.locator("#unit_steps")).to_have_attribute("data-unit", unit[1], timeout=15_000)
    app.settle()

    other = app.page.locator(f"{PICTURE} .hidden .node").nth(3)
    name = re.match(r"Unit (\d+)", other.get_attribute("aria-label") or "")
    other.click()
    assert name
    expect(app.page.locator("#unit_steps")).to_have_attribute("data-unit", name[1])
    expect(app.page.locator("#unit_steps")).to_be_in_viewport()


def test_slow_motion_follows_a_step_forward_and_backward(new_app: NewApp) -> None:
    app = new_app(path="train?hidden_layers=2&speed=Full")
    expect(app.page.locator(f"{PICTURE} .stage")).to_have_count(4, timeout=15_000)
    app.page.evaluate(RECORD_CAPTIONS)
    app.click("step")
    passes = ["weight × activation", "Forward: activations", "Backward: dZ", "weight × activation"]
    app.page.wait_for_function("passes => passes.every((each, at) => captions[at]?.includes(each))", arg=passes)
    assert app.page.evaluate("outputsHaveNumbers") == [False, False, True, False]
