"""Questions are answered in the browser; sessions, files and pictures are taken along and brought back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from browsing import PARTLY_SEEN, SIZES, STAGE, STILL, at_rest, choose, closed, settled, turn
from playwright.sync_api import expect

from rnnviz.engine import backward, forward, step_losses
from rnnviz.experiment.mistakes import arguments_of_copy, gradient_of_copy
from tests import oracles

pytestmark = pytest.mark.browser
QUIZ = "[data-testid='quiz']"


def right_place(page) -> int:
    """Return the place of the right choice of the answered question on the screen."""
    marks = page.locator(f"{QUIZ} .option")
    return next(i for i in range(marks.count()) if "right" in marks.nth(i).get_attribute("class"))


def test_a_question_is_committed_first_and_then_answered_on_the_stage(visit, count_messages):
    page = visit("/Questions?question=row-adds.3")
    page.wait_for_selector(QUIZ)
    sent = count_messages(page)
    assert page.get_attribute(QUIZ, "data-question") == "row-adds"
    assert page.get_attribute(STAGE, "data-frame-id") == "loss"
    expect(page.locator(STAGE)).to_contain_text("∂L/∂W1, term by term")
    expect(page.get_by_role("button", name="This is my answer")).to_be_disabled()
    expect(page.locator(f"{QUIZ} .verdict p")).to_have_count(0)
    page.focus(QUIZ)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    assert page.get_attribute(QUIZ, "data-answered") == "true"
    place = right_place(page)
    verdict = page.locator(f"{QUIZ} .verdict")
    expect(verdict).to_contain_text("Right." if place == 1 else "Not so.")
    assert page.get_attribute(STAGE, "data-frame-id") != "loss"
    assert page.locator(f"{STAGE} .side [data-lit], {STAGE} .network [data-lit]").count() > 0
    assert sent() == 0
    assert_one_screen(page)
    page.get_by_role("button", name="Next question").click()
    assert page.get_attribute(QUIZ, "data-question") != "row-adds"
    assert_one_screen(page)


HALF_TOLD = """all => all.map((one) => [".square", ".square .number"].map((part) => one.querySelectorAll(part).length))
    .filter(([squares, numbers]) => numbers > 0 && numbers < squares).length"""
"""How many nodes have a number in some of their squares alone."""


def assert_one_screen(page) -> None:
    """Question, verdict, way on and what one sees of the answer share a window, from edge to edge."""
    closed(page)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        at_rest(page)
        assert page.evaluate(PARTLY_SEEN) == [], (width, height)
        assert page.locator(f"{STAGE} .node .value").evaluate_all(HALF_TOLD) == 0
        expect(page.locator(f"{QUIZ} .lesson-bar")).to_be_in_viewport(ratio=1)
        inside, seen = page.locator(QUIZ).evaluate("({ scrollHeight, clientHeight }) => [scrollHeight, clientHeight]")
        assert inside <= seen
        bar = page.locator(f"{STAGE} [data-part=transport]").bounding_box()
        assert height - 24 <= bar["y"] + bar["height"] <= height
    page.set_viewport_size({"width": 1400, "height": 1000})


def test_a_wrong_choice_is_told_what_it_mistakes_and_the_score_stays(visit):
    page = visit("/Questions?question=row-adds.3")
    page.wait_for_selector(QUIZ)
    for attempt in range(5):
        page.locator(f"{QUIZ} .option").nth(attempt).click()
        page.get_by_role("button", name="This is my answer").click()
        place = right_place(page)
        if place != attempt:
            break
        page.get_by_role("button", name="New numbers").click()
        page.wait_for_selector(f"{QUIZ}[data-answered='false']")
    expect(page.locator(f"{QUIZ} .verdict")).to_contain_text("Computed:")
    expect(page.get_by_role("button", name="0 of 1 right")).to_have_count(1)
    page.reload()
    settled(page)
    page.wait_for_selector(QUIZ)
    expect(page.get_by_role("button", name="0 of 1 right")).to_have_count(1)


def test_a_session_is_saved_and_opened_in_another_browser(visit, open_page, tmp_path):
    page = visit("/Chain_rule?seed=7&frame=term-1-0")
    page.wait_for_selector(STAGE)
    page.keyboard.press("a")
    choose(page, "Share", "Files and scripts")
    page.wait_for_url("**/Take_away*")
    expect(page.get_by_text("Page “Chain rule” at term-1-0, 1 prepared step and 0 answers.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save session").click()
    saved = tmp_path / "session.json"
    download.value.save_as(saved)
    record = json.loads(saved.read_text())
    assert (record["page"], record["link"]["frame"], record["link"]["seed"]) == ("Chain_rule", "term-1-0", "7")
    other = open_page("/Take_away", **STILL)
    other.locator("input[type=file]").set_input_files(saved)
    other.get_by_role("button", name="Take over steps and progress").click()
    expect(other.get_by_text("are now those of this browser")).to_be_visible()
    other.keyboard.press("o")
    expect(other.locator("dialog .steps li")).to_have_count(1)
    other.keyboard.press("Escape")
    other.get_by_role("link", name="Go to the saved moment").click()
    other.wait_for_selector(f"{STAGE}[data-frame-id='term-1-0']")
    assert "seed=7" in other.url


FOREIGN = {
    "bytes": (b"\xff\xfe\x00", "no text in UTF-8"),
    "empty": (b"{}", "its “format” is not “rnnviz session”"),
    "deep": (b"[" * 5000, "nested too deep"),
    "other": (b'{"format": "something else", "version": 1}', "its “format” is not “rnnviz session”"),
}


def test_a_foreign_file_is_refused_in_words_and_the_page_lives(open_page):
    page = open_page("/Take_away", **STILL)
    for name, (content, why) in FOREIGN.items():
        file = {"name": f"{name}.json", "mimeType": "application/json", "buffer": content}
        page.locator("input[type=file]").set_input_files(file)
        expect(page.get_by_text(f"{name}.json")).to_be_visible()
        told = page.get_by_test_id("stAlert").filter(has_text="This file cannot be opened.")
        expect(told).to_contain_text(why)
        settled(page)
        expect(page.get_by_role("button", name="Save session")).to_be_enabled()


def test_every_file_can_be_downloaded(visit):
    page = visit("/Take_away?preset=lecture-sequence-to-vector")
    expect(page.get_by_role("button", name="Download")).to_have_count(6)
    marks = b"import torch", b"import numpy", b'"nbformat"', b"data-rnnviz-scene", b"xl/workbook", rb"\documentclass"
    for place, mark in enumerate(marks):
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").nth(place).click()
        assert mark in Path(download.value.path()).read_bytes()


PLACES = """found => found.map((one) => {
    const [box, stage] = [one, one.closest(".rnnviz-stage")].map((each) => each.getBoundingClientRect());
    return [box.left - stage.left, box.top - stage.top];
})"""


def test_a_frame_is_saved_as_a_picture(visit):
    page = visit("/Chain_rule?frame=term-2-1")
    page.wait_for_selector(STAGE)
    found, buttons = {}, page.locator(f"{STAGE} .frame-files button")
    before = buttons.evaluate_all(PLACES)
    for kind in ("svg", "png"):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind.upper(), exact=True).click()
        assert download.value.suggested_filename == f"term-2-1.{kind}"
        found[kind] = Path(download.value.path()).read_bytes()
    assert found["svg"].startswith(b"<svg")
    assert b"class=" not in found["svg"]
    assert found["png"].startswith(b"\x89PNG")
    assert len(found["png"]) > 20_000
    expect(page.locator(f"{STAGE} .frame-files")).to_contain_text("term-2-1.png saved")
    assert buttons.evaluate_all(PLACES) == before


def test_a_network_of_ones_own_is_brought_drawn_trained_and_its_gradient_judged(open_page, tmp_path):
    architecture, parameters, X, Y, H_init = oracles.problem()
    trace, file = forward(architecture, parameters, X, H_init), tmp_path / "mine.npz"
    made = {"no_transpose"}
    wrong = gradient_of_copy(made, arguments_of_copy(made, architecture, parameters, trace, Y))
    gradients = {f"grad.{name}": value for name, value in wrong._asdict().items()}
    np.savez(file, **parameters._asdict(), **gradients, X=X, Y=Y, H_init=H_init, activation="tanh", output="softmax")
    page = open_page("/Training?see=network:1", **STILL)
    page.locator("input[type=file]").last.set_input_files(file)
    page.get_by_role("button", name="Show this network").click()
    expect(page.get_by_text("Its sizes, its activation and its output with the loss are held")).to_be_visible()
    settled(page)
    right = backward(architecture, parameters, trace, Y)
    expect(page.locator("[data-testid=training-player]")).to_contain_text(
        f"Epoch 0: the total loss is {right.loss:.4g}"
    )
    expect(page.locator("body")).to_contain_text("mine.npz · T 4 · 3 tanh units")
    page.get_by_role("link", name="Chain rule").first.click()
    page.wait_for_selector(f"{STAGE}[data-frames]")
    settled(page)
    alone = forward(architecture, parameters, X[:, :1], H_init[:1])
    loss = step_losses(architecture, alone, Y[:, :1])[3]
    expect(page.locator(f"{STAGE} .node[data-q=L_3]").first).to_contain_text(f"{loss:.3g}")
    turn(page, page.url.replace("Chain_rule", "Gradient_check"))
    expect(page.get_by_text("Mistake: no_transpose.")).to_be_visible()
    page.get_by_role("link", name="where it first differs").click()
    page.wait_for_selector(f"{STAGE}[data-frame-id='term-3-2']")
