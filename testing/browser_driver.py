"""Drive the app in a browser as a user does: draw, click, move sliders, choose options, read the page."""

from __future__ import annotations

import contextlib
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import TimeoutError as TooLateError
from playwright.sync_api import expect

from testing.browser_pen import Finger, Mouse, on_screen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from playwright.sync_api import FloatRect, Locator, Page

    from testing.browser_errors import Watch

IDLE = '[data-testid=stApp][data-test-script-state="notRunning"]'

HEARD = """async () => {
    const wait = time => new Promise(done => setTimeout(done, time));
    await wait(80);
    await fetch("/_stcore/health").catch(() => null);
    await wait(40);
}"""
"""Wait for the last action to start a script run: a few milliseconds, or more if the page or the server is busy."""

KEEP_WEB_SOCKETS = """
const Socket = window.WebSocket;
window.webSockets = [];
window.WebSocket = class extends Socket {
    constructor(...given) { super(...given); window.webSockets.push(this); }
};
"""
"""Playwright cannot close a page's WebSockets, so the page keeps references to them."""

AT_REST = """
element => new Promise(done => {
    let before = null, frames = 0;
    const look = () => {
        const {x, y} = element.getBoundingClientRect();
        frames = before !== null && before.x === x && before.y === y ? frames + 1 : 0;
        before = {x, y};
        if (frames === 4) done();
        else requestAnimationFrame(look);
    };
    look();
})
"""
"""Wait until an element has stayed in place for four frames.

If the page moves during a click, the pointer goes down on one element and up on another. Playwright waits for only one
frame, in which nothing moves if the page is busy or is about to grow.
"""

UNFOLDED = "details => details.open && details.clientHeight >= details.scrollHeight - 1"

COVERED = """
() => [...document.querySelectorAll('[data-testid=stMain] :is(button:not([tabindex="-1"]), input[role=combobox])')]
    .filter(control => control.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .filter(control => !control.closest('[data-testid=stElementToolbar]'))  // comes with the pointer, goes with it
    .filter(control => {
        control.scrollIntoView({block: 'center'});
        const box = control.getBoundingClientRect();
        const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return hit === null || !(control.contains(hit) || hit.contains(control));
    })
    .map(control => control.innerText || control.ariaLabel)
"""

OFFLINE_ERRORS = (
    "ERR_INTERNET_DISCONNECTED|_stcore/health|server is not responding"
    "|when disconnected from server|WebSocket is already in CLOSING|WebSocket onclose"
)


class App:
    """A browser tab showing the app. Widgets are identified by the keys that the app gives them.

    Attributes:
        page: Playwright's page, for anything this class does not cover.
        watch: records the errors and hosts seen so far.
        url: the address of the app, without a trailing slash.
        pictures: the folder for screenshots; None for none.
    """

    def __init__(self, page: Page, url: str, watch: Watch, pictures: Path | None = None) -> None:
        self.page = page
        self.watch = watch
        self.url = url
        self._root = page.locator("[data-testid=stApp]")
        self.pictures = pictures
        page.add_init_script(KEEP_WEB_SOCKETS)

    def open(self, path: str = "") -> None:
        """Open a path of the app, such as `train?alpha=0.1`, and wait until it has rendered."""
        self.page.goto(f"{self.url}/{path}")
        self.settle()

    def reload(self) -> None:
        """Reload the page, as F5 does."""
        self.page.reload()
        self.settle()

    def disconnect(self) -> None:
        """Cut the connection to the server until `reconnect`, after the page has finished loading."""
        self.page.wait_for_load_state("networkidle")
        self.watch.expect(OFFLINE_ERRORS)
        # The front end checks the server's health before it opens a new WebSocket. Offline mode would also delay
        # the closing of the current one.
        self.page.context.route("**/_stcore/**", lambda route: route.abort("internetdisconnected"))
        self.page.evaluate("window.webSockets.forEach(socket => socket.close())")
        expect(self._root).not_to_have_attribute("data-test-connection-state", "CONNECTED")

    def reconnect(self) -> None:
        """Restore the connection and wait for the app to reconnect; it retries every few seconds."""
        self.page.context.unroute("**/_stcore/**")
        expect(self._root).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=60_000)
        self.settle()

    def settle(self) -> None:
        """Wait until no script is running, then check that the app shows no exception.

        During training the page is never idle for long: wait for the expected content instead.
        """
        self.page.evaluate(HEARD)
        self.page.wait_for_selector(IDLE, timeout=90_000)
        self.page.wait_for_selector("#first-paint", state="detached", timeout=90_000)
        self.check()

    def check(self) -> None:
        """Check that the app shows no exception."""
        shown = self.page.locator("[data-testid=stException]")
        assert shown.count() == 0, f"The app shows an exception:\n{shown.first.inner_text()}"

    def widget(self, key: str) -> Locator:
        """The widget or container with this key."""
        return self.page.locator(f".st-key-{key}")

    def go(self, title: str) -> None:
        """Follow the navigation link to another page, as a user does; this keeps the session."""
        self.page.get_by_role("link", name=title, exact=True).click()
        self.settle()

    # Drawing

    @property
    def canvas(self) -> Locator:
        """The surface that receives the strokes."""
        return self.widget("drawing").locator("canvas.upper-canvas")

    def draw(
        self,
        strokes: Sequence[NDArray[Any]],
        *,
        size: float = 1.0,
        offset: tuple[float, float] = (0.0, 0.0),
        finger: bool = False,
        events_per_second: float = math.inf,
    ) -> None:
        """Draw strokes with the mouse or a finger, in addition to what is already on the canvas.

        Args:
            strokes: (n, 2) arrays of x and y, y downward, on paper of side CANVAS; points outside leave the canvas.
            size: factor by which they are scaled about the centre of the canvas.
            offset: x and y by which they are then shifted.
            finger: draw by touch; the browser context must have a touch screen.
            events_per_second: how often a mouse moves; by default as fast as the browser takes it.
        """
        self.canvas.scroll_into_view_if_needed()
        box = self._place_at_rest("canvas")
        pen = Finger(self.page) if finger else Mouse(self.page, 1 / events_per_second)
        for stroke in strokes:
            pen.follow([on_screen(x, y, size, offset, box) for x, y in stroke])

    @contextlib.contextmanager
    def pen_down(self, stroke: NDArray[Any], *, finger: bool = False) -> Iterator[None]:
        """Draw a stroke as `draw` does, and lift the pen at the end of the block."""
        self.canvas.scroll_into_view_if_needed()
        box = self._place_at_rest("canvas")
        pen = Finger(self.page) if finger else Mouse(self.page)
        pen.press([on_screen(x, y, 1.0, (0.0, 0.0), box) for x, y in stroke])
        yield
        pen.lift()

    def answer(self, strokes: int) -> None:
        """Wait for the app to read a drawing with this number of strokes."""
        expect(self.page.locator("#answer")).to_have_attribute("data-strokes", str(strokes), timeout=10_000)

    def expect_answer(self, digit: str, strokes: int) -> None:
        """Wait for the app to read a drawing with this number of strokes as a digit, or "–" for none.

        The number alone is not enough if another network reads the same drawing. The network's answer to the example
        on blank paper counts as none.
        """
        self.answer(strokes)
        if digit == "–":
            expect(self.page.locator("#answer:text-is('–'), .answer.example #answer")).to_be_visible()
        else:
            expect(self.page.locator(".answer:not(.example) #answer")).to_have_text(digit)

    def clear(self) -> None:
        """Clear the canvas with its button."""
        self.click("clear")
        expect(self.page.locator("#answer")).to_have_attribute("data-strokes", "0")
        self.settle()

    def undo(self) -> None:
        """Undo the last stroke with its button."""
        self.click("undo")
        self.settle()

    # Widgets

    def click(self, key: str) -> None:
        """Press a button once it is at rest, without waiting for the app to respond."""
        button = self.widget(key).get_by_role("button").first
        button.scroll_into_view_if_needed()
        button.evaluate(AT_REST)
        button.click()

    def click_in(self, popover: str, key: str) -> None:
        """Open a popover and press a button in it."""
        self.click(popover)
        self.click(key)

    def slider(self, key: str) -> str:
        """The value that a slider shows."""
        return self._slider(key).get_attribute("aria-valuetext") or ""

    def slide(self, key: str, value: str) -> None:
        """Move a slider with the arrow keys until it shows this value, such as "0.1" or "Full"."""
        slider = self._slider(key)
        slider.focus()
        for _ in range(1000):
            if self.slider(key) == value:
                return
            slider.press("ArrowRight" if _number(self.slider(key)) < _number(value) else "ArrowLeft")
        raise AssertionError(f"The slider {key} has no {value}; it stopped at {self.slider(key)}.")

    def drag(self, key: str, fraction: float) -> None:
        """Drag the thumb of one of our sliders with the mouse to a fraction, 0 to 1, of the track, and release it.

        The pointer rests several times on the way, as a hand does.
        """
        slider = self._slider(key)
        slider.scroll_into_view_if_needed()
        track = slider.bounding_box()
        assert track is not None, f"The slider {key} is not on the page."
        at = float(slider.evaluate("slider => slider.value / slider.max"))
        y = track["y"] + 18
        self.page.mouse.move(track["x"] + 8 + (track["width"] - 16) * at, y)
        self.page.mouse.down()
        for part in (0.25, 0.5, 0.75, 1.0):
            x = track["x"] + 8 + (track["width"] - 16) * (at + (fraction - at) * part)
            self.page.mouse.move(x, y, steps=4)
            self.page.wait_for_timeout(250)
        self.page.mouse.up()

    def choose(self, key: str, option: str) -> None:
        """Choose an option in a select box, a segmented control or a radio group."""
        widget = self.widget(key)
        widget.get_by_role("combobox").or_(widget.get_by_role("radio")).first.wait_for()
        if widget.get_by_role("combobox").count():
            self._opened(key).get_by_role("option", name=option, exact=True).click()
        elif widget.locator("[data-testid=stRadioOption]").count():
            widget.locator("[data-testid=stRadioOption]", has_text=re.compile(f"^{re.escape(option)}$")).click()
        else:
            widget.get_by_role("radio", name=option, exact=True).click()

    def chosen(self, key: str) -> str:
        """The selected option of a select box or a segmented control."""
        widget = self.widget(key)
        widget.get_by_role("combobox").or_(widget.get_by_role("radio")).first.wait_for()
        if widget.get_by_role("combobox").count():
            return widget.get_by_role("combobox").input_value()
        return widget.get_by_role("radio", checked=True).inner_text()

    def options(self, key: str) -> list[str]:
        """All options of a select box."""
        texts = self._opened(key).get_by_role("option").all_inner_texts()
        self.page.keyboard.press("Escape")
        return texts

    def typed(self, key: str) -> str:
        """The content of a number or text field."""
        return self.widget(key).locator("input").first.input_value()

    def unfold(self, group: str) -> None:
        """Open a folded group of settings, so that they can be changed."""
        fold = self.widget(f"fold_{group}").locator("details")
        fold.locator("summary").click()
        self.page.wait_for_function(UNFOLDED, arg=fold.element_handle())

    def switch(self, key: str) -> None:
        """Flip a toggle or a checkbox."""
        self.widget(key).locator("label").first.click()

    def type(self, key: str, text: str) -> None:
        """Fill in a number or text field and press Enter."""
        field = self.widget(key).locator("input").first
        field.fill(text)
        field.press("Enter")

    def upload(self, key: str, file: Path) -> None:
        """Give a file to a file uploader."""
        self.widget(key).locator("input[type=file]").set_input_files(file)
        self.settle()

    def download(self, key: str, folder: Path) -> Path:
        """Press a download button and save the file under the name the app suggests; return its path."""
        with self.page.expect_download() as started:
            self.click(key)
        file = folder / started.value.suggested_filename
        started.value.save_as(file)
        return file

    # Looking

    @property
    def alert(self) -> Locator:
        """The alert boxes: errors, warnings and notices."""
        return self.page.get_by_test_id("stAlert")

    @property
    def status(self) -> Locator:
        """The status line of the current run."""
        return self.page.locator("#status")

    @property
    def problem(self) -> Locator:
        """The line that names the run's problem, or says that there is none."""
        return self.page.locator("#problem")

    @property
    def offer(self) -> Locator:
        """The notice that some settings need a new run; absent if the run already uses them all."""
        return self.page.locator(".waiting")

    def new_run(self) -> None:
        """Wait for the offer of a new run, accept it, and wait for the run to be ready."""
        expect(self.offer).to_be_visible()
        self.click("new_run")
        expect(self.offer).to_have_count(0, timeout=30_000)
        expect(self.status).to_contain_text(re.compile(r"step 0(?!\d|,)"))

    def step(self) -> int:
        """The network's current step, read from the page's status ("step 1,234")."""
        status = self.page.get_by_text(re.compile(r"\bstep [\d,]+", re.IGNORECASE)).first.inner_text()
        found = re.search(r"\bstep ([\d,]+)", status, re.IGNORECASE)
        assert found is not None, f"No step in {status!r}."
        return int(found[1].replace(",", ""))

    def wait_for_step(self, at_least: int, seconds: float = 30) -> int:
        """Wait until the page shows this step or a later one, also while it is being drawn; return the step shown."""
        for _ in range(round(seconds * 10)):
            with contextlib.suppress(AssertionError):
                if (step := self.step()) >= at_least:
                    return step
            self.page.wait_for_timeout(100)
        raise AssertionError(f"The page still shows step {self.step():,} after {seconds} s.")

    def overflow(self) -> int:
        """The number of pixels by which the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def covered(self) -> list[str]:
        """Buttons and select boxes covered by another element, so that a click in their centre misses them."""
        return self.page.evaluate(COVERED)

    def screenshot(self, name: str) -> None:
        """Save a screenshot of the whole page for visual inspection, if there is a folder for it."""
        if self.pictures is None:
            return
        # Streamlit scrolls an inner element, so only a taller viewport shows the whole page.
        size = self.page.viewport_size
        assert size is not None
        height = int(self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"))
        self.page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=self.pictures / f"{name}.png")
        self.page.set_viewport_size(size)

    def _place_at_rest(self, key: str) -> FloatRect:
        """Return the bounding box of a widget once it stops moving; the previous page may still be disappearing."""
        before = None
        for _ in range(100):
            if (place := self.widget(key).bounding_box()) is not None and place == before:
                return place
            before = place
            self.page.wait_for_timeout(100)
        raise AssertionError(f"The widget {key} is not on the page, or does not come to rest.")

    def _opened(self, key: str) -> Locator:
        """Open the list of a select box and return it; retry if a redraw closes it at that moment, as a user would."""
        listed = self.page.get_by_role("listbox")
        # Centre the select box first: near the edge, a page that is still growing would push it out of view.
        self.widget(key).evaluate("widget => widget.scrollIntoView({block: 'center'})")
        for _ in range(3):
            self.widget(key).get_by_role("combobox").click()
            with contextlib.suppress(TooLateError):
                listed.get_by_role("option").first.wait_for(timeout=2000)
                return listed
        raise AssertionError(f"The list of {key} does not open.")

    def _slider(self, key: str) -> Locator:
        return self.page.locator(f":is(.st-key-{key}, .st-key-{key}_slider) input[type=range]").first


def _number(shown: str) -> float:
    """Convert a slider's text to a number for comparison; "Full" is larger than any other."""
    return math.inf if shown == "Full" else float(shown.replace(",", ""))
