"""Film what a newcomer sees first: `python -m testing.first_ten_seconds` writes docs/first_ten_seconds.png.

The page is opened and left alone for three seconds, or until its ghost digit has been read; then a 4 is drawn by hand,
then an example is tried. The picture has a frame for each half second, or fewer if the machine is busy.
"""

import io
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Page, sync_playwright

from testing.app_server import ROOT, Server
from testing.chromium import launch
from testing.sample_digits import CANVAS, digit

PICTURE = ROOT / "docs" / "first_ten_seconds.png"
SCREEN = {"width": 1280, "height": 800}
FRAME = (400, 250)
COLUMNS = 4
SECONDS_BETWEEN = 0.5
FRAMES = 20
LEFT_ALONE, DRAWN_IN, LOOKED_AT = 3.2, 1.8, 1.6
"""Seconds before the first stroke, for drawing the 4, and before the example."""

MOST_MOVES = 10
"""Moves of the hand between two frames, so that the stroke is seen to grow even on a busy machine."""

LIMIT_BYTES = 400_000


def main() -> None:
    """Film the app in a separate browser."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server, sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport=SCREEN, color_scheme="light")  # type: ignore[arg-type]
        page.goto(server.url)  # loads what only a server's first visitor waits for
        page.locator(".answer.example").wait_for()
        page.close()
        page = browser.new_page(viewport=SCREEN, color_scheme="light")  # type: ignore[arg-type]
        frames = film(page, server.url)
        browser.close()
    sheet(frames).save(PICTURE, optimize=True)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB")
    if PICTURE.stat().st_size > LIMIT_BYTES:
        raise SystemExit(f"The picture is larger than {LIMIT_BYTES / 1000:.0f} kB.")


def film(page: Page, url: str) -> list[tuple[float, bytes]]:
    """Open the app and return its frames as PNG files, each with the seconds since it was opened."""
    begun = time.monotonic()
    page.goto(url, wait_until="commit")
    hand = newcomer(page)
    hand_due, frame_due = begun + next(hand), begun + SECONDS_BETWEEN
    frames: list[tuple[float, bytes]] = []
    while len(frames) < FRAMES:
        now = time.monotonic()
        if now >= frame_due:
            frames.append((now - begun, page.screenshot()))
            frame_due = max(frame_due + SECONDS_BETWEEN, now)
        for _ in range(MOST_MOVES):
            if hand_due <= now:
                hand_due += next(hand)
        page.wait_for_timeout(2)
    return frames


def newcomer(page: Page) -> Iterator[float]:
    """Draw a 4 and try an example, a little at each step; yield the seconds until the next step."""
    strokes = digit("4")
    moves = sum(map(len, strokes))
    yield LEFT_ALONE
    while page.locator(".answer.example #answer", has_text="3").count() == 0:
        yield 0.1
    box = page.locator(".st-key-canvas canvas.upper-canvas").bounding_box()
    assert box is not None, "The paper is not on the page."
    for stroke in strokes:
        for x, y in stroke:
            yield DRAWN_IN / moves
            page.mouse.move(box["x"] + x * box["width"] / CANVAS, box["y"] + y * box["height"] / CANVAS)
            if (x, y) == tuple(stroke[0]):
                page.mouse.down()
        page.mouse.up()
    yield LOOKED_AT
    page.get_by_role("button", name="A cat", exact=True).click()
    yield float("inf")


def sheet(frames: Sequence[tuple[float, bytes]]) -> Image.Image:
    """Return the frames in rows, each under its time."""
    width, height = FRAME
    line = 18
    rows = -(-len(frames) // COLUMNS)
    picture = Image.new("RGB", (COLUMNS * (width + 8) - 8, rows * (height + line + 6)), "#d9d5cb")
    pen = ImageDraw.Draw(picture)
    for place, (seconds, png) in enumerate(frames):
        x, y = place % COLUMNS * (width + 8), place // COLUMNS * (height + line + 6)
        pen.text((x + 4, y + 3), f"{seconds:.1f} s", fill="#1c1b1a")
        picture.paste(Image.open(io.BytesIO(png)).convert("RGB").resize(FRAME, Image.Resampling.LANCZOS), (x, y + line))
    return picture.quantize(128)


if __name__ == "__main__":
    main()
