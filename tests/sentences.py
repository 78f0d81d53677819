"""Every sentence that the app writes from numbers, by its place: collected for one configuration or many.

``python -m tests.sentences --count 500 -o FILE`` writes each distinct sentence with its numbers replaced
by #, with one example and the link of it, sorted by place: to be read by eye.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from types import SimpleNamespace

import numpy as np

from rnnviz import experiment as experiments
from rnnviz.config import PRESETS, RunConfig
from rnnviz.experiment import breaking, course, cures, flow, learned, live_checks, shortcuts, surface
from rnnviz.experiment.causes import causes
from rnnviz.experiment.gain import Gain
from rnnviz.experiment.mistakes import MISTAKES
from rnnviz.export import contents, notebook
from rnnviz.figures import shortcuts as drawn_shortcuts
from rnnviz.figures.measures import causes as said_causes
from rnnviz.figures.measures import checks as said_checks
from rnnviz.figures.measures import cliff as said_cliff
from rnnviz.figures.measures import cures as said_cures
from rnnviz.figures.measures import flow as said_flow
from rnnviz.figures.measures import forward, learning
from rnnviz.figures.measures import learned as said_learned
from rnnviz.figures.measures import shortcuts as said_shortcuts
from rnnviz.figures.measures import sources as said_sources
from rnnviz.settings import FIELDS, LABELS
from rnnviz.story import build_training_scene, played_places
from rnnviz.story.breaking import breakdown_sentence, remedy_sentence
from rnnviz.story.checked import CLAIMS, LEFT_OUT, listed
from rnnviz.story.comparing import difference_sentence, outcome_sentence
from rnnviz.story.conventions import Conventions, speaking
from rnnviz.story.dialects import DIALECTS
from rnnviz.story.gain import gain_sentence
from rnnviz.story.glossary import GLOSSARY
from rnnviz.story.guides import GUIDES
from rnnviz.story.ledger import ledger
from rnnviz.story.lessons import LESSONS, Setting, fits, lesson, misfit_sentence
from rnnviz.story.notation import named
from rnnviz.story.numbers import four
from rnnviz.story.panels import unpacked
from rnnviz.story.questions import questions
from rnnviz.story.reading_list import READING
from rnnviz.story.scene import edited, scene_of
from rnnviz.story.view import look
from rnnviz.tasks import own, reading

Found = dict[str, list[str]]
HIDDEN = ("W1", "Wh1", "b1")
MOST_EPOCHS = 40
"""A longer training is not worded otherwise."""


def collected(config: RunConfig) -> Found:
    """Return every sentence that a configuration makes, by place; a place holds no sentence twice.

    Parameters
    ----------
    config : RunConfig
        Reconciled or not; one that cannot be run gives its refusal alone.
    """
    found: dict[str, dict[str, None]] = defaultdict(dict)
    with np.errstate(all="ignore"):
        for place, sentence in _of(config):
            if sentence:
                found[place][sentence] = None
    return {place: list(sentences) for place, sentences in found.items()}


def _of(config: RunConfig) -> Iterator[tuple[str, str]]:
    config, notes = config.reconciled()
    yield from _at("settings: notes", notes)
    config = config.replace(epochs=min(config.epochs, MOST_EPOCHS))
    try:
        run = experiments.run(config)
    except ValueError as error:
        yield "edits: refused", str(error)
        return
    yield from _at("edits: notes", run.notes)
    yield "task", run.task.sentence
    for part in (_stage, _ledger, _unrolled, _where, _causes, _shortcuts, _checks, _live):
        yield from part(run)
    trained = experiments.train_run(run)
    yield from _cliff(run, trained)
    yield from _training(run, trained)
    yield from _questions(run)
    yield from _lessons(run)
    yield from _exports(run)


def _at(place: str, sentences: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((place, sentence) for sentence in sentences)


# The stage


def _stage(run) -> Iterator[tuple[str, str]]:
    config = run.config
    conventions = Conventions.of(config)
    view = look(run, config.sample)
    change = edited(run, view.sample) if config.edits else None
    for parameter in ("W1", "Wh1", "W2"):
        scene = scene_of(view, parameter, True, (), conventions, change, complete=False)
        with speaking(conventions):
            yield from _told(scene, "stage")
        change = None


def _told(value: object, place: str) -> Iterator[tuple[str, str]]:
    """Walk through a scene; what stands under a name of a text is one."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from _entry(str(key), inside, place)
    elif isinstance(value, list):
        for inside in value:
            yield from _told(inside, place)


_TEXTS = ("sentence", "words", "note", "help", "title", "across", "view")
_SKIPPED = (
    "label",
    "labels",
    "math",
    "latex",
    "born",
    "phases",
    "choices",
    "modes",
    "loop",
    "movers",
    "tells",
)


def _entry(key: str, inside: object, place: str) -> Iterator[tuple[str, str]]:
    kind = place if key in HIDDEN or _NUMBERED.search(key) else f"{place}: {key}"
    if key == "sentence" and isinstance(inside, list):
        yield kind, spoken_pieces(inside)
    elif key in _TEXTS and isinstance(inside, str):
        yield kind, inside
    elif key == "closings":
        yield from _closings(inside, kind)
    elif key == "loop" and isinstance(inside, dict) and "frames" in inside:
        yield from _told(inside, f"{place}: loop")
    elif key == "modes" and place.endswith("grid"):
        yield from _at(f"{place}: reading", (mode[2] for mode in inside))
    elif key == "code" and isinstance(inside, str):
        yield from _at("stage: code, comments", _comments(inside))
    elif key not in _SKIPPED:
        yield from _told(inside, kind)


_NUMBERED = re.compile(r"\d|/|^(L|H_init|step|rest|batch)$|_new$")


def _closings(inside: dict, place: str) -> Iterator[tuple[str, str]]:
    for key, text in inside.items():
        if isinstance(text, dict):
            yield from _at(f"{place} {key}", text.values())
        else:
            yield f"{place} {key}", text


def spoken_pieces(pieces: list) -> str:
    """Return a sentence of the stage as one text; a quantity by its symbol."""
    return "".join(piece if isinstance(piece, str) else named(piece["q"]) for piece in pieces)


def _comments(code: str) -> Iterator[str]:
    return (line.split("  # ", 1)[1] for line in code.splitlines() if "  # " in line)


def _ledger(run) -> Iterator[tuple[str, str]]:
    with speaking(Conventions.of(run.config)):
        for parameter in ("Wh1", "b2"):
            account = ledger(look(run, run.config.sample), parameter)
            yield from _at("ledger", (account.sentence, account.remark))


def _unrolled(run) -> Iterator[tuple[str, str]]:
    T = run.config.steps
    for t in {0, min(1, T - 1), T - 1}:
        yield "unrolled: step", forward.step_sentence(experiments.step_matrices(run, t), t)
        yield "unrolled: picture", forward.unrolled_words(T, t)
    for sample in {run.config.sample, -1, 0}:
        yield "unrolled: states", forward.states_sentence(forward.states(run.trace, sample))
        shown = forward.prediction(run.task, {"prediction": run.trace.Y_hat}, sample)
        yield "unrolled: prediction", forward.fit_sentence(shown)


# Gradient flow


def _where(run) -> Iterator[tuple[str, str]]:
    passage, values, shares = flow.errors_on_the_way(run), flow.spectrum(run), None
    left = said_flow.lags(passage.sample_norms, values.gamma, values.norm, values.radius)
    yield from _at("flow: where", (said_flow.flow_sentence(left), said_flow.band_sentence(left)))
    lengths, shares = flow.length_of_gradient(run), passage.shares
    for name in HIDDEN:
        by_lag = said_sources.by_lag(shares[name])
        yield (
            "flow: sources",
            said_sources.share_sentence(by_lag, name, lengths[name], float(left.median[-1])),
        )
    yield "flow: received", said_sources.received_sentence(passage.received)
    norms = flow.gradient_flow(run)
    yield "flow: map of losses", f"{said_flow.map_words(run.config.steps)} {said_flow.zero_sentence(norms)}"
    steps = tuple(flow.drawn_steps(run).tolist())
    norms = flow.jacobian_norms(run, max(run.config.sample, 0), steps)
    yield "flow: map of states", said_flow.state_sentence(norms, steps, max(run.config.sample, 0))
    for name, norms in flow.terms_of_losses(run).items():
        words = said_flow.terms_sentence(norms, name)
        yield "flow: map of terms", f"{words} {said_flow.zero_sentence(norms)}"


def _causes(run) -> Iterator[tuple[str, str]]:
    for held in (True, False):
        found = causes(run, max(run.config.sample, 0), held)
        said = (
            said_causes.both_sentence, said_causes.held_sentence, said_causes.eigenvalue_sentence,
            said_causes.slope_sentence, said_causes.histogram_sentence,
            partial(said_causes.way_sentence, sample=max(run.config.sample, 0)),
        )  # fmt: skip
        yield from _at("flow: causes", (say(found) for say in said))


def _shortcuts(run) -> Iterator[tuple[str, str]]:
    config, T = run.config, run.config.steps
    lengths = {1, max(1, T // 2), config.truncation or 1, T}
    first = run.architecture.first_loss_step(T)
    full = shortcuts.mask(T, T, "window", first)
    for length in (each for each in lengths if each <= T):
        extra = () if length in shortcuts.compared_lengths(T) else (length,)
        found = shortcuts.truncations(run, *extra)
        masks = {kind: shortcuts.mask(T, length, kind, first) for kind in shortcuts.KINDS}
        yield "flow: truncation", said_shortcuts.confusion_sentence(length, masks["window"], masks["chunk"])
        for kind, kept in masks.items():
            words = said_shortcuts.kept_sentence(kind, length, kept, full, found.at(kind, length))
            yield "flow: truncation, grids", words
        for name in (*HIDDEN, "W2"):
            alone = {kind: found.only(name).at(kind, length) for kind in shortcuts.KINDS}
            yield "flow: truncation, one parameter", said_shortcuts.alone_sentence(name, alone)
        yield "flow: truncation, over τ", said_shortcuts.spacing_note(found.lengths)
        likenesses = {kind: found.at(kind, length) for kind in shortcuts.KINDS}
        if said_shortcuts.comparable(found):
            for measure, words in drawn_shortcuts.MEASURES.items():
                told = said_shortcuts.over_length_sentence(
                    likenesses, length, measure, words, "all parameters"
                )
                yield "flow: truncation, over τ", told
    yield "flow: truncation", said_shortcuts.trains_sentence(config.truncation, config.truncation_kind)
    yield from _clipping(run)


def _clipping(run) -> Iterator[tuple[str, str]]:
    config = run.config
    for part in (0.5, 1.1):
        found = shortcuts.clipping(run, part, 0.6 * part)
        if found is not None:
            angles = (shortcuts.angle(found.before, each) for each in (found.by_norm, found.by_value))
            yield "flow: clipping", said_shortcuts.clip_sentence(found, tuple(angles))
    used = said_shortcuts.used_sentence(config.clip_norm, config.clip_value, shortcuts.as_trained(run))
    yield "flow: clipping, as trained", used


def _cliff(run, trained) -> Iterator[tuple[str, str]]:
    config = run.config
    entries = surface.chosen_entries(run, (config.first_entry, config.second_entry))
    for wanted, taken in zip((config.first_entry, config.second_entry), entries, strict=True):
        if wanted != taken:
            yield "flow: cliff", said_cliff.missing_note(wanted, taken)
    limit = config.clip_norm or 1.0
    step, middle = surface.gradient_step(run, *entries, limit), surface.value_of
    place = middle(run.parameters, entries[0]), middle(run.parameters, entries[1])
    found = _small_map(run, entries, place)
    yield "flow: cliff, map", said_cliff.map_sentence(found, step)
    yield "flow: cliff, size", said_cliff.size_sentence(found)
    yield "flow: cliff, step", said_cliff.step_sentence(step)
    yield "flow: cliff, step", said_cliff.step_note(step, found, config)
    yield "flow: cliff, walk", said_cliff.train_help(config.epochs, limit)
    if config.clip_value is not None:
        yield "flow: cliff, walk", said_cliff.clip_value_note(config.clip_value)
    walk = surface.walk(run, trained, *entries)
    yield "flow: cliff, walk", said_cliff.walk_sentence(walk, found, "Training, not clipped")
    yield from _at("flow: cliff, points of a walk", said_cliff.walk_words(walk)[:3])


def _small_map(run, entries: tuple[str, str], place: tuple[float, float]):
    """A map of few points around a place: what is said of it needs no fine one."""
    x, y = (np.linspace(value - 0.6, value + 0.6, 5) for value in place)
    losses = np.full((5, 5), run.backward.loss) * np.linspace(0.9, 1.1, 25).reshape(5, 5)
    slopes = np.linspace(0.0, run.backward.loss, 9).reshape(3, 3)
    return surface.Surface(entries, place, x, y, losses, slopes)


# Gradient check and trust


def _checks(run) -> Iterator[tuple[str, str]]:
    mistakes = list(MISTAKES)
    chosen = mistakes[run.config.seed % len(mistakes)]
    for mistake in (None, chosen):
        found = experiments.run_checks(mistake, run)
        yield "check: verdict", said_checks.verdict(found)
        yield from _at("check: what is compared", (check.what for check in found))
        where = next((check.where for check in found if check.where is not None), None)
        if where is not None:
            yield "check: grid", said_checks.where_sentence(where)
        compared = experiments.compare(run, mistake)
        yield "check: every entry", said_checks.scatter_sentence(compared)
        yield from _cell(run, mistake)
        if mistake is None:
            curve = experiments.error_curve(run, *compared.entries[compared.worst])
            yield "check: error over ε", said_checks.curve_sentence(curve)
    yield "check: mistake", f"{MISTAKES[chosen].title}. {MISTAKES[chosen].sentence}"
    yield from _broken_training(run, chosen)


def _cell(run, mistake: str | None) -> Iterator[tuple[str, str]]:
    t = run.config.steps - 1
    for parameter in ("Wh1", "b2"):
        entry, check = experiments.check_cell(run, parameter, t, t, mistake)
        told = {"entry": entry, "check": check, "t": t, "k": t}
        yield "check: one term", said_checks.cell_sentence(told, LABELS[parameter])


def _broken_training(run, mistake: str) -> Iterator[tuple[str, str]]:
    given = run.architecture, run.parameters, run.task.X, run.task.Y
    options = {
        "epochs": run.config.epochs, "learning_rate": run.config.learning_rate, "H_init": run.H_init,
    }  # fmt: skip
    right = experiments.broken_training(None, *given, **options)
    broken = experiments.broken_training(mistake, *given, **options)
    for other in (None, broken):
        yield "check: training", said_checks.training_sentence(right, other, run.config.epochs)


def _live(run) -> Iterator[tuple[str, str]]:
    found = live_checks.live_checks(run)
    yield "trust: verdict", said_checks.live_verdict(found)
    yield from _at("trust: what is compared", (check.what for check in found))


# Training


def _training(run, trained) -> Iterator[tuple[str, str]]:
    config = run.config
    summary = learning.learned(trained.losses, trained.clipped)
    largest = learning.largest_gradient(trained.gradient_norms)
    yield "training: summary", learning.training_sentence(summary, largest)
    yield "training: message", trained.message
    yield from _broken(run, trained)
    other = experiments.run(config.replace(seed=config.seed + 1, edits=""))
    pinned = experiments.train_run(other)
    yield "training: pinned", difference_sentence(config, other.config)
    yield "training: pinned", outcome_sentence(trained, pinned)
    yield "training: pinned", outcome_sentence(trained, trained)
    yield from _studio(run, trained, pinned)
    yield from _results(run, trained)


def _broken(run, trained) -> Iterator[tuple[str, str]]:
    if trained.finite:
        return
    found = breaking.breakdown(run, trained)
    if found is not None:
        yield "training: what broke", breakdown_sentence(found)
    for remedy in breaking.remedies(run):
        words = remedy_sentence(experiments.train_run(experiments.run(run.config.replace(**remedy.changes))))
        yield "training: what helps", f"{remedy.label}: {words}."


def _studio(run, trained, pinned) -> Iterator[tuple[str, str]]:
    places = played_places(trained, run.config)
    if not places:
        return
    watched = experiments.watch(run, trained, places, run.config.sample)
    scene = build_training_scene(trained, watched, run.task, run.config, pinned)
    yield from _told(scene, "studio")
    numbers = unpacked(scene["loop"])
    for row in numbers[[0, -1]]:
        filled = [str(int(row[0])), *(four(float(value)) for value in row[1:])]
        yield from _at("studio: acts", (act[2].format(*filled) for act in scene["acts"]))
        yield from _at("studio: epoch", (words.format(*filled).strip() for words in scene["words"]))
    for part in scene["parameters"].values():
        told = part["tells"]
        values = [four(float(value)) for value in unpacked(told["values"])[0]]
        yield "studio: step of one parameter", told["words"].format(*values)
        yield "studio: step of one parameter", told["still"]


def _results(run, trained) -> Iterator[tuple[str, str]]:
    for held_out, where in ((False, "After training,"), (True, "On sequences never trained on,")):
        found = learned.confusion(run, trained.final, held_out)
        if found is not None:
            yield "training: answers", said_learned.confusion_sentence(found, where)
    if run.task.name == "sunspots":
        for forecast, how in (
            (experiments.sunspot_forecast, "One year ahead,"),
            (learned.free_run, "Free-running from 1940 on,"),
        ):
            found = forecast(run, trained.final)
            yield "training: forecasts", said_learned.forecast_sentence(found, how, run.task.unit)
    path = course.course(run, trained)
    if path is not None:
        yield "training: path", said_learned.course_sentence(path)


# Questions, lessons, exports


def _questions(run) -> Iterator[tuple[str, str]]:
    for one in questions(run, run.config.seed):
        yield f"question {one.id}: prompt", one.prompt
        yield f"question {one.id}: answer", one.answer
        yield from _at(f"question {one.id}: choices", (choice.text for choice in one.choices))
        yield from _at(f"question {one.id}: replies", (choice.reply for choice in one.choices))


def _lessons(run) -> Iterator[tuple[str, str]]:
    for name in LESSONS:
        if not fits(name, run.config.mode, run.config.steps):
            yield f"lesson {name}", misfit_sentence(name, run.config.mode, run.config.steps)
            continue
        for one in lesson(name, Setting.of(run), run.config.parameter).paragraphs:
            with speaking(Conventions()):
                yield f"lesson {name}", _marked(one.text)
                yield f"lesson {name}", _marked(one.box)


def _marked(text: str) -> str:
    """A text with its ``{ids}`` as symbols; LaTeX between dollars stays."""
    parts = re.split(r"(\$[^$]*\$|`[^`]*`)", text)
    named_ids = (re.sub(r"\{([^{}]+)\}", lambda found: named(found[1]), part) for part in parts[::2])
    return "".join(piece for pair in zip(named_ids, [*parts[1::2], ""], strict=True) for piece in pair)


def _exports(run) -> Iterator[tuple[str, str]]:
    epochs = run.config.epochs
    holds = SimpleNamespace(
        experiment=run, shortened=True, truncated=run.config.truncation not in (None, run.config.steps),
        course=SimpleNamespace(epochs=epochs), settings={"tolerance": 1e-6},
    )  # fmt: skip
    yield from _at("export: description", contents.description(holds))
    yield from _at("export: caveats", contents.caveats(holds))
    if np.isfinite(run.backward.loss):
        yield from _at("export: notebook", (notebook._words(name, holds) for name in notebook.WORDS))


# What no configuration changes


def always() -> Found:
    """Return the sentences that do not depend on the configuration, and those of made-up outcomes."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for place, sentence in (*_sweep(), *_own_data(), *_prose()):
        if sentence:
            found[place][sentence] = None
    return {place: list(sentences) for place, sentences in found.items()}


def _sweep() -> Iterator[tuple[str, str]]:
    """What is said of a sweep, from outcomes that nobody trained: none, some, all, broken ones."""
    labels = {cure.name: cure.label for cure in cures.CURES}
    yield "cures: plan", said_cures.planned_sentence(len(cures.plan()), cures.HIDDEN, cures.LENGTHS, 1)
    yield from _at("cures: ways", (f"{cure.label}: {cure.sentence}" for cure in cures.CURES))
    for count in (0, 1, 5, len(cures.plan())):
        for left in (0.01, 0.4, 0.7, 2.0, np.inf):
            outcomes = [_outcome(cure, steps, left) for steps, cure in cures.plan()[:count]]
            yield "cures: sweep", said_cures.sweep_sentence(outcomes, labels, len(cures.plan()))
            here = [each for each in outcomes if each.steps == cures.LENGTHS[0]]
            if here:
                yield "cures: curves", said_cures.curve_sentence(here)
                yield from _at("cures: flow", (said_cures.flow_sentence(here, after) for after in (0, 1)))


def _outcome(cure, steps: int, left: float) -> cures.Outcome:
    ends = np.array([0.5, left if np.isfinite(left) else 1.0])
    share = np.linspace(1.0, 0.1 * (1 + len(cure.name)), steps)
    return cures.Outcome(
        cure, steps, ends, np.array([0, 10]), ends, 1.0, share, share / 2, bool(np.isfinite(left)), 0.1
    )


NUMBERS = "\n".join(map(str, range(20)))
FILES = {
    "gap": NUMBERS.replace("\n7\n", "\n\n7\nn/a\n"),
    "short": "1\n2\n3",
    "one": "1",
    "bad row": "a;b\n" + "\n".join(f"{n};{n * n}" for n in range(20)) + "\n5",
    "bad rows": "a,b\n" + "\n".join(f"{n},{n * n}" for n in range(20)) + "\n5\n6",
    "empty": "\n\n",
    "same": "x\n" + "\n".join(["1"] * 20),
    "again": "a,a\n" + "\n".join(f"{n},{n * n}" for n in range(20)),
}


def _own_data() -> Iterator[tuple[str, str]]:
    for text in FILES.values():
        for options in ({}, {"skip_bad_rows": True}):
            yield from _at("own data: table", _read_table(text, options))
    for text in ("1", "1 2 3", "", "1 x 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 9"):
        yield from _at("own data: numbers", _refused(lambda text=text: reading.typed_numbers(text)))
    for text in ("a", "aaaaaaaaaaaaaa", "abcabcabcabc\ufffd"):
        yield from _at("own data: text", _refused(lambda text=text: own.text("typed", text)))
    for content in (b"", b"\xff\xfe1\x002\x00", b"caf\xe9 1 2 3"):
        yield from _at("own data: file", _refused(lambda content=content: reading.decoded(content)))
    for labels in (["x"] * 20, ["a", "b"] * 10, list(map(str, range(100)))):
        features = {"n": np.arange(len(labels)) * 1.0}
        made = partial(own.classes, features, "label", labels)
        yield from _at("own data: classes", _refused(made))


def _refused(read) -> Iterator[str]:
    try:
        made = read()
    except ValueError as error:
        yield str(error)
        return
    except TypeError:
        raise
    if isinstance(made, tuple):
        yield from made[-1] if isinstance(made[-1], tuple) else ()


def _read_table(text: str, options: dict) -> Iterator[str]:
    try:
        table = reading.read_table(text, **options)
    except reading.DataError as error:
        yield str(error)
        return
    yield from table.notes
    for fill in ("", "line", "before"):
        for name in table.columns:
            try:
                values, notes = reading.as_numbers(table, name, fill=fill)
                own.series(name, values)
            except reading.DataError as error:
                yield str(error)
            else:
                yield from notes


def _prose() -> Iterator[tuple[str, str]]:
    claims = (listed(claims) for claims in CLAIMS.values())
    yield from _at("trust: claims", (line for text in claims for line in text.split("\n")))
    yield from _at("trust: left out", (line for lines in LEFT_OUT.values() for line in lines))
    yield from _at("words: glossary", (f"{one.term}: {one.meaning}" for one in GLOSSARY))
    yield from _at("words: dialects", (line for one in DIALECTS for line in one.differences))
    yield from _at("words: reading", (one.why for one in READING))
    yield from _at("guides", (line for lines in GUIDES.values() for line in lines))
    yield from _at("settings: help", (f"{field.label}: {field.help}" for field in FIELDS.values()))
    yield from _at("presets", (f"{one.title}: {one.sentence}" for one in PRESETS.values()))
    for gain in (None, Gain(0.02, 0.004, "")):
        yield "stage: gain", gain_sentence(gain)
    yield from _at("flow: nothing", (said_shortcuts.NOT_CLIPPED, said_shortcuts.NOT_COMPARABLE))
    yield "flow: cliff", said_cliff.limit_note(1.0)


# To be read

_DIGITS = "0-9₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹"
_NUMBER = re.compile(rf"[−⁻-]?[{_DIGITS}]+(?:[.,][0-9]+)*(?:e[−+-]?[0-9]+)?")
_LETTER = re.compile(r"(W_?(?:ₕ₁|₁|₂|\{h1\}|1|2|h1)|β_?(?:₁|₂|1|2)|\\beta_\{?[12]\}?)")


def template(sentence: str) -> str:
    """Return a sentence with θ for its parameters and # for its numbers.

    Examples
    --------
    >>> template("Wₕ₁ moves by 0.5: L₃ = 1.2e−7")
    'θ moves by #: L# = #'
    """
    return _NUMBER.sub("#", _LETTER.sub("θ", sentence))


def link(config: RunConfig) -> str:
    """Return what stands in the address of a configuration."""
    return "&".join(f"{name}={value}" for name, value in config.to_query().items())


def main(arguments: list[str] | None = None) -> None:
    """Write what many configurations say."""
    from tests.configurations import configurations

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--places", default="", help="only places that begin so")
    parser.add_argument("-o", "--output", required=True)
    asked = parser.parse_args(arguments)
    found: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    _add(found, always(), "")
    some = [*(one.config for one in PRESETS.values()), *configurations(asked.count, asked.seed)]
    with ProcessPoolExecutor(asked.jobs) as workers:
        for config, of_one in zip(some, workers.map(collected, some), strict=True):
            _add(found, of_one, link(config))
    with open(asked.output, "w", encoding="utf-8") as file:
        for place in sorted(place for place in found if place.startswith(asked.places)):
            file.write(f"\n== {place} ({len(found[place])})\n")
            for shape, (sentence, where) in sorted(found[place].items()):
                file.write(f"{shape}\n    e.g. {sentence}\n    {where}\n")


def _add(found: dict, of_one: Found, link: str) -> None:
    for place, sentences in of_one.items():
        for sentence in sentences:
            found[place].setdefault(template(sentence), (sentence, link))


if __name__ == "__main__":
    main()
