"""A monkey at the app: random controls, keys, links, files and windows in a real Chromium, by a fixed seed.

Usage: ``python -m benchmarks.monkey [--minutes 5] [--seed 0]``, from the root of the repository, with a
Chromium installed (or RNNVIZ_CHROMIUM set to its path).

After each act the page must still be whole: no exception, no error but the app's own words, a clean console,
a script that comes to rest, a title and something to see, and no request that leaves the own host. Now and
then a setting is changed and the page has to answer. The first fault ends the run: it prints the seed, the
last acts and a picture, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Error, Page, sync_playwright

from benchmarks.serving import QUIET, chromium_path, serving
from deploy.run import ROOT
from rnnviz.settings.config import FIELDS

PATIENCE, REMEMBERED, CHECK_EVERY = 30_000, 15, 20
PAGES = ("", *sorted(path.stem.split("_", 1)[1] for path in (ROOT / "pages").glob("*.py")))
WINDOWS = ((1400, 1000), (1900, 1000), (1024, 700), (768, 1024), (380, 800))
KEYS = (
    *("Space", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageDown", "PageUp"),
    *("Tab", "Shift+Tab", "Enter", "Escape", "?", "a", "s", "c", "p", "b", ".", "l", "0", "-", "Delete"),
    *map(str, range(1, 8)),
)
NUMBERS = ("0", "1", "-1", "3", "10", "64", "200", "0.5", "1e-6", "1e9", "-5", "99999999999999999999", "2.5")
TEXTS = (
    *("", " ", "abc", "nan", "inf", "1e999", "1,2", "--", "<b>x</b>", "<script>window.hacked=1</script>"),
    *("[a](javascript:alert(1))", "$\\frac{1}{0}$", "“ü€𝄞”", "1 2 3 4 5 6 7 8 9 10 11 12", "ab" * 150),
    *("the cat sat on the mat", "=1+1", "'; DROP TABLE x", "`x`", ":red[x] :material/home:"),
)
FILES: Mapping[str, bytes] = {
    "good.csv": b"t,<b>v</b>\n" + b"".join(b"%d,%d\n" % (n, n * n % 17) for n in range(60)),
    "labels.csv": b"a,kind\n" + b"".join(b"%d,%s\n" % (n, b"up" if n % 3 else b"*down*") for n in range(60)),
    "holes.csv": b"t,v\n" + b"".join(b"%d,%s\n" % (n, b"" if n % 5 else b"7.%d" % n) for n in range(60)),
    "words.txt": b"to be or not to be, that is the question " * 5,
    "empty.csv": b"",
    "noise.csv": bytes(range(256)) * 8,
    "commas.csv": b"," * 100_000,
    "quote.csv": b'a,b\n1,"2\n3,4\n' * 20,
}

MAIN, SIDE = "[data-testid=stMain]", "[data-testid=stSidebar]"
PLAYERS = "[data-testid=stage], [data-testid=training-player]"
CONTROLS: Mapping[str, str] = {
    "button": f"{MAIN} .stButton button, {SIDE} .stButton button",
    "group": "[data-testid=stButtonGroup] button",
    "fold": "[data-testid=stExpander] summary",
    "player": "[data-testid=stage] button, [data-testid=training-player] button",
    "quantity": "[data-q], [data-edit], [role=gridcell], [data-parameter]",
    "toolbar": ".rnnviz-toolbar button, .rnnviz-layer button",
    "link": "[data-testid=stPageLink-NavLink], .rnnviz-pages a, .rnnviz-links a",
    "picture": ".js-plotly-plot, .rnnviz-plot, [data-testid=stDataFrame], [data-testid=stImage]",
    "help": "[data-testid=stTooltipHoverTarget]",
}
"""What is clicked, by kind: a kind is drawn first, so that a hundred cells do not drown one slider."""

WEIGHTS = dict.fromkeys(CONTROLS, 1.0) | {
    **{"keys": 2.0, "slide": 1.5, "choose": 1.5, "number": 1.5, "hover": 1.0, "text": 0.7, "scrub": 0.7},
    **{"history": 0.6, "file": 0.6, "window": 0.4, "deep link": 0.4, "scheme": 0.3, "help": 0.4},
}
"""How often a kind is drawn; what is clicked counts 1, help less."""

STATE = """() => {
  const one = (which) => document.querySelector(`[data-testid=${which}]`);
  const app = one("stApp"), main = one("stMain");
  const all = (which) => [...document.querySelectorAll(which)];
  const words = (found) => found.map((each) => each.innerText);
  const seen = (one) => one.getBoundingClientRect().height > 8;
  const views = "[data-testid=stage], [data-testid=training-player], .js-plotly-plot, .rnnviz-plot, "
    + "[data-testid=stTable], [data-testid=stAlert], [data-testid=stImage], [data-testid=stHtml], "
    + "[data-testid=stPageLink-NavLink], [data-testid=stFileUploader]";
  const error = "[data-testid=stAlertContentError]";
  return {
    resting: app?.dataset.testScriptState === "notRunning" && app.dataset.testConnectionState === "CONNECTED",
    exceptions: words(all("[data-testid=stException], [data-testid=stDialog]")),
    errors: words(all(error).filter((each) => !each.closest(".st-key-own"))),
    title: document.querySelector("h1")?.innerText || "",
    views: main ? [...main.querySelectorAll(views)].filter(seen).length : 0,
    broken: /undefined|\\[object /.exec(main?.innerText || "")?.[0] || "",
    hacked: "hacked" in window,
  };
}"""
RESTING = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  const sweep = document.querySelector("[class*=st-key-cures-stop] button:enabled");
  return document.querySelector("h1") && (sweep || (app?.dataset.testScriptState === "notRunning"
    && app.dataset.testConnectionState === "CONNECTED"));
}"""


class FaultError(Exception):
    """Something that the app must never do."""


class AbsentError(Exception):
    """The page has nothing of this kind at the moment."""


class Monkey:
    """Acts on a page of the app at random and looks at it after each act.

    The seed draws every act; how the page meanwhile stands also depends on the machine's speed.
    """

    def __init__(self, page: Page, address: str, seed: int) -> None:
        self.page, self.address, self.draw = page, address, random.Random(seed)
        self.acts: list[str] = []
        self.complaints: list[str] = []
        page.set_default_timeout(5_000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", self._request)

    def run(self, seconds: float) -> None:
        """Act for so long; `FaultError` at the first thing that must not be."""
        end = time.monotonic() + seconds
        self.page.goto(self.address)
        self.look()
        while time.monotonic() < end:
            self.act()
            if len(self.acts) % CHECK_EVERY == 0:
                self.answer()

    def act(self) -> None:
        """Do one thing, sometimes a second one at once, and look."""
        for _ in range(2 if self.draw.random() < 0.15 else 1):
            kind, what = self._something()
            self.acts.append(f"{kind}: {what}")
        self.look()

    def _something(self) -> tuple[str, str]:
        """Do one thing of a random kind that the page has at the moment."""
        while True:
            (kind,) = self.draw.choices([*WEIGHTS], WEIGHTS.values())
            try:
                act = getattr(self, f"_{kind.replace(' ', '_')}", None)
                return kind, act() if act else self._click(kind)
            except AbsentError:
                continue
            except Error as error:  # what was to be pressed has gone, or lies under something else
                return "missed", f"{kind} ({str(error).splitlines()[0][:80]})"

    def look(self) -> None:
        """Wait until the page rests and raise `FaultError` if it is not whole."""
        self.page.wait_for_timeout(60)
        self._until(RESTING, "the page did not come to rest")
        state = self.page.evaluate(STATE)
        if state["resting"] and not state["views"]:  # what has arrived is not drawn yet
            self.page.wait_for_timeout(1500)
            state = self.page.evaluate(STATE)
        faults = {
            "no title": not state["title"],
            "an empty page": state["resting"] and not state["views"],
            f"“{state['broken']}” is written on the page": state["broken"],
            "a text was run as a script": state["hacked"],
        }
        own = "This setting cannot be computed."
        wrong = [text for text in state["errors"] if own not in text] + state["exceptions"] + self.complaints
        if wrong := wrong + [fault for fault, is_so in faults.items() if is_so]:
            raise FaultError("; ".join(wrong)[:2000])

    def _until(self, condition: str, fault: str, patience: int = PATIENCE) -> None:
        try:
            self.page.wait_for_function(condition, timeout=patience)
        except Error:
            raise FaultError(f"{fault} within {patience / 1000:.0f} s") from None

    def answer(self) -> None:
        """Change the seed in the sidebar and step the player: both have to answer."""
        self._ready_for_hands()
        self._answer_of_player()
        field = self.page.get_by_label("Seed", exact=True)
        if not field.count():
            self.page.locator(f"{SIDE} summary", has_text="Network").first.click()
        before, wanted = field.input_value(), str(self.draw.randrange(1000, 999_999))
        field.fill(wanted)
        field.press("Enter")
        self._until(f"location.search.includes('seed={wanted}')", f"a dead widget: seed {before} → {wanted}")
        self.acts.append(f"seed: {wanted} answered")
        self.look()

    def _ready_for_hands(self) -> None:
        """Close what lies over the page: sheets, a black screen, lecture mode, a folded sidebar."""
        self.page.set_viewport_size({"width": 1400, "height": 1000})
        self.page.wait_for_selector(".rnnviz-toolbar", state="attached")  # before it, lecture mode is not yet on
        self._press("Escape", "Escape")
        for curtain in self.page.locator(".rnnviz-layer .curtain").all():
            curtain.click()
        if self.page.evaluate("document.documentElement.hasAttribute('data-rnnviz-lecture')"):
            self.page.get_by_role("button", name="Leave", exact=True).click()
        self.page.wait_for_timeout(500)  # a wider window unfolds the sidebar by itself, if it had folded it
        for unfold in self.page.locator("[data-testid=stExpandSidebarButton]").all():
            unfold.evaluate("one => one.click()")
        self.look()

    def _answer_of_player(self) -> None:
        player = self.page.locator(PLAYERS).first
        if not player.count() or int(player.get_attribute("data-frames") or 0) < 2:
            return
        player.focus()
        for key, frame in (("Home", "0"), ("ArrowRight", "1")):
            self.page.keyboard.press(key)
            there = f"document.querySelector('{PLAYERS}')?.dataset.frame === '{frame}'"
            self._until(there, f"a dead player: {key} did not lead to frame {frame}", 3000)

    def _one(self, selector: str):
        """Draw one element that can be seen; `AbsentError` where there is none."""
        able = self.page.locator(selector).and_(self.page.locator(":not(:disabled)"))
        found = able.filter(visible=True).element_handles()
        if not found:
            raise AbsentError
        return self.draw.choice(found)

    @staticmethod
    def _name(element) -> str:
        words = "(e) => e.ariaLabel || e.dataset.q || e.dataset.edit || e.innerText || String(e.className)"
        return " ".join(str(element.evaluate(words)).split())[:60] or "?"

    def _click(self, kind: str) -> str:
        element = self._one(CONTROLS[kind])
        name = self._name(element)
        try:
            element.click(timeout=1500, click_count=self.draw.choice((1, 1, 1, 2)))
        except Error:  # it is under something: the keyboard reaches it all the same
            element.evaluate("(e) => e.dispatchEvent(new MouseEvent('click', { bubbles: true }))")
        return name

    def _slide(self) -> str:
        element = self._one(f"{SIDE} input[type=range], {MAIN} .stSlider input[type=range]")
        element.focus()
        keys = self.draw.choices(("ArrowRight", "ArrowLeft", "PageUp", "PageDown", "Home", "End"), k=2)
        return f"{self._name(element)} {self._press(*keys)}"

    def _scrub(self) -> str:
        element = self._one(".scrubber")
        place = str(self.draw.randrange(int(element.get_attribute("max")) + 1))
        element.fill(place)
        return place

    def _choose(self) -> str:
        element = self._one("[data-testid=stSelectbox] input, [data-testid=stMultiSelect] input")
        name = self._name(element)
        element.click(timeout=1500)
        self.page.wait_for_timeout(150)
        if not self.page.locator("[role=option]:visible").count() or self.draw.random() < 0.1:
            self.page.keyboard.press("Escape")
            return f"{name}, left alone"
        option = self._one("[role=option]")
        words = self._name(option)
        option.click(timeout=1500)
        return f"{name} = {words}"

    def _number(self) -> str:
        texts = (*NUMBERS, f"{self.draw.uniform(-20, 20):.3f}", "abc", "--", "1e", "")
        return self._type(f"{SIDE} [data-testid=stTextInput] input, .entry-input", texts, ("Enter", "Tab", "Escape"))

    def _text(self) -> str:
        fields = f"textarea, {MAIN} input[type=text], .rnnviz-layer input, .entry-input"
        return self._type(fields, TEXTS, ("Control+Enter", "Enter", "Tab"))

    def _type(self, fields: str, texts: Sequence[str], ends: Sequence[str]) -> str:
        element, words, end = self._one(fields), self.draw.choice(texts), self.draw.choice(ends)
        name = self._name(element)
        element.focus()
        self._press("Control+A", "Delete")
        self.page.keyboard.insert_text(words) if len(words) > 30 else self.page.keyboard.type(words)
        self.page.keyboard.press(end)
        return f"{name} ← {words[:40]!r} {end}"

    def _keys(self) -> str:
        if self.page.locator(PLAYERS).count() and self.draw.random() < 0.5:
            self._one(PLAYERS).focus()
        return self._press(*self.draw.choices(KEYS, k=self.draw.randint(1, 4)))

    def _press(self, *keys: str) -> str:
        for key in keys:
            self.page.keyboard.press(key)
        return " ".join(keys)

    def _hover(self) -> str:
        element = self._one(", ".join((CONTROLS["quantity"], CONTROLS["picture"])))
        element.hover(timeout=1500)
        return self._name(element)

    def _window(self) -> str:
        width, height = self.draw.choice(WINDOWS)
        self.page.set_viewport_size({"width": width, "height": height})
        return f"{width} × {height}"

    def _scheme(self) -> str:
        scheme = self.draw.choice(("light", "dark"))
        self.page.emulate_media(color_scheme=scheme)
        return scheme

    def _history(self) -> str:
        way = self.draw.choice(("back", "back", "forward", "reload"))
        self.page.reload(wait_until="commit") if way == "reload" else self.page.evaluate(f"history.{way}()")
        self.page.wait_for_timeout(150)
        if not self.page.url.startswith(self.address):  # back to before the first page
            self.page.goto(self.address)
        return way

    def _deep_link(self) -> str:
        fields = [field for field in FIELDS.values() if field.kind in ("choice", "int", "float")]
        query = {field.name: self._value(field) for field in self.draw.sample(fields, self.draw.randint(0, 4))}
        if self.draw.random() < 0.3:
            query[self.draw.choice(("frame", "q", "open", "see", "epoch", "lesson", "x"))] = self.draw.choice(TEXTS)
        where = f"/{self.draw.choice(PAGES)}?{urlencode(query)}"
        self.page.goto(self.address + where, wait_until="commit")
        return where

    def _value(self, field: object) -> str:
        """Draw a value of a setting: a choice, a limit, something between, or nonsense."""
        if self.draw.random() < 0.1:
            return self.draw.choice(TEXTS)
        if field.kind == "choice":
            return self.draw.choice(field.choices)
        low, high = field.low, min(field.high, 300)
        value = self.draw.choice((low, high, self.draw.uniform(low, high), self.draw.uniform(low, min(high, 9))))
        return str(int(value) if field.kind == "int" else value)

    def _file(self) -> str:
        if not self.page.url.startswith(f"{self.address}/Training"):
            raise AbsentError
        field = self.page.locator("[data-testid=stFileUploaderDropzoneInput]")
        if not field.count():
            self.page.locator(f"{MAIN} summary", has_text="Your own data").first.click(timeout=1500)
            return "opened the fold"
        name = self.draw.choice(tuple(FILES))
        field.first.set_input_files({"name": name, "mimeType": "text/plain", "buffer": FILES[name]})
        self.page.wait_for_timeout(300)
        return name

    def _console(self, message) -> None:
        """Keep errors, but for two probes of Streamlit's own on a cold deep link, which end in 404."""
        probe = message.location.get("url", "").rsplit("/_stcore/", 1)[-1] in ("health", "host-config")
        if message.type == "error" and not probe:
            self.complaints.append(f"console: {message.text}")

    def _dialog(self, dialog) -> None:
        if dialog.type != "beforeunload":
            self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request) -> None:
        there = urlsplit(request.url)
        if there.scheme in ("http", "https", "ws", "wss") and there.netloc != urlsplit(self.address).netloc:
            self.complaints.append(f"a request to {there.netloc}")


def report(monkey: Monkey, seed: int, fault: object, log: Path) -> None:
    """Print what went wrong, and how it came to it."""
    picture = log.with_name(f"fault-{seed}.png")
    try:
        monkey.page.screenshot(path=picture)
    except Error as error:
        picture = f"none ({error})"
    print(f"Fault, seed {seed}, act {len(monkey.acts)}, at {monkey.page.url}\n  {fault}\nThe last acts:")
    print(*(f"  {words}" for words in monkey.acts[-REMEMBERED:]), f"Picture: {picture}, log: {log}", sep="\n")


def main() -> int:
    """Run the monkey and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    log = Path(tempfile.mkdtemp(prefix="monkey-")) / "server.log"
    with log.open("w") as out, serving(out) as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET)
        monkey = Monkey(browser.new_page(viewport={"width": 1400, "height": 1000}), address, wanted.seed)
        try:
            monkey.run(60 * wanted.minutes)
            if "Traceback" in log.read_text():
                raise FaultError(f"the server's log holds an error: {log}")
        except (FaultError, Error) as fault:
            report(monkey, wanted.seed, fault, log)
            return 1
    print(f"Seed {wanted.seed}: {len(monkey.acts)} acts in {wanted.minutes:g} minutes, no fault.")
    print(json.dumps(Counter(act.partition(":")[0] for act in monkey.acts)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
