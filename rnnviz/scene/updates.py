"""The first update as it is drawn: the gradient that training takes, the rule, and the change it makes.

Training takes the gradient of the whole batch, added over time, as truncation leaves it; what the frames
before have taken apart may be one sample's, or that of a mean over time. The two are told apart here.
"""

from dataclasses import dataclass

import numpy as np

from rnnviz.engine.training import ADAM, MOMENTUM, clip
from rnnviz.notation.equations import comma, sign
from rnnviz.notation.ids import Quantity, gradient
from rnnviz.notation.line import Token
from rnnviz.notation.numbers import four
from rnnviz.notation.record import Record
from rnnviz.notation.rules import KINDS
from rnnviz.scene.strip import Item
from rnnviz.scene.view import View


@dataclass(frozen=True, eq=False)
class Update:
    """The first update of one parameter; its epoch is finite.

    Attributes
    ----------
    source : Quantity
        The gradient that the rule begins with: ∂L/∂θ, or the mean where one sample of several is looked at.
    times : int
        What it is multiplied by to be the one that training takes: T where L is written as a mean over time.
    gradient, used : array
        That one, before and after clipping.
    shortened : float
        What clipping by norm multiplies it by; 1 where it does nothing.
    limit : float or None
        Of clipping by value, where it cuts an entry of this parameter.
    """

    view: View
    parameter: str
    source: Quantity
    times: int
    gradient: np.ndarray
    used: np.ndarray
    shortened: float
    limit: float | None

    @property
    def is_clipped(self) -> bool:
        """Whether clipping changes this parameter's gradient."""
        return self.shortened != 1 or self.limit is not None

    @property
    def change(self) -> np.ndarray:
        """What the update adds."""
        return self.view.of(self.view.first_epoch.updates, self.parameter)

    @property
    def is_beyond(self) -> bool:
        """Whether what Adam divides by is not finite."""
        second = self.view.first_epoch.state.get("second moment")
        return second is not None and not np.isfinite(self.view.of(second, self.parameter)).all()

    @property
    def is_of_samples(self) -> bool:
        """Whether it begins with the mean over the samples, while one of them has been taken apart."""
        return self.source.kind == "gradient"

    def of(self, kind: str) -> Quantity:
        """Return what the update makes of the parameter: its ``step``, ``velocity``, …."""
        return Quantity(kind, parameter=self.parameter)


def first_update(view: View, parameter: str) -> Update | None:
    """Return the first update of a parameter; None where the gradient is not finite."""
    epoch, rule = view.first_epoch, view.rule
    if not epoch.finite:
        return None
    shorter, _ = clip(epoch.gradients, rule.clip_norm, None)
    given, short, used = (view.of(each, parameter) for each in (epoch.gradients, shorter, epoch.used))
    limit = rule.clip_value if np.any(used != short) else None
    whole = view.is_batch or view.batch == 1
    source = gradient(parameter) if whole else Quantity("gradient", parameter=parameter)
    times = len(view.loss_steps) if whole and view.conventions.is_mean else 1
    # The factor of clipping by norm is read from the largest entry of all parameters.
    before, after = (np.concatenate([part.ravel() for part in each]) for each in (epoch.gradients, shorter))
    place = np.abs(before).argmax()
    shortened = float(after[place] / before[place]) if before[place] and given.any() else 1.0
    return Update(view, parameter, source, times, given, used, shortened, limit)


def update_quantities(view: View, parameter: str) -> dict[str, Record]:
    """Return the records of the change and of all that the rule makes of the gradient."""
    epoch = view.first_epoch
    found = {"step": view.of(epoch.updates, parameter)}
    update = first_update(view, parameter)
    if update is not None:
        found |= {"gradient": update.gradient} if update.is_of_samples else {}
        found |= {"clipped": update.used} if update.is_clipped else {}
        found |= {KINDS[name]: view.of(each, parameter) for name, each in epoch.state.items()}
        found |= {"root": np.sqrt(found["second"]) + ADAM[2]} if "second" in found else {}
    return _records(view, parameter, found)


def update_helpers(view: View, parameter: str) -> dict[str, Record]:
    """Return what the products of the update need besides: by what one multiplies to divide, or to cut."""
    update, found = first_update(view, parameter), dict[str, np.ndarray]()
    if update is None:
        return {}
    if view.rule.optimiser == "adam":
        found["over"] = 1 / (np.sqrt(view.of(view.first_epoch.state["second moment"], parameter)) + ADAM[2])
    if update.limit is not None:
        short = update.shortened * update.gradient
        beyond = np.abs(short) > update.limit
        found["within"] = np.where(beyond, update.limit / np.abs(short), 1.0)
    return _records(view, parameter, found)


def _records(view: View, parameter: str, values: dict[str, np.ndarray]) -> dict[str, Record]:
    names = {Quantity(kind, parameter=parameter): value for kind, value in values.items()}
    return {name: view.described(name, value, like=parameter) for name, value in names.items()}


def update_equation(view: View, parameter: str) -> list[Token]:
    """W′ = W + ΔW, then ΔW by the rule that has made it, and what the rule is given."""
    update = first_update(view, parameter)
    change, new = (view.token(Quantity(kind, parameter=parameter)) for kind in ("step", "new"))
    found = [new, sign("="), view.token(parameter)]
    if update is None:
        return found
    found += [sign("+"), change, comma(), change, sign(r"= -\eta")]
    given = [view.token(update.of("clipped"))] if update.is_clipped else _taken(update)
    if view.rule.optimiser == "momentum":
        v = view.token(update.of("velocity"))
        given = [v, comma(), v, sign(rf"= {MOMENTUM} \cdot 0 +"), *given]
    elif view.rule.optimiser == "adam":
        first, second, root = (view.token(update.of(kind)) for kind in ("first", "second", "root"))
        given = [
            first, sign(r"\oslash ("), root, sign(")"), comma(), first, sign("="), *given,
            comma(), second, sign("="), *given, sign(r"\odot"), *given,
        ]  # fmt: skip
    return [*found, *given, *_clipping(update), *_mean_of_samples(update)]


def _taken(update: Update) -> list[Token]:
    latex = None if update.is_of_samples else update.view.written(update.parameter).latex
    return [*([sign(rf"{update.times} \cdot")] if update.times > 1 else []), update.view.token(update.source, latex)]


def _clipping(update: Update) -> list[Token]:
    """clip(g) = c / ‖g‖ · g, with the entries limited to ±c by value."""
    if not update.is_clipped:
        return []
    shorter = [sign(r"\tfrac{c}{\lVert g \rVert}")] if update.shortened != 1 else []
    inside = [*shorter, *_taken(update)]
    if update.limit is not None:
        inside = [sign(r"\big["), *inside, sign(rf"\big]_{{\pm {update.limit:g}}}")]
    return [comma(), update.view.token(update.of("clipped")), sign("="), *inside]


def _mean_of_samples(update: Update) -> list[Token]:
    """g as the mean over the batch, where the frames before have taken one sample apart."""
    if not update.is_of_samples:
        return []
    view, m = update.view, update.view.batch
    times = len(view.loss_steps) if view.conventions.is_mean else 1
    mean = rf"\tfrac{{{times}}}{{{m}}} \sum_{{i=1}}^{{{m}}} \Big({view.written(update.parameter).latex}\Big)_i"
    return [comma(), view.token(update.source), sign(f"= {mean}")]


def update_items(view: View, parameter: str) -> list[Item]:
    """Return the strip: the products by which ΔW is made, each from its beginning, then W + ΔW = W′."""
    change, new = (Quantity(kind, parameter=parameter) for kind in ("step", "new"))
    update = first_update(view, parameter)
    if update is None:
        return [Item(parameter), Item(new, "=")]
    adding = [Item(parameter, begins=True), Item(change, "+"), Item(new, "=")]
    return [*_clipped_items(update), *_rule_items(update), Item(change, "="), *adding]


def _clipped_items(update: Update) -> list[Item]:
    if not update.is_clipped:
        return []
    first, clipped = times(Item(update.source), update.times * update.shortened), update.of("clipped")
    if update.limit is None:
        return [first, Item(clipped, "=")]
    said = f"cut at ±{four(update.limit)} →"
    return [first, Item(clipped, "→", limit=update.limit, by=update.of("within"), said=said)]


def _rule_items(update: Update) -> list[Item]:
    """−η × what the optimiser makes of the gradient."""
    rule = update.view.rule
    made = {"momentum": "velocity", "adam": "first"}.get(rule.optimiser, "clipped" if update.is_clipped else "")
    source = update.of(made) if made else update.source
    factor = 1 if made else update.times
    items = [times(Item(source, begins=update.is_clipped), -rule.rate * factor)]
    return [*items, Item(update.of("root"), "⊘", by=update.of("over"))] if rule.optimiser == "adam" else items


def times(item: Item, factor: float, text: str = "") -> Item:
    """Return a matrix of the strip with the number that multiplies it, and how this is written."""
    return item if factor == 1 else item._replace(times=factor, factor=text or four(factor))
