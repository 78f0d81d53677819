"""What a trained network can do, in sentences."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rnnviz.charts import tables
from rnnviz.experiment.training import TrainingRun
from rnnviz.laboratory.learned.compute import Confusion, Course, Forecast, OwnForecast, Turn
from rnnviz.notation.numbers import counted, four, part_of, percent, times
from rnnviz.notation.rules import is_cut, is_mean
from rnnviz.settings.config import RunConfig
from rnnviz.settings.edits import unmarked
from rnnviz.settings.fields import LABELS


def confusion_sentence(found: Confusion, where: str) -> str:
    """Say how many answers are right, and which mistake is the commonest."""
    right = part_of(found.right, found.total, "answer", "is", "are", bold=True)
    text = f"{where} {right} right ({percent(found.right, found.total)})"
    wrong = found.counts - np.diag(np.diag(found.counts))
    if not wrong.any():
        return text + "."
    target, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
    wanted, given = (unmarked(str(found.labels[place])) for place in (target, said))
    often = "most often " if (wrong > 0).sum() > 1 else ""
    return f"{text}; {often}“{wanted}” was taken for “{given}”, {times(int(wrong[target, said]))}."


def forecast_sentence(found: Forecast, how: str, unit: str) -> str:
    """Say how far off the network's forecasts are, and whether it beats each of the naive ones."""
    errors = found.errors
    naive = {"the last known value": errors["last value"], "the value 11 years before": errors["11 years ago"]}
    off = f"**{four(errors['network'])}** ({unit}) on average over {found.years[0]}–{found.years[-1]}"
    return f"{how} the network is off by {off}. That is {_beside(errors['network'], naive)}."


def own_sentence(found: OwnForecast, times: Sequence[str], unit: str) -> str:
    """Say how far off the forecasts of held-out rows are beside naive ones on the same rows, and what comes next."""
    errors = {f"the {name}": error for name, error in found.errors.items()}
    own = errors.pop("the network")
    rows = f"{counted(len(found.known) - found.first, 'held-out row')}"
    if times:
        rows += f", {unmarked(times[found.first])} to {unmarked(times[-1])}"
    text = f"On {rows}, one row ahead, the network is off by **{four(own)}** ({unmarked(unit)}) on average"
    text += f". That is {_beside(own, errors)}."
    coming = ", ".join(four(value) for value in found.next[:3])
    return f"{text} Next it expects {coming}." if coming else text


def _beside(own: float, naive: Mapping[str, float]) -> str:
    """Say of each naive forecast whether the network's error is below its."""
    return " and ".join(f"{_verdict(own, error)} {name} (**{four(error)}**)" for name, error in naive.items())


def _verdict(own: float, error: float) -> str:
    if four(own) == four(error):
        return "as good as"
    return "better than" if own < error else "worse than"


def turn_sentence(found: Turn | None) -> str:
    """Say from when a run learned its training data by heart; empty where it did not."""
    if found is None:
        return ""
    (low, high), (before, after) = found.held_out, found.training
    return (
        f"From epoch **{found.epoch}** on it overfits: the held-out loss rose from **{four(low)}** to "
        f"**{four(high)}** at epoch {found.last}, while the training loss fell from {four(before)} to {four(after)}."
    )


def course_sentence(found: Course) -> str:
    """Say how far the parameters went and how much of the way the plane shows."""
    straight = float(np.linalg.norm(found.path[0]))
    length = float(np.linalg.norm(np.diff(found.path, axis=0), axis=1).sum())
    times = four(length / straight) if straight > 0 else ""
    around = {"": "", "1": ", in a straight line"}.get(times, f", {times} times the straight way")
    return (
        f"All parameters together went **{four(length)}** far on this plane{around}. Its two directions are "
        f"those in which the path spreads most, and hold {percent(found.share, 1.0)} of it; the loss is that "
        "on the plane through the last state."
    )


def own_table(found: OwnForecast, times: Sequence[str]) -> dict[str, Sequence | np.ndarray]:
    """Return the held-out rows, their times, truth and forecasts."""
    rows = np.arange(found.first, len(found.known))
    table: dict[str, Sequence | np.ndarray] = {"row": rows + found.begin}
    if times:
        table["time"] = times[found.first :]
    return table | {"truth": found.known[rows]} | dict(found.forecasts)


class Learned(NamedTuple):
    """First, last and best finite total loss of a run, before the update of its epoch, and its clipping."""

    first: float
    last: float
    last_epoch: int
    best: float
    best_epoch: int
    clipped: int
    epochs: int


def reached(losses: np.ndarray, clipped: np.ndarray) -> Learned | None:
    """Summarise a run; None when not even the first loss was finite."""
    finite = np.flatnonzero(np.isfinite(losses))
    if finite.size == 0:
        return None
    first, last, best = int(finite[0]), int(finite[-1]), int(finite[np.argmin(losses[finite])])
    ends = float(losses[first]), float(losses[last]), last
    return Learned(*ends, float(losses[best]), best, int(np.sum(clipped)), len(losses))


def training_sentence(summary: Learned | None, largest: tuple[str, float, int] | None, config: RunConfig) -> str:
    """Say in one sentence what happened during training, with `largest_gradient` of the run."""
    if summary is None:
        return "Not even the first loss is a finite number, so nothing was learned."
    text = _way(summary, "total loss, summed over the steps," if is_mean(config) else "total loss")
    if four(summary.best) not in (four(summary.first), four(summary.last)):
        text += f"; its lowest was {four(summary.best)} at epoch {summary.best_epoch}"
    if largest is not None:
        name, length, epoch = largest
        whose = "the truncated one" if is_cut(config, name) else "that"
        longest = f"The longest gradient was {whose} of {LABELS[name]}, {four(length)} at epoch {epoch}"
        text += f". {longest}" if length > 0 else ". Every gradient was exactly 0"
    if summary.clipped:
        epochs = part_of(summary.clipped, summary.epochs, "epoch")
        text += f"; the gradient of all five parameters was clipped in {epochs}"
    return text + "."


def recorded_sentence(done: int, recorded: int, played: int) -> str:
    """Say how many epochs of a run are kept in full and how many of those are played; "" if all are."""
    if played >= done:
        return ""
    losses = f"Of **{done}** epochs the losses and lengths are kept; all parameters with their gradients"
    closer = ", closer together at the start," if done - min(recorded, played) > 2 else ""
    whose = "these" if recorded == played else f"**{played}** of these"
    return f"{losses} of **{recorded}**{closer} and {whose} are played."


def _way(summary: Learned, loss: str) -> str:
    if summary.last_epoch == 0:
        return f"At epoch 0 the {loss} is **{four(summary.first)}**"
    first, last, epoch = four(summary.first), four(summary.last), summary.last_epoch
    if summary.last == summary.first:
        return f"The {loss} stayed at **{first}** up to epoch {epoch}"
    verb = "fell" if summary.last < summary.first else "rose"
    if first == last:
        moved = four(abs(summary.last - summary.first))
        return f"The {loss} {verb} by no more than **{moved}** from **{first}** up to epoch {epoch}"
    ends = f"The {loss} {verb} from **{first}** at epoch 0 to **{last}** at epoch {epoch}"
    return f"{ends} ({percent(summary.last, summary.first)} of the start)" if verb == "fell" else ends


def largest_gradient(norms: dict[str, np.ndarray]) -> tuple[str, float, int] | None:
    """Return parameter, norm and epoch of the largest finite gradient norm."""
    found = None
    for name, values in norms.items():
        finite = np.where(np.isfinite(values), values, -1.0)
        if finite.size and (found is None or finite.max() > found[1]):
            found = (name, float(finite.max()), int(finite.argmax()))
    return found if found is None or found[1] >= 0 else None


def training_table(run: TrainingRun) -> dict[str, np.ndarray]:
    """Return losses and gradient norms of a run at each epoch."""
    columns = {"epoch": np.arange(len(run.losses)), "training loss L": run.losses}
    if run.held_out_losses is not None:
        held_out = np.full(len(run.losses), np.nan)
        held_out[run.snapshot_epochs] = run.held_out_losses
        columns["held-out loss"] = held_out
    columns |= {f"gradient norm of {name}": values for name, values in run.gradient_norms.items()}
    columns |= {f"L_{t}": values for t, values in enumerate(run.step_losses.T) if values.any()}
    return {title: tables.thinned(values) for title, values in columns.items()}
