"""In every setting the strips multiply out, the equations name what was computed, and the sentences hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from configurations import COUNT, COUNTS, configurations
from drawn import closes, equations_of, evaluated, is_whole, record, told

from rnnviz import engine
from rnnviz.experiment.core import Experiment, run
from rnnviz.notation.equations import loss_equation, mathml
from rnnviz.notation.ids import HIDDEN_PARAMETERS
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius
from rnnviz.scene.build import scene_of
from rnnviz.scene.ledger import ledger
from rnnviz.scene.term_grid import closings
from rnnviz.scene.view import View, look
from rnnviz.settings.config import RunConfig


@dataclass(frozen=True)
class Case:
    """A configuration with all that is drawn of it, and the engine's numbers to hold it against."""

    config: RunConfig
    experiment: Experiment
    view: View
    scene: dict

    @property
    def part(self) -> dict:
        return self.scene["parameters"][self.config.parameter]

    @property
    def frames(self) -> dict[str, dict]:
        return {each["id"]: each for each in (*self.scene["frames"], *self.part["frames"])}

    @property
    def losses(self) -> int:
        return 1 if self.config.mode == "sequence_to_vector" else self.config.steps

    @property
    def is_mean(self) -> bool:
        return self.config.over_time == "mean" and self.losses > 1

    @property
    def keeps(self) -> np.ndarray:
        """(T, T) bool: the terms that exist and that truncation keeps."""
        T, tau = self.config.steps, self.config.truncation or self.config.steps
        t, k = np.ogrid[:T, :T]
        near = t - k < tau if self.config.truncation_kind == "window" else t // tau == k // tau
        return near & (k <= t)

    @property
    def is_cut(self) -> bool:
        every = np.tri(self.config.steps, dtype=bool)
        rows = slice(None) if self.config.mode == "sequence_to_sequence" else slice(-1, None)
        return self.config.parameter in HIDDEN_PARAMETERS and bool((every & ~self.keeps)[rows].any())

    @property
    def epochs(self) -> list:
        """Two epochs of training, trained here."""
        return trained(self.config)

    def latex(self, quantity: str, frame: str) -> str:
        """How an equation writes a quantity."""
        found = [self.scene["math"][one["math"]] for one in self.frames[frame]["equation"] if one["q"] == quantity]
        return found[0] if found else ""


@cache
def trained(config: RunConfig) -> list:
    experiment = run(config)
    return list(
        engine.train(
            experiment.architecture, experiment.parameters, experiment.task.X, experiment.task.Y, epochs=2,
            learning_rate=config.learning_rate, optimiser=config.optimiser, clip_norm=config.clip_norm,
            clip_value=config.clip_value, truncation=config.truncation,
            truncation_kind=config.truncation_kind, H_init=experiment.H_init,
        )
    )  # fmt: skip


def case_of(config: RunConfig) -> Case | None:
    """The case of a configuration; None where a number is not finite and the page says so instead."""
    with np.errstate(all="ignore"):
        try:
            experiment = run(config)
        except ValueError:
            return None
        view = look(experiment, config.sample)
        scene = scene_of(view, config.parameter, False, complete=False)
    return Case(config, experiment, view, scene)


@pytest.fixture(scope="module", params=COUNTS)
def cases(request) -> tuple[Case, ...]:
    found = tuple(filter(None, map(case_of, configurations(request.param))))
    assert len(found) > 0.9 * request.param
    return found


def finite(case: Case) -> bool:
    return case.epochs[0].finite


def equations(case: Case):
    """Yield (frame id, items) for each equation of a strip of which enough is drawn to work it out."""
    for name, frame in case.frames.items():
        for items in filter(closes, equations_of(frame["matrices"])):
            products = any(one["op"] == "·" or "outer" in one or one.get("note") for one in items)
            folded = any("fold" in one for one in items)
            if not folded and (not products or is_whole(case.scene, case.part, items)):
                yield name, items


def rounding(case: Case) -> float:
    """What is left where the parts of a gradient cancel: the last bits of what was added."""
    trace, Y = case.view.trace, case.view.Y
    error = 1 + float(np.abs(trace.Y_hat).max()) + float(np.abs(Y).max())
    return 1e-15 * case.losses * error * (1 + max(np.abs(each).max() for each in (trace.X, trace.H)))


CANCELLING = RunConfig.from_query(
    {"preset": "parity", "batch": "6", "hidden": "4", "lag": "0", "output": "identity_se",
     "input_scale": "0.5", "start_state": "0.0", "seed": "835", "parameter": "b2"}
)[0]  # fmt: skip
"""In H₄ W₂ products of about 0.26 add up to −2.9e−5: the last bit of 0.26 is 1e-12 of that."""


SMALLEST = np.finfo(float).tiny
"""Numbers below it have fewer digits the smaller they are, and none below 5e-324."""


def test_every_strip_multiplies_out(cases):
    seen = set()
    for case in (case_of(CANCELLING), *cases):
        for name, items in equations(case):
            with np.errstate(all="ignore"):
                found, shown, scale = evaluated(case.scene, case.part, items, case.config.vectors == "column")
                apart = np.abs(found - shown)
            size = max(scale, float(np.abs(shown).max(initial=0)))
            if np.isfinite(apart).all():
                floor = max(1, case.config.learning_rate) * rounding(case) if name == "update" else SMALLEST
                assert apart.max() <= 1e-12 * size + floor, (name, case.config.to_query(), found, shown)
                seen.add(name.split("-")[0])
    assert seen >= {"forward", "output", "term", "sum", "update", "loss"}


def number(case: Case, quantity: str) -> np.ndarray:
    """The drawn entries of a quantity of the parameter's part, as the engine has them: rows, not turned."""
    found = record(case.scene, case.part, quantity)
    array = np.array(found["values"], dtype=float)
    return array.T if turned(case) else array


def turned(case: Case) -> bool:
    config = case.config
    return config.vectors == "column" or (config.symbols == "pytorch" and config.parameter[0] == "W")


def drawn(case: Case, quantity: str, whole: np.ndarray) -> np.ndarray:
    """The entries of an engine's array that are drawn of this quantity."""
    found = record(case.scene, case.part, quantity)
    places = found["rows"], found["columns"]
    return np.atleast_2d(whole)[np.ix_(*(places[::-1] if turned(case) else places))]


def same(found: np.ndarray, expected: np.ndarray, scale: float = 0.0) -> bool:
    with np.errstate(all="ignore"):
        apart = np.abs(found - expected)
        return bool((apart <= 1e-12 * max(scale, float(np.abs(expected).max(initial=0)))).all())


def test_the_update_names_the_rule_and_shows_its_numbers(cases):
    for case in filter(finite, cases):
        config, epoch = case.config, case.epochs[0]
        name, ids = config.parameter, {one["q"] for one in case.frames["update"]["equation"]}
        gradient, used, change = (getattr(each, name) for each in (epoch.gradients, epoch.used, epoch.updates))
        assert same(number(case, f"{name}_step"), drawn(case, f"{name}_step", change))
        assert {f"{name}_new", name, f"{name}_step"} <= ids
        one = config.sample >= 0 and case.view.batch > 1
        source = f"{name}_gradient" if one else f"dL/d{name}"
        assert source in ids, config.to_query()
        times = case.losses if case.is_mean and not one else 1
        size = 1e12 * rounding(case) + float(np.abs(gradient).max())
        assert same(times * number(case, source), drawn(case, source, gradient), size), config.to_query()
        clipped = bool(np.any(gradient != used))
        assert (f"{name}_clipped" in ids) == clipped, config.to_query()
        if clipped:
            assert same(number(case, f"{name}_clipped"), drawn(case, f"{name}_clipped", used))
        kinds = {"momentum": {"velocity"}, "adam": {"first", "second", "root"}}.get(config.optimiser, set())
        assert {one for one in ids if one and one.startswith(f"{name}_")} >= {f"{name}_{kind}" for kind in kinds}
        assert not any(f"{name}_{kind}" in ids for kind in {"velocity", "first", "second", "root"} - kinds)


TRUNCATED = "τ"


def label(case: Case, quantity: str) -> str:
    return "".join(text for text, _ in record(case.scene, case.part, quantity)["label"])


def test_what_truncation_cuts_has_a_symbol_of_its_own_everywhere(cases):
    for case in cases:
        total = f"dL/d{case.config.parameter}"
        assert (TRUNCATED in label(case, total)) == case.is_cut, case.config.to_query()
        assert ("∂" in label(case, total)) != case.is_cut
        assert (TRUNCATED in "".join(text for text, _ in case.part["grid"]["title"])) == case.is_cut
        assert ("&#x003C4;" in case.latex(total, "sum") or "τ" in case.latex(total, "sum")) == case.is_cut
        keeps = case.keeps
        for t in case.part["grid"]["rows"]:
            name = f"dL_{t}/d{case.config.parameter}"
            if name in case.part["quantities"]:
                whole = case.config.parameter not in HIDDEN_PARAMETERS or keeps[t, : t + 1].all()
                assert (TRUNCATED in label(case, name)) != whole, (t, case.config.to_query())
        texts = [case.frames["sum"]["sentence"], *case.part["grid"]["closings"].values()]
        assert any("runcat" in str(text) or "kept" in str(text) for text in texts) == case.is_cut


def full_and_kept(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Σ of all terms and of the kept ones, each by the engine's own backward loop."""
    network = case.view.architecture, case.view.parameters, case.view.trace, case.view.Y
    truncation = {"truncation": case.config.truncation, "truncation_kind": case.config.truncation_kind}
    return tuple(
        getattr(engine.backward(*network, **more).gradients, case.config.parameter) for more in ({}, truncation)
    )


def test_the_sum_says_what_truncation_leaves_out(cases):
    for case in cases:
        full, kept = full_and_kept(case)
        said = told(case.frames["sum"])
        if not case.is_cut:
            assert "leaves out" not in said
        elif "add up to 0 here" in said:
            assert same(kept, full, float(np.abs(full).max())), case.config.to_query()
        elif np.isfinite(full - kept).all():
            missing = re.search(r"leaves out terms of length (\S+) together", said).group(1)
            size = max(map(frobenius, (full, kept)))
            assert close(missing, frobenius(full - kept), size), case.config.to_query()
            assert "not the gradient of the loss" in said
            last = ("before its own" in said, "after every" in said)
            assert last == (same_as_window(case), not same_as_window(case)), case.config.to_query()


OF_ONE_SAMPLE = ("forward-", "loss-", "total", "term-", "rest", "sum")
"""Frames whose sentence has a number that another sample would not have."""


def test_whose_terms_are_shown_is_said(cases):
    for case in cases:
        view, texts = case.view, [told(case.frames["sum"]), case.part["grid"]["whose"]]
        texts += [told(frame) for frame in case.part["frames"] if "% of the" in told(frame)]
        m, i = view.batch, case.config.sample
        whose = "" if m == 1 else f"(mean over the {m} samples)" if i < 0 else f"(sample {i + 1})"
        assert all(whose in text for text in texts), case.config.to_query()
        assert m > 1 or "sample" not in "".join(texts[:2]), case.config.to_query()
        lone = [told(frame) for name, frame in case.frames.items() if name.startswith(OF_ONE_SAMPLE)]
        lone = [text for text in lone if re.search(r"length [\d−]|exactly 0|costs|total loss is", text)]
        named = f"(all {m} samples)", whose
        assert lone, case.config.to_query()
        assert all(any(name in text for name in named) for text in lone), (case.config.to_query(), lone)
        alone = f"for sample {i + 1}." if i >= 0 else "for the first sample."
        predicted = [told(frame) for name, frame in case.frames.items() if name.startswith("output-")]
        assert all(text.endswith(alone if m > 1 else "now.") for text in predicted), predicted
        assert whose in ledger(view, case.config.parameter).sentence, case.config.to_query()


def test_what_is_opened_and_walked_says_whose_it_is(cases):
    for case in cases[:: max(1, COUNT // 15)]:
        view, name, i = case.view, case.config.parameter, case.config.sample
        with np.errstate(all="ignore"):
            scene = scene_of(view, name, True, complete=False)
        part = scene["parameters"][name]
        walked = [(frame["id"], told(frame)) for frame in (part.get("loop") or {"frames": []})["frames"]]
        texts = [text for one, text in walked if one.startswith("loop-") and re.search(r"length [\d−]", text)]
        texts += [told(frame["running"]) for frame in part["frames"] if "running" in frame]
        texts += [told(step) for step in ((part.get("immediate") or {}).get("steps") or {}).values()]
        texts = [text for text in texts if re.search(r"\d\S* times|length", text)]
        named = (f"(mean over the {view.batch} samples)", f"(all {view.batch} samples)", f"(sample {i + 1})")
        for text in texts if view.batch > 1 else ():
            assert any(one in text for one in named), (case.config.to_query(), text)
        assert view.batch > 1 or "sample" not in "".join(texts), case.config.to_query()
        for one, text in walked:
            if told_of := re.search(r"from (?:its own loss .*?, from )?(the only|both|all \d+) later loss", text):
                k = int(one.split("-")[1])
                count = sum(t > k for t in view.loss_steps)
                assert told_of[1] == {1: "the only", 2: "both"}.get(count, f"all {count}"), text


def test_lengths_that_add_up_are_not_said_not_to(cases):
    for case in cases:
        texts = [*case.part["grid"]["closings"].values(), *(mode[2] for mode in case.part["grid"]["modes"])]
        assert not any("do not add up" in str(text) for text in texts), case.config.to_query()


def test_a_loss_is_written_with_the_entries_that_its_sum_runs_over(cases):
    for case in cases:
        for t in (t for t in case.view.loss_steps if f"loss-{t}" in case.frames):
            frame = case.frames[f"loss-{t}"]
            rows = case.view.trace.X.shape[1]
            pieces = loss_equation(t, case.view.architecture.loss, rows, case.view.conventions)
            latex = [piece.latex for piece in pieces]
            entries = [piece.latex for piece in pieces if piece.q in (f"Y_{t}", f"Y_hat_{t}")]
            assert len(entries) == 2
            assert all(one.endswith(f",{'ij' if rows > 1 else 'j'}}}") for one in entries), latex
            assert (rf"\tfrac{{1}}{{{rows}}} \sum_{{i,j}}" in "".join(latex)) == (rows > 1)
            assert {one["q"] for one in frame["equation"]} >= {f"L_{t}", f"Y_{t}", f"Y_hat_{t}"}


def same_as_window(case: Case) -> bool:
    """Whether a window would keep the same terms: then both kinds are one, and are told as one."""
    tau, steps = case.config.truncation, np.arange(case.config.steps)
    if case.config.truncation_kind == "window":
        return True
    rows = steps[-1:] if case.config.mode == "sequence_to_vector" else steps
    return all(max(0, t - tau + 1) == t // tau * tau for t in rows)


def close(said: str, value: float, size: float = 0.0) -> bool:
    """Whether a printed number is this value: to its four digits, or to rounding beside ``size``."""
    if said == four(value):
        return True
    return abs(float(said.replace("−", "-")) - value) <= 6e-4 * abs(value) + 1e-12 * size


def test_rows_are_gradients_of_one_loss_whatever_l_is(cases):
    """Terms, rows and columns are the same for a sum and for a mean; 1/T stands before their sum."""
    for case in cases:
        if not case.is_mean:
            continue
        name, grid = case.config.parameter, case.part["grid"]
        summed = replace(case.view, conventions=replace(case.view.conventions, over_time="sum"))
        plain = scene_of(summed, name, False, complete=False)["parameters"][name]
        margins = [*filter(None, grid["row_sums"]), *(one for one in grid["column_sums"] if one[0] == "c")]
        for quantity in [*margins, *(cell["q"] for row in grid["cells"] for cell in row if "q" in cell)]:
            assert case.part["quantities"][quantity]["values"] == plain["quantities"][quantity]["values"]
        total, summed = (each["quantities"][f"dL/d{name}"] for each in (case.part, plain))
        with np.errstate(all="ignore"):
            assert same(case.losses * np.array(total["values"], float), np.array(summed["values"], float))
        assert grid["factor"] == f"1/{case.losses}"
        said = closings(case.view, name)["sum"]
        added, part, _ = re.search(r"give (\S+); 1/\d+ of that is (\S+); the backward loop has (\S+);", said).groups()
        assert added == four(summed["sum"]) if np.isfinite(float(summed["sum"])) else True
        assert part == four(total["sum"]) if np.isfinite(float(total["sum"])) else True


def test_nothing_is_said_of_a_mean_where_one_loss_is_all(cases):
    for case in cases:
        if case.config.over_time == "mean" and case.losses == 1:
            texts = [told(frame) for frame in case.frames.values()]
            texts += [*case.part["grid"]["closings"].values(), *(one for _, _, one in case.part["grid"]["modes"])]
            said = " ".join(map(str, texts)).replace(f"(mean over the {case.view.batch} samples)", "")
            assert "1/1" not in said, case.config.to_query()
            assert "mean over" not in said
            assert not case.part["grid"]["factor"]


def test_the_sentence_on_the_update_is_true(cases):
    for case in cases:
        said, name = told(case.frames["update"]), case.config.parameter
        if not finite(case):
            assert "no update" in said
            continue
        epoch, after = case.epochs[0], case.epochs[-1].loss
        change, used = getattr(epoch.updates, name), getattr(epoch.used, name)
        gradient = getattr(epoch.gradients, name)
        moves = re.match(rf"{name} moves by (\S+): ", said)
        assert bool(moves) == bool(frobenius(change)), case.config.to_query()
        if moves:
            assert moves.group(1) == four(frobenius(change))
        if "times" in said and ", against it" in said:
            assert case.config.optimiser != "adam"
            assert same(change, -case.config.learning_rate * used)
        if "Adam divides" in said:
            rate = case.config.learning_rate
            count = sum(four(abs(step)) == four(rate) for step in change.ravel())
            how_many = f"{count} of {change.size} entries move"
            if change.size == 1:
                how_many = "Its one entry moves" if count else "Its one entry does not move"
            assert how_many in said, case.config.to_query()
            assert f"by the rate {four(rate)}, against the sign" in said
            assert (np.sign(change) * np.sign(used) <= 0).all()
        assert (" Clipping " in said) == bool(np.any(gradient != used)), case.config.to_query()
        loss = re.search(r"With all five updated, the loss.*? (falls|rises|stays|is no longer)", said).group(1)
        expected = "falls" if after < epoch.loss else "rises" if after > epoch.loss else "stays"
        assert loss == (expected if np.isfinite(after) else "is no longer")
        assert (f"all {case.view.batch} samples" in said) == (case.view.batch > 1)


def test_the_start_says_how_often_each_is_used(cases):
    for case in cases:
        said, T = told(case.scene["frames"][0]), case.config.steps
        if T == 1:
            assert "each of them is used once" in said
        elif case.losses == 1:
            assert f"W1, Wh1 and b1 are used at each of the {T} steps, W2 and b2 once, at the last" in said
        else:
            assert f"used at each of the {T} steps" in said
            assert "once" not in said


def test_the_ledger_tells_truncation_from_rounding(cases):
    for case in cases[:: max(1, COUNT // 60)]:
        if not np.isfinite(case.view.backward._asdict()[case.config.parameter]).all():
            continue
        with np.errstate(all="ignore"):
            account = ledger(case.view, case.config.parameter)
        cut = bool(case.view.cut(case.config.parameter).any())
        assert ("not rounding" in account.sentence) == cut, case.config.to_query()
        rounded = account.relative["central difference"] > 0
        assert ("which costs digits" in account.sentence) == (rounded and not cut)
        assert ("truncated gradient" in account.sentence) == case.is_cut
        assert ("leaves out terms" in account.remark) == cut


@pytest.mark.parametrize(("piece", "signs"), [("+", 1), ("= f_1(", 1), ("+ H_1", 1), ("a + b", 0), ("(", 0)])
def test_a_sign_between_two_pieces_has_room_on_both_sides(piece, signs):
    assert mathml(piece).count('form="infix"') == signs
