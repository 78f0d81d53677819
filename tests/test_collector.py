"""Imported code is frozen, and what sessions leave behind is let go within a minute all the same."""

import gc
import sys
import weakref

import pytest

from rnnviz.ui import memory


class Node:
    """Something that refers to itself, as a session and its runner do."""

    def __init__(self):
        self.me = self


@pytest.fixture
def clock(monkeypatch):
    """Return the time that the collector sees, as a list of one number."""
    now = [1000.0]
    monkeypatch.setattr(memory, "monotonic", lambda: now[0])
    monkeypatch.setattr(memory, "_due", 0.0)
    monkeypatch.setattr(memory, "_known", len(sys.modules))
    yield now
    gc.unfreeze()


def left_behind(settled):
    """Return a weak reference to a cycle that was alive when the collector settled, and is not any more."""
    node = Node()
    settled()
    return weakref.ref(node)


@pytest.mark.slow
def test_what_was_alive_at_a_freeze_is_let_go_a_minute_later(clock):
    left = left_behind(memory.settle)
    gc.collect()
    assert left() is not None  # frozen, so a collection does not see it
    clock[0] += memory.EVERY - 1
    memory.settle()
    assert left() is not None
    clock[0] += 1
    memory.settle()
    assert left() is None


@pytest.mark.slow
def test_nothing_is_walked_in_between(clock):
    memory.settle()
    frozen, _kept = gc.get_freeze_count(), [Node() for _ in range(100)]
    clock[0] += 1
    memory.settle()
    assert gc.get_freeze_count() <= frozen


@pytest.mark.slow
def test_new_modules_are_frozen_at_once_without_a_thaw(clock, monkeypatch):
    memory.settle()
    left = left_behind(lambda: (monkeypatch.setattr(memory, "_known", 0), memory.settle()))
    assert gc.get_freeze_count() > 0
    gc.collect()
    assert left() is not None
    clock[0] += memory.EVERY
    memory.settle()
    assert left() is None
