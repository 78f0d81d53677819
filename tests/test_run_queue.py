"""Pages run one after the other, in order; neither an ended nor a long one keeps the others waiting."""

import threading
import time

import pytest

from rnnviz.ui.run_queue import RunQueue
from tests.opening import opened


class Row:
    """Threads that take their turn one after the other and write down when they got it."""

    def __init__(self, queue):
        self.queue, self.threads, self.ends, self.log = queue, {}, {}, []

    def ask(self, name, again=0, when=None):
        end = self.ends[name] = threading.Event()

        def work():
            for turn in range(1 + again):
                if turn and when:
                    when.wait(20)
                self.queue.wait()
                self.log.append(name)
            end.wait(20)
            self.log.append(f"{name} ends")

        self.threads[name] = threading.Thread(target=work, daemon=True)
        self.threads[name].start()
        self.wait(lambda: name in self.log or self.threads[name] in self.queue._waiting)

    def end(self, name):
        self.ends[name].set()
        self.threads[name].join(20)

    @staticmethod
    def wait(until):
        patience = time.monotonic() + 20
        while not until():
            assert time.monotonic() < patience
            time.sleep(0.001)


@pytest.fixture
def row():
    made = Row(RunQueue(long=1000))
    yield made
    for end in made.ends.values():
        end.set()


def test_they_run_one_after_the_other_in_their_order(row):
    for name in "abcd":
        row.ask(name)
    assert row.log == ["a"]
    for name in "abcd":
        row.wait(lambda name=name: name in row.log)
        row.end(name)
    assert row.log == ["a", "a ends", "b", "b ends", "c", "c ends", "d", "d ends"]


def test_who_has_a_turn_goes_on_at_once(row):
    row.ask("a", again=3)
    row.wait(lambda: len(row.log) == 4)
    row.ask("b")
    assert row.log == ["a"] * 4


def test_a_long_one_lets_the_next_one_run_beside_it():
    row = Row(RunQueue(long=0.05))
    for name in "abc":
        row.ask(name)
    row.wait(lambda: len(row.log) == 3)
    assert row.log == ["a", "b", "c"]
    for name in "abc":
        row.end(name)


def test_a_long_one_that_runs_again_waits_behind_the_others():
    row = Row(RunQueue(long=1.0))
    again = threading.Event()
    row.ask("a", again=1, when=again)
    row.wait(lambda: row.log == ["a"])
    time.sleep(1.05)
    row.ask("b")
    row.wait(lambda: row.log == ["a", "b"])
    again.set()
    row.wait(lambda: row.threads["a"] in row.queue._waiting)
    assert row.log == ["a", "b"]
    row.end("b")
    row.wait(lambda: row.log == ["a", "b", "b ends", "a"])
    row.end("a")


def test_every_page_waits_for_its_turn(monkeypatch):
    taken = []
    monkeypatch.setattr("rnnviz.ui.run_queue.RUN_QUEUE.wait", lambda: taken.append(threading.current_thread()))
    opened("pages/7_Words.py", warm=False).run()
    assert len(set(taken)) == len(taken) == 2
