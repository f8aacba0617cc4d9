"""A visitor chooses a language; the page, its scripts and its numbers switch to it, and everything else continues."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, expect

from language.translation import _, languages, speaking
from testing.app_server import ROOT, UNNEEDED
from testing.browser_driver import OFFLINE_ERRORS
from tests.browser.conftest import SCREENS
from tests.browser.train_page import ENDLESS, start
from tests.unit.language.written_numbers import WRITTEN
from ui.routes import ROUTES

if TYPE_CHECKING:
    from pathlib import Path

    from testing.app_server import Server
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, NewServer

GERMAN = """
msgid ""
msgstr ""

msgid "Train"
msgstr "Trainieren"

msgid "Language"
msgstr "Sprache"

#: ui/widgets/replay_slider.js
msgid "Replay"
msgstr "Rückblick"

#: ui/widgets/network_picture.js
msgid "+ {count} more"
msgstr "und {count} weitere"
"""

WORDS = """async code => {
    const words = await import(`/_stcore/bidi-components/widgets/words.js?${code}`);
    return {
        count: words.whole(12345678),
        few: words.whole(1234),
        share: words.localized(">98.6%"),
        loss: words.fixed(1234.5, 2),
        power: words.localized("1.2e-7 of 7"),
    };
}"""
"""Numbers as the module for the scripts of pages writes them in a language."""

NARROWEST_GAP = """() => {
    const edges = selector => [...document.querySelectorAll(selector)].map(each => each.getBoundingClientRect());
    const names = edges("nav.menu li span");
    const row = names[0].top < 60 ? edges(".page_tools > *, .language_switch").filter(({ width }) => width) : [];
    row.push(...names);
    row.sort((one, other) => one.left - other.left);
    return Math.min(...row.slice(1).map((each, index) => each.left - row[index].right));
}"""
"""The distance in pixels between two page names, or a name and what is beside the menu; negative if they overlap."""

ENGLISH = """() => ["aria-label", "aria-roledescription", "placeholder", "title"]
    .flatMap(name => [...document.querySelectorAll(`[${name}]`)].map(each => each.getAttribute(name)))
    .filter(text => /^(Open|Close|Dismiss|(In|De)crement|(Clear|Choose|Selected|Remove|Help|Copy) .*)$/.test(text))"""
"""What Streamlit's own front end says of its parts, if it is in English."""

CUT = """() => [...document.querySelectorAll("[data-testid=stMain] *")]
    .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(each => !each.closest("svg") && each.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .filter(each => {
        const range = document.createRange();
        range.selectNodeContents(each);
        const text = range.getBoundingClientRect();
        for (let box = each; box && box.dataset?.testid !== "stMain"; box = box.parentElement) {
            const {overflowX} = getComputedStyle(box), {left, right} = box.getBoundingClientRect();
            if (["auto", "scroll"].includes(overflowX) || right - left < 2) return false; // the latter is only spoken
            if (["hidden", "clip"].includes(overflowX) && (text.right > right + 1 || text.left < left - 1)) return true;
        }
        return text.right > innerWidth + 1;
    })
    .map(each => each.textContent.trim().slice(0, 80))"""
"""Text that is cut off at the edge of its box or of the screen, where nothing can be scrolled."""


@pytest.fixture
def bilingual(new_server: NewServer, tmp_path: Path) -> Server:
    """A server whose app has a small German catalogue, and no other."""
    copy = tmp_path / "app"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*UNNEEDED, "catalogues"))
    (copy / "language" / "catalogues").mkdir()
    (copy / "language" / "catalogues" / "de.po").write_text(GERMAN, encoding="utf-8")
    return new_server({}, copy)


SHOWN = "field => Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').get.call(field)"
"""The text shown in a field, whatever value Streamlit takes it for."""


def shown(field: Locator) -> str:
    return str(field.evaluate(SHOWN))


def choose_language(app: App, name: str) -> None:
    app.page.locator(".language_switch select").select_option(name)


def test_the_choice_counts_before_what_the_browser_wants_and_a_run_goes_on(new_app: NewApp, bilingual: Server) -> None:
    app = new_app(url=bilingual.url, path=f"{ENDLESS}&hidden_size=1024")
    page, replay = app.page, app.page.locator("label[for=look_back]")
    expect(replay).to_have_text("Replay")
    before = start(app)
    choose_language(app, "Deutsch")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#first-paint")).to_have_count(0)
    expect(page.get_by_role("link", name="Trainieren", exact=True)).to_be_visible()
    expect(page.get_by_role("combobox", name="Sprache")).to_have_value("de")
    expect(replay).to_have_text("Rückblick")
    expect(page.locator(".network_picture .stage.hidden .below")).to_have_text(re.compile(r"und 1\.0\d\d weitere"))
    assert app.wait_for_step(before + 1) > before
    choose_language(app, "English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="Train", exact=True)).to_be_visible()
    expect(replay).to_have_text("Replay")
    assert app.wait_for_step(before + 2) > before

    german = new_app(url=bilingual.url, path="train", locale="de-AT").page
    expect(german.locator("#first-paint")).to_have_count(0)
    expect(german.get_by_role("link", name="Trainieren", exact=True)).to_be_visible()
    expect(german.locator("label[for=look_back]")).to_have_text("Rückblick")
    german.locator(".language_switch select").select_option("English")
    expect(german.locator("html")).to_have_attribute("lang", "en")
    expect(german.get_by_role("link", name="Train", exact=True)).to_be_visible()
    expect(german.locator("label[for=look_back]")).to_have_text("Replay")


def menu_has_room(app: App) -> None:
    expect(app.page.locator("#first-paint")).to_have_count(0)
    for width in (1280, 1001, 781, 641, 320, 390):
        app.page.set_viewport_size({"width": width, "height": 800})
        app.page.wait_for_function("width => innerWidth === width", arg=width)
        if width == 1280:
            expect(app.page.locator(".language_switch")).to_be_visible()
        assert app.page.evaluate(NARROWEST_GAP) > 1, f"at {width} pixels"
    app.page.set_viewport_size(SCREENS["phone"])


@pytest.mark.parametrize("code", languages())
def test_in_each_language_pages_fit_a_phone_and_scripts_write_its_numbers(new_app: NewApp, code: str) -> None:
    app = new_app("phone", locale=code.replace("_", "-"))
    expect(app.page.locator("html")).to_have_attribute("lang", code.replace("_", "-"))
    assert app.page.evaluate(WORDS, code) == WRITTEN[code]
    menu_has_room(app)
    for page in ROUTES:
        with speaking(code):
            app.go(_(page.title))
        assert app.overflow() <= 0, page.title
        assert app.page.evaluate(CUT) == [], page.title
        app.screenshot(f"{code}_{page.path}")


def test_streamlit_says_its_own_words_in_the_language(new_app: NewApp, new_server: NewServer) -> None:
    """Also the words that nobody sees: what a screen reader says of a list, a chart or a button."""
    server = new_server({})
    app = new_app(url=server.url, path="train", locale="de")
    page = app.page
    app.widget("alpha").locator("input").fill("0.3")
    expect(app.widget("alpha").get_by_test_id("InputInstructions")).to_have_text("Enter übernimmt den Wert")
    app.type("alpha", "1000")
    expect(app.widget("alpha").get_by_role("alert")).to_have_text("Wähle eine Zahl von 0,000001 bis 100.")
    upload = page.get_by_test_id("stFileUploaderDropzone")
    expect(upload.get_by_test_id("stBaseButton-secondary")).to_contain_text("Hochladen")
    expect(upload).to_contain_text("64 MB je Datei")
    expect(page.get_by_role("button", name="Hilfe zu Lernrate α")).to_be_visible()
    app.open("dataset")
    chart = page.locator("[role=graphics-document]")
    expect(chart).to_have_attribute("aria-roledescription", "Diagramm")
    expect(chart).to_have_attribute("aria-label", re.compile("^Beispiele jeder Klasse in Train, Dev und Test: 0: 4"))
    app.open("compare")
    app.widget("search_l2").locator("input").click()
    page.keyboard.type("0,08")
    expect(page.get_by_test_id("stMultiSelectDropdown")).to_contain_text("0,08 hinzufügen")
    page.keyboard.press("Escape")
    expect(page.locator("[data-live-announcer]")).to_contain_text("1 Möglichkeit verfügbar.")
    assert page.evaluate(ENGLISH) == []
    app.watch.expect(f"{OFFLINE_ERRORS}|ERR_CONNECTION|Client Error|is not responding")
    server.kill()
    lost = page.get_by_role("dialog")
    expect(lost).to_contain_text("Keine VerbindungDer Server antwortet nicht.", timeout=60_000)
    expect(lost.get_by_role("button", name="Schließen").first).to_be_attached()


@pytest.mark.parametrize(("code", "sign"), [("de", ","), ("en", ".")])
def test_number_fields_show_decimals_as_the_language_does_and_take_a_comma_or_a_point(
    new_app: NewApp, code: str, sign: str
) -> None:
    """They keep doing so when a value comes from the slider, the arrow keys, a reset or the server."""
    app = new_app(path="train?alpha=0.25", locale=code)
    alpha, slider = app.widget("alpha").locator("input"), app.widget("alpha_slider")
    expect(alpha).to_have_js_property("value", "0.25")
    assert shown(alpha) == f"0{sign}25"
    for typed in ("0,37", "0.37"):
        app.type("alpha", typed)
        expect(app.page).to_have_url(re.compile(r"[?&]alpha=0\.37(&|$)"))
        expect(slider.locator("input")).to_have_attribute("aria-valuetext", f"0{sign}37")
        assert shown(alpha) == f"0{sign}37"
        app.type("alpha", "0.2")
        expect(app.page).to_have_url(re.compile(r"[?&]alpha=0\.2(&|$)"))
    alpha.press_sequentially("0x")
    assert shown(alpha) == f"0{sign}20", "A letter is not taken."
    app.type("alpha", "1000,5")
    expect(app.widget("alpha").get_by_role("alert")).to_contain_text("100")
    assert shown(alpha) == f"1000{sign}5", "An unusable entry stays so that it can be corrected."
    app.type("alpha", "1e-3")
    expect(app.page).to_have_url(re.compile(r"[?&]alpha=0\.001(&|$)"))
    expect(slider.locator("input")).to_have_attribute("aria-valuetext", f"0{sign}001")
    slider.locator("input").press("ArrowRight")
    expect(alpha).to_have_js_property("value", "0.0015")
    assert shown(alpha) == f"0{sign}0015"
    alpha.press("ArrowUp")
    expect(alpha).to_have_js_property("value", "0.01")
    assert shown(alpha) == f"0{sign}01"
    slider.get_by_role("button").click()
    expect(alpha).to_have_js_property("value", "0.1")
    assert shown(alpha) == f"0{sign}1"
