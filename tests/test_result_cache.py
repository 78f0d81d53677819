"""The cache of results: bounded in bytes, each computed once, and steady for the run that uses them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from rnnviz.experiment.core import run
from rnnviz.experiment.training import train_run
from rnnviz.settings.config import RunConfig
from rnnviz.ui.cache import MOST_IN_A_RUN, ResultCache, size_of

KB = 1024


def filled(results, names, size=100 * KB):
    """Put arrays of a size into a cache, each from a thread of its own, as the runs of a page do."""
    for name in names:
        with ThreadPoolExecutor(1) as other:
            other.submit(results.get, name, lambda: np.zeros(size, dtype=np.uint8)).result()


def test_what_was_used_last_stays_up_to_so_many_bytes():
    results = ResultCache(1000 * KB)
    filled(results, range(9))
    with ThreadPoolExecutor(1) as other:
        other.submit(results.get, 0, lambda: pytest.fail("it is there")).result()
    filled(results, ["a", "b", "c"])
    assert results.size <= 1000 * KB
    assert list(results._entries) == [4, 5, 6, 7, 8, 0, "a", "b", "c"]


def test_one_result_that_is_too_large_is_kept_alone():
    results = ResultCache(10 * KB)
    filled(results, range(3))
    assert list(results._entries) == [2]


def test_many_small_results_are_bounded_too():
    results = ResultCache(1000 * KB)
    for number in range(1000):
        results.get(number, lambda: None)
    assert len(results._entries) < 250
    assert results.size <= 1000 * KB


def test_what_has_grown_is_measured_again():
    results, grown = ResultCache(1000 * KB), []
    results.get("it grows", lambda: grown)
    before = results.size
    grown.append(np.zeros(50 * KB, dtype=np.uint8))
    results.weigh("it grows")
    results.weigh("unknown")
    assert 50 * KB <= results.size - before < 51 * KB


def test_what_had_to_go_while_it_was_computed_is_not_held_without_its_weight():
    results = ResultCache(100 * KB)

    def compute():
        filled(results, "ab")
        return np.zeros(90 * KB, dtype=np.uint8)

    results.get("large", compute)
    results.get("large", lambda: pytest.fail("this run has it"))
    assert results.size > 90 * KB
    filled(results, "cd")
    assert list(results._entries) == ["d"]


def test_all_who_ask_for_the_same_wait_for_one_computation():
    results, calls, gate = ResultCache(), [], threading.Event()

    def compute():
        calls.append(1)
        gate.wait(10)
        return object()

    with ThreadPoolExecutor(8) as readers:
        asked = [readers.submit(results.get, "one", compute) for _ in range(8)]
        gate.set()
        assert len({id(each.result()) for each in asked}) == 1
    assert calls == [1]


def test_an_error_belongs_to_the_one_who_met_it():
    results = ResultCache()
    with pytest.raises(ValueError, match="no"):
        results.get("one", lambda: int("no"))
    assert results.get("one", lambda: 3) == 3


def test_a_run_keeps_hold_of_what_it_uses_whatever_others_compute():
    results = ResultCache(300 * KB)
    first = results.get("mine", lambda: np.zeros(100 * KB, dtype=np.uint8))
    filled(results, range(10))
    assert "mine" not in results._entries
    assert results.get("mine", lambda: pytest.fail("computed twice in one run")) is first
    for number in range(MOST_IN_A_RUN):
        results.get(f"more {number}", object)
    filled(results, range(10))
    assert results.get("mine", lambda: "again") == "again"


def test_a_run_that_is_over_holds_nothing():
    results = ResultCache(300 * KB)
    filled(results, ["theirs"])
    filled(results, range(10))
    assert results.get("theirs", lambda: "again") == "again"


def test_arrays_are_counted_once_wherever_they_stand():
    @dataclass
    class Holder:
        values: np.ndarray
        more: dict

    array = np.zeros(1000)
    held = Holder(array, {"same": [array, array[10:]], "words": ("abc", b"x" * 500)})
    assert 8500 <= size_of(held) < 9500


def test_a_training_run_weighs_what_its_arrays_weigh():
    config = RunConfig(hidden=32, epochs=50, optimiser="adam")
    trained = train_run(run(config))
    arrays = 50 * 5 * trained.parameters["Wh1"][0].nbytes
    assert arrays <= size_of(trained) < 1.4 * arrays
