"""A teacher sets a task by a link; a pupil opens it, predicts first, and sees the result beside the prediction."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from testing.sample_digits import digit
from tests.browser.train_page import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, NewServer

LINK = ".copy_field input"


def set_task(app: App, page: str, text: str, kind: str, question: str) -> None:
    """Open the panel at the foot of a page, and fill in a text and what is to be predicted."""
    app.page.get_by_text("Set a task").click()
    field = app.widget(f"task_{page}_text").locator("textarea")
    field.fill(text)
    field.press("Control+Enter")
    app.settle()
    app.choose(f"task_{page}_kind", kind)
    app.settle()
    asked = app.widget(f"task_{page}_question").locator("input")
    asked.fill(question)
    asked.press("Enter")
    app.settle()


def test_a_teacher_sets_a_task_and_a_pupil_predicts_trains_and_compares(new_app: NewApp) -> None:
    teacher = new_app(path="train?alpha=0.3&epochs=3&speed=Full")
    until(teacher, "Ready")
    set_task(teacher, "train", "Which λ?\n<b>Try</b> three.", "Yes or no", "Will dev reach 50%?")
    bound = teacher.widget("task_train_bound").locator("input")
    bound.fill("50")
    bound.press("Enter")
    expect(teacher.page.locator(LINK)).to_have_value(re.compile("limits=50&"))
    teacher.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    teacher.page.get_by_role("button", name="Copy link").click()
    expect(teacher.page.get_by_text("Copied.")).to_be_visible()
    link = teacher.page.evaluate("navigator.clipboard.readText()")
    assert link == teacher.page.locator(LINK).input_value()
    teacher.page.get_by_text("QR code").click()
    expect(teacher.page.get_by_alt_text("QR code of the link")).to_be_visible()
    teacher.reload()
    expect(teacher.page.locator(LINK)).to_have_value(link)

    pupil = new_app(path=link.removeprefix(f"{teacher.url}/"))
    until(pupil, "Ready")
    expect(pupil.page.locator("#task")).to_have_text("Which λ?\n<b>Try</b> three.", use_inner_text=True)
    expect(pupil.widget("alpha")).to_be_visible()
    expect(pupil.widget("epochs")).to_have_count(0)
    train = pupil.widget("train").get_by_role("button")
    expect(train).to_be_disabled()
    pupil.widget("ask_first").get_by_text("yes", exact=True).click()
    pupil.page.get_by_role("button", name="Predict").click()
    expect(pupil.page.locator("#what_to_watch")).to_contain_text("You predicted yes.")
    train.click()
    until(pupil, "Finished")
    expect(pupil.page.locator("#what_to_watch")).to_have_text(
        re.compile(r"Will dev reach 50%\? As you predicted, yes: [\d.]+% \([\d.]+ to [>\d.]+\)\.")
    )
    pupil.screenshot("task-train")
    pupil.reload()
    expect(pupil.page.locator("#what_to_watch")).to_contain_text("As you predicted, yes")
    pupil.go("Draw")
    expect(pupil.widget("task")).to_contain_text("Your task is on the page Train.")
    pupil.page.get_by_role("link", name="Back to your task").click()
    expect(pupil.page.locator("#task")).to_be_visible()
    pupil.page.get_by_role("button", name="Leave this task").click()
    expect(pupil.widget("seed").or_(pupil.page.get_by_text("Split and seed"))).not_to_have_count(0)
    expect(pupil.page.locator("#task")).to_have_count(0)
    assert "check=" not in pupil.page.url


def test_a_task_on_break_it_is_broken_only_after_the_prediction(new_app: NewApp) -> None:
    teacher = new_app(path="break")
    idle = teacher.page.get_by_role("slider", name="Idle units off")
    idle.focus()
    for _ in range(4):
        idle.press("ArrowRight")
    expect(idle).to_have_attribute("aria-valuetext", re.compile("^10%, .* of dev read correctly"))
    set_task(teacher, "break", "How many can be spared?", "A number", "How much of dev is left?")
    link = teacher.page.locator(LINK)
    expect(link).to_have_value(re.compile(r"[?&]least=0\.\d+&"))
    expect(link).to_have_value(re.compile("ask="))

    pupil = new_app(path=link.input_value().removeprefix(f"{teacher.url}/"))
    idle = pupil.page.get_by_role("slider", name="Idle units off")
    expect(idle).to_be_disabled()
    expect(pupil.page.get_by_role("slider", name="Noise")).to_have_count(0)
    pupil.widget("ask_first").locator("input").fill("60")
    pupil.page.get_by_role("button", name="Predict").click()
    expect(idle).to_be_enabled()
    expect(idle).to_have_value("4")
    expect(pupil.page.locator("#what_to_watch")).to_contain_text(
        re.compile(r"You predicted 60%; the result was [\d.]+% \([\d.]+ to [>\d.]+\)\.")
    )
    pupil.settle()
    pupil.screenshot("task-break-it")


def test_a_task_on_the_map_opens_between_the_layers_where_the_teacher_left_it(new_app: NewApp) -> None:
    teacher = new_app(path="look")
    teacher.choose("look_view", "Map")
    layer = teacher.page.get_by_role("slider", name="Layer")
    expect(layer).to_have_attribute("aria-valuetext", "Hidden")
    teacher.page.get_by_text("Set a task").click()
    link = teacher.page.locator(LINK)
    expect(link).to_have_value(re.compile("view=Map&"))
    for presses in (1, 2):
        layer.press("ArrowRight")
        expect(link).to_have_value(re.compile(rf"map_layer={1 + presses / 20:g}&"))
    expect(layer).to_have_attribute("aria-valuetext", "Hidden to Logits")
    lasso(teacher, 0.6, 0.05)
    expect(link).to_have_value(re.compile("map_digits="))
    chosen = teacher.page.locator(".digit_map .title")
    expect(chosen).to_contain_text(re.compile(r"^\d+ digits?, \d+ misread: "))

    pupil = new_app(path=link.input_value().removeprefix(f"{teacher.url}/"))
    expect(pupil.page.get_by_role("slider", name="Layer")).to_have_value("1.1")
    expect(pupil.page.locator(".digit_map .title")).to_have_text(chosen.inner_text())
    pupil.page.locator(".digit_map .legend button").nth(3).click()
    expect(pupil.page.locator(".digit_map .title")).to_contain_text("× 3.")
    pupil.go("Draw")
    pupil.go("Look")
    expect(pupil.page.locator(".digit_map .title")).to_contain_text("× 3.")
    pupil.page.get_by_role("button", name="Pixels", exact=True).click()
    expect(pupil.page.get_by_role("slider", name="Layer")).to_have_value("0")

    teacher.widget("task_look_free").get_by_role("button", name="clear all").click()
    expect(link).not_to_have_value(re.compile("show="))
    pupil = new_app(path=link.input_value().removeprefix(f"{teacher.url}/"))
    expect(pupil.page.locator(".digit_map canvas")).to_be_visible()
    expect(pupil.page.get_by_role("slider", name="Layer")).to_have_count(0)
    expect(pupil.page.locator(".digit_map .note")).to_contain_text("On the way from Hidden to Logits")
    pupil.settle()
    pupil.screenshot("task-look-map")


def lasso(app: App, left: float, top: float) -> None:
    """Drag around a quarter of the map, from its top left corner; distances are fractions of its side."""
    box = app.page.locator(".digit_map canvas").bounding_box()
    assert box is not None
    corners = [(left + x, top + y) for x, y in ((0, 0), (0.35, 0), (0.35, 0.45), (0, 0.45))]
    (x, y), *others = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    app.page.mouse.move(x, y)
    app.page.mouse.down()
    for x, y in others:
        app.page.mouse.move(x, y, steps=3)
    app.page.mouse.up()


def test_a_drawing_comes_through_a_link_to_the_paper_of_whoever_opens_it(new_app: NewApp) -> None:
    teacher = new_app()
    teacher.draw(digit("4"))
    teacher.expect_answer("4", strokes=2)
    teacher.go("Train")
    teacher.page.get_by_text("Set a task").click()
    link = teacher.page.locator(LINK)
    expect(link).to_have_value(re.compile("[?&]drawing="))
    before = link.input_value()
    teacher.draw(digit("1"))
    expect(link).not_to_have_value(before)

    pupil = new_app(path=before.removeprefix(f"{teacher.url}/"))
    until(pupil, "Ready")
    expect(pupil.page.locator("#paper_description")).to_contain_text("2 strokes on the paper.")
    pupil.screenshot("task-drawing")
    pupil.go("Draw")
    pupil.expect_answer("4", strokes=2)


def test_the_link_follows_every_choice_in_a_view_and_comes_to_rest(new_app: NewApp) -> None:
    app = new_app(path="look")
    app.page.get_by_text("Set a task").click()
    link = app.page.locator(LINK)
    app.type("step_alpha", "0.3")
    expect(link).to_have_value(re.compile(r"step_alpha=0\.3&"))
    app.settle()
    app.choose("unit_sort", "Weight to")
    expect(link).to_have_value(re.compile(r"sort=weight&.*step_alpha=0\.3&|step_alpha=0\.3&.*sort=weight&"))
    app.settle()
    app.choose("look_view", "Dreams")
    app.settle()
    app.page.locator(".dream").nth(7).click()
    expect(link).to_have_value(re.compile("view=Dreams&.*dream_picture=8&"))
    expect(link).not_to_have_value(re.compile("sort="))
    app.settle()


class CoursePage(BaseHTTPRequestHandler):
    """A page of another site, with a frame."""

    html = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<!doctype html><title>Course</title><link rel=icon href='data:,'>{self.html}".encode())

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def course() -> Iterator[str]:
    """Serve a course page; its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), CoursePage) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


NAVIGATION = ("nav.menu", ".page_tools", ".st-key-next_step", ".st-key-leave_task", "[class*=st-key-set_task]")
NO_STORAGE = """for (const name of ["sessionStorage", "localStorage"]) Object.defineProperty(window, name, {
    configurable: true, get() { throw new DOMException("denied", "SecurityError"); } });"""
"""What a browser does in frames of other sites if it blocks third-party cookies."""

WIDER = "() => [...document.querySelectorAll('html, body, .stMain')].some(each => each.scrollWidth > each.clientWidth)"


def test_a_course_page_shows_the_app_without_navigation(new_app: NewApp, new_server: NewServer, course: str) -> None:
    server = new_server({"DIGIT_LAB_EMBEDDED_IN": course})
    app = new_app(url=server.url, path="train?epochs=3")
    app.page.get_by_text("Set a task").click()
    app.page.get_by_text("Embed", exact=True).click()
    snippet = app.page.get_by_label("HTML for a course page")
    expect(snippet).to_have_value(re.compile("<iframe "))
    expect(app.page.get_by_text(f"Pages of {course} may show it in a frame")).to_be_visible()
    CoursePage.html = re.sub('width="100%" height="[0-9]+"', 'width="640" height="480"', snippet.input_value())

    app.page.add_init_script(NO_STORAGE)
    app.page.goto(course)
    frame = app.page.frame_locator("iframe")
    expect(frame.locator("#status strong")).to_have_text("Ready")
    expect(frame.locator("#first-paint")).to_have_count(0)
    for navigation in NAVIGATION:
        expect(frame.locator(navigation).and_(frame.locator(":visible"))).to_have_count(0)
    assert not app.page.frames[1].evaluate(WIDER), "no scroll bar across"
    frame.locator(".st-key-train button").click()
    expect(frame.locator("#status strong")).to_have_text("Finished")
    expect(frame.locator(".st-key-try_drawing")).to_have_count(0)
    if app.pictures is not None:
        app.page.screenshot(path=app.pictures / "task-embedded.png")
    app.watch.hosts.discard(urlsplit(course).netloc)
