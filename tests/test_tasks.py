"""Tasks: the right answers, both modes, labels that fit, and data that stay when T or m change."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz.settings.config import PRESETS, TASKS, RunConfig
from rnnviz.settings.fields import OWN_TASKS, PHRASES_OF_LENGTH
from rnnviz.tasks import _MAKERS, make, sunspots
from rnnviz.tasks.characters import next_character, visible
from rnnviz.tasks.sentiment import KIND, NEGATIONS, UNKIND, WORDS, phrases


def task_of(task, **changes):
    mode = changes.pop("mode", TASKS[task].modes[0])
    return make(RunConfig(task=task, mode=mode, **changes))


every_task_and_mode = [(name, mode) for name, limits in TASKS.items() if name not in OWN_TASKS for mode in limits.modes]


@pytest.mark.parametrize(("name", "mode"), every_task_and_mode)
@pytest.mark.parametrize(("steps", "batch"), [(1, 1), (3, 1), (12, 5), (40, 64)])
def test_shapes_labels_and_targets(name, mode, steps, batch):
    config = RunConfig(task=name, mode=mode, steps=steps, batch=batch).reconciled()[0]
    task = make(config)
    T, m = config.steps, config.batch
    n0, n2 = len(task.feature_labels), len(task.output_labels)
    assert task.X.shape == (T, m, n0)
    assert task.Y.shape == ((T, m, n2) if mode == "sequence_to_sequence" else (m, n2))
    assert len(task.tokens) == m
    assert {len(tokens) for tokens in task.tokens} == {T}
    assert name in ("characters", "sentiment") or "-" not in "".join(map("".join, task.tokens)), "a true minus"
    assert np.isfinite(task.X).all()
    assert np.isfinite(task.Y).all()
    assert task.sentence.endswith(".")
    assert task.mode == mode
    if task.kind == "classes":
        assert (task.Y.sum(axis=-1) == 1).all()
    if task.kind != "real":
        assert set(np.unique(task.Y)) <= {0.0, 1.0}
    if task.held_out_X is not None:
        assert task.held_out_X.shape == (T, task.held_out_X.shape[1], n0)
        assert task.held_out_Y.shape[-2:] == (task.held_out_X.shape[1], n2)


@pytest.mark.parametrize("name", [n for n, limits in TASKS.items() if len(limits.modes) == 2 and n not in OWN_TASKS])
def test_vector_mode_asks_for_the_last_answer_of_sequence_mode(name):
    both = [task_of(name, mode=mode, steps=6, batch=3) for mode in TASKS[name].modes]
    sequence, vector = sorted(both, key=lambda task: -task.Y.ndim)
    np.testing.assert_array_equal(sequence.Y[-1], vector.Y)
    np.testing.assert_array_equal(sequence.X, vector.X)


@pytest.mark.parametrize("name", ["lecture_vector", "lecture_sequence", "parity", "echo", "recall"])
def test_longer_and_larger_data_begin_with_the_smaller(name):
    small, large = task_of(name, steps=5, batch=2), task_of(name, steps=9, batch=7)
    np.testing.assert_array_equal(large.X[:5, :2], small.X)


@pytest.mark.parametrize("name", ["parity", "echo", "adding", "recall"])
def test_data_follow_the_seed(name):
    first, again, other = (task_of(name, steps=9, batch=8, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.X, again.X)
    assert (first.X != other.X).any()


@pytest.mark.parametrize("name", ["parity", "echo", "sentiment", "adding", "recall", "sunspots"])
def test_no_held_out_sequence_is_trained_on(name):
    task = task_of(name, steps=8, batch=32)
    seen = {sequence.tobytes() for sequence in task.X.transpose(1, 0, 2)}
    assert task.held_out_X.shape[1] >= 16
    assert not seen & {sequence.tobytes() for sequence in task.held_out_X.transpose(1, 0, 2)}


def test_nothing_is_held_out_when_training_has_seen_all():
    assert task_of("parity", steps=2, batch=64).held_out_X is None


def test_lecture_numbers_are_small_round_and_answered_by_the_stated_rule():
    vector, sequence = (task_of("lecture_vector", steps=40, batch=6), task_of("lecture_sequence", steps=40, batch=6))
    assert set(np.unique(vector.X)) == {-1.0, -0.5, 0.0, 0.5, 1.0}
    totals = vector.X.sum(axis=0)
    np.testing.assert_array_equal(vector.Y[:, 0], totals[:, 0] > totals[:, 1])
    sums = sequence.X.sum(axis=2)
    before = np.vstack([np.zeros(6), sums[:-1]])
    np.testing.assert_array_equal(sequence.Y[..., 0], sums > before)
    assert 0.3 < vector.Y.mean() < 0.7


def test_the_lecture_default_shows_both_classes():
    assert set(task_of("lecture_sequence", steps=3, batch=1).Y[:, 0, 0]) == {0.0, 1.0}


def test_sentiment_phrases_are_complete_and_balanced():
    lengths = [len(words) for words, _ in phrases()]
    assert {n: lengths.count(n) for n in set(lengths)} == PHRASES_OF_LENGTH
    assert len({words for words, _ in phrases()}) == 84
    assert sum(kind for _, kind in phrases()) == 42
    assert {word for words, _ in phrases() for word in words} == set(WORDS)


def test_a_negation_turns_the_word_that_follows_it():
    answers = dict(phrases())
    assert answers["good",]
    assert not answers["not", "very", "good"]
    assert answers["never", "so", "bad"]
    for words, kind in phrases():
        if len(words) < 3 or words[1] != "not":
            nearest = next(w for w in words if w in KIND + UNKIND)
            negated = any(w in NEGATIONS for w in words[: words.index(nearest)])
            assert kind == ((nearest in KIND) != negated)


def test_word_order_decides():
    """Some phrases hold the same words and have opposite answers."""
    by_words = {}
    for words, kind in phrases():
        by_words.setdefault(tuple(sorted(words)), set()).add(kind)
    assert sum(len(kinds) == 2 for kinds in by_words.values()) == 18


def test_sentiment_is_padded_on_the_left_with_zeros():
    task = task_of("sentiment", steps=5, batch=10)
    for sample, tokens in enumerate(task.tokens):
        words, _ = [phrase for phrase in phrases() if len(phrase[0]) <= 5][sample]
        assert tokens == ("",) * (5 - len(words)) + words
        assert (task.X[: 5 - len(words), sample] == 0).all()
        assert (task.X[5 - len(words) :, sample].sum(axis=-1) == 1).all()


def test_parity_counts_ones():
    task = task_of("parity", steps=9, batch=16)
    for sample, bits in enumerate(task.tokens):
        expected = [bits[: t + 1].count("1") % 2 for t in range(9)]
        np.testing.assert_array_equal(task.Y[:, sample, 0], expected)


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_echo_repeats_after_the_lag(lag):
    task = task_of("echo", steps=7, batch=4, lag=lag)
    for sample, symbols in enumerate(task.tokens):
        answers = [task.output_labels[i] for i in task.Y[:, sample].argmax(axis=1)]
        assert answers == ["none yet"] * lag + list(symbols[: 7 - lag])


def test_adding_marks_one_number_in_each_half():
    task = task_of("adding", steps=21, batch=64)
    marks = task.X[..., 1]
    assert (marks[:10].sum(axis=0) == 1).all()
    assert (marks[10:].sum(axis=0) == 1).all()
    np.testing.assert_allclose(task.Y[:, 0], (task.X[..., 0] * marks).sum(axis=0))


def test_recall_asks_for_the_first_signal():
    task = task_of("recall", steps=20, batch=16)
    np.testing.assert_array_equal(task.Y[:, 0], task.X[0, :, 0])
    assert set(task.Y[:, 0]) == {-1.0, 1.0}
    assert abs(task.X[1:].std() - 0.1) < 0.01


def test_next_character_follows_the_text():
    text = "so it goes\non & on"
    task = task_of("next_character", steps=5, batch=9, text=text)
    for sample, tokens in enumerate(task.tokens):
        following = [task.output_labels[i] for i in task.Y[:, sample].argmax(axis=1)]
        joined = "".join(visible(c) for c in text)
        assert "".join([*tokens, following[-1]]) in joined
        assert following[:-1] == list(tokens[1:])
    assert len(set(task.tokens)) == 9


@settings(max_examples=50)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=2, max_size=400).filter(
        lambda text: len(set(text)) > 1
    )
)
def test_any_text_can_be_read(text):
    task = task_of("next_character", steps=9, batch=9, text=text)
    assert task.X.shape[2] == len(set(text))
    assert all(label.isprintable() and label for label in task.feature_labels)


def test_a_text_without_variety_is_refused_clearly():
    config = RunConfig(task="next_character")
    object.__setattr__(config, "text", "aa")  # past the validation of RunConfig
    with pytest.raises(ValueError, match="text: got 1 different character, expected at least 2"):
        next_character(config)


def test_sunspots_are_the_real_series():
    years, numbers = sunspots.series()
    assert (len(years), years[0], years[-1]) == (309, 1700, 2008)
    assert (np.diff(years) == 1).all()
    assert dict(zip(years, numbers, strict=True))[1957] == 190.2
    assert not numbers.flags.writeable


def test_sunspot_windows_forecast_the_next_year_in_the_original_unit():
    task = task_of("sunspots", steps=24, batch=32)
    numbers = dict(zip(*sunspots.series(), strict=True))
    years, _ = sunspots.series()
    held_out = np.flatnonzero(years == sunspots.FIRST_HELD_OUT)[0] + np.arange(24)[:, None] + np.arange(69 - 23)
    for X, Y, time in ((task.X, task.Y, task.time), (task.held_out_X, task.held_out_Y, years[held_out])):
        np.testing.assert_allclose(task.to_unit(Y[..., 0]), np.vectorize(numbers.get)(time))
        np.testing.assert_allclose(task.to_unit(X[..., 0]), np.vectorize(numbers.get)(time - 1))
    assert task.time.max() < sunspots.FIRST_HELD_OUT
    assert task.unit == "sunspot number"


@pytest.mark.parametrize("steps", [1, 24, 60])
def test_sunspot_contexts_end_before_each_held_out_year(steps):
    X, truth, years = sunspots.contexts(steps)
    _, numbers = sunspots.series()
    np.testing.assert_array_equal(years, np.arange(1940, 2009))
    np.testing.assert_array_equal(truth, numbers[-69:])
    np.testing.assert_allclose(sunspots.to_unit(X[-1, :, 0]), numbers[-70:-1])
    assert X.shape == (steps, 69, 1)


def test_sunspot_baselines():
    naive = sunspots.baselines(np.array([1711, 2008]))
    np.testing.assert_array_equal(naive["last value"], [3.0, 7.5])
    np.testing.assert_array_equal(naive["11 years ago"], [5.0, sunspots.series()[1][-12]])


def test_only_sunspots_read_a_file():
    code = (
        "import sys; from rnnviz.settings.config import PRESETS; from rnnviz.tasks import make\n"
        "[make(p.config) for n, p in PRESETS.items() if n != 'sunspots']; print('pandas' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_every_task_is_shown_by_a_preset():
    assert {preset.config.task for preset in PRESETS.values()} == set(TASKS) - set(OWN_TASKS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_task_reads_no_setting_but_those_it_names(name):
    config = PRESETS[name].config.reconciled()[0]
    made, whole = make(config), _MAKERS[config.task](config)
    for field in vars(whole):
        np.testing.assert_equal(getattr(made, field), getattr(whole, field), field)
    with pytest.raises(ValueError, match="read-only"):
        made.X[0] = 1.0
