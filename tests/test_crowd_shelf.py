"""The shelf of results: bounded in bytes, each computed once, and steady for the run that uses them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from rnnviz.experiment.core import run
from rnnviz.experiment.training import train_run
from rnnviz.settings.config import RunConfig
from rnnviz.ui.result_cache import MOST_IN_A_RUN, Shelf, size_of

KB = 1024


def filled(shelf, names, size=100 * KB):
    """Put arrays of a size on a shelf, each from a thread of its own, as the runs of a page do."""
    for name in names:
        with ThreadPoolExecutor(1) as other:
            other.submit(shelf.get, name, lambda: np.zeros(size, dtype=np.uint8)).result()


def test_what_was_used_last_stays_up_to_so_many_bytes():
    shelf = Shelf(1000 * KB)
    filled(shelf, range(9))
    with ThreadPoolExecutor(1) as other:
        other.submit(shelf.get, 0, lambda: pytest.fail("it is there")).result()
    filled(shelf, ["a", "b", "c"])
    assert shelf.size <= 1000 * KB
    assert shelf.keys() == [4, 5, 6, 7, 8, 0, "a", "b", "c"]


def test_one_result_that_is_too_large_is_kept_alone():
    shelf = Shelf(10 * KB)
    filled(shelf, range(3))
    assert shelf.keys() == [2]


def test_many_small_results_are_bounded_too():
    shelf = Shelf(1000 * KB)
    for number in range(1000):
        shelf.get(number, lambda: None)
    assert len(shelf.keys()) < 250
    assert shelf.size <= 1000 * KB


def test_what_has_grown_is_measured_again():
    shelf, grown = Shelf(1000 * KB), []
    shelf.get("it grows", lambda: grown)
    before = shelf.size
    grown.append(np.zeros(50 * KB, dtype=np.uint8))
    shelf.weigh("it grows")
    shelf.weigh("unknown")
    assert 50 * KB <= shelf.size - before < 51 * KB


def test_all_who_ask_for_the_same_wait_for_one_computation():
    shelf, calls, gate = Shelf(), [], threading.Event()

    def compute():
        calls.append(1)
        gate.wait(10)
        return object()

    with ThreadPoolExecutor(8) as readers:
        asked = [readers.submit(shelf.get, "one", compute) for _ in range(8)]
        gate.set()
        assert len({id(each.result()) for each in asked}) == 1
    assert calls == [1]


def test_an_error_belongs_to_the_one_who_met_it():
    shelf = Shelf()
    with pytest.raises(ValueError, match="no"):
        shelf.get("one", lambda: int("no"))
    assert shelf.get("one", lambda: 3) == 3


def test_a_run_keeps_hold_of_what_it_uses_whatever_others_compute():
    shelf = Shelf(300 * KB)
    first = shelf.get("mine", lambda: np.zeros(100 * KB, dtype=np.uint8))
    filled(shelf, range(10))
    assert "mine" not in shelf.keys()  # noqa: SIM118
    assert shelf.get("mine", lambda: pytest.fail("computed twice in one run")) is first
    for number in range(MOST_IN_A_RUN):
        shelf.get(f"more {number}", object)
    filled(shelf, range(10))
    assert shelf.get("mine", lambda: "again") == "again"


def test_a_run_that_is_over_holds_nothing():
    shelf = Shelf(300 * KB)
    filled(shelf, ["theirs"])
    filled(shelf, range(10))
    assert shelf.get("theirs", lambda: "again") == "again"


def test_arrays_are_counted_once_wherever_they_stand():
    @dataclass
    class Holder:
        values: np.ndarray
        more: dict

    array = np.zeros(1000)
    held = Holder(array, {"same": [array, array[10:]], "words": ("abc", b"x" * 500)})
    assert 8500 <= size_of(held, set()) < 9500


def test_a_training_run_weighs_what_its_arrays_weigh():
    config = RunConfig(hidden=32, epochs=50, optimiser="adam")
    trained = train_run(run(config))
    arrays = 50 * 5 * trained.parameters["Wh1"][0].nbytes
    assert arrays <= size_of(trained, set()) < 1.4 * arrays
