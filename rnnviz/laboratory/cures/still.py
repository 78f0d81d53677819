"""What cures it, in pictures that stand alone: the sweep that is computed already."""

from functools import partial

from rnnviz.charts.still import Still, Stills
from rnnviz.experiment.core import Experiment
from rnnviz.laboratory.cures import compute, draw
from rnnviz.laboratory.cures import say as said

NAMES = [cure.name for cure in compute.CURES]
LABELS = {cure.name: cure.label for cure in compute.CURES}
SCALE = "Held-out loss; 1 is that of the best constant answer."


def reached(outcomes: list[compute.Outcome], words: str, training: bool) -> Still:
    """What each way has reached at each length, held out or in training."""
    left, low = said.grid(outcomes, NAMES, compute.LENGTHS, training=training)
    drawn = partial(draw.reached, left, low, list(LABELS.values()), compute.LENGTHS)
    name, title = ("training", "training loss") if training else ("held_out", "held-out loss")
    table = said.table(outcomes) if outcomes else None
    return Still(f"reached.{name}", title, drawn, words, table, "" if training else SCALE)


def curves(outcomes: list[compute.Outcome], training: bool) -> Still:
    """The learning curves of one length."""
    words, drawn = said.curve_sentence(outcomes), partial(draw.learning, outcomes, NAMES, training)
    return Still("curves", "Learning curves", drawn, words, said.curves_table(outcomes), words)


def lags(outcomes: list[compute.Outcome], after: bool) -> Still:
    """How much of the gradient is left by lag, before or after training."""
    words, drawn = said.flow_sentence(outcomes, after), partial(draw.by_lag, outcomes, NAMES, after)
    return Still("lags", "Gradient by lag", drawn, words, said.lags_table(outcomes), words)


def still(_: Experiment) -> Stills:
    """Return the part; it is the same for every experiment."""
    outcomes = list(compute.stored()[1].values())
    words = said.sweep_sentence(outcomes, LABELS, len(compute.plan()))
    here = [each for each in outcomes if each.steps == compute.LENGTHS[0]]
    below = curves(here, False), lags(here, False)
    return Stills(words, (reached(outcomes, words, False), reached(outcomes, words, True)), below)
