"""Load a page in a browser that has never seen the app, and measure its bytes, its time and its layout shift."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import ViewportSize, expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

# The largest sum of layout shifts less than 1 s apart and within 5 s, as in web.dev's definition of CLS, 2021.
OBSERVE_SHIFTS = """
window.layoutShift = 0;
window.shifted = [];
let total = 0, first = 0, last = 0;
new PerformanceObserver(list => list.getEntries().forEach(({value, startTime, hadRecentInput, sources}) => {
    if (hadRecentInput) return;
    if (startTime - last > 1000 || startTime - first > 5000) [total, first] = [0, startTime];
    last = startTime;
    total += value;
    window.layoutShift = Math.max(window.layoutShift, total);
    const names = sources.map(({node}) => node?.parentElement?.closest('[class*=st-key]')?.className ?? node?.nodeName);
    window.shifted.push(`${value.toFixed(3)} at ${Math.round(startTime)} ms: ${names.join(', ')}`);
})).observe({type: 'layout-shift', buffered: true});
"""

LATE = """
async () => {
    const page = await (await fetch(location.href)).text();
    const scripts = performance.getEntriesByType('resource').map(({name}) => name).filter(name => name.endsWith('.js'));
    return scripts.map(name => new URL(name).pathname.slice(1)).filter(path => !page.includes(`"./${path}"`));
}
"""


@dataclass(frozen=True)
class PageLoad:
    """One load of a page.

    Attributes:
        painted: seconds until its outline or more is painted (First Contentful Paint).
        usable: seconds until the outline is gone, and the canvas can be drawn on if the page has one.
        kilobytes: of everything transferred over HTTP, in 1000 bytes.
        layout_shift: the Cumulative Layout Shift, dimensionless; up to 0.1 is good.
        shifts: what shifted and when, for people to read.
        late: the names of scripts that the page itself does not list.
    """

    painted: float
    usable: float
    kilobytes: float
    layout_shift: float
    shifts: list[str]
    late: list[str]


def load(browser: Browser, url: str, *, slower: float = 1, viewport: ViewportSize = DESKTOP) -> PageLoad:
    """Load a page with an empty cache.

    Args:
        browser: Chromium.
        url: the address of the page.
        slower: the factor by which the processor is slowed down.
        viewport: the size of the window.
    """
    context = browser.new_context(viewport=viewport)
    try:
        page = context.new_page()
        page.add_init_script(OBSERVE_SHIFTS)
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        session.send("Network.enable")
        received: list[float] = []
        session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
        asked = time.monotonic()
        page.goto(url, wait_until="commit")
        expect(page.locator("[data-testid=stMain] h1")).to_be_visible(timeout=60_000)
        expect(page.locator("#first-paint")).to_have_count(0, timeout=60_000)
        if page.locator(".st-key-drawing, .st-key-own_paper").count():
            expect(page.locator("canvas.upper-canvas")).to_be_visible(timeout=60_000)
        usable = time.monotonic() - asked
        page.wait_for_load_state("networkidle")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
        return PageLoad(
            painted=painted / 1000,
            usable=usable,
            kilobytes=sum(received) / 1000,
            layout_shift=page.evaluate("window.layoutShift"),
            shifts=page.evaluate("window.shifted"),
            late=page.evaluate(LATE),
        )
    finally:
        context.close()
