"""Long work shows how far it is, is stopped by one button, ends with its reader, and can be gone on with."""

from __future__ import annotations

import threading

import pytest

from rnnviz.engine.progress import listening, tracked
from rnnviz.experiment import costs
from rnnviz.experiment.core import run
from rnnviz.export.command import maker
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.tasks.reading.proposal import propose
from rnnviz.ui import cache, takeaway, work
from rnnviz.ui import streamlit_internals as internals
from tests.opening import healthy, opened


def slow_work(turns):
    """A computation whose every turn takes two hundredths of a second."""
    for turn in tracked(range(turns)):
        threading.Event().wait(0.02)
        turns = turn
    return turns


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(work, "PATIENCE", 0.0)
    monkeypatch.setattr(work, "INTERVAL", 0.0)


def bars(at):
    return [one.proto for one in at.get("progress")]


def test_a_page_that_is_done_shows_no_bar(impatient):
    at = healthy(opened("pages/4_Training.py", warm=False, epochs="20"))
    assert bars(at) == []
    assert not [one for one in at.button if one.label == "Stop"]


@pytest.mark.parametrize(
    ("page", "of", "name"),
    [
        ("pages/6_Gradient_check.py", "rnnviz.experiment.run_checks", "the checks"),
        ("pages/2_Chain_rule.py", "rnnviz.scene.build.scene_of", "the scene"),
        ("pages/9_Questions.py", "rnnviz.teaching.questions.questions", "the questions"),
        ("pages/8_Is_this_true.py", "rnnviz.checks.claims.compute.live_checks", "the live checks"),
    ],
)
def test_what_the_reader_stopped_is_not_begun_again_until_it_is_asked_for(monkeypatch, page, of, name):
    cache.CACHE.clear()
    names = []
    monkeypatch.setattr(work, "run", _noting(names, work.run))
    at = healthy(opened(page, warm=False, seed="77"))
    stopped = next(one for one in names if any(part in str(one[0]) for part in ("_checks", "_scene", "_view")))
    cache.CACHE.clear()
    at.session_state[work._STOPPED] = [each for each in names if each[0] == stopped[0]]
    healthy(at.run())
    assert [one.value for one in at.info] == ["Stopped before it was done."], name
    at.button(key="work.go_on").click().run()
    assert healthy(at).info.len == 0


def _noting(names, run):
    def noted(name, compute):
        names.append(name)
        return run(name, compute)

    return noted


def test_who_waits_for_the_same_work_goes_when_nobody_wants_it_any_more(monkeypatch):
    lock, heard = threading.Lock(), []

    def leave(part):
        heard.append(part)
        raise KeyboardInterrupt

    lock.acquire()
    with pytest.raises(KeyboardInterrupt), work.listening(leave), work.held(lock):
        pytest.fail("somebody else holds it")
    assert heard == [0.0]


def test_work_that_is_ended_leaves_its_place_free_for_the_next_who_asks():
    place = cache.ResultCache()

    def leave(part):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), work.listening(leave):
        place.get("one", lambda: slow_work(100))
    assert place.get("one", lambda: slow_work(2)) == 1


def test_a_download_ends_when_its_session_is_gone(monkeypatch):
    class Gone:
        def is_active_session(self, session):
            return False

    context = type("Context", (), {"session_id": "one"})
    monkeypatch.setattr(internals, "get_script_run_ctx", lambda suppress_warning: context)
    monkeypatch.setattr(internals.runtime, "exists", lambda: True)
    monkeypatch.setattr(internals.runtime, "get_instance", Gone)
    with pytest.raises(work.StoppedError), work.as_long_as_wanted()():
        slow_work(3)


def test_what_is_done_of_a_training_stays_although_nobody_listens_any_more(monkeypatch):
    """Streamlit asks a run to stop at every turn, also while what was done is gathered."""
    config = PRESETS["adding"].config.replace(epochs=40)
    cache.experiment(config)

    def leave(part):
        if part >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), work.listening(leave):
        cache.training(config)
    monkeypatch.setattr(work, "is_stopped", lambda name: True)
    partial = cache.training(config)
    assert partial.epochs_done == 20
    assert partial.held_out_losses is not None
    monkeypatch.undo()
    assert cache.training(config).epochs_done == 40


def test_reading_a_file_tells_how_far_it_is_and_can_be_ended():
    content = b"day,value\n" + b"".join(b"%d,%d.5\n" % (n, n % 97) for n in range(60_000))
    heard = []
    with listening(heard.append):
        whole = propose(content)
    assert whole.rows == 60_000
    assert len(heard) > 50
    assert max(heard) > 0.9

    def leave(part):
        if part > 0.1:
            raise work.StoppedError

    with listening(leave), pytest.raises(work.StoppedError):
        propose(content)


def test_large_work_waits_until_there_is_room_and_can_be_ended_while_it_waits():
    room, order = work.Room(most=100 * 2**20), []
    entered, leave = threading.Event(), threading.Event()

    def first():
        with room.taken(80 * 2**20):
            order.append("first")
            entered.set()
            leave.wait(10)
            order.append("first is done")

    def second():
        with room.taken(60 * 2**20):
            order.append("second")

    threads = [threading.Thread(target=each) for each in (first, second)]
    threads[0].start()
    assert entered.wait(10)
    threads[1].start()
    with room.taken(work.SMALL - 1):
        order.append("small")

    def gone(part):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), work.listening(gone), room.taken(60 * 2**20):
        pytest.fail("there is no room")
    leave.set()
    for each in threads:
        each.join(10)
    assert order == ["first", "small", "first is done", "second"]
    assert room.held == 0


def test_who_is_alone_has_room_whatever_it_takes():
    room = work.Room(most=1.0)
    with room.taken(10**9):
        assert room.held == 10**9


def test_a_claim_ends_with_its_thread_and_is_given_back_before_another_one_is_waited_for():
    room = work.Room(most=100 * 2**20)
    ended = threading.Thread(target=room.claim, args=(80 * 2**20,))
    ended.start()
    ended.join(10)
    assert room.held == 0
    passed = []

    def one_after_the_other():
        room.claim(40 * 2**20)
        at_the_same_time.wait(10)
        with room.taken(80 * 2**20):
            passed.append(room.held)

    at_the_same_time = threading.Barrier(2)
    threads = [threading.Thread(target=one_after_the_other, daemon=True) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert passed == [80 * 2**20] * 2


def test_what_was_claimed_before_is_claimed_again():
    room = work.Room(most=100 * 2**20)
    room.claim(40 * 2**20)
    with room.taken(80 * 2**20):
        assert room.held == 80 * 2**20
    assert room.held == 40 * 2**20


def test_who_waits_for_somebody_who_computes_the_same_leaves_them_the_room(monkeypatch):
    monkeypatch.setattr(work, "ROOM", work.Room(most=100 * 2**20))
    same, begun = threading.Lock(), threading.Barrier(2)

    def computes():
        with same:
            begun.wait(10)
            work.ROOM.claim(80 * 2**20)

    def asks_for_the_same():
        work.ROOM.claim(40 * 2**20)
        begun.wait(10)
        with work.held(same):
            pass

    threads = [threading.Thread(target=each, daemon=True) for each in (computes, asks_for_the_same)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert not any(each.is_alive() for each in threads)


def test_a_page_of_the_largest_network_claims_what_its_experiment_takes(monkeypatch):
    claimed = []
    monkeypatch.setattr(work.ROOM, "claim", claimed.append)
    cache.CACHE.clear()
    link = {"preset": "echo", "steps": "100", "batch": "64", "hidden": "16"}
    healthy(opened("pages/2_Chain_rule.py", warm=False, **link))
    config = RunConfig.from_query(link)[0]
    assert max(claimed) == costs.page(config.steps, config.batch, config.hidden).bytes > work.SMALL


def test_four_of_the_largest_trainings_do_not_compute_at_once():
    largest = costs.training(costs.Size(200, 64, 64, 64, 64), 2000, remembered=2).bytes
    assert 1 <= work.MOST_AT_ONCE // largest < 4


def test_a_large_file_is_made_with_a_bar_before_it_is_offered(monkeypatch):
    at = healthy(opened("pages/10_Take_away.py", warm=False))
    assert not [one for one in at.button if one.label.startswith("Make it")]
    monkeypatch.setattr(costs, "MOST_UNSEEN", 0.0)
    names = []
    monkeypatch.setattr(work, "run", _noting(names, work.run))
    healthy(at.run())
    makers = [one for one in at.button if one.label.startswith("Make it")]
    assert len(makers) == len(takeaway.FILES)
    assert not any("_made" in str(name) for name in names)
    at.button(key="takeaway.make.numpy").click().run()
    made = [name for name in names if "_made" in str(name[0])]
    assert len(made) == 1
    assert len([one for one in healthy(at).button if one.label.startswith("Make it")]) == len(makers) - 1
    work_stopped = list(made)
    cache.CACHE.clear()
    at.session_state[work._STOPPED] = work_stopped
    healthy(at.run())
    assert len([one for one in at.button if one.label.startswith("Make it")]) == len(makers)


@pytest.mark.parametrize("kind", ["numpy", "pytorch", "notebook", "html"])
def test_every_export_tells_how_far_it_is(kind):
    experiment = run(PRESETS["echo"].config.replace(steps=20, epochs=20))
    heard = []
    with listening(heard.append):
        maker(kind)(experiment)
    assert len(heard) > 20

    def leave(part):
        raise work.StoppedError

    with listening(leave), pytest.raises(work.StoppedError):
        maker(kind)(experiment)
