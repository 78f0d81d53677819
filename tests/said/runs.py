"""What the gradient check, the page on trust and the training say."""

from __future__ import annotations

from rnnviz.charts.packed import unpacked
from rnnviz.checks.claims import compute as claims_compute
from rnnviz.checks.claims import say as claims_said
from rnnviz.checks.gradient import say as gradient_said
from rnnviz.checks.gradient.compute import broken_training, run_checks
from rnnviz.checks.gradient.differences import Case, check_cell, compare, error_curve
from rnnviz.experiment.core import run as experiment_run
from rnnviz.experiment.mistakes import MISTAKES, known_of
from rnnviz.experiment.training import train_run
from rnnviz.experiment.watch import watch
from rnnviz.laboratory.breaking import compute as breaking_compute
from rnnviz.laboratory.breaking.say import breakdown_sentence, remedy_sentence
from rnnviz.laboratory.learned import compute as learned_compute
from rnnviz.laboratory.learned import say as learned_said
from rnnviz.laboratory.learned.compute import sunspot_forecast
from rnnviz.laboratory.learned.say import recorded_sentence
from rnnviz.notation.numbers import four
from rnnviz.scene.comparing import difference_sentence, outcome_sentence
from rnnviz.scene.training import build_training_scene, played_places
from rnnviz.settings.fields import LABELS
from tests.said.places import Said, at
from tests.said.stage import told


def said(run, trained) -> Said:
    """Yield every sentence with its place."""
    yield from _checks(run)
    yield from _live(run)
    yield from _training(run, trained)


def _checks(run) -> Said:
    mistakes = known_of(run.architecture)
    chosen = mistakes[run.config.seed % len(mistakes)]
    for mistake in (None, chosen):
        found = run_checks(mistake, run)
        yield "check: verdict", gradient_said.verdict(found)
        yield from at("check: what is compared", (check.what for check in found))
        where = next((check.where for check in found if check.where is not None), None)
        if where is not None:
            yield "check: grid", gradient_said.where_sentence(where)
        compared = compare(run, mistake)
        yield "check: every entry", gradient_said.scatter_sentence(compared)
        yield from _cell(run, mistake)
        if mistake is None:
            curve = error_curve(run, *compared.entries[compared.worst])
            yield "check: error over ε", gradient_said.curve_sentence(curve)
    yield "check: mistake", f"{MISTAKES[chosen].title}. {MISTAKES[chosen].sentence}"
    yield from _broken_training(run, chosen)


def _cell(run, mistake: str | None) -> Said:
    t = run.config.steps - 1
    for parameter in ("Wh1", "b2"):
        check = check_cell(run, parameter, t, t, mistake)
        yield "check: one term", gradient_said.cell_sentence(check, LABELS[parameter])


def _broken_training(run, mistake: str) -> Said:
    right, broken = (
        broken_training(Case.of(run, name), run.config.epochs, run.config.learning_rate) for name in (None, mistake)
    )
    for other in (None, broken):
        yield "check: training", gradient_said.training_sentence(right, other, run.config.epochs)


def _live(run) -> Said:
    found = claims_compute.live_checks(run)
    yield "trust: verdict", claims_said.live_verdict(found)
    yield from at("trust: what is compared", (check.what for check in found))


# Training


def _training(run, trained) -> Said:
    config = run.config
    summary = learned_said.reached(trained.losses, trained.clipped)
    largest = learned_said.largest_gradient(trained.gradient_norms)
    yield "training: summary", learned_said.training_sentence(summary, largest, run.config)
    yield "training: message", trained.message
    kept, played = len(trained.snapshot_epochs), len(played_places(trained, config))
    yield "training: kept", recorded_sentence(trained.epochs_done, kept, played)
    yield from _broken(run, trained)
    other = experiment_run(config.replace(seed=config.seed + 1, edits=""))
    pinned = train_run(other)
    yield "training: pinned", difference_sentence(config, other.config)
    yield "training: pinned", outcome_sentence(trained, pinned)
    yield "training: pinned", outcome_sentence(trained, trained)
    yield from _studio(run, trained, pinned)
    yield from _results(run, trained)


def _broken(run, trained) -> Said:
    if trained.finite:
        return
    found = breaking_compute.breakdown(run, trained)
    if found is not None:
        yield "training: what broke", breakdown_sentence(found)
    for remedy in breaking_compute.remedies(run):
        words = remedy_sentence(train_run(experiment_run(run.config.replace(**remedy.changes))))
        yield "training: what helps", f"{remedy.label}: {words}."


def _studio(run, trained, pinned) -> Said:
    places = played_places(trained, run.config)
    if not places:
        return
    watched = watch(run, trained, places, run.config.sample)
    scene = build_training_scene(trained, watched, run.task, run.config, pinned)
    yield from told(scene, "studio")
    numbers = unpacked(scene["loop"])
    for row in numbers[[0, -1]]:
        filled = [str(int(row[0])), *(four(float(value)) for value in row[1:])]
        yield from at("studio: acts", (act[2].format(*filled) for act in scene["acts"]))
        yield from at("studio: epoch", (words.format(*filled) for words in scene["words"]["whole"].values()))
        yield "studio: epoch", scene["words"]["clipping"].strip()
    for part in scene["parameters"].values():
        tells = part["tells"]
        values = [four(float(value)) for value in unpacked(tells["values"])[0]]
        yield "studio: step of one parameter", tells["words"].format(*values)
        yield "studio: step of one parameter", tells["still"]


def _results(run, trained) -> Said:
    for held_out, where in ((False, "After training,"), (True, "On sequences never trained on,")):
        found = learned_compute.confusion(run, trained.final, held_out)
        if found is not None:
            yield "training: answers", learned_said.confusion_sentence(found, where)
    if run.task.name == "sunspots":
        for forecast, how in (
            (sunspot_forecast, "One year ahead,"),
            (learned_compute.free_run, "Free-running from 1940 on,"),
        ):
            found = forecast(run, trained.final)
            yield "training: forecasts", learned_said.forecast_sentence(found, how, run.task.unit)
    path = learned_compute.course(run, trained)
    if path is not None:
        yield "training: path", learned_said.course_sentence(path)
