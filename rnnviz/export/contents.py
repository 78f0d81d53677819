"""What every script holds: start values, data, settings, and the numbers that it has to find again."""

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnviz.engine.progress import tracked
from rnnviz.engine.training import ADAM, MOMENTUM
from rnnviz.experiment import costs
from rnnviz.experiment.core import Experiment, truncated
from rnnviz.export.command import made_with
from rnnviz.export.program import WIDTH, fingerprint, literal, number
from rnnviz.export.rounding import FLOOR, Course, course, pass_tolerance
from rnnviz.notation import prose
from rnnviz.notation.numbers import counted
from rnnviz.notation.rules import truncates
from rnnviz.settings.config import PRESETS, TASKS
from rnnviz.settings.fields import cell_form

OPTIMISERS = {"sgd": "plain gradient descent", "momentum": "momentum", "adam": "Adam"}
NOTABLE = 1e-8  # a tolerance above this is mentioned at the head of a script
TEXTS = prose.read("notebook", Mapping[str, Mapping[str, str]])


@dataclass(frozen=True, eq=False)
class Contents:
    """An experiment as a script holds it."""

    experiment: Experiment
    command: str  # what made it: "html", "numpy", "pytorch", "notebook" or "session"
    course: Course  # what training has to reproduce
    extra_settings: dict[str, float]  # what this kind of script needs beside the rest
    extra_expected: dict[str, np.ndarray]

    @property
    def form(self) -> str:
        """The form of the cell, one of `FORMS`."""
        return cell_form(self.experiment.architecture.cell, self.experiment.architecture.reset)

    @property
    def start(self) -> dict[str, np.ndarray]:
        """The five parameters."""
        return self.experiment.parameters._asdict()

    @property
    def data(self) -> dict[str, np.ndarray]:
        """X, Y, the state before step 0, and where there is padding 1 for a loss and 0 for none."""
        task = self.experiment.task
        found = {"X": task.X, "Y": task.Y, "H_init": self.experiment.H_init, "C_init": self.experiment.C_init}
        return {name: value for name, value in (found | {"mask": task.mask}).items() if value is not None}

    @property
    def padded(self) -> bool:
        """Whether some samples end before others."""
        return self.experiment.task.mask is not None

    @property
    def rates(self) -> dict[str, float]:
        """What an update needs beside the gradient."""
        config = self.experiment.config
        found: dict[str, float] = {"learning_rate": config.learning_rate, "epochs": self.course.epochs}
        if config.optimiser == "momentum":
            found["momentum"] = MOMENTUM
        if config.optimiser == "adam":
            found |= dict(zip(("beta1", "beta2", "epsilon"), ADAM, strict=True))
        found |= {name: getattr(config, name) for name in self.clipping}
        return found | ({"truncation": config.truncation or 0} if self.truncated else {})

    @cached_property
    def settings(self) -> dict[str, float]:
        """Every number that is neither an array nor a result."""
        return self.rates | {"tolerance": pass_tolerance(self.experiment), "floor": FLOOR} | self.extra_settings

    @cached_property
    def expected(self) -> dict[str, np.ndarray]:
        """What the script has to find again."""
        result = self.experiment.backward
        found = {"expected_losses": result.step_losses}
        found |= {f"expected_d{name}": g for name, g in result.gradients._asdict().items()}
        if self.truncated:
            gradients = truncated(self.experiment).gradients
            found |= {f"expected_kept_d{name}": g for name, g in gradients._asdict().items()}
        found |= self.extra_expected | {"expected_course": self.course.rows}
        return found if self.course.ended is None else found | {"expected_end": np.array(self.course.ended)}

    def numbers_as(self, array: str, part: Callable[..., str]) -> str:
        """Return the imports of a script, and its start values, data and settings."""
        assigned = (assignments(found, array) for found in (self.start, self.data, self.settings))
        return "\n\n".join([part("imports"), *assigned, "T, m, n0 = X.shape"])

    def expected_as(self, array: str, part: Callable[..., str]) -> str:
        """Return what a script has to find again, the fingerprint over all of its numbers, and how it compares."""
        numbers = {**self.start, **self.data, **self.settings, **self.expected}
        listed = ",\n    ".join(f'"{name}": {name}' for name in numbers)
        printed = part("fingerprint", numbers=listed, fingerprint=fingerprint(numbers))
        return "\n\n".join([assignments(self.expected, array), printed, part("check")])

    @property
    def clipping(self) -> list[str]:
        """The limits that are set, in the order in which they act."""
        return [name for name in ("clip_norm", "clip_value") if getattr(self.experiment.config, name) is not None]

    @property
    def truncated(self) -> bool:
        """Whether truncation leaves terms out."""
        return truncates(self.experiment.config)

    @property
    def shortened(self) -> bool:
        """Whether the script trains fewer epochs than the experiment, to stay quick."""
        return self.course.ended is None and self.course.epochs < self.experiment.config.epochs


def contents(
    experiment: Experiment,
    command: str,
    seconds_a_step: float,
    settings: dict[str, float],
    expected: dict[str, np.ndarray],
) -> Contents:
    """Return what a script of this experiment holds; ``seconds_a_step`` tells how long it trains."""
    check_fits(experiment)
    most = max(1, int(costs.MOST_SCRIPT / (seconds_a_step * len(experiment.trace.A))))
    return Contents(experiment, command, course(experiment, most), settings, expected)


def check_fits(experiment: Experiment) -> None:
    """Raise ValueError where losses or gradient overflow before training: a script would have nothing to check."""
    result = experiment.backward
    if not all(np.isfinite(one).all() for one in (result.step_losses, *result.gradients)):
        raise ValueError(
            "experiment: its losses or gradient are not finite at the start values, so a script has nothing "
            "to check; expected fewer steps, a smaller gain or smaller numbers"
        )


def heading(experiment: Experiment) -> tuple[str, str]:
    """Return title and sentence of an experiment: the preset's, which speaks of its own numbers, or the task's."""
    config, preset = experiment.config, PRESETS[experiment.config.preset]
    title = preset.title if config.task == preset.config.task else TASKS[config.task].label
    plain = config.replace(parameter=preset.config.parameter, sample=preset.config.sample)
    return title, preset.sentence if plain == preset.config else experiment.task.sentence


def seconds_of(experiment: Experiment, calls: float) -> float:
    """Estimate what one step of one epoch costs: so many seconds of calls, and the multiplications."""
    return costs.script_step(costs.Size.of(experiment), calls)


def assignments(numbers: Mapping[str, float | np.ndarray], array: str) -> str:
    """Return source that assigns each entry; ``array`` is how a literal becomes one, with {} in it."""
    lines = []
    for name, value in tracked(list(numbers.items())):
        if isinstance(value, np.ndarray) and value.ndim:
            lines.append(f"{name} = {array.format(literal(value))}")
        else:
            words = TEXTS["numbers"].get(name)
            lines.append(f"{name} = {number(float(value))}" + (f"  # {words}" if words else ""))
    return "\n".join(lines)


def description(holds: Contents) -> list[str]:
    """Return what the experiment is, line by line, for the head of a script."""
    config, (T, m, n0) = holds.experiment.config, holds.experiment.task.X.shape
    n1, n2 = config.hidden, holds.experiment.task.Y.shape[-1]
    losses = "a loss at every step" if config.mode == "sequence_to_sequence" else "one loss, at the last step"
    losses += ", none where mask is 0" if holds.padded else ""
    return [
        f"{TASKS[config.task].label}: T = {counted(T, 'step')}, m = {counted(m, 'sample')}, {losses}.",
        f"n0 = {counted(n0, 'input')}, n1 = {counted(n1, 'hidden unit')}, n2 = {counted(n2, 'output')}. "
        f"Trained by {OPTIMISERS[config.optimiser]}, {counted(config.epochs, 'epoch')}.",
    ]


def caveats(holds: Contents) -> list[str]:
    """Return what a reader of the script has to know: shortened training, numbers that rounding moves."""
    found, epochs = [], holds.course.epochs
    if holds.shortened:
        found.append(f"To stay quick it trains only the first {counted(epochs, 'epoch') if epochs > 1 else 'epoch'}.")
    if holds.settings["tolerance"] > NOTABLE:
        found.append(
            "This network makes small differences grow from step to step: rounding alone moves losses and "
            f"gradient by up to {holds.settings['tolerance']:.0e} of their size, and so much is allowed."
        )
    return found


def script(first: str, equations: str, holds: Contents, notes: list[str], steps: Mapping[str, str]) -> str:
    """Return a script: what it is, as comments of at most the line width, and its steps, code by title."""
    made = f"Made with: {made_with(holds.command, holds.experiment.config)}"
    about = ["Change any number below and the script fails.", *caveats(holds), *notes, made]
    head = "\n".join(
        textwrap.fill(line, WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)
        for line in (first, *description(holds), equations, *about)
    )
    return "\n\n\n".join([head, *(f"# === {title} ===\n\n{code}" for title, code in steps.items())]) + "\n"
