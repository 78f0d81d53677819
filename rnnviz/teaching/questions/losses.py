"""Questions on what loss and output activation leave together (6), and on sums, means and wrong lines (10)."""

from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from rnnviz.engine import sample_losses
from rnnviz.engine.activations import output_jacobian
from rnnviz.engine.losses import output_gradient
from rnnviz.experiment.clipping import Clipping, angle, clipping, flat
from rnnviz.experiment.mistakes import MISTAKES, gradient_of_copy, made_of
from rnnviz.experiment.plain_loop import LOOP_LINES, loop_arguments, loop_code
from rnnviz.notation import prose
from rnnviz.notation.ids import output_factor, state
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.filling import Holes, filled
from rnnviz.teaching.questions.asking import significant, strong_place
from rnnviz.teaching.questions.scope import Draw, Scope, UnaskedError, needs, one_of
from rnnviz.teaching.questions.words import listed

_OUTPUTS = {"softmax": "softmax", "sigmoid": "sigmoid", "identity": "the identity", "relu": "ReLU"}
_LOSSES = {
    "categorical_cross_entropy": "cross-entropy",
    "binary_cross_entropy": "binary cross-entropy",
    "squared_error": "half the squared error",
}


def _output(scope: Scope, draw: Draw) -> tuple[dict, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A loss and its words; Ŷ_t, Y_t, ∂L_t/∂Ŷ_t, ∂L_t/∂Z_t and ∂Ŷ_t/∂Z_t of the sample."""
    t, network = scope.an_error(draw), scope.architecture
    row, activation = t - scope.first_loss, network.output_activation
    Z, Y_hat, Y = scope.trace.Z[row, 0], scope.trace.Y_hat[row, 0], (scope.Y if scope.Y.ndim == 2 else scope.Y[t])[0]
    words = dict(
        t=t, pair=f"{_OUTPUTS[activation]} with {_LOSSES[network.loss]}", softmax=activation == "softmax",
        first_factor=output_factor(t), leaves=_leaves_residual(scope),
    )  # fmt: skip
    return words, Y_hat, Y, output_gradient(network, Z, Y_hat, Y), scope.dZ[t, 0], output_jacobian(activation, Z, Y_hat)


def _leaves_residual(scope: Scope) -> bool:
    """Whether activation and loss cancel to ŷ − y."""
    return (scope.architecture.output_activation, scope.architecture.loss) in (
        ("softmax", "categorical_cross_entropy"),
        ("sigmoid", "binary_cross_entropy"),
        ("identity", "squared_error"),
    )


def logit_gradient(scope: Scope, draw: Draw) -> Holes:
    words, Y_hat, Y, above, delta, jacobian = _output(scope, draw)
    (j,) = strong_place(delta, draw, 0.01)
    value, slope = float(delta[j]), float(jacobian[j, j])
    needs(abs(value) >= 1e-6)
    return words | dict(
        value=value, residual=float((Y_hat - Y)[j]), negative=-value, rises=value > 0, predicted=Y_hat[j], target=Y[j],
        above=above[j], twice=value * slope, slope=slope, prediction=listed(Y_hat[:6]), long=len(Y_hat) > 6,
        later=j >= 6, entry=j,
    )  # fmt: skip


def logit_sum(scope: Scope, draw: Draw) -> Holes:
    words, _, Y, above, delta, _ = _output(scope, draw)
    needs(len(Y) > 1, np.abs(delta).max() >= 1e-6)
    value = 0.0 if words["softmax"] else float(delta.sum())
    needs(words["softmax"] or abs(value) >= 1e-6)
    of_predictions = above.sum() if significant(above.sum(), np.abs(above).max()) else None
    return words | dict(
        value=value, sizes=np.abs(delta).sum(), below=(delta <= 0).all(), of_predictions=of_predictions, count=len(Y)
    )


def fused(scope: Scope, draw: Draw) -> Holes:
    """The formula of ∂L_t/∂Ŷ_t · ∂Ŷ_t/∂Z_t: with the slope of f₂, or without."""
    words, Y_hat, Y, above, delta, jacobian = _output(scope, draw)
    residual, slope, cancels = Y_hat - Y, np.diag(jacobian), words["leaves"]
    elementwise = scope.architecture.loss == "squared_error" and not words["softmax"]
    needs(np.abs(delta).max() >= 1e-6, cancels or elementwise)
    t = words["t"]
    p, y, s = scope.latex(f"Y_hat_{t}"), scope.latex(f"Y_{t}"), rf"f_2'({scope.latex(f'Z_{t}')})"
    plain, steep = (residual, f"${p} - {y}$"), (residual * slope, rf"$({p} - {y}) \circ {s}$")
    right, other = (plain, steep) if cancels else (steep, plain)
    turned = f"${y} - {p}$" if cancels else f"$({y} - {p}) \\circ {s}$"
    return words | dict(
        right=right, first=f"({listed(delta[:4])}{', …' if len(delta) > 4 else ''})", other=other, negative=-right[0],
        turned=turned, above=above, p=p, slope=slope, s=s,
    )  # fmt: skip


def batch_share(scope: Scope, draw: Draw) -> Holes:
    """One entry of ∂L_t/∂Z_t where L_t is the mean over a batch."""
    experiment, t = scope.experiment, scope.an_error(draw)
    Y, m = experiment.task.Y, scope.batch
    needs(m > 1, _leaves_residual(scope))
    residual = experiment.trace.Y_hat[t - scope.first_loss] - (Y if Y.ndim == 2 else Y[t])
    sample, j = place = strong_place(residual, draw)
    own = float(residual[place])
    needs(abs(own) >= 1e-6)
    return dict(
        value=own / m, m=m, own=own, t=t, over_steps=own / scope.T, over_both=own / (m * scope.T), sample=sample,
        mean=float(residual[:, j].mean()), sample_after=sample + 1, entry=j,
    )  # fmt: skip


def over_time(scope: Scope, draw: Draw) -> Holes:
    losses, count = scope.step_losses, scope.count_losses
    total, over = float(losses.sum()), [f"L_{t}" for t in scope.losses]
    needs(total >= 1e-12)
    return dict(
        value=scope.scale * total, over=over, total=total, count=count, several=count > 1, over_steps=total / scope.T,
        few=count <= 6, last=float(losses[-1]), end=scope.T - 1, largest=float(losses.max()),
        first=over[0], each=listed(losses[scope.first_loss :]),
    )  # fmt: skip


def over_batch(scope: Scope, draw: Draw) -> Holes:
    experiment, t, m = scope.experiment, scope.an_error(draw), scope.batch
    needs(m > 1)
    each = sample_losses(experiment.architecture, experiment.trace, experiment.task.Y)[t]
    total, value = float(each.sum()), float(each.mean())
    needs(total >= 1e-12)
    over = dict(over_both=value / scope.T, over_steps=total / scope.T)
    return over | dict(value=value, m=m, total=total, worst=float(each.max()), t=t)


def _clipped(scope: Scope, draw: Draw) -> dict:
    """What clipping does to a drawn limit, as a part of the norm and of the largest entry."""
    part = float(one_of(draw, (0.2, 0.3, 0.4, 0.5, 0.6)))
    found = clipping(scope.experiment, part, part)
    if found is None or not 1e-250 < found.length < 1e250:
        raise UnaskedError
    clip = Clipping(**{each.name: scope.scale * getattr(found, each.name) for each in fields(found)})
    kind, parameter, count = one_of(draw, ("norm", "value")), scope.a_parameter(draw), len(clip.before)
    return dict(
        part=part, kind=kind, parameter=parameter, clip=clip, is_norm=kind == "norm", count=count,
        batch=scope.batch > 1, limit=clip.limit_norm if kind == "norm" else clip.limit_value,
        above=round(clip.cut * count),
    )  # fmt: skip


def clip_angle(scope: Scope, draw: Draw) -> Holes:
    found = _clipped(scope, draw)
    clip: Clipping = found["clip"]
    turned = float(angle(clip.before, clip.by_value))
    needs(turned >= 0.05)
    short = float(np.degrees(np.arccos(min(1.0, clip.lengths[1] / clip.length))))
    return found | dict(value=0.0 if found["is_norm"] else turned, turned=turned, short=short)


def clip_length(scope: Scope, draw: Draw) -> Holes:
    found = _clipped(scope, draw)
    clip, limit = found["clip"], found["limit"]
    by_norm, by_value = (float(length) for length in clip.lengths[:2])
    of_norm = dict(by_norm=by_norm, twice=clip.length * found["part"] ** 2, value_instead=by_value, before=clip.length)
    of_value = dict(
        by_value=by_value, norm_instead=limit, all_cut=limit * np.sqrt(found["count"]), before_value=clip.length
    )
    here, elsewhere = (of_norm, of_value) if found["is_norm"] else (of_value, of_norm)
    return found | here | dict.fromkeys(elsewhere) | dict(
        value=by_norm if found["is_norm"] else by_value, largest=np.abs(clip.before).max(), less=clip.length - limit
    )  # fmt: skip


_ASKED = [name for name, mistake in MISTAKES.items() if mistake.asked]
_LINES = prose.read("loop_lines", Mapping[str, Mapping[str, str]])


def _places(scope: Scope, role: str) -> tuple[str, ...]:
    """Where to look for a line at the last step, where the loop begins."""
    t = scope.T - 1
    return tuple(filled(_LINES[role]["at"], {"t": t, "before": state(t - 1)}).split())


def _errors(scope: Scope, parameter: str = "") -> dict[str, float]:
    """‖found − right‖ / ‖right‖ of each mistake's gradient of the whole batch, of all parameters or of one.

    It is not a number where the right gradient is the rounding of the output errors from which it is made.
    """
    experiment = scope.experiment
    arguments = loop_arguments(experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y)
    made = {name: gradient_of_copy(made_of(name), arguments) for name in (None, *_ASKED)}
    right, *found = (getattr(each, parameter) if parameter else flat(each) for each in made.values())
    size, unit = frobenius(right), float(np.abs(arguments[-1]).mean(axis=1).max())
    sound = size > 1e-9 * unit and np.isfinite(size)
    return {name: frobenius(each - right) / size if sound else np.nan for name, each in zip(_ASKED, found, strict=True)}


def wrong_line(scope: Scope, draw: Draw) -> Holes:
    errors = _errors(scope)
    name = one_of(draw, [name for name, error in errors.items() if error > 0.01])
    mistake, code = MISTAKES[name], loop_code()
    line = LOOP_LINES[mistake.role]
    code[line] = code[line].replace(mistake.right, mistake.wrong)
    others = [role for role in _LINES if role != mistake.role]
    draw.shuffle(others)
    return dict(
        mistake=mistake, percent=100 * errors[name], places=_places(scope, mistake.role), code="\n".join(code),
        sentence=mistake.sentence.replace("Hₖ₋₁", "$H_{k-1}$").replace("dh_next", "`dh_next`"),
        others=[
            dict(line=code[LOOP_LINES[role]].strip(), why=_LINES[role]["why"], at=_places(scope, role))
            for role in others[:4]
        ],
    )  # fmt: skip


def check_finds(scope: Scope, draw: Draw) -> Holes:
    """The relative difference that a gradient check would find after a mistake."""
    parameter = scope.a_parameter(draw)
    errors = _errors(scope, parameter)
    name = one_of(draw, [name for name, error in errors.items() if error > 0.01])
    drawn = draw.permutation([other for other in _ASKED if other != name]).tolist()
    others = [dict(error=errors[other], line=MISTAKES[other].wrong) for other in drawn if errors[other] > 0][:2]
    places = _places(scope, MISTAKES[name].role)
    return dict(
        mistake=name, parameter=parameter, made=MISTAKES[name], value=errors[name], places=places, others=others
    )
