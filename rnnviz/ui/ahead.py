"""What a page asked for last time, computed before anything of it is drawn.

The browser draws whatever has arrived by then, from the root down. A page that computes between two of its
parts is therefore drawn several times over; a page whose numbers are ready arrives at once.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import streamlit as st

from rnnviz.config import RunConfig

PATIENCE = 0.1
"""Seconds; a page whose questions took longer is drawn part by part, so that the reader sees progress."""

_ASKED, _SPENT = "rnnviz.asked", "rnnviz.spent"
_EXPECTED = (ValueError, IndexError, MemoryError, ArithmeticError)


def answer(question: Callable[[RunConfig], Any], config: RunConfig) -> Any:
    """Return ``question(config)`` and remember the question for the page's next run."""
    start = perf_counter()
    try:
        return question(config)
    finally:
        st.session_state.setdefault(_ASKED, []).append(question)
        st.session_state[_SPENT] = st.session_state.get(_SPENT, 0.0) + perf_counter() - start


def compute(config: RunConfig, same_page: bool) -> None:
    """Ask again what this page asked in its last run, if that was quick; errors are left to the page."""
    state = st.session_state
    questions, spent = state.pop(_ASKED, []), state.pop(_SPENT, 0.0)
    if not same_page or spent > PATIENCE:
        return
    start = perf_counter()
    for question in questions:
        try:
            question(config)
        except _EXPECTED:
            break
    state[_SPENT] = perf_counter() - start
