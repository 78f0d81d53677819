"""The app against a bare Streamlit page, in a real Chromium, side by side in one run.

Usage: ``python -m benchmarks.app [--repeats N] [--only PAGE …] [--skip PART …]``, from the root of the
repository, with a Chromium installed (or RNNVIZ_CHROMIUM set to its path).

Both servers run with the same settings and are warm. Every measurement of the app has one of the bare page
right beside it, and the ratio is the median of the ratios of such pairs, so that a busy machine slows both
alike. All clocks run inside the page: a first load from the start of navigation, a change from the key press,
each until the first frame in which every view is drawn, or drawn anew, and the script is not running.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.serving import QUIET, chromium_path, serving
from rnnviz.engine import train
from rnnviz.experiment.core import run
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import RunConfig

FRAME = 1000 / 60
CHANGE_BAR, STUDIO_BAR = 1.5, 2.0
Result = TypeVar("Result")
LARGE = {"steps": 12, "hidden": 16}

WATCH = """
window.bench = (() => {
  const VIEWS = "[data-testid=stage] .network, [data-testid=training-player], [data-testid=stTable], "
    + ".js-plotly-plot, .rnnviz-plot, [data-testid=stHtml]";
  const bench = { sent: 0, expected: window.benchExpected || 0 };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...rest) { bench.sent += 1; return send.apply(this, rest); };

  const look = (view) => {
    if (view.matches(".rnnviz-plot")) return view.innerHTML;
    if (!view.matches(".js-plotly-plot")) return view.textContent;
    return view.querySelector(".overplot .mlayer *") ? view.querySelector(".cartesianlayer").innerHTML : "";
  };
  const views = () => [...document.querySelectorAll(VIEWS)];
  bench.looks = () => views().map(look);
  bench.resting = () =>
    document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning";
  bench.until = (done, what) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${what} took over 30 s`)), 30000);
    const check = () => (done() ? resolve(performance.now()) : requestAnimationFrame(check));
    requestAnimationFrame(check);
  });
  const drawn = () => bench.looks().filter(Boolean).length >= bench.expected;
  bench.loaded = bench.until(() => bench.resting() && document.querySelector("h1") && drawn(), "a load");

  bench.expectChange = (places) => {
    const before = bench.looks();
    const isNew = (view, place) => view && ![before[place], ""].includes(look(view));
    const changed = () => { const now = views(); return places.every((place) => isNew(now[place], place)); };
    bench.changed = new Promise((resolve, reject) => addEventListener("keydown", async () => {
      const start = performance.now();
      try {
        const drawn = await bench.until(changed, "a change");
        const rest = await bench.until(() => bench.resting() && changed(), "the end of a change");
        resolve([drawn - start, rest - start]);
      } catch (error) { reject(error); }
    }, { once: true, capture: true }));
  };

  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => resolve(performance.now());
    channel.port2.postMessage(0);
  }));
  const press = (stage, key) => stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  bench.steps = async () => {
    const stage = document.querySelector("[data-testid=stage], [data-testid=training-player]");
    press(stage, "Home");
    await painted();
    const times = [];
    while (stage.dataset.frame < stage.dataset.frames - 1) {
      const start = performance.now();
      press(stage, "ArrowRight");
      const script = performance.now() - start;
      times.push([stage.dataset.frameId, script, (await painted()) - start]);
    }
    return times;
  };
  bench.hovers = async () => {
    const stage = document.querySelector("[data-testid=stage]"), times = [];
    press(stage, "End");
    await painted();
    const seen = new Map([...stage.querySelectorAll("[data-q]")].map((each) => [each.dataset.q, each]));
    for (const [id, each] of seen) {
      const { x, y } = each.getBoundingClientRect(), start = performance.now();
      each.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, clientX: x, clientY: y }));
      const script = performance.now() - start;
      times.push([id, script, (await painted()) - start]);
    }
    stage.dispatchEvent(new PointerEvent("pointerleave"));
    return times;
  };
  return bench;
})();
"""


class Subject(NamedTuple):
    """A page to measure: its path, the slider to move, the folded group that holds it, the bar of a load.

    A page without a slider has no view of the experiment; only its load is measured.
    """

    name: str
    path: str
    slider: str | None
    group: str | None = None
    load_bar: float = 1.25


SUBJECTS = (
    Subject("Home", "/", "Steps T", load_bar=0.8),
    Subject("Forward pass", "/Unrolled_network", "Hidden units", group="Network"),
    Subject("Chain rule", "/Chain_rule", "Hidden units"),
    Subject("Gradient flow", "/Gradient_flow", "Hidden units"),
    Subject("Where it goes, T = 50", "/Gradient_flow?preset=parity&steps=50", "Hidden units"),
    Subject("Two causes, T = 50", "/Gradient_flow?preset=parity&steps=50&part=causes", "Hidden units"),
    Subject("Truncation, T = 50", "/Gradient_flow?preset=parity&steps=50&part=truncation", "Hidden units"),
    Subject("The cliff", "/Gradient_flow?preset=cliff&part=cliff", "Hidden units"),
    Subject("What cures it", "/Gradient_flow?part=cures", None),
    Subject("Training", "/Training", "Hidden units", group="Network"),
    Subject("Gradient check", "/Gradient_check", "Hidden units"),
    Subject("Lessons", "/Lessons", "Hidden units", group="Network"),
    Subject("Practice", "/Questions", "Hidden units", group="Network"),
    Subject("Words", "/Words", None),
    Subject("Is this true?", "/Is_this_true", "Hidden units", group="Network"),
    Subject("Take away", "/Take_away", None),
)
EDITED = SUBJECTS[2]
BARE = Subject("bare page", "/", "Power")


class Row(NamedTuple):
    """One line of the table; ``ratio`` is what the bar is held against."""

    what: str
    ours: str
    bare: str
    ratio: float
    bar: float
    unit: str = "×"

    def __str__(self) -> str:
        verdict = "OK" if self.ratio <= self.bar else "over"
        shown, limit = f"{self.ratio:.2f}{self.unit}", f"{self.bar:.4g}{self.unit}"
        return f"| {self.what} | {self.ours} | {self.bare} | {shown} | ≤ {limit} | {verdict} |"


@contextmanager
def opened(browser: Browser, url: str, expected: int = 1) -> Iterator[Page]:
    """Open an address cold, in a fresh context, and wait until ``expected`` views are drawn."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce")
    try:
        context.add_init_script("localStorage.setItem('stSidebarCollapsed-', 'false')")
        page = context.new_page()
        page.add_init_script(f"window.benchExpected = {expected};\n{WATCH}")
        page.goto(url, wait_until="commit")
        page.evaluate("bench.loaded")
        yield page
    finally:
        context.close()


def load(browser: Browser, url: str, expected: int) -> float:
    """Milliseconds of one cold load."""
    with opened(browser, url, expected) as page:
        return page.evaluate("bench.loaded")


def count_views(browser: Browser, url: str) -> int:
    """Load a page once to warm its server, and return how many views it draws in the end."""
    with opened(browser, url, expected=0) as page:
        page.wait_for_timeout(2000)
        return page.evaluate("bench.looks().filter(Boolean).length")


class Changer:
    """A loaded page and its slider; each key press gives a value that the server has not seen."""

    def __init__(self, page: Page, subject: Subject) -> None:
        self.page = page
        self.slider = page.get_by_role("slider", name=subject.slider).first
        if subject.group and not self.slider.count():
            page.locator("summary", has_text=subject.group).first.click()
        self.slider.wait_for()
        page.wait_for_timeout(2000)
        self.places = self.find_places()

    def find_places(self) -> list[int]:
        """Move the slider twice, unmeasured, and return which views follow it."""
        looks = [self.page.evaluate("bench.looks()")]
        for _ in range(2):
            self.press()
            self.page.wait_for_timeout(1500)
            looks.append(self.page.evaluate("bench.looks()"))
        return [place for place, each in enumerate(zip(*looks, strict=False)) if len(set(each)) > 1]

    def press(self) -> None:
        """Move the slider by one."""
        self.slider.focus()
        self.page.keyboard.press("ArrowRight")

    def change(self) -> tuple[float, float]:
        """Milliseconds from the key press until every view is new, and until the script rests as well."""
        self.page.evaluate("places => bench.expectChange(places)", self.places)
        self.press()
        drawn, rest = self.page.evaluate("bench.changed")
        self.page.wait_for_timeout(300)
        return drawn, rest


class EntryChanger(Changer):
    """A loaded stage and an entry of W_h1 in it; each Enter puts another number there."""

    def __init__(self, page: Page) -> None:
        self.page, self.value = page, 0.1
        page.focus("[data-testid=stage]")
        page.keyboard.press("Home")
        page.wait_for_timeout(500)
        self.places = self.find_places()

    def press(self) -> None:
        """Write the next number and press Enter, which starts the clock."""
        self.value += 0.05
        self.page.locator("td[data-edit='Wh1.0.1']").first.click()
        self.page.locator(".entry-input").fill(f"{self.value:.2f}")
        self.page.keyboard.press("Enter")


def pairs(ours: Callable[[], Result], bare: Callable[[], Result], repeats: int) -> list[tuple[Result, Result]]:
    """Measure both in turn, each first every other time."""
    found = []
    for turn in range(repeats):
        if turn % 2:
            second = bare()
            found.append((ours(), second))
        else:
            found.append((ours(), bare()))
    return found


def row(what: str, measured: list[tuple[float, float]], bar: float) -> Row:
    """Return the table's line: medians in ms, and the median of the ratios of neighbours."""
    ours, bare = (f"{statistics.median(side):.0f} ms" for side in zip(*measured, strict=True))
    return Row(what, ours, bare, statistics.median(one / other for one, other in measured), bar)


def measure_loads(browser: Browser, app: str, bare: str, subjects: list[Subject], repeats: int) -> list[Row]:
    """First load of every page."""
    count_views(browser, bare)
    rows = []
    for subject in subjects:
        url, views = app + subject.path, count_views(browser, app + subject.path)
        measured = pairs(
            lambda url=url, views=views: load(browser, url, views), lambda: load(browser, bare, 1), repeats
        )
        rows.append(row(f"first load, {subject.name} ({views} views)", measured, subject.load_bar))
    return rows


def measure_changes(browser: Browser, app: str, bare: str, subjects: list[Subject], repeats: int) -> list[Row]:
    """One slider change on every page, each with a seed of its own so that nothing is cached."""
    rows = []
    for seed, subject in enumerate((each for each in subjects if each.slider), 1):
        joint = "&" if "?" in subject.path else "?"
        url = f"{app}{subject.path}{joint}seed={seed}"
        with opened(browser, url) as real, opened(browser, bare) as plain:
            ours, other = Changer(real, subject), Changer(plain, BARE)
            measured = pairs(ours.change, other.change, repeats)
        for place, end in enumerate((f"{len(ours.places)} views new", "script at rest")):
            times = [(mine[place], theirs[place]) for mine, theirs in measured]
            rows.append(row(f"change of {subject.slider}, {subject.name}, {end}", times, CHANGE_BAR))
    return rows


def measure_edits(browser: Browser, app: str, bare: str, repeats: int) -> list[Row]:
    """One number edited where it is drawn, against the bare page's slider."""
    with opened(browser, f"{app}{EDITED.path}?seed=77") as real, opened(browser, bare) as plain:
        ours, other = EntryChanger(real), Changer(plain, BARE)
        measured = pairs(ours.change, other.change, repeats)
    times = [(mine[0], theirs[0]) for mine, theirs in measured]
    return [row(f"an edit of W_h1, {len(ours.places)} views new", times, CHANGE_BAR)]


def measure_steps(browser: Browser, app: str, repeats: int) -> list[Row]:
    """A step of the stage, and pointing at each quantity, at T = 12 and n1 = 16."""
    url = f"{app}/Chain_rule?{'&'.join(f'{name}={value}' for name, value in LARGE.items())}"
    steps = stepped(browser, url, "stage step", repeats)
    return steps + stepped(browser, url, "stage hover", repeats, "bench.hovers()")


def stepped(browser: Browser, url: str, what: str, repeats: int, acts: str = "bench.steps()") -> list[Row]:
    """Every frame of the player on a page, or other acts: medians over the passes, then over all of them."""
    with opened(browser, url) as page:
        page.wait_for_timeout(1000)
        sent = page.evaluate("bench.sent")
        passes = [page.evaluate(acts) for _ in range(repeats)]
        sent = page.evaluate("bench.sent") - sent
    typical = [
        [statistics.median(one[part] for one in frame) for part in (1, 2)] for frame in zip(*passes, strict=True)
    ]
    script, painted = zip(*typical, strict=True)
    slowest = passes[0][script.index(max(script))][0]
    return [
        milliseconds(f"{what}, script, median of {len(script)}", statistics.median(script)),
        milliseconds(f"{what}, script, slowest ({slowest})", max(script)),
        milliseconds(f"{what}, until the frame is painted, median", statistics.median(painted), 2 * FRAME),
        Row(f"{what}, messages to the server", f"{sent}", "–", sent, 0, ""),
    ]


def measure_studio(browser: Browser, app: str, bare: str, repeats: int) -> list[Row]:
    """500 epochs of the default preset from the key press until playable, and the player at n1 = 16."""
    engine = 1000 * statistics.median(trained(hidden) for hidden in range(4, 9))
    subject = Subject("Training", "", "Hidden units", group="Network")
    with opened(browser, f"{app}/Training?epochs=500&seed=88") as real, opened(browser, bare) as plain:
        ours, other = Changer(real, subject), Changer(plain, BARE)
        measured = pairs(ours.change, other.change, repeats)
    times = [(mine[0] - engine, theirs[0]) for mine, theirs in measured]
    what = f"500 epochs until playable, without {engine:.0f} ms of training"
    frames = stepped(browser, f"{app}/Training?preset=parity&hidden=16", "studio, n1 = 16", repeats)
    return [row(what, times, STUDIO_BAR), *frames]


def trained(hidden: int) -> float:
    """Seconds that the engine needs for 500 epochs of the default preset."""
    experiment = run(RunConfig(epochs=500, hidden=hidden))
    task, start = experiment.task, time.perf_counter()
    for _ in train(experiment.architecture, experiment.parameters, task.X, task.Y, epochs=500, learning_rate=0.1):
        pass
    return time.perf_counter() - start


def milliseconds(what: str, value: float, bar: float = FRAME) -> Row:
    """Return a line whose bar is a time and not a ratio."""
    return Row(what, f"{value:.1f} ms", "–", value, bar, " ms")


def scene_sizes() -> Iterator[str]:
    """Sentences with the size of the scene that a page sends."""
    for name, config in (("default", RunConfig()), ("T = 12, n1 = 16", RunConfig().replace(**LARGE))):
        scene = build_scene(run(config), config.parameter, config.sample)
        text = json.dumps(scene, ensure_ascii=False, separators=(",", ":"))
        yield f"Scene, {name}: {len(text.encode()) / 1000:.1f} kB."


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--only", nargs="+", metavar="PAGE", default=[subject.name for subject in SUBJECTS])
    parser.add_argument("--skip", nargs="+", choices=("load", "change", "edit", "step", "studio"), default=[])
    return parser.parse_args()


def main() -> None:
    """Measure and print a markdown table."""
    wanted = options()
    subjects = [subject for subject in SUBJECTS if subject.name in wanted.only]
    print("| | here | bare page | ratio or time | bar | |\n|---|---|---|---|---|---|", flush=True)
    yardstick = serving(script="benchmarks/bare_page.py")
    with serving() as (app, _), yardstick as (bare, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET)
        parts = {
            "load": lambda: measure_loads(browser, app, bare, subjects, wanted.repeats),
            "change": lambda: measure_changes(browser, app, bare, subjects, wanted.repeats),
            "edit": lambda: measure_edits(browser, app, bare, wanted.repeats),
            "step": lambda: measure_steps(browser, app, wanted.repeats),
            "studio": lambda: measure_studio(browser, app, bare, wanted.repeats),
        }
        for name, measure in parts.items():
            if name not in wanted.skip:
                print(*measure(), sep="\n", flush=True)
        browser.close()
    print("", *scene_sizes(), sep="\n")


if __name__ == "__main__":
    main()
