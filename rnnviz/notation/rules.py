"""How an optimiser makes an update of a gradient, as equations: for every epoch of the training studio."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rnnviz.engine import keeps
from rnnviz.engine.training import ADAM, MOMENTUM
from rnnviz.notation.ids import HIDDEN_PARAMETERS, Symbol, symbol, truncated_symbol

if TYPE_CHECKING:
    from rnnviz.settings.config import RunConfig

KINDS = {"clipped gradient": "clipped", "velocity": "velocity", "first moment": "first", "second moment": "second"}
"""What stands between gradient and step, by the end of its id."""

TRUNCATIONS = {"window": "the last τ steps", "chunk": "detach every τ"}
"""How each kind of truncation is named in sentences."""


def is_cut(config: "RunConfig", name: str) -> bool:
    """Whether truncation leaves out terms of this parameter."""
    return name in HIDDEN_PARAMETERS and not keeps(config.steps - 1, 0, config.truncation, config.truncation_kind)


def truncates(config: "RunConfig") -> bool:
    """Whether truncation leaves out terms of any parameter."""
    return is_cut(config, "Wh1")


def of_full_gradient(config: "RunConfig") -> str:
    """What is said beside numbers of the full gradient where training takes a truncated one; else nothing."""
    if not truncates(config):
        return ""
    return f" The gradient here is the full one; training truncates it (τ = {config.truncation})."


def is_mean(config: "RunConfig") -> bool:
    """Whether L is written as the mean of several losses; training takes their sum."""
    return config.over_time == "mean" and config.mode == "sequence_to_sequence" and config.steps > 1


def clips(config: "RunConfig") -> bool:
    """Whether a limit is set for the gradient."""
    return config.clip_norm is not None or config.clip_value is not None


def _gradient(config: "RunConfig", name: str) -> Symbol:
    return truncated_symbol(name) if is_cut(config, name) else symbol(f"dL/d{name}")


def written(config: "RunConfig", name: str, states: Iterable[str]) -> dict[str, list[list[str]]]:
    """Return how each matrix of the studio is written."""
    found = {"before": symbol(name), "after": symbol(f"{name}_new"), "gradient": _gradient(config, name)}
    found |= {"step": symbol(f"{name}_step")} | {title: symbol(f"{name}_{KINDS[title]}") for title in states}
    return {kind: [list(piece) for piece in one.label] for kind, one in found.items()}


def rule(config: "RunConfig", name: str) -> list[str]:
    """Return, as LaTeX, how the optimiser makes the update of a parameter from its gradient, line by line."""
    return rule_of(config, symbol(name).latex, _gradient(config, name).latex)


def rule_of(config: "RunConfig", theta: str, gradient: str) -> list[str]:
    """Return the rule for what is written ``theta`` and has this ``gradient``, as LaTeX, line by line."""
    given, step = r"\mathrm{clip}(g)" if clips(config) else "g", rf"\Delta {theta}"
    makes = {"sgd": given, "momentum": "v", "adam": r"\hat{m} \oslash (\sqrt{\hat{v}} + \epsilon)"}
    first, second, _ = ADAM
    adam = [
        rf"m \leftarrow {first}\,m + {1 - first:.3g}\,{given}",
        rf"\hat{{m}} = m / (1 - {first}^{{n}})",
        rf"v \leftarrow {second}\,v + {1 - second:.3g}\,{given} \odot {given}",
        rf"\hat{{v}} = v / (1 - {second}^{{n}})",
        r"n = \text{epoch} + 1",
    ]
    lines = [rf"{theta}' = {theta} + {step}", rf"{step} = -\eta\,{makes[config.optimiser]}"]
    lines += {"sgd": [], "momentum": [rf"v \leftarrow {MOMENTUM}\,v + {given}"], "adam": adam}[config.optimiser]
    shorter = "g"
    if config.clip_norm is not None:  # the whole gradient is shortened to a norm, then its entries are limited
        shorter = rf"g\,\min(1, {config.clip_norm:g} / \lVert g \rVert)"
    if config.clip_value is not None:
        shorter = rf"\left[{shorter}\right]_{{\pm {config.clip_value:g}}}"
    return [*lines, *([f"{given} = {shorter}"] if clips(config) else []), f"g = {gradient}"]
