"""The only layer that imports Streamlit (beside the stage's thin Python side).

A page is ``config = ui.page(...)``, then ``ui.experiment(config)`` or ``ui.training(config)``, then figures
shown with ``ui.chart`` and sentences with ``ui.say``.
"""

from rnnviz.ui.cache import experiment, training, view
from rnnviz.ui.cards import cards, links, path
from rnnviz.ui.choose import choice, control, knob, part_row, preset_row, step
from rnnviz.ui.glossary import asked_word, dialects, glossary, reading
from rnnviz.ui.lessons import lessons
from rnnviz.ui.navigation import PAGES, link, page_of
from rnnviz.ui.own import own_data
from rnnviz.ui.page import page
from rnnviz.ui.pinning import pinning
from rnnviz.ui.player import played, training_studio
from rnnviz.ui.quiz import quiz
from rnnviz.ui.show import (
    chart,
    code,
    columns,
    digits,
    drawing,
    formula,
    heading,
    lazy_fold,
    markup,
    metrics,
    note,
    numbers,
    problem,
    say,
    stopped,
    table,
)
from rnnviz.ui.stage import ledger, ready, stage
from rnnviz.ui.state import apply, current, touched
from rnnviz.ui.takeaway import files, session_file
from rnnviz.ui.toolbar import theme
from rnnviz.ui.words import words

__all__ = [
    "PAGES",
    "apply",
    "asked_word",
    "cards",
    "chart",
    "choice",
    "code",
    "columns",
    "control",
    "current",
    "dialects",
    "digits",
    "drawing",
    "experiment",
    "files",
    "formula",
    "glossary",
    "heading",
    "knob",
    "lazy_fold",
    "ledger",
    "lessons",
    "link",
    "links",
    "markup",
    "metrics",
    "note",
    "numbers",
    "own_data",
    "page",
    "page_of",
    "part_row",
    "path",
    "pinning",
    "played",
    "preset_row",
    "problem",
    "quiz",
    "reading",
    "ready",
    "say",
    "session_file",
    "stage",
    "step",
    "stopped",
    "table",
    "theme",
    "touched",
    "training",
    "training_studio",
    "view",
    "words",
]
