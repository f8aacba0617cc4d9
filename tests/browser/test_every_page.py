"""Every page fits each screen and is accessible in each theme, with no control covered."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from testing.page_load import DESKTOP, PHONE, load
from testing.sample_digits import digit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

    from testing.app_server import Server
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Scheme, Screen


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("page", ["", "train", "look", "break", "compare", "dataset", "collect"])
def test_a_page_is_outlined_at_once_and_does_not_shift(
    browser: Browser, server: Server, page: str, viewport: ViewportSize
) -> None:
    loaded = load(browser, f"{server.url}/{page}", viewport=viewport)
    assert loaded.painted < loaded.usable, "The outline came with the page."
    assert loaded.layout_shift <= 0.1, "\n".join(loaded.shifts)
    assert loaded.kilobytes < 3000, "Streamlit's files are not compressed."
    if page in {"", "compare"}:
        assert loaded.late == [], "The page names all its scripts, so that they come in parallel."


# Elements that are still fading in have too little contrast.
AT_REST = """
() => Promise.allSettled(document.getAnimations()
    .filter(each => each.effect.getComputedTiming().endTime < Infinity).map(each => each.finished))
"""


def violations(app: App, *rules: str) -> list[str]:
    """The accessibility violations that axe-core rates moderate, serious or critical, by all rules or some."""
    app.page.mouse.move(0, 0)
    expect(app.page.get_by_test_id("stTooltipContent")).to_have_count(0)
    app.page.evaluate(AT_REST)
    options = {"resultTypes": ["violations"], "runOnly": rules} if rules else {"resultTypes": ["violations"]}
    found: list[dict[str, Any]] = Axe().run(app.page, options=options).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {each['help']}\n  "
        + "\n  ".join(f"{node['target']} {node['html']}"[:300] for node in each["nodes"])
        for each in found
        if each["impact"] != "minor"
    ]


PALE = """
() => {
    const luminance = colour => {
        const channels = colour.match(/[\\d.]+/g).slice(0, 3).map(each => each / 255);
        const [red, green, blue] = channels.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const paper = luminance(getComputedStyle(document.body.parentElement).backgroundColor);
    const contrast = colour => {
        const [dark, light] = [luminance(colour), paper].sort((one, other) => one - other);
        return (light + 0.05) / (dark + 0.05);
    };
    const texts = [...document.querySelectorAll("[data-testid=stMain] svg text")]
        .filter(each => each.textContent.trim())
        .map(each => [each.textContent, getComputedStyle(each).fill, 4.5]);
    const rings = [...document.querySelectorAll(":is(a, button, input, select, summary):not(:disabled)")]
        .filter(each => each.checkVisibility({visibilityProperty: true}) && each.type !== "range" && each.tabIndex >= 0)
        .flatMap(each => {
            each.focus({preventScroll: true, focusVisible: true});
            if (document.activeElement !== each) return []; // it is inert, or passes the focus on
            const {outlineColor, outlineStyle} = getComputedStyle(each);
            const colour = outlineStyle === "none" ? "rgb(0, 0, 0)" : outlineColor;
            return [["focus of " + each.outerHTML.slice(0, 120), colour, outlineStyle === "none" ? 99 : 3]];
        });
    document.activeElement.blur();
    return [...texts, ...rings].filter(([, colour, least]) => contrast(colour) < least);
}
"""
"""Elements paler than WCAG 2.2 allows that axe-core does not measure: plot labels and focus rings."""


def draw_a_digit(app: App) -> None:
    expect(app.widget("canvas")).to_be_in_viewport(ratio=1)
    app.expect_answer("–", strokes=0)
    assert app.overflow() <= 0
    assert app.covered() == []
    app.draw(strokes := digit("3"))
    app.expect_answer("3", strokes=len(strokes))
    app.page.get_by_text("Why this answer?").click()
    expect(app.page.locator(".nearest li")).to_have_count(8)


def train_an_epoch(app: App) -> None:
    expect(app.widget("train")).to_be_in_viewport(ratio=1)
    app.choose("speed", "Full")
    app.click_in("more", "epoch")
    app.wait_for_step(63)
    app.page.locator(".gallery button").first.click()
    expect(app.page.locator(".gallery [aria-pressed=true]")).to_have_count(1)
    sizes = app.page.locator(".confusion tbody button").evaluate_all(
        "buttons => buttons.map(b => [b.clientWidth, b.clientHeight, b.scrollWidth - b.clientWidth])"
    )
    assert min(min(width, height) for width, height, _ in sizes) >= 24, "WCAG 2.2, 2.5.8"
    assert max(cut_off for _, _, cut_off in sizes) <= 0


def train_two_runs(app: App) -> None:
    expect(app.widget("train_both").get_by_role("button")).to_be_in_viewport()
    app.click("train_both")
    app.page.locator("#legend").wait_for()
    app.click("pause_both")
    app.widget("go_on").wait_for()


def look_at_digits(app: App) -> None:
    expect(app.page.locator("#digits")).to_be_in_viewport(ratio=0.1)


def look_inside(app: App) -> None:
    expect(app.page.locator("#specimen")).to_be_visible()


def break_a_digit(app: App) -> None:
    expect(app.page.locator(".break_stage")).to_be_in_viewport(ratio=0.5)
    app.page.get_by_role("slider", name="Noise").press("End")
    expect(app.page.locator("figure.added")).to_contain_text("up to")
    expect(app.widget("break_png").get_by_role("button")).to_be_enabled(timeout=120_000)


def collect_a_digit(app: App) -> None:
    expect(app.widget("pad_sheet")).to_be_in_viewport(ratio=1)
    app.page.locator(".collected").wait_for()


PAGES = {
    "Draw": ("Draw a digit", draw_a_digit),
    "Train": ("Train a network", train_an_epoch),
    "Compare": ("Compare runs", train_two_runs),
    "Look": ("One digit, all the way through", look_inside),
    "Break it": ("Break it", break_a_digit),
    "Dataset": ("The digits", look_at_digits),
    "Collect": ("Collect", collect_a_digit),
}


@pytest.mark.parametrize(("screen", "first"), [("desktop", "light"), ("phone", "dark")])
def test_every_page_fits_the_screen_and_is_accessible_in_both_themes(
    new_app: NewApp, server: Server, screen: Screen, first: Scheme
) -> None:
    app = new_app(screen, first)
    schemes: list[Scheme] = ["light", "dark"] if first == "light" else ["dark", "light"]
    for title, (heading, use) in PAGES.items():
        if title != "Draw":
            app.go(title)
        expect(app.page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(app.page.locator("nav.menu [aria-current=page]")).to_contain_text(title)
        use(app)
        app.settle()
        assert app.overflow() <= 0, title
        assert app.covered() == [], title
        for scheme in schemes:
            app.page.emulate_media(color_scheme=scheme)
            expect(app.page.locator("html")).to_have_attribute("data-theme", scheme)
            app.settle()
            app.screenshot(f"{title.lower()}-{screen}-{scheme}")
            # The other theme differs only in its colours.
            rules = () if scheme == schemes[0] else ("color-contrast",)
            assert not (found := violations(app, *rules)), "\n".join([title, scheme, *found])
        app.page.keyboard.press("Tab")  # from then on the browser shows where the focus is
        assert app.page.evaluate(PALE) == [], title
        schemes.reverse()  # the next page opens in this theme
    assert app.watch.hosts == {urlsplit(server.url).netloc}, "Something was requested from another host."


def test_the_server_listens_on_this_machine_only(server: Server) -> None:
    """A server open to the network would also answer at the other addresses of this machine."""
    port = urlsplit(server.url).port
    assert port is not None
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.2", port)) != 0
