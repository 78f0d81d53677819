"""RunConfig: validation, the query string, and that no link can make it raise."""

import dataclasses
import subprocess
import sys
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.settings.config import FIELDS, LABELS, PRESET_NAMES, PRESETS, TASKS, RunConfig

ISSUE_PRESETS = [
    "lecture-sequence-to-vector",
    "lecture-sequence-to-sequence",
    "sentiment",
    "parity",
    "echo",
    "adding",
    "characters",
    "sunspots",
    "vanishing",
    "exploding",
    "orthogonal",
]
GATED_PRESETS = ["lstm-memory", "gru-echo", "forget-bias"]
LABORATORY_PRESETS = ["small-weights", "saturation", "stable", "identity-relu", "transient-growth", "cliff"]


edits = st.builds(
    "{}:{!r}".format,
    st.sampled_from(["W1.0.1", "Wh1.2.0", "b1.1", "W2.0.0", "b2.1", "X.2.0.1", "Y.1.0.0", "Y.0.1", "H_init.0.2"]),
    st.floats(-1e6, 1e6),
)


def value_strategy(field):
    if field.kind == "choice":
        value = st.sampled_from(field.choices)
    elif field.kind == "text":
        value = st.text(st.characters(exclude_categories=["Cs"]), min_size=2, max_size=60).filter(
            lambda text: len(set(text)) > 1
        )
    elif field.kind == "int":
        value = st.integers(field.low, field.high)
    elif field.kind == "edits":
        value = st.lists(edits, max_size=5).map(",".join)
    elif field.kind == "entry":
        value = st.sampled_from(["W1.0.1", "Wh1.2.0", "b1.1", "W2.0.0", "b2.1"])
    elif field.kind == "data":
        value = st.sampled_from(["", "0123456789abcdef" * 2])
    elif field.kind == "run":
        value = st.sampled_from(["", "preset=parity", "preset=echo&learning_rate=0.5&edits=W1.0.0%3A1.5"])
    else:
        value = st.floats(field.low, field.high)
    return st.none() | value if field.optional else value


configs = st.builds(RunConfig, **{name: value_strategy(field) for name, field in FIELDS.items()})
NASTY = (
    *("nan", "inf", "-inf", "1e9", "1e999", "-1", "", " 3", "3.0", "٣", "²", "None", "true", "9" * 5000),
    *("[1, 2]", "<script>alert(1)</script>", "$$x^2$$", "`x`", "[a](http://b)"),
    *("\ud800", "\x00", "x" * 100_000),
)
nasty = st.sampled_from(NASTY)
query_values = nasty | st.text() | st.lists(nasty | st.text(), max_size=3) | st.none() | st.floats() | st.integers()
query_keys = st.sampled_from([*FIELDS, "frame", "unknown", "<b>"]) | st.text(max_size=8)


@pytest.mark.parametrize("entry", ["X.0.0.0", "Wh1", "Wh1.0", "Wh1.0.0:1", "b1.-1", "<b>.0", "Wh1.0.0.0", "", None])
def test_an_entry_of_the_loss_surface_belongs_to_a_parameter(entry):
    with pytest.raises(ValueError, match=r"expected an entry such as|expected 2 whole numbers|expected 1 whole"):
        RunConfig(first_entry=entry)


def test_default_is_the_lecture_preset():
    assert RunConfig() == PRESETS["lecture-sequence-to-sequence"].config
    assert RunConfig().to_query() == {}
    assert RunConfig.from_query({}) == (RunConfig(), ())


def test_presets_are_those_of_the_issue_and_need_no_reconciling():
    assert list(PRESETS) == ISSUE_PRESETS + LABORATORY_PRESETS + GATED_PRESETS == list(PRESET_NAMES)
    for name, preset in PRESETS.items():
        assert preset.name == preset.config.preset == name
        assert preset.title
        assert preset.sentence.endswith(".")
        assert preset.config.reconciled() == (preset.config, ())


def test_every_field_has_a_description_and_every_description_a_field():
    assert set(FIELDS) == {field.name for field in dataclasses.fields(RunConfig)}
    assert {field.group for field in FIELDS.values()} == {"task", "network", "training", "notation", "view"}
    for field in FIELDS.values():
        assert field.label
        assert field.help.endswith(".")
        assert set(field.tasks) <= set(TASKS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("steps", 201),
        ("steps", 3.0),
        ("steps", True),
        ("hidden", 65),
        ("batch", None),
        ("activation", "gelu"),
        ("spectral_radius", float("nan")),
        ("learning_rate", float("inf")),
        ("learning_rate", 0),
        ("clip_norm", -1.0),
        ("epochs", 10**9),
        ("task", "<script>"),
        ("preset", "none"),
        ("text", ""),
        ("text", "a"),
        ("text", "aaaa"),
        ("text", "a\ud800"),
        ("text", "ab" * 500),
        ("sample", -2),
        ("edits", "Wh1.0.1"),
        ("edits", "Wh1.0:1"),
        ("edits", "W3.0.0:1"),
        ("edits", "b1.0:nan"),
        ("edits", "b1.0:1e7"),
        ("edits", ["b1.0:1"]),
        ("edits", None),
        ("edits", "<script>" * 1000),
    ],
)
def test_validation_names_field_given_and_expected(name, value):
    with pytest.raises(ValueError, match=rf"(?s)^{name}: got .*, expected ") as error:
        RunConfig(**{name: value})
    assert len(str(error.value)) < 400


def test_replace_validates():
    assert RunConfig().replace(steps=7).steps == 7
    with pytest.raises(ValueError, match="steps"):
        RunConfig().replace(steps=-1)


def test_equal_numbers_of_another_type_are_the_same_key():
    assert RunConfig(learning_rate=1) == RunConfig(learning_rate=1.0)
    assert hash(RunConfig(spectral_radius=2)) == hash(RunConfig(spectral_radius=2.0))
    assert type(RunConfig(learning_rate=1).learning_rate) is float


@given(configs)
def test_query_round_trip(config):
    config, _ = config.reconciled()
    query = config.to_query()
    assert RunConfig.from_query(query) == (config, ())
    assert RunConfig.from_query(parse_qs(urlencode(query), keep_blank_values=True)) == (config, ())


def test_query_holds_only_what_differs_from_the_preset():
    config = PRESETS["echo"].config
    assert config.to_query() == {"preset": "echo"}
    assert config.replace(lag=4, clip_norm=1).to_query() == {"preset": "echo", "lag": "4", "clip_norm": "1.0"}
    assert PRESETS["orthogonal"].config.replace(spectral_radius=None).to_query() == {"preset": "orthogonal"}
    assert RunConfig(steps=5).to_query() == {"preset": "lecture-sequence-to-sequence", "steps": "5"}


def test_none_in_a_query_removes_an_optional_setting():
    config, notes = RunConfig.from_query({"preset": "vanishing", "spectral_radius": "none"})
    assert (config.spectral_radius, notes) == (None, ())


@given(configs)
def test_reconciled_is_idempotent_and_explained(config):
    better, notes = config.reconciled()
    assert better.reconciled() == (better, ())
    assert better.sample < better.batch
    changed = [name for name in FIELDS if getattr(better, name) != getattr(config, name)]
    assert len(notes) == len(changed)
    assert all(note.endswith(".") for note in notes)


@given(st.dictionaries(query_keys, query_values, max_size=8))
def test_no_query_raises(query):
    config, notes = RunConfig.from_query(query)
    assert isinstance(config, RunConfig)
    assert config.reconciled() == (config, ())
    for note in notes:
        assert len(note) < 500
        assert not set("<>`$[]*") & set(note), "a note must not carry markup from the link"


@pytest.mark.parametrize("value", ["nan", "inf", "1e9", "[1, 2]", "<script>", "-1", "", "٣", "9" * 5000])
def test_a_bad_value_falls_back_alone_and_is_told(value):
    config, notes = RunConfig.from_query({"steps": value, "hidden": "5", "learning_rate": value})
    assert config == RunConfig(hidden=5)
    assert ["steps" in notes[0], "learning_rate" in notes[1]] == [True, True]
    assert "expected a whole number from 1 to 200; 3 is used" in notes[0]


def test_unknown_settings_are_told_and_page_keys_are_not():
    assert RunConfig.from_query({"frame": "term-2-1", "q": "H_1"}) == (RunConfig(), ())
    assert "“stepz”" in RunConfig.from_query({"stepz": "4"})[1][0]


def test_of_a_repeated_setting_the_last_counts():
    assert RunConfig.from_query({"steps": ["4", "6"]})[0].steps == 6


def test_limits_of_the_task_are_kept_with_a_note():
    config, notes = RunConfig.from_query({"preset": "sentiment", "mode": "sequence_to_sequence", "batch": "64"})
    assert (config.mode, config.batch) == ("sequence_to_vector", 64)
    assert "sequence to vector only" in notes[0]
    config, notes = RunConfig(task="recall", output="sigmoid_bce", steps=1, sample=3).reconciled()
    assert (config.output, config.steps, config.sample) == ("task", 2, 0)
    assert len(notes) == 3


@pytest.mark.parametrize(("sample", "shown"), [(-1, -1), (3, 3), (4, 0), (63, 0)])
def test_a_sample_beyond_the_batch_becomes_the_first(sample, shown):
    assert RunConfig(batch=4, sample=sample).reconciled()[0].sample == shown


def test_text_limits_steps_and_batch():
    config = RunConfig(task="next_character", text="abcde", steps=30, batch=9).reconciled()[0]
    assert (config.steps, config.batch) == (4, 1)


def test_every_choice_that_needs_a_label_has_one():
    for name in ("mode", "output", "task", "truncation_kind", "parameter"):
        assert set(FIELDS[name].choices) <= set(LABELS)


def test_config_needs_the_standard_library_only():
    code = "import sys, rnnviz.settings.config;print(sorted({'numpy', 'pandas', 'streamlit'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_a_pinned_run_is_kept_in_its_plain_form():
    other = PRESETS["parity"].config.replace(learning_rate=0.01, parameter="W2", sample=3)
    config = RunConfig(compare=other.written())
    assert config.pinned() == other.replace(**RunConfig().view())
    assert RunConfig.from_query(config.to_query()) == (config, ())
    assert RunConfig().written() == "preset=lecture-sequence-to-sequence"
    nested = RunConfig(compare=config.replace(hidden=4).written() + "&compare=preset%3Decho")
    assert nested.pinned().compare == ""


@pytest.mark.parametrize("text", ["preset", "steps=nan", "preset=parity&hidden=1e9", "x" * 3000, "nothing=1", 5])
def test_what_is_no_run_cannot_be_pinned(text):
    with pytest.raises(ValueError, match="compare: got"):
        RunConfig(compare=text)
    config, notes = RunConfig.from_query({"compare": str(text)})
    assert config == RunConfig()
    assert "compare" in notes[0]


def test_the_name_of_a_choice_fits_its_box_in_the_sidebar():
    boxed = [each for each in FIELDS.values() if each.kind == "choice" and each.group != "view"]
    names = {LABELS.get(one, str(one)) for each in boxed if each.name != "preset" for one in each.choices}
    assert len(names) > 20
    assert [name for name in names if len(name) > 25] == []


@pytest.mark.parametrize("name", PRESETS)
def test_an_experiment_in_words_has_its_numbers(name):
    config = PRESETS[name].config
    several = config.replace(hidden=7)
    kind = config.activation if config.cell == "plain" else config.cell.upper()
    assert several.words == f"{PRESETS[name].title} · T {config.steps} · 7 {kind} units"
    assert config.replace(hidden=1).words.endswith(f"1 {kind} unit")


@pytest.mark.parametrize("name", ["lstm-memory", "forget-bias"])
def test_a_preset_may_pin_a_run_which_pins_none(name):
    config = PRESETS[name].config
    other = config.pinned()
    assert other.compare == ""
    assert other.replace(**config.view()) != config
    assert RunConfig.from_query(config.to_query()) == (config, ())
    assert config.replace(part="cures").compare == config.compare
    unpinned = config.replace(compare="")
    assert RunConfig.from_query(unpinned.to_query()) == (unpinned, ())
    assert "compare" not in config.written()
