"""Questions on weights against slopes (9) and on sums, means, clipping and wrong lines (10)."""

from __future__ import annotations

import numpy as np

from rnnviz.engine import sample_losses
from rnnviz.experiment.mistakes import MISTAKES, gradient_of_copy
from rnnviz.experiment.plain_loop import LOOP_LINES, loop_arguments, loop_code
from rnnviz.experiment.shortcuts import angle, clipping, flat
from rnnviz.story.notation import chain_factor, step_number
from rnnviz.story.numbers import four
from rnnviz.story.quantities import frobenius
from rnnviz.story.questions.asking import (
    Draft,
    apart,
    latex,
    listed,
    one_of,
    option,
    settled,
    template,
    tex,
)
from rnnviz.story.questions.loops import hop_frame, per
from rnnviz.story.questions.scope import largest_stretch

_BOUND, _STRETCH = r"$\gamma\,\sigma_{\max}$", r"$\sigma_{\max}$"
_SLOPE_WORDS = {"tanh": "1 for tanh", "relu": "1 for ReLU", "sigmoid": "¼ for the sigmoid",
                "identity": "1 for the identity"}  # fmt: skip


def _span(scope, draw):
    return one_of(draw, [(t, k) for t in scope.steps for k in scope.steps if t - k > 0])


def _norm_of(t: int, k: int) -> str:
    return rf"$\left\|{per(latex(f'H_{t}'), f'H_{k}')}\right\|_2$"


def _spectral(scope) -> str:
    values = scope.spectrum
    slope = _SLOPE_WORDS[scope.architecture.hidden_activation]
    return (
        f"{tex('Wh1')} has spectral radius ρ = {four(values.radius)} and largest singular value {_STRETCH} = "
        f"{four(values.norm)}; γ, the steepest slope f₁′ can have, is {slope}."
    )


@template("bound", 9, "The bound on a Jacobian product", single=True, least=2)
def bound(scope, draw):
    """Ask for (γ σₘₐₓ)^(t−k)."""
    t, k = _span(scope, draw)
    lag, values = t - k, scope.spectrum
    limit, actual = (values.gamma * values.norm) ** lag, largest_stretch(scope.jacobian(t, k))
    choices = settled(
        option(limit, f"{_BOUND} = {four(values.gamma * values.norm)} to the power {lag}, once "
               f"for each step. Now the norm is {four(actual)}.", "Wh1"),
        [
            option(values.radius**lag, f"That takes the eigenvalue, ρ = {four(values.radius)}. It tells the "
                   "long run; a single step can stretch more.", "Wh1"),
            option(values.norm**lag, "That leaves out the slopes: sigmoid units let at most a quarter "
                   "through.", f"f1'_{t}"),
            option((values.gamma * values.norm) ** (lag + 1), "That is one step too many: there "
                   f"{'is' if lag == 1 else 'are'} {lag} from one state to the other.", f"H_{k}"),
            option(actual, "That is the norm as it is now. A bound holds for any input, not for this one.",
                   f"H_{t}", f"H_{k}")
            if scope.architecture.hidden_activation != "identity" else None,
        ],
    )  # fmt: skip
    prompt = f"{_spectral(scope)} Which bound on {_norm_of(t, k)} follows from γ and {_STRETCH} alone?"
    answer = f"{_BOUND} to the power {lag}: {four(limit)}. Now it is {four(actual)}."
    return choices and Draft(prompt, choices, _span_frame(scope, t, k), "W1", answer, {"t": t, "k": k})


def _span_frame(scope, t, k) -> str:
    return f"term-{min(s for s in scope.losses if s >= t)}-{k}"


@template("guarantee", 9, "Which number guarantees shrinking", single=True, least=2)
def guarantee(scope, draw):
    """Ask whether a single step is sure to shrink, and by which number one knows."""
    t, values = scope.a_hop(draw), scope.spectrum
    product = values.gamma * values.norm
    if not all(apart(value, 1.0) for value in (product, values.norm, values.radius)):
        return None
    actual = largest_stretch(scope.jacobian(t, t - 1))
    said = _claims(scope, t, product, actual)
    right = said.pop("yes" if product < 1 else "no")
    choices = settled(right, said.values())
    prompt = f"{_spectral(scope)} Is {_norm_of(t, t - 1)} sure to be below 1, whatever the inputs?"
    answer = f"{right.text}: it is {four(product)}."
    return choices and Draft(prompt, choices, *hop_frame(scope, t), answer, {"t": t})


def _claims(scope, t, product, actual) -> dict:
    """What could be said for and against; a claim that would be right for another reason is left out."""
    values, weights, told = scope.spectrum, tex("Wh1"), f"{_BOUND} is {four(product)}"
    hop, unsure = chain_factor(t), product >= 1
    sure = "bounds every step" if not unsure else "is not below 1, so some input may let a step stretch"
    proof = f"{_BOUND} = {four(product)} {sure}. This one has norm {four(actual)}."
    turned = f"It is the other way round: {told}."
    said = {
        "yes": option(0, turned if unsure else proof, hop, "Wh1", text=f"Yes, because {_BOUND} is below 1"),
        "no": option(1, proof if unsure else turned, hop, "Wh1", text=f"No, because {_BOUND} is not below 1"),
        "unit": option(4, f"Slopes are only one cause. {weights} can stretch by {four(values.norm)}.",
                       f"f1'_{t}", "Wh1", text="Yes, because no slope is above 1"),
    }  # fmt: skip
    if apart(values.radius, values.norm):
        said["radius"] = option(2, f"ρ = {four(values.radius)} rules the long run only. For one step {told}.",
                                "Wh1", text="Yes, because ρ is below 1")  # fmt: skip
    if not unsure:
        why = "The slopes are factors too" if values.norm > 1 else f"{_STRETCH} is {four(values.norm)}"
        said["slopes"] = option(
            3, f"{why}: {told}.", f"f1'_{t}", text=f"No, because {_STRETCH} is not below 1"
        )
    return said


@template("without-slopes", 9, "Weights and slopes apart", single=True, least=2)
def without_slopes(scope, draw):
    """Ask what a step Jacobian's norm would be with every slope 1."""
    t, values = scope.a_hop(draw), scope.spectrum
    actual, steepest = largest_stretch(scope.jacobian(t, t - 1)), float(scope.slope[t].max())
    if scope.architecture.hidden_activation == "identity" or not actual > 0:
        return None
    choices = settled(
        option(values.norm, f"With slopes 1 the Jacobian is the transposed {tex('Wh1')}, and its norm is "
               f"{_STRETCH} = {four(values.norm)}.", "Wh1"),
        [
            option(values.radius, "That is the spectral radius, the largest |eigenvalue|. A step stretches "
                   "by up to the largest singular value.", "Wh1"),
            option(actual, "That leaves the slopes as they are. They are between "
                   f"{four(scope.slope[t].min())} and {four(steepest)} here.", f"f1'_{t}"),
            option(actual / steepest, "That divides by the steepest slope, as if every unit had it. Each "
                   "has its own.", f"f1'_{t}"),
            option(1.0, f"That would be the slopes alone. {tex('Wh1')} has a stretch of its own.", "Wh1"),
        ],
    )  # fmt: skip
    prompt = (
        f"{_norm_of(t, t - 1)} is {four(actual)}. What would it be if every slope f₁′ of step "
        f"{step_number(t)} were 1?"
    )
    answer = f"{_STRETCH} = {four(values.norm)}; the slopes bring it to {four(actual)}."
    return choices and Draft(prompt, choices, *hop_frame(scope, t), answer, {"t": t})


@template("long-run", 9, "Eigenvalues and the first steps")
def long_run(scope, draw):
    """Ask for the norm of a power of Wh1: between ρ and σₘₐₓ."""
    W, values, power = scope.parameters.Wh1, scope.spectrum, int(draw.integers(2, 13))
    norm = largest_stretch(np.linalg.matrix_power(W, power))
    if norm < 1e-6 * values.norm**power:
        return None
    choices = settled(
        option(norm, f"Computed: {four(norm)}. It lies between the two powers, {four(values.radius**power)} "
               f"and {four(values.norm**power)}.", "Wh1"),
        [
            option(values.radius**power, f"That is ρ to the power {power}. It holds for normal matrices and, "
                   "up to a factor, in the long run.", "Wh1"),
            option(values.norm**power, f"That is {_STRETCH} to the power {power}, the bound. Each step "
                   "would have to stretch the direction that comes out of the last.", "Wh1"),
            option(power * values.norm, f"That is {power} times {_STRETCH}. Steps multiply.", "Wh1"),
            option(values.norm, "That is a single step.", "Wh1"),
        ],
    )  # fmt: skip
    prompt = (
        f"{tex('Wh1')} has spectral radius {four(values.radius)} and largest singular value "
        f"{four(values.norm)}. With every slope 1, by how much can {power} steps back stretch an error at "
        "the most?"
    )
    answer = f"By {four(norm)}, the largest singular value of the power {power}."
    last = scope.losses[-1]
    facts = {"power": power}
    return choices and Draft(prompt, choices, f"term-{last}-0", "W1", answer, facts)


@template("over-time", 10, "Sum or mean over time", least=2, draws=False)
def over_time(scope, draw):
    """Ask for the total loss."""
    losses = scope.step_losses
    total, T = float(losses.sum()), scope.T
    if total < 1e-12:
        return None
    value, mean_holds = scope.scale * total, scope.scale != 1
    last, count = float(losses[-1]), T - scope.first_loss
    kind = "mean" if mean_holds else "sum"
    shown = f"are {listed(losses[scope.first_loss :])}" if count <= 6 else f"sum to {four(total)}"
    which = f"The losses of the {count} steps {shown}." if count > 1 else (
        f"Only the last of the {T} steps has a loss, {four(last)}.")  # fmt: skip
    rule = f"The losses of the steps are {'averaged' if mean_holds else 'added'}: {four(value)}."
    over = tuple(f"L_{t}" for t in scope.losses)
    choices = settled(
        option(value, rule if count > 1 else "One loss, and nothing divides it by the number of steps.", "L",
               *over),
        [
            option(total, f"That is the sum. Here the mean over {count} losses is set.", "L"),
            option(total / T, f"That is the mean over {T} steps. Over time losses are added, so each step "
                   "keeps its full say.", "L"),
            option(last, "That is the last loss alone. Every step has one here.", f"L_{T - 1}"),
            option(float(losses.max()), "That is the largest loss alone.", "L", *over[:1]),
        ],
    )  # fmt: skip
    setting = f" The total is set to their {kind}." if mean_holds else ""
    prompt = f"{which}{setting} What is the total loss {tex('L')}?"
    answer = (
        f"L is {four(value)}, the {kind} over the {count} losses." if count > 1 else f"L is {four(value)}."
    )
    return choices and Draft(prompt, choices, "loss", "Wh1", answer, {})


@template("over-batch", 10, "Sum or mean over the batch")
def over_batch(scope, draw):
    """Ask for the loss of one step over a batch."""
    experiment, t = scope.experiment, scope.an_error(draw)
    m = experiment.trace.X.shape[1]
    if m < 2:
        return None
    each = sample_losses(experiment.architecture, experiment.trace, experiment.task.Y)[t]
    total, value, T = float(each.sum()), float(each.mean()), scope.T
    if total < 1e-12:
        return None
    name = f"L_{t}"
    choices = settled(
        option(value, f"The mean over {m} samples. So a rate that suits one batch suits a larger one.", name),
        [
            option(total, f"That is the sum. The loss is a mean over the {m} samples.", name),
            option(value / T, f"That divides by the {T} steps as well. Over time losses are added.", name),
            option(float(each.max()), "That is the worst sample alone.", name),
            option(total / T, f"That divides by the {T} steps instead of the {m} samples.", name),
        ],
    )  # fmt: skip
    prompt = (
        f"At step {step_number(t)} the losses of the {m} samples sum to {four(total)}. What is {tex(name)} "
        "of the whole batch?"
    )
    answer = f"It is their mean, {four(value)}."
    return choices and Draft(prompt, choices, f"loss-{t}", "Wh1", answer, {"t": t})


def _clipped(scope, draw):
    """A drawn limit, as a part of the norm and of the largest entry, and what clipping to it does."""
    part = float(one_of(draw, (0.2, 0.3, 0.4, 0.5, 0.6)))
    found = clipping(scope.experiment, part, part)
    return None if found is None or not 1e-250 < found.length < 1e250 else (part, found)


def _gradient_lights(parameter: str) -> tuple[str, ...]:
    return f"dL/d{parameter}", f"{parameter}_step"


@template("clip-angle", 10, "Clipping and direction")
def clip_angle(scope, draw):
    """Ask by how many degrees clipping turns the gradient."""
    found, kind, parameter = _clipped(scope, draw), one_of(draw, ("norm", "value")), scope.a_parameter(draw)
    if found is None:
        return None
    part, clip = found
    turned = float(angle(clip.before, clip.by_value))
    short = float(np.degrees(np.arccos(min(1.0, clip.lengths[1] / clip.length))))
    if turned < 0.05:
        return None
    value = 0.0 if kind == "norm" else turned
    lights = _gradient_lights(parameter)
    limit = clip.limit_norm if kind == "norm" else clip.limit_value
    replies = {
        "norm": "One factor shortens every entry alike: the direction stays.",
        "value": f"It cuts {four(100 * clip.cut)} % of the entries and leaves the others: it turns.",
    }
    choices = settled(
        option(value, replies[kind], *lights),
        [
            option(turned, "That is what clipping by value would do: it cuts the large entries only.",
                   *lights),
            option(0.0, "That is clipping by norm, which shortens all entries alike. By value the large ones "
                   "are cut and the small ones stay.", *lights),
            option(short, "That reads the shortening as an angle. How short and how far turned are two "
                   "things.", *lights),
            option(90.0, "That would leave nothing of the old direction.", *lights),
        ],
    )  # fmt: skip
    words = "Its length is limited" if kind == "norm" else "Each of its entries is limited"
    prompt = (
        f"The full gradient, all parameters together, has length {four(clip.length)}. {words} to "
        f"{four(limit)}. By how many degrees does it turn?"
    )
    answer = f"It turns by {four(value)} degrees."
    facts = {"kind": kind, "part": part}
    return choices and Draft(prompt, choices, "update", parameter, answer, facts)


@template("clip-length", 10, "Clipping and length")
def clip_length(scope, draw):
    """Ask how long a clipped gradient is."""
    found, kind, parameter = _clipped(scope, draw), one_of(draw, ("norm", "value")), scope.a_parameter(draw)
    if found is None:
        return None
    part, clip = found
    limit = clip.limit_norm if kind == "norm" else clip.limit_value
    value = float(clip.lengths[0] if kind == "norm" else clip.lengths[1])
    lights, count = _gradient_lights(parameter), len(clip.before)
    replies = {
        "norm": "Its length was above the limit, so it is scaled down to just that.",
        "value": f"{four(100 * clip.cut)} % of the {count} entries are cut; the length follows from all.",
    }
    others = {
        "norm": [
            option(clip.length * part**2, "That scales twice.", *lights),
            option(clip.lengths[1], f"That is clipping by value, each entry to {four(clip.limit_value)}.",
                   *lights),
        ],
        "value": [
            option(limit, "That is clipping by norm. By value the limit is for each entry, and the length is "
                   "over all.", *lights),
            option(limit * np.sqrt(count), f"That takes all {count} entries for cut. Small ones stay as they "
                   "are.", *lights),
        ],
    }  # fmt: skip
    choices = settled(
        option(value, replies[kind], *lights),
        [
            *others[kind],
            option(clip.length, "That is the length before. The limit is below it." if kind == "norm" else
                   "That is the length before; its largest entry was above the limit.", *lights),
            option(clip.length - limit, "That subtracts the limit. It is a size to come down to.", *lights),
        ],
    )  # fmt: skip
    words = "its length is limited" if kind == "norm" else "each entry is limited"
    prompt = (
        f"The full gradient, {count} entries of all parameters together, has length {four(clip.length)}, its "
        f"largest entry the size {four(np.abs(clip.before).max())}. Now {words} to {four(limit)}. How long "
        "is it then?"
    )
    answer = f"Its length is then {four(value)}."
    facts = {"kind": kind, "part": part}
    return choices and Draft(prompt, choices, "update", parameter, answer, facts)


_WHY_RIGHT = {
    "mean": "The loss is the mean over the batch, so each sample's error is divided by their number.",
    "dh": "A state hears from its own loss and, through `dh_next`, from the later ones.",
    "da": "The slope of the same step stands between a state and its pre-activation.",
    "W1": "The input of this step is what W1 was multiplied with.",
    "Wh1": "The state before is what Wh1 was multiplied with.",
    "b1": "A bias is added to every sample, so its gradient is the sum over them.",
    "W2": "The output reads the state of its own step.",
    "b2": "The output's bias is added to every sample.",
    "dh_next": "Backward the weights run the other way: Wh1 transposed.",
}
_CHECKED = {"Wh1": "dWh1", "W1": "dW1", "b1": "db1"}


def _broken(scope) -> dict[str, object]:
    """Every mistake's gradient of the whole batch, of the mistakes that can be told from the right one."""
    experiment = scope.experiment
    arguments = loop_arguments(
        experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y
    )
    return {name: gradient_of_copy(name, arguments) for name in (None, *MISTAKES)}


def _error(found, right) -> float:
    """‖found − right‖ / ‖right‖."""
    size = frobenius(right)
    return frobenius(found - right) / size if size > 0 and np.isfinite(size) else float("nan")


@template("wrong-line", 10, "Find the wrong line", least=1, lecture=True, whole=True)
def wrong_line(scope, draw):
    """Show the loop with one line wrong."""
    gradients = _broken(scope)
    errors = {name: _error(flat(gradients[name]), flat(gradients[None])) for name in MISTAKES}
    name = one_of(draw, [name for name, error in errors.items() if error > 0.01])
    if name is None:
        return None
    mistake, code = MISTAKES[name], loop_code()
    place = LOOP_LINES[mistake.role]
    code[place] = code[place].replace(mistake.right, mistake.wrong)
    others = [role for role in _WHY_RIGHT if role != mistake.role]
    draw.shuffle(others)
    lights = _line_lights(scope)
    choices = settled(
        option(0, f"It should be `{mistake.right}`. {_marked(mistake.sentence)} The gradient is off by "
               f"{four(100 * errors[name])} %.", *lights[mistake.role], text=f"`{mistake.wrong}`"),
        [
            option(1, f"That line is right. {_WHY_RIGHT[role]}", *lights[role],
                   text=f"`{code[LOOP_LINES[role]].strip()}`")
            for role in others[:4]
        ],
    )  # fmt: skip
    prompt = (
        "One line of this backward loop is wrong. Its gradient of this network is off by "
        f"{four(100 * errors[name])} % of its length. Which line is it?"
    )
    answer = f"`{mistake.wrong}` should be `{mistake.right}`."
    return choices and Draft(prompt, choices, "sum", "Wh1", answer, {}, "\n".join(code))


def _marked(sentence: str) -> str:
    """Return a sentence with its names set as code or LaTeX."""
    return sentence.replace("H_{k−1}", "$H_{k-1}$").replace("dh_next", "`dh_next`")


def _line_lights(scope) -> dict[str, tuple[str, ...]]:
    """Where to look for each line, at the last step, where the loop begins."""
    t = scope.T - 1
    before = f"H_{t - 1}" if t else "H_init"
    return {
        "mean": (f"L_{t}", f"dL_{t}/dZ_{t}"),
        "dh": (f"dL/dH_{t}", f"carry_{t}"),
        "da": (f"f1'_{t}", f"dL/dA_{t}"),
        "W1": (f"X_{t}", f"dL/dA_{t}"),
        "Wh1": (before, f"dL/dA_{t}"),
        "b1": (f"dL/dA_{t}",),
        "W2": (f"H_{t}", f"dL_{t}/dZ_{t}"),
        "b2": (f"dL_{t}/dZ_{t}",),
        "dh_next": ("Wh1", f"dL/dA_{t}"),
    }


@template("check-finds", 10, "What a gradient check finds", lecture=True, whole=True)
def check_finds(scope, draw):
    """Ask for the relative difference that a gradient check would find after a mistake."""
    gradients, parameter = _broken(scope), scope.a_parameter(draw)
    right = getattr(gradients[None], parameter)
    errors = {name: _error(getattr(gradients[name], parameter), right) for name in MISTAKES}
    name = one_of(draw, [name for name, error in errors.items() if error > 0.01])
    if name is None:
        return None
    mistake, value, lights = MISTAKES[name], errors[name], _line_lights(scope)[MISTAKES[name].role]
    whole = f"dL/d{parameter}"
    others = [
        option(errors[other], f"That is what another mistake does: `{MISTAKES[other].wrong}`.", whole)
        for other in draw.permutation([other for other in MISTAKES if other != name]).tolist()
        if errors[other] > 0
    ]
    choices = settled(
        option(value, f"The check compares with differences of the loss, which know nothing of the line: "
               f"{four(value)} is far above rounding.", whole, *lights),
        [
            option(0.0, "That would let the mistake pass. The shapes fit and nothing complains, but the "
                   "loss itself tells.", whole),
            *others[:2],
            option(1.0, "That would be a gradient of which nothing is left or everything is doubled.", whole),
        ],
    )  # fmt: skip
    prompt = (
        f"In the backward loop somebody writes `{mistake.wrong}` where `{mistake.right}` belongs. A gradient "
        f"check compares `{_CHECKED[parameter]}` with differences of the loss. How large is the difference, "
        "over the length of the true gradient?"
    )
    answer = f"The relative difference is {four(value)}: the check fails, as it should."
    facts = {"mistake": name, "parameter": parameter}
    return choices and Draft(prompt, choices, "sum", parameter, answer, facts)
