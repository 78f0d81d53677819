"""Firefox, driven by WebDriver BiDi over its own web socket: no driver program between.

What the stories need of it and no more: go somewhere, evaluate, point, press keys, and hear what the console
and the network say. See <https://www.w3.org/TR/webdriver-bidi/>.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.sync.client import connect

KEYS = {"Space": " ", "End": "\ue010", "Home": "\ue011", "ArrowLeft": "\ue012", "ArrowRight": "\ue014"}
READY = "WebDriver BiDi listening on "
PATIENCE = 60
QUIET = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.server": "",
}
"""It asks nobody for news, studies or updates while it is tested."""


def firefox_path() -> str | None:
    """Return the path of Firefox, or None."""
    return os.environ.get("RNNVIZ_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")


class BidiError(RuntimeError):
    """What the browser answers when it cannot do what it was asked."""


class Firefox:
    """A running Firefox with one tab at a time.

    Attributes
    ----------
    complaints : list of str
        Errors of the tab's console and those that nobody caught.
    asked : list of str
        Addresses that the tab has asked for.
    """

    def __init__(self, line) -> None:
        self._line, self._number = line, 0
        self.ask("session.new", capabilities={})
        self._tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        self.complaints, self.asked = [], []
        self.ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])

    def renew(self) -> None:
        """Go on in a new tab; what the old one breaks off or complains of when it is left is not heard."""
        old, self._tab = self._tab, self.ask("browsingContext.create", type="tab")["context"]
        self.complaints, self.asked = [], []
        self.ask("browsingContext.close", context=old)

    def ask(self, method: str, **parameters: object) -> dict:
        """Send a command and return its result; events that come meanwhile are kept."""
        self._number += 1
        self._line.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while (answer := json.loads(self._line.recv(timeout=PATIENCE))).get("id") != self._number:
            self._keep(answer)
        if answer["type"] == "error":
            raise BidiError(f"{method}: {answer['message']}")
        return answer["result"]

    def _keep(self, event: dict) -> None:
        told = event.get("params", {})
        if told.get("context", told.get("source", {}).get("context")) != self._tab:
            return
        if event["method"] == "log.entryAdded" and told["level"] == "error":
            self.complaints.append(told["text"])
        elif event["method"] == "network.beforeRequestSent":
            self.asked.append(told["request"]["url"])

    def goto(self, address: str) -> None:
        """Open an address and wait until its own text is read."""
        self.ask("browsingContext.navigate", context=self._tab, url=address, wait="interactive")

    def evaluate(self, expression: str) -> object:
        """Return the value of an expression in the page, as JSON holds it."""
        wrapped = f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))"
        told = self.ask("script.evaluate", expression=wrapped, target={"context": self._tab}, awaitPromise=True)
        if told["type"] == "exception":
            raise BidiError(f"{expression}: {told['exceptionDetails']['text']}")
        return json.loads(told["result"]["value"])

    def until(self, expression: str, patience: float = PATIENCE) -> object:
        """Wait until an expression is true in the page, and return its value."""
        end = time.monotonic() + patience
        while not (value := self.evaluate(expression)):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {expression}")
            time.sleep(0.05)
        return value

    def press(self, *keys: str) -> None:
        """Press keys one after the other where the focus is."""
        signs = [KEYS.get(key, key) for key in keys]
        acts = [{"type": kind, "value": sign} for sign in signs for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": acts})

    def click(self, selector: str) -> None:
        """Click the middle of the first element that a CSS selector finds, once it is there."""
        self.until(f"document.querySelector({json.dumps(selector)})?.scrollIntoView({{block: 'center'}}) ?? "
                   f"document.querySelector({json.dumps(selector)}) !== null")  # fmt: skip
        locator = {"type": "css", "value": selector}
        (node,) = self.ask("browsingContext.locateNodes", context=self._tab, locator=locator, maxNodeCount=1)["nodes"]
        middle = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        acts = [{"type": "pointerMove", "x": 0, "y": 0, "origin": middle},
                {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]  # fmt: skip
        self._act({"type": "pointer", "id": "mouse", "actions": acts})

    def printed(self) -> bytes:
        """Return what is printed of the page on A4, as a PDF."""
        size = {"width": 21.0, "height": 29.7}
        return base64.b64decode(self.ask("browsingContext.print", context=self._tab, page=size)["data"])

    def offline(self, is_off: bool) -> None:
        """Take the network away, or give it back."""
        conditions = {"type": "offline"} if is_off else None
        self.ask("emulation.setNetworkConditions", networkConditions=conditions)

    def _act(self, source: dict) -> None:
        self.ask("input.performActions", context=self._tab, actions=[source])


@contextmanager
def firefox(path: str, profile: Path) -> Iterator[Firefox]:
    """Run a headless Firefox with an empty profile, and give it."""
    prefs = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in QUIET.items())
    (profile / "user.js").write_text(prefs)
    line = [path, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    size = ["--width", "1400", "--height", "1000"]
    with (profile / "log").open("w") as log:
        process = subprocess.Popen([*line, *size, "about:blank"], stdout=log, stderr=log)
    try:
        address = _address(process, profile / "log")
        with connect(f"{address}/session", max_size=None, ping_interval=None, proxy=None) as line:
            yield Firefox(line)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _address(process: subprocess.Popen, log: Path) -> str:
    """Wait until the browser has written where it listens."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        found = [line for line in log.read_text(errors="replace").splitlines() if line.startswith(READY)]
        if found:
            return found[0].removeprefix(READY)
        time.sleep(0.1)
    raise RuntimeError(f"Firefox did not start:\n{log.read_text(errors='replace')}")
