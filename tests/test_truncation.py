"""Truncation and clipping as overlays: what is cut, what is kept, what is turned."""

import dataclasses

import numpy as np
import pytest

from rnnviz.charts import cells, grids, heat, theme
from rnnviz.engine import Parameters, backward
from rnnviz.experiment.clipping import angle, clipping, flat
from rnnviz.experiment.core import decomposition, norms_of_terms, run
from rnnviz.experiment.training import epochs_of
from rnnviz.laboratory.truncation import draw
from rnnviz.laboratory.truncation import say as said
from rnnviz.laboratory.truncation.compute import KINDS, Likeness, _likenesses, as_trained, clip_curve, mask, truncations
from rnnviz.notation.numbers import four
from rnnviz.settings.config import PRESETS

PARITY = PRESETS["parity"].config.replace(batch=4, steps=9, hidden=4)
RECALL = PRESETS["orthogonal"].config.replace(batch=4, steps=7, hidden=4)


def likeness_of(kept, full):
    """Return how like one gradient another is."""
    return Likeness(*_likenesses(kept.reshape(1, -1), full.ravel())[:, 0].tolist())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [1, 2, 4, 9, 20])
def test_the_masks_are_those_that_training_uses(kind, length):
    t, k = np.ogrid[:9, :9]
    near = t - k < length if kind == "window" else t // length == k // length
    np.testing.assert_array_equal(mask(9, length, kind), near & (k <= t))
    only_last = mask(9, length, kind, first_loss=8)
    assert not only_last[:8].any()
    np.testing.assert_array_equal(only_last[8], mask(9, length, kind)[8])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("config", [PARITY, RECALL], ids=["every loss", "one loss"])
def test_likeness_is_that_of_the_sum_of_the_kept_terms(config, kind):
    experiment = run(config)
    found, terms = truncations(experiment), decomposition(experiment).terms
    full = experiment.backward.gradients
    for length in found.lengths:
        kept = mask(config.steps, int(length), kind)
        sums = {name: values[kept].sum(axis=0) for name, values in terms.items()}
        other = flat(full._replace(**sums))
        whole, likeness = flat(full), found.at(kind, length)
        assert likeness.share == pytest.approx(other @ whole / (whole @ whole), rel=1e-10)
        cosine = other @ whole / np.linalg.norm(other) / np.linalg.norm(whole)
        assert likeness.cosine == pytest.approx(cosine, rel=1e-10)
        error = np.linalg.norm(other - whole) / np.linalg.norm(whole)
        assert likeness.error == pytest.approx(error, rel=1e-9, abs=1e-13)


def test_nothing_is_cut_at_full_length():
    found = truncations(run(PARITY))
    for kind in KINDS:
        last = found.at(kind, 9)
        assert last.share == pytest.approx(1, abs=1e-13)
        assert last.cosine == pytest.approx(1, abs=1e-13)
        assert last.error < 1e-13


def test_long_sequences_are_cut_at_some_lengths_and_at_the_chosen_one():
    found = truncations(run(PARITY.replace(steps=150)), 77)
    assert found.lengths[0] == 1
    assert found.lengths[-1] == 150
    assert 77 in found.lengths
    assert len(found.lengths) <= 42


def test_a_gradient_of_zero_or_beyond_floats_has_nothing_to_compare():
    for full in (np.zeros(3), np.array([np.inf, 0, 0])):
        likeness = likeness_of(np.ones(3), full)
        assert np.isnan([likeness.share, likeness.cosine, likeness.error]).all()
    words = said.kept_sentence("window", 2, mask(3, 2, "window"), mask(3, 3, "window"), likeness)
    assert "nothing to compare" in words
    assert np.isnan(likeness_of(np.zeros(3), np.ones(3)).cosine)


@pytest.mark.parametrize(
    "config",
    [PRESETS["identity-relu"].config.replace(bias=-3.0), PRESETS["exploding"].config.replace(steps=200, gain=5.0)],
    ids=["zero", "overflowed"],
)
def test_an_experiment_without_a_finite_gradient_has_no_curves(config):
    experiment = run(config)
    found = truncations(experiment)
    assert not said.comparable(found)
    assert not said.comparable(found.only("Wh1"))
    assert clipping(experiment, 0.5, 0.3) is None
    assert clip_curve(experiment) is None
    assert as_trained(experiment) is None
    assert said.comparable(truncations(run(RECALL)))
    single = truncations(run(PARITY.replace(steps=1)))
    assert said.comparable(single)
    assert not said.comparable(single.only("Wh1")), "from a zero state Wh1 has no gradient"


def test_window_and_blocks_are_told_apart_by_the_terms_that_one_alone_keeps():
    window, chunk = mask(9, 4, "window"), mask(9, 4, "chunk")
    words = said.confusion_sentence(4, window, chunk)
    alone = sum(t - k < 4 and t // 4 != k // 4 for t in range(9) for k in range(t + 1))
    assert f"**{alone}** terms are kept by the window alone, none by the blocks alone" in words
    assert "the same terms" in said.confusion_sentence(9, mask(9, 9, "window"), mask(9, 9, "chunk"))


@pytest.mark.parametrize(("part", "of_largest"), [(0.5, 0.3), (0.01, 0.01), (1.2, 1.2)])
def test_clipping_by_norm_keeps_the_direction_and_by_value_the_limit(part, of_largest):
    experiment = run(PARITY)
    found = clipping(experiment, part, of_largest)
    whole = flat(experiment.backward.gradients)
    np.testing.assert_array_equal(found.before, whole)
    length = np.linalg.norm(whole)
    assert np.linalg.norm(found.by_norm) == pytest.approx(min(part, 1) * length, rel=1e-12)
    assert angle(whole, found.by_norm) == pytest.approx(0, abs=1e-9)
    np.testing.assert_array_equal(found.by_value, np.clip(whole, -found.limit_value, found.limit_value))
    cosine = whole @ found.by_value / length / np.linalg.norm(found.by_value)
    assert np.cos(np.radians(angle(whole, found.by_value))) == pytest.approx(cosine, abs=1e-12)
    assert found.cut == (abs(whole) > found.limit_value).mean()


def test_angles_are_exact_where_a_cosine_is_not():
    assert angle(np.array([1.0, 0.0]), np.array([1.0, 1e-9])) == pytest.approx(np.degrees(1e-9), rel=1e-9)
    assert angle(np.array([1.0, 0.0]), np.array([0.0, 3.0])) == pytest.approx(90)
    assert angle(np.array([1.0, 0.0]), np.array([-2.0, 0.0])) == pytest.approx(180)


def test_a_gradient_of_zero_cannot_be_clipped():
    experiment = run(PARITY)
    zero = Parameters(*map(np.zeros_like, experiment.parameters))
    object.__setattr__(experiment, "backward", type("Zero", (), {"gradients": zero})())
    assert clipping(experiment, 0.5, 0.5) is None
    assert clip_curve(experiment) is None
    with pytest.raises(ValueError, match="part_of_norm: got 0, expected a number above 0"):
        clipping(experiment, 0, 0.5)


def test_the_curve_over_the_limit_holds_what_clipping_gives():
    experiment, curve = run(PARITY), clip_curve(run(PARITY), 11)
    for place in (0, 5, 10):
        one = clipping(experiment, curve["part"][place], curve["part"][place])
        assert curve["angle by value"][place] == pytest.approx(angle(one.before, one.by_value), rel=1e-12)
        assert curve["length by norm"][place] == pytest.approx(min(curve["part"][place], 1), rel=1e-12)
    assert curve["angle by value"][-1] == pytest.approx(0, abs=1e-9)
    assert curve["angle by norm"].max() < 1e-9


def test_the_largest_entries_come_first_with_their_names():
    experiment = run(PARITY)
    shapes = {name: values.shape for name, values in experiment.parameters._asdict().items()}
    names, found = said.entry_names(shapes), clipping(experiment, 0.5, 0.3)
    assert len(names) == len(found.before)
    assert names[5] == "Wₕ₁[0, 1]"
    first, values = said.largest(found, names)
    assert abs(values[0, 0]) == abs(found.before).max()
    assert first[0] == names[int(abs(found.before).argmax())]
    assert draw.entries(first, values, "light").count("<td") == 18


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("config", [PARITY, RECALL], ids=["every loss", "one loss"])
def test_likeness_of_one_parameter_is_that_of_its_own_kept_terms(config, kind):
    experiment = run(config)
    found, terms = truncations(experiment), decomposition(experiment).terms
    for name in ("W1", "Wh1", "b1"):
        alone, whole = found.only(name), getattr(experiment.backward.gradients, name).ravel()
        for length in found.lengths:
            other = terms[name][mask(config.steps, int(length), kind)].sum(axis=0).ravel()
            likeness = alone.at(kind, length)
            assert likeness.share == pytest.approx(other @ whole / (whole @ whole), rel=1e-10, abs=1e-13)
            error = np.linalg.norm(other - whole) / np.linalg.norm(whole)
            assert likeness.error == pytest.approx(error, rel=1e-9, abs=1e-13)
    for name in said.NO_WAY_BACK:
        assert found.only(name).likeness[kind].error.max() < 1e-14


def test_the_parameter_that_is_shown_is_named():
    found = truncations(run(PARITY))
    pair = {kind: found.only("W1").at(kind, 3) for kind in KINDS}
    cut = dict.fromkeys(KINDS, True)
    words = said.alone_sentence("W1", pair, cut)
    assert "W₁ alone" in words
    for each in pair.values():
        assert f"cosine **{four(each.cosine)}**" in words
    words = said.alone_sentence("W2", {kind: found.only("W2").at(kind, 3) for kind in KINDS}, cut)
    assert "no way back" in words
    assert words.endswith("The grids show Wₕ₁.")
    assert "β₁" in said.grid_note("b1", "")
    nothing = {kind: likeness_of(np.zeros(3), np.zeros(3)) for kind in KINDS}
    assert "nothing to compare" in said.alone_sentence("Wh1", nothing, cut)


@pytest.mark.parametrize("size", [1e155, 1e200, 1e300, 1e-160, 1e-300])
def test_lengths_beyond_the_square_root_of_floats_are_right_and_warn_not(size):
    experiment = run(PARITY)
    gradients = Parameters(*(each * size for each in experiment.backward.gradients))
    other = dataclasses.replace(experiment, backward=dataclasses.replace(experiment.backward, gradients=gradients))
    found, plain = clipping(other, 0.5, 0.3), clipping(experiment, 0.5, 0.3)
    np.testing.assert_allclose(found.lengths, np.multiply(plain.lengths, size), rtol=1e-12)
    turned = angle(found.before, found.by_value)
    assert turned == pytest.approx(angle(plain.before, plain.by_value), rel=1e-9)
    for words, length in zip(
        said.clip_sentence(found, (0.0, turned)).split("Clipped by value"), found.lengths, strict=True
    ):
        assert f"it is **{four(length)}** long" in words
    np.testing.assert_allclose(clip_curve(other)["length by value"], clip_curve(experiment)["length by value"])
    assert likeness_of(found.by_norm, found.before).error == pytest.approx(0.5)


def test_a_gradient_whose_length_overflows_is_not_clipped():
    experiment = run(PARITY)
    gradients = experiment.backward.gradients
    largest = max(abs(each).max() for each in gradients)
    beyond = gradients._make(each / largest * 1.7e308 for each in gradients)
    other = dataclasses.replace(experiment, backward=dataclasses.replace(experiment.backward, gradients=beyond))
    assert clipping(other, 0.5, 0.3) is None


def test_a_long_gradient_of_an_explosion_warns_not():
    config = PRESETS["identity-relu"].config.replace(steps=200, gain=4.0, clip_norm=1.0, truncation=150)
    experiment = run(config)
    assert abs(flat(experiment.backward.gradients)).max() > 1e160, "beyond what can be squared"
    found = truncations(experiment)
    assert found.at("window", 200).error < 1e-12
    assert 0 < found.only("Wh1").at("window", 1).share < 0.01
    assert clip_curve(experiment)["angle by value"][0] > 0
    assert as_trained(experiment).after == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_what_clipping_does_to_the_gradient_of_training_is_what_training_does(kind):
    config = PARITY.replace(
        clip_norm=0.9, clip_value=0.2, truncation=3, truncation_kind=kind, optimiser="sgd", learning_rate=1.0
    )
    experiment = run(config)
    first = next(epochs_of(experiment, 1))
    before, after, found = flat(first.gradients), -flat(first.updates), as_trained(experiment)
    assert found.before == pytest.approx(np.linalg.norm(before), rel=1e-12)
    assert found.after == pytest.approx(np.linalg.norm(after), rel=1e-12)
    cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
    assert np.cos(np.radians(found.turned)) == pytest.approx(cosine, abs=1e-12)
    words = said.used_sentence(0.9, 0.2, found)
    assert "by norm at 0.9 and by value at 0.2" in words
    assert f"cut to {four(found.after)} and turned by {found.turned:.3g}°" in words


def test_how_the_experiment_trains_is_said():
    assert "without clipping" in said.used_sentence(None, None, None)
    by_norm = as_trained(run(PARITY.replace(clip_norm=0.01)))
    assert said.used_sentence(0.01, None, by_norm).endswith("It is cut to 0.01 and not turned.")
    loose = as_trained(run(PARITY.replace(clip_norm=1000.0)))
    assert loose.before == pytest.approx(np.linalg.norm(flat(run(PARITY).backward.gradients)), rel=1e-12)
    assert said.used_sentence(1000.0, None, loose).endswith("It is not cut.")
    dead = as_trained(run(PRESETS["identity-relu"].config.replace(bias=-3.0)))
    assert dead is None
    assert said.used_sentence(1.0, None, dead).endswith("0 or not finite.")
    assert "without truncation" in said.trains_sentence(None, "window")
    assert "τ = 7, “detach every τ”" in said.trains_sentence(7, "chunk")


def test_lengths_that_are_not_computed_are_not_passed_over_in_silence():
    short, long = truncations(run(PARITY)).lengths, truncations(run(PARITY.replace(steps=150))).lengths
    assert said.spacing_note(short) == ""
    assert f"{len(long)} of the 150" in said.spacing_note(long)
    found = truncations(run(PARITY.replace(steps=150)))
    assert draw.over_length(found, "error", 30, "light").x.log
    assert not draw.over_length(truncations(run(PARITY)), "error", 3, "light").x.log


def test_cut_cells_are_grey_whatever_their_norm():
    norms = norms_of_terms(run(PARITY))["W1"]
    kept = mask(9, 3, "window")
    cut = mask(9, 9, "window") & ~kept
    drawn_cut = heat.norms(norms, theme="light", cut=cut).marks
    colours = [trace for trace in drawn_cut if trace.scale.ticks]
    whole = heat.norms(norms, theme="light").marks[0]
    assert (np.isfinite(colours[0].z) == (kept & (norms > 0))).all()
    assert colours[0].scale.span == whole.scale.span, "the scale is that of all terms"
    grey = drawn_cut[-1]
    np.testing.assert_array_equal(np.isfinite(grey.z), cut)
    assert grey.scale.stops[0][1] == theme.ground("light").quiet
    small = grids.norms(norms[:3, :3], "dark", cut=mask(3, 3, "window") & ~mask(3, 1, "window"))
    assert small.count('class="cut"') == 3


def test_a_cell_that_is_cut_is_struck_through_and_others_keep_their_frame():
    axes = cells.Axes("x", "y", ("0", "1"), ("0",))
    values, framed = np.array([[1.0, 2.0]]), np.array([[True, False]])
    html = cells.table(values, axes, lambda value: "#ffffff", "light", framed, cut=np.array([[False, True]]))
    assert html.count('class="framed"') == html.count('class="cut"') == 1


def test_the_pictures_and_tables_hold_the_numbers():
    found = truncations(run(PARITY), 3)
    lines = {trace.name: trace for trace in draw.over_length(found, "error", 3, "light").marks[:2]}
    np.testing.assert_array_equal(lines["detach every τ"].y, found.likeness["chunk"].error)
    table = said.truncations_table(found)
    np.testing.assert_array_equal(table["window: cosine"], found.likeness["window"].cosine)
    norms = norms_of_terms(run(PARITY))["W1"]
    listed = said.truncated_table(norms, mask(9, 3, "chunk"))
    assert listed["kept"].count("yes") == mask(9, 3, "chunk").sum()


def test_truncated_gradients_are_the_engines():
    experiment = run(PARITY)
    problem = experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y
    for kind in KINDS:
        other = flat(backward(*problem, truncation=3, truncation_kind=kind).gradients)
        expected = likeness_of(other, flat(experiment.backward.gradients))
        assert truncations(experiment).at(kind, 3).error == pytest.approx(expected.error, rel=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("config", [PARITY, RECALL, PARITY.replace(steps=60)], ids=["every", "one", "long"])
def test_at_every_length_the_truncation_is_that_of_the_loop(config, kind):
    experiment = run(config)
    problem = experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y
    found, full = truncations(experiment, 31), experiment.backward.gradients
    for length in found.lengths:
        other = backward(*problem, truncation=int(length), truncation_kind=kind).gradients
        for one, kept, whole in [
            (found.at(kind, length), flat(other), flat(full)),
            *((found.only(name).at(kind, length), getattr(other, name), getattr(full, name)) for name in full._fields),
        ]:
            expected = likeness_of(kept, whole)
            assert one.share == pytest.approx(expected.share, rel=1e-11, abs=1e-13)
            assert one.cosine == pytest.approx(expected.cosine, rel=1e-11, abs=1e-13)
            assert one.error == pytest.approx(expected.error, rel=1e-10, abs=1e-13)


def test_a_likeness_is_that_of_its_formulas():
    likeness = likeness_of(np.array([1.0, 1.0]), np.array([0.0, 2.0]))
    assert (likeness.share, likeness.error) == (0.5, pytest.approx(np.sqrt(0.5)))
    assert likeness.cosine == pytest.approx(np.sqrt(0.5))


def test_the_curve_over_the_limit_holds_what_clipping_gives_by_norm():
    experiment, curve = run(PARITY), clip_curve(run(PARITY), 11)
    for place, part in enumerate(curve["part"]):
        one = clipping(experiment, part, part)
        assert curve["length by norm"][place] == pytest.approx(one.lengths[0] / one.length, rel=1e-12)
        assert curve["length by value"][place] == pytest.approx(one.lengths[1] / one.length, rel=1e-12)


def test_where_the_cut_terms_add_nothing_it_is_said():
    alone = truncations(run(PRESETS["lecture-sequence-to-sequence"].config.replace(start_state=0.0)))
    alone = alone.only("Wh1")
    for length, nothing in ((1, False), (2, True), (3, True)):
        cut = {kind: length < 3 for kind in KINDS}
        text = said.alone_sentence("Wh1", {kind: alone.at(kind, length) for kind in KINDS}, cut)
        why = "what is cut adds up to 0" if length < 3 else "nothing is cut"
        assert (f"“the last τ steps” error **0 %** ({why})" in text) == nothing
