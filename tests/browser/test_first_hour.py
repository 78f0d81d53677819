"""What a newcomer does in a first hour (docs/first_hour.md): with how many clicks, and nothing is scrolled."""

from __future__ import annotations

import re

import pytest
from browsing import STAGE, STILL, at_rest, closed, settled
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
MOST = 6
PLAYER = "[data-testid='training-player']"
CSV = "date,sold\n" + "".join(f"2024-{1 + n // 28:02d}-{1 + n % 28:02d},{20 + n % 7}\n" for n in range(84))


class Hand:
    """A reader's hand: it presses what is whole in the window, and counts."""

    def __init__(self, page) -> None:
        self.page, self.clicks = page, 0

    def press(self, name: str, role: str = "button", within: str = "body", scrolls: bool = False) -> None:
        self.on(self.page.locator(within).get_by_role(role, name=name, exact=True), scrolls)

    def on(self, spot, scrolls: bool = False) -> None:
        if not scrolls:
            expect(spot).to_be_in_viewport(ratio=0.9)
        spot.click()
        self.clicks += 1
        at_rest(self.page)

    def choose(self, name: str, option: str) -> None:
        """Open a list and take one of it."""
        self.press(name, "combobox")
        self.on(self.page.get_by_role("option", name=option, exact=True), scrolls=True)  # a list scrolls by itself


@pytest.fixture
def begin(visit):
    """Return a function that opens a page as a newcomer sees it, and gives a hand whose clicks are counted."""
    hands = []

    def begun(path: str) -> Hand:
        page = visit(path)
        page.set_viewport_size({"width": 1400, "height": 900})
        closed(page)
        hands.append(Hand(page))
        return hands[-1]

    yield begun
    assert [hand.clicks for hand in hands if hand.clicks > MOST] == []


def said(hand: Hand):
    return hand.page.locator(f"{STAGE} p.sentence")


def test_start_and_say_what_it_is(begin):
    hand = begin("/")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("How a recurrent network learns")
    hand.press("Watch one training step")
    hand.page.wait_for_function(f'Number(document.querySelector("{STAGE}").dataset.frame) > 0')
    assert hand.clicks == 1


def test_change_the_number_of_steps(begin):
    hand = begin("/Chain_rule")
    hand.on(hand.page.locator(".rnnviz-header .chip"))
    hand.on(hand.page.get_by_test_id("stSidebar").locator("summary", has_text="Task"))
    expect(hand.page.get_by_role("group", name="Steps T")).to_be_in_viewport(ratio=1)
    hand.page.get_by_role("slider", name="Steps T").focus()
    hand.clicks += 1
    hand.page.keyboard.press("Home")
    for _ in range(3):
        hand.page.keyboard.press("ArrowRight")
    hand.page.wait_for_url("**steps=4**")
    hand.page.wait_for_selector(f"{STAGE} .network [data-q='H_3']")


def test_play_pause_and_step_back(begin):
    hand = begin("/Chain_rule?frame=forward-0")
    hand.press("Play", within=STAGE)
    hand.page.wait_for_function(f"document.querySelector(\"{STAGE}\").dataset.frameId !== 'forward-0'")
    hand.press("Pause", within=STAGE)
    before = int(hand.page.get_attribute(STAGE, "data-frame"))
    hand.press("Previous", within=STAGE)
    assert int(hand.page.get_attribute(STAGE, "data-frame")) == before - 1


def test_name_the_shapes(begin):
    hand = begin("/")
    hand.press("Open one term", "link", "[data-testid=stMain]")
    factors = hand.page.locator(f"{STAGE} [data-part=factors]")
    for shape in ("1 × 2", "2 × 3", "3 × 3"):
        expect(factors).to_contain_text(shape)
    for place in (0, -1):
        expect(factors.locator(".factors > *").nth(place)).to_be_in_viewport(ratio=1)


def test_open_the_term_of_loss_2_and_step_1(begin):
    hand = begin("/Chain_rule")
    hand.on(hand.page.locator(f"{STAGE} .grid [data-q='term_2_1']"))
    expect(said(hand)).to_contain_text("The error at t = 2 reaches Wh1 through H1, one step back")


def test_see_that_the_terms_sum(begin):
    hand = begin("/Chain_rule")
    hand.press("Last", within=STAGE)
    hand.press("Previous", within=STAGE)
    assert hand.page.get_attribute(STAGE, "data-frame-id") == "sum"
    shares = hand.page.locator(f"{STAGE} .grid .cell[data-q^='term'] .number").all_text_contents()
    parts = [float(one.replace("−", "-").removesuffix(" %")) for one in shares]
    assert abs(sum(parts) - 100) <= 0.5 * len(parts)


def test_why_step_0_gets_little(begin):
    hand = begin("/")
    hand.press("Vanishing gradients T 20", "link", "[data-testid=stMain]")
    hand.page.wait_for_url("**/Chain_rule**")
    settled(hand.page)
    hand.press("Gradient flow", "link", ".rnnviz-header")
    expect(hand.page.get_by_role("heading", level=2).first).to_contain_text("it vanishes")


def test_explode_and_cure(begin):
    hand = begin("/Gradient_flow")
    hand.press("Example", "combobox")
    options = hand.page.get_by_role("option")
    edge, last = hand.page.get_by_role("listbox").bounding_box(), options.last.bounding_box()
    assert last["y"] + last["height"] <= edge["y"] + edge["height"] + 1
    hand.on(options.get_by_text("Exploding gradients", exact=True))
    expect(hand.page.get_by_role("heading", level=2).first).to_contain_text("explodes")
    hand.press("Truncation and clipping", "radio")
    hand.press("clipping", "radio")
    expect(hand.page.get_by_test_id("stMain")).to_contain_text("Clipped by norm")


def test_edit_a_weight_and_guess_the_loss(begin):
    hand = begin("/Chain_rule?frame=start")
    hand.on(hand.page.locator(f"{STAGE} .matrices td[data-edit^='Wh1']").first)
    hand.page.keyboard.type("0.9")
    hand.page.keyboard.press("Enter")
    hand.page.wait_for_url("**edits=Wh1**")
    told = hand.page.locator(f"{STAGE} .hint")
    expect(told).to_contain_text("does the loss rise or fall?")
    expect(hand.page.locator(f"{STAGE} .tip")).to_be_hidden()
    expect(below := hand.page.locator(f"{STAGE} .whatif")).to_contain_text("Guess first")
    expect(below.locator("table, svg")).to_have_count(0)
    hand.page.set_viewport_size({"width": 390, "height": 844})
    at_rest(hand.page)
    for one in told.get_by_role("button").all():
        expect(one).to_be_in_viewport(ratio=1)
    sheet, bar = (hand.page.locator(f"{STAGE} {one}").bounding_box() for one in (".hint", ".bar"))
    assert sheet["y"] + sheet["height"] <= bar["y"]
    hand.page.set_viewport_size({"width": 1400, "height": 900})
    at_rest(hand.page)
    hand.press("It falls", within=STAGE)
    expect(told).to_contain_text(re.compile(r"^Right\. .* the loss falls by"))
    expect(told).to_be_in_viewport(ratio=1)
    expect(below).to_contain_text("The slope there")


def test_compare_two_runs(begin):
    hand = begin("/Training")
    hand.press("Pin this run")
    hand.page.wait_for_url("**compare=**")
    settled(hand.page)
    hand.on(hand.page.locator(".rnnviz-header .chip"))
    hand.choose("Optimiser", "adam")
    hand.page.wait_for_url("**optimiser=adam**")
    expect(hand.page.locator(f"{PLAYER} .loss")).to_contain_text("pinned")


def test_ones_own_csv_and_its_forecast(open_page):
    hand = Hand(open_page("/Training", **STILL))
    hand.on(hand.page.locator("summary", has_text="Your own data"), scrolls=True)
    file = {"name": "sold.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    hand.page.locator("input[type=file]").set_input_files(file)
    hand.on(hand.page.get_by_role("button", name="Train on these data"), scrolls=True)
    hand.page.wait_for_url("**data=**")
    expect(hand.page.get_by_test_id("stMain")).to_contain_text("sold.csv")
    expect(hand.page.get_by_test_id("stMain")).to_contain_text("one row ahead, the network is off by")
    assert hand.clicks <= MOST


def test_share(begin):
    hand = begin("/Chain_rule")
    hand.press("Share", within=".rnnviz-header")
    hand.press("Copy link", within=".rnnviz-header")
    expect(hand.page.locator(".rnnviz-header [role=status]")).to_have_text("Link copied")
    at_rest(hand.page)


CONTROLS = """() => [...document.querySelectorAll("a[href], button, input, select, summary")].filter((one) => {
    const { width, height, left, top } = one.getBoundingClientRect();
    const seen = width > 0 && height > 0 && left + width > 0 && top + height > 0 && top < innerHeight;
    const own = one.closest(".grid, td[data-edit], .rnnviz-skip");
    return seen && !own && one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
}).map((one) => one.getAttribute("aria-label") || one.textContent)"""


def test_few_controls_are_in_sight_before_anything_is_opened(begin):
    hand = begin("/Chain_rule?frame=term-2-1")
    found = hand.page.evaluate(CONTROLS)
    assert len(found) <= 25, found
    assert {"Play", "Open factor ▾", "Share", "Help"} <= set(found)
    hand.press("Help", within=".rnnviz-header")
    expect(hand.page.get_by_test_id("stMainMenu").get_by_role("button")).to_be_visible()
