"""Many changes within one answer: the last one wins, whatever the runs that are broken off still do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from rnnviz.ui import picks, state

PAGE, OLD = "Chain rule", {"preset": "vanishing", "hidden": "34"}


@pytest.fixture
def session(monkeypatch):
    """One session without Streamlit; what a run finds in the address bar is put into ``query_params``."""
    fake = SimpleNamespace(session_state={}, query_params={})
    fake.query_params = type("Query", (dict,), {"from_dict": lambda own, new: (own.clear(), own.update(new))})(OLD)
    for module in (state, picks):
        monkeypatch.setattr(module, "st", fake)
    return fake


def test_a_run_that_is_broken_off_takes_nothing_from_the_next_one(session):
    with ThreadPoolExecutor(1) as stale, ThreadPoolExecutor(1) as last:
        assert stale.submit(state.synchronise, PAGE).result().hidden == 34
        last.submit(state.apply, hidden=63).result()  # the callback of the last change
        stale.submit(state.synchronise, PAGE).result()  # a run that has not yet noticed that it is over
        session.query_params.from_dict(OLD)  # the last change was sent before the address bar had followed
        assert last.submit(state.synchronise, PAGE).result().hidden == 63
        assert session.query_params["hidden"] == "63"
