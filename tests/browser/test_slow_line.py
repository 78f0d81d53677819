"""A line on which every answer comes late: what the reader goes on to change takes nothing back."""

from __future__ import annotations

from time import monotonic
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import SETTINGS_OPEN

pytestmark = pytest.mark.browser
LATE = 0.3


class Line:
    """Passes on what the server says, each message some seconds late, while the test waits."""

    def __init__(self, page, seconds: float) -> None:
        self.page, self.seconds, self.coming = page, seconds, []
        page.route_web_socket("**/_stcore/stream", self._open)

    def _open(self, socket) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: self.coming.append((monotonic() + self.seconds, socket, message)))

    def wait(self, done, patience: float = 30) -> None:
        """Wait until something is so."""
        end = monotonic() + patience
        while not done():
            assert monotonic() < end, self.page.url
            self.page.evaluate("null")  # with the answer comes what the server has said meanwhile
            while self.coming and self.coming[0][0] <= monotonic():
                _, socket, message = self.coming.pop(0)
                socket.send(message)

    def rest(self) -> None:
        """Wait until all has come and the page is drawn."""
        still = "[data-testid='stApp'][data-test-script-state='notRunning']"
        self.wait(lambda: self.page.locator("h1").count() and self.page.locator(still).count())


@pytest.fixture
def page(browser):
    """A tab of its own: a line that was laid stays."""
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        context.add_init_script(SETTINGS_OPEN)
        yield context.new_page()


def test_a_setting_that_is_changed_before_a_preset_has_come_takes_nothing_of_it_back(page, server):
    line = Line(page, LATE)
    page.goto(f"{server}/Chain_rule?preset=echo&steps=5&hidden=7")
    line.rest()
    seed = page.get_by_label("Seed", exact=True).first
    page.get_by_role("combobox", name="Preset").click()
    page.get_by_role("option", name="Adding").click()
    seed.fill("5")
    seed.press("Enter")
    assert "preset=echo" in page.url, "the answer to the preset has not come"
    hidden = page.get_by_role("slider", name="Hidden units")
    line.wait(lambda: parse_qs(urlsplit(page.url).query) == {"preset": ["adding"], "seed": ["5"]})
    line.wait(lambda: hidden.input_value() == "8")
    line.rest()
    page.evaluate("dispatchEvent(new Event('rnnviz:settle'))")
    assert parse_qs(urlsplit(page.url).query) == {"preset": ["adding"], "seed": ["5"]}
