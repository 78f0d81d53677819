"""Film one training step of the real stage as a GIF: ``python -m docs.film`` from the repository's root.

The page is the offline one; every move stands still at the times that are pictured, so that a slow machine films the
same as a fast one. It needs the Chromium of the browser tests.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from rnnviz.experiment.core import run
from rnnviz.export.standalone import stage_html
from rnnviz.settings.config import PRESETS

FILM = Path(__file__).parent / "step.gif"
SIZE = {"width": 1240, "height": 700}
BETWEEN, REST, COLOURS = 120, 700, 128
"""Milliseconds from picture to picture and at the end of a frame, and colours of a picture."""
LARGEST = 3_000_000

HOLD = """() => {
    const later = window.setTimeout;
    window.setTimeout = (act, after, ...rest) => {
        if (after < 50) return later(act, after, ...rest);
        window.next = act;
        return 1e9;
    };
    window.stage = document.querySelector("[data-testid=stage]");
    window.moves = () => stage.getAnimations({ subtree: true });
    window.hold = () => {
        moves().forEach((move) => move.pause());
        return Math.max(0, ...moves().map((move) => move.effect.getComputedTiming().endTime));
    };
    stage.scrollIntoView();
    stage.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
}"""
TO = """time => {
    for (const move of moves()) move.currentTime = time;
    return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""


def pictures(page: Page) -> list[tuple[Image.Image, int]]:
    """Return every picture of the film with how long it stands, in milliseconds."""
    found = []
    for _ in range(int(page.get_attribute("[data-testid=stage]", "data-frames") or 0)):
        end = page.evaluate("hold()")
        times = [*range(0, int(end), BETWEEN), end]
        for time in times:
            page.evaluate(TO, time)
            drawn = Image.open(io.BytesIO(page.locator("[data-testid=stage] .screen").screenshot()))
            found.append((drawn.convert("RGB"), REST if time == end else BETWEEN))
        page.evaluate("next()")
    return found


def sampled(some: list[Image.Image]) -> Image.Image:
    """Return pictures one below the other, for the colours that all of them need."""
    width, height = some[0].size
    sheet = Image.new("RGB", (width, height * len(some)))
    for place, picture in enumerate(some):
        sheet.paste(picture, (0, place * height))
    return sheet


def main() -> None:
    """Write the film."""
    text = stage_html(run(PRESETS["lecture-sequence-to-sequence"].config))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "stage.html"
        path.write_text(text, "utf-8")
        chromium = os.environ.get("RNNVIZ_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(path.as_uri())
        page.evaluate(HOLD)
        taken = pictures(page)
        browser.close()
    palette = sampled([picture for picture, _ in taken[:: max(1, len(taken) // 8)]]).quantize(COLOURS)
    drawn = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture, _ in taken]
    lengths = [length for _, length in taken]
    drawn[0].save(FILM, save_all=True, append_images=drawn[1:], duration=lengths, loop=0, optimize=True)
    if FILM.stat().st_size > LARGEST:
        raise SystemExit(f"{FILM}: got {FILM.stat().st_size} bytes, expected at most {LARGEST}")


if __name__ == "__main__":
    main()
