"""What readers bring: a proposal becomes data for a task, gaps are closed, and what is read is said."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest

from rnnviz.experiment.core import run
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.learned import compute, say
from rnnviz.settings.config import RunConfig
from rnnviz.tasks import own, store
from rnnviz.tasks.chosen import FILLS, columns_of, series_of, usage_words
from rnnviz.tasks.reading import DataError
from rnnviz.tasks.reading.proposal import propose
from tests.configurations import COUNT, SEED
from tests.opening import control, healthy, opened

TEN = [round(np.sin(n), 3) for n in range(10)]
ROWS = "\n".join(f"{n},{value}" for n, value in enumerate(TEN))


def lines(*rows):
    return "\n".join(rows).encode()


def use(content):
    """All the way to numbers of the proposed target, as the page does for a series."""
    found = propose(content)
    return series_of(found, found.target).data


def gapped():
    values = ["", 1, "", "", 4, 5, 6, 7.5, 8, 9, ""]
    return propose(lines("t,v", *(f"{n},{v}" for n, v in enumerate(values))))


@pytest.mark.parametrize(
    ("fill", "expected", "rows"),
    [
        ("line", [1, 2, 3, 4, 5, 6, 7.5, 8, 9], range(1, 10)),
        ("before", [1, 1, 1, 4, 5, 6, 7.5, 8, 9], range(1, 10)),
        ("leave out", [1, 4, 5, 6, 7.5, 8, 9], [1, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_gaps_are_closed_as_the_reader_says(fill, expected, rows, monkeypatch):
    monkeypatch.setattr(own, "FEWEST_ROWS", 3)
    found = series_of(gapped(), "v", "none", fill)
    np.testing.assert_allclose([*found.data.X[:, 0], found.data.Y[-1, 0]], expected)
    assert list(found.rows) == list(rows)
    said = " ".join(found.notes)
    assert ("2 rows at the beginning or the end" in said) == (fill != "leave out")
    assert ("2 missing entries are filled" in said) == (fill != "leave out")


def test_columns_share_the_rows_in_which_all_are_known():
    content = lines("t,a,b", *(f"{n},{'' if n == 3 else n},{n * n % 7}" for n in range(30)))
    found = columns_of(propose(content), ["a"], "b", "none", "leave out")
    assert list(found.rows) == [n for n in range(30) if n != 3]
    np.testing.assert_array_equal(found.data.X[:, 0], found.rows)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lines("v", *"1234", "1e13", *"56789"), "too large; numbers up to 10¹²"),
        (lines("v", *["7"] * 17, "8", "9", "10"), "there is nothing to learn"),
    ],
)
def test_what_cannot_be_a_series_is_said(content, message):
    with pytest.raises(DataError, match=message):
        use(content)


def test_classes_are_named_and_a_unit_stands_beside_its_column():
    content = lines("a,w,state", *(f"{n * n % 11},{n} kg,{'up' if n % 2 else 'down'}" for n in range(30)))
    found = propose(content)
    data = columns_of(found, ["a", "w"], "state").data
    assert (data.task, data.features, data.outputs) == ("own_classes", ("a", "w [kg]"), ("down", "up"))


@pytest.mark.parametrize("fill", FILLS)
def test_a_column_without_a_number_is_no_series(fill):
    with pytest.raises(DataError, match="holds no number"):
        series_of(propose(lines("a,w", *(f"{n},x{n}" for n in range(30)))), "w", "none", fill)


# --- which rows are read ----------------------------------------------------------------------------------


def test_what_is_said_of_the_rows_is_what_the_task_reads():
    random = np.random.default_rng(SEED)
    for _ in range(COUNT // 3):
        rows, batch = int(random.integers(9, 500)), int(random.integers(1, 65))
        steps = int(random.integers(1, max(2, min(200, int(rows * 0.8)))))
        data = own.dated(own.series("v", np.cumsum(np.ones(rows + 1)), "none"), "2020-01-01", "2021-01-01")
        task = run(config_of(data, steps=steps, batch=batch)).task
        found = own.usage(data, steps, batch)
        assert found.windows == task.X.shape[1]
        assert found.read == len(np.unique([task.X, task.Y]))
        assert found.held == (0 if task.held_out_X is None else task.held_out_X.shape[1])
        assert task.Y.max() <= found.known
        if task.held_out_Y is not None:
            assert task.held_out_Y.min() == found.known + 1
            assert task.held_out_Y.max() == rows + 1
        part = f"all {found.known:,}" if found.read == found.known else f"{found.read:,} of {found.known:,}"
        assert f"Training reads {part} rows (of {rows + 1:,}, 2020-01-01 to 2021-01-01)" in task.sentence
        assert f"the last {rows + 1 - found.known} are held out" in task.sentence
        assert f" {rows + 1:,} rows, 2020" in own.about(data)


def test_every_row_of_a_file_is_trained_on_or_held_out():
    """Forty rows are forty in every sentence, and the last that is trained on stands before the first held out."""
    proposal = propose(lines("t,v", *(f"{n},{n * n % 97}" for n in range(1, 41))))
    chosen = series_of(proposal, "v")
    before = usage_words(proposal, chosen, 5, 32)
    assert "all of the 32 rows from 1 to 32." in before
    assert "Held out for testing: 8 rows from 33 to 40, 4 windows of them" in before
    assert "40 rows, 1 to 40" in own.about(chosen.data)
    experiment = run(config_of(chosen.data, steps=5, batch=32))
    assert "all 32 rows (of 40, 1 to 40)" in experiment.task.sentence
    assert "the last 8 are held out" in experiment.task.sentence
    found = compute.own_forecast(experiment, experiment.parameters)
    assert "8 held-out rows, 33 to 40," in say.own_sentence(found, chosen.data.times, "v")
    assert say.own_table(found, ())["row"].tolist() == list(range(33, 41))


def test_a_long_file_says_from_when_to_when_it_is_read():
    content = lines("date,v", *(f"{np.datetime64('2000-01-01') + n},{n * n % 97}" for n in range(20_000)))
    found = propose(content)
    chosen = series_of(found, "v")
    said = usage_words(found, chosen, 12, 32)
    assert (
        "32 windows of 12 rows, each with the row after it: 416 of the 16,000 rows from 2000-01-01 to 2043-10-21"
        in said
    )
    assert "The other 15,584 rows between them are not read" in said
    assert "Held out for testing: 4,000 rows from 2043-10-22 to 2054-10-03, 64 windows of them" in said
    assert (chosen.data.since, chosen.data.until) == ("2000-01-01", "2054-10-03")


def test_where_dates_run_back_rows_are_numbered():
    content = lines("date,v", *(f"{np.datetime64('2020-01-01') + n},{n * n % 97}" for n in range(400)))
    found = propose(content)
    back = dataclasses.replace(found, axis=found.axis[::-1])
    chosen = series_of(back, "v")
    said = usage_words(back, chosen, 12, 32)
    assert "rows from row 1 to row 320" in said
    assert "80 rows from row 321 to row 400" in said
    assert not chosen.data.since


def test_days_are_told_without_a_clock():
    content = lines("t,v", *(f"{np.datetime64('2020-01-01') + n} 00:00:00,{n}" for n in range(40)))
    assert propose(content).when(1) == "2020-01-02"
    hourly = lines("t,v", *(f"2020-01-{1 + n // 24:02d} {n % 24:02d}:00:00,{n}" for n in range(40)))
    assert propose(hourly).when(0) == "2020-01-01 00:00:00"


def test_times_are_part_of_the_data_and_older_data_keep_their_fingerprint():
    data = own.series("wave", np.sin(np.arange(120) / 4))
    assert data.fingerprint() == "4072edcfbe6ca0f635c4704d8ef97e9d"
    assert own.dated(data, "2020", "2021").fingerprint() != data.fingerprint()


# --- from data to a task ----------------------------------------------------------------------------------


def config_of(data, **changes):
    settings = {"task": data.task, "data": own.keep(data), "steps": 5, "batch": 8, "epochs": 3}
    return RunConfig(**(settings | changes))


@pytest.mark.parametrize("scaling", own.SCALINGS)
def test_scaling_is_undone_in_the_original_unit(scaling):
    values = 100 + 20 * np.sin(np.arange(60) / 3)
    experiment = run(config_of(own.series("heat", values, scaling)))
    task = experiment.task
    np.testing.assert_allclose(task.to_unit(task.Y)[:, 0, 0], values[1:6], rtol=1e-12)
    np.testing.assert_allclose(task.to_unit(task.X)[:, 0, 0], values[:5], rtol=1e-12)
    assert task.unit == "heat"


def test_a_scale_is_that_of_the_rows_that_are_trained_on():
    values = np.concatenate([np.sin(np.arange(80.0)), np.full(20, 1000.0) + np.arange(20)])
    data = own.series("v", values)
    assert data.width < 2
    task = run(config_of(data)).task
    assert task.X.max() < 3
    assert task.held_out_Y.max() > 500


def test_held_out_windows_read_nothing_that_was_trained_on():
    values = np.arange(100.0)
    task = run(config_of(own.series("v", values, "none"), batch=64)).task
    assert task.X.max() < task.held_out_X.min()
    assert task.Y.max() <= task.held_out_X.min()


def test_columns_and_classes_become_their_tasks():
    a, b = np.arange(40.0), np.cos(np.arange(40.0))
    data = own.columns({"a": a, "b": b}, "c", 2 * b + 5, "standard")
    task = run(config_of(data)).task
    assert task.X.shape == (5, 8, 2)
    np.testing.assert_allclose(task.to_unit(task.Y)[:, 0, 0], (2 * b + 5)[:5], rtol=1e-12)
    data = own.classes({"a": a}, "kind", ["up", "down "] * 20)
    task = run(config_of(data)).task
    assert task.kind == "classes"
    assert task.output_labels == ("down", "up")
    assert task.Y[0, 0].tolist() == [0, 1]


def test_a_text_becomes_characters_and_rare_ones_one_sign():
    data, notes = own.text("t.txt", "".join(chr(200 + n % 90) for n in range(400)) + "aaaa")
    assert len(data.features) == own.MOST_LETTERS
    assert "read as one sign" in notes[0]
    data, _ = own.text("t.txt", "abcabcabcabc\r\n")
    task = run(config_of(data, steps=4, batch=3)).task
    assert task.tokens[0] == ("a", "b", "c", "a")
    assert task.output_labels[int(task.Y[0, 0].argmax())] == "b"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: own.columns({}, "c", np.arange(20.0)), "No column is chosen"),
        (lambda: own.classes({"a": np.arange(9.0)}, "k", ["x"] * 9), "holds only “x”"),
        (lambda: own.classes({"a": np.arange(99.0)}, "k", list(map(str, range(99)))), "99 different labels"),
        (lambda: own.series("v", np.arange(5.0)), "There are 5 rows to learn from; at least 9"),
        (lambda: own.text("t", "aaaaaaaaaaaaa"), "13 characters, all the same"),
        (lambda: own.text("t", "ab"), "The text has 2 characters"),
    ],
)
def test_what_cannot_be_learned_is_said(make, message):
    with pytest.raises(DataError, match=message):
        make()


def test_a_link_without_its_data_says_so_and_leaves_the_page_alive():
    at = opened("pages/4_Training.py", warm=False, task="own_series", data="0" * 32)
    assert "nowhere stored" in at.error[0].value
    assert at.sidebar.selectbox(key="setting.preset")
    assert not at.exception


def test_the_store_is_bounded_and_keeps_what_was_used_last():
    kept = store.Store()
    names = [kept.put(own.series(f"v{n}", np.arange(30.0) + n)) for n in range(store.MOST_KEPT + 5)]
    assert kept.get(names[0]) is None
    assert kept.get(names[-1]) is not None
    kept.get(names[5])
    kept.put(own.series("one more", np.arange(30.0)))
    assert kept.get(names[5]) is not None
    assert len(kept.kept) == store.MOST_KEPT


def test_equal_data_have_one_name_and_others_another():
    values = np.arange(30.0)
    names = {
        own.series("v", values).fingerprint(),
        own.series("v", values.copy()).fingerprint(),
        own.series("w", values).fingerprint(),
        own.series("v", values + 1).fingerprint(),
        own.series("v", values, "range").fingerprint(),
    }
    assert len(names) == 4


def test_own_data_are_trained_on_from_their_link():
    data = own.series("wave", np.sin(np.arange(120) / 4))
    config = config_of(data, epochs=60, optimiser="adam", learning_rate=0.02)
    first, again = train_run(run(config)), train_run(run(RunConfig.from_query(config.to_query())[0]))
    assert first.losses[-1] < 0.3 * first.losses[0]
    np.testing.assert_array_equal(first.losses, again.losses)


# --- on the page ------------------------------------------------------------------------------------------


def test_typed_numbers_are_trained_on_and_can_be_undone():
    at = healthy(opened("pages/4_Training.py", warm=False))
    at.session_state["own"] = True
    at.session_state["own.way"] = "type numbers"
    at.run()
    at.text_area(key="own.numbers").set_value("1 2 three").run()
    assert "Entry 3" in at.error[0].value
    at.text_area(key="own.numbers").set_value(" ".join(map(str, TEN * 4))).run()
    healthy(at)
    at.button(key="own.go").click().run()
    healthy(at)
    assert at.query_params["task"] == "own_series"
    assert len(at.query_params["data"]) == 32
    at.sidebar.button(key="sidebar.Undo").click().run()
    assert "task" not in healthy(at).query_params


def test_io_is_in_memory_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(io, "open", None)
    own.keep(use(f"t,v\n{ROWS}".encode()))
    assert list(tmp_path.iterdir()) == []


def brought(content: bytes, name: str = "mine.csv"):
    at = opened("pages/4_Training.py", warm=False)
    at.session_state["own"] = True
    at.run()
    at.get("file_uploader")[0].upload(name, content, "text/csv").run()
    return healthy(at)


def said(at) -> str:
    return " ".join(each.value.replace("\\", "") for each in [*at.markdown, *at.caption])


def test_what_the_page_shows_can_be_changed_before_anything_is_trained():
    rows = (f"{np.datetime64('2020-01-01') + n},{n * n % 97},{-9999 if n % 9 == 4 else n % 7}" for n in range(300))
    at = brought(lines("date,price,rain", *rows))
    assert control(at.selectbox, "own.column").value == "price"
    assert control(at.selectbox, "own.time").value == "date"
    assert "-9999 occurs 33 times" in said(at)
    assert "Training reads 32 windows of 12 rows, each with the row after it: all of the 240 rows" in said(at)
    assert "240 rows from 2020-01-01 to 2020-08-27" in said(at)
    control(at.selectbox, "own.column").set_value("rain").run()
    control(at.selectbox, "own.which").set_value("rain").run()
    assert control(at.text_input, "own.marks").value == "-9999"
    control(at.text_input, "own.unit").set_value("mm").run()
    control(at.number_input, "own.last").set_value(200).run()
    control(at.number_input, "own.every").set_value(2).run()
    assert "from 2020-01-01 to" in said(healthy(at))
    assert control(at.number_input, "own.last").value == 200
    control(at.selectbox, "own.time").set_value("none").run()
    assert "from row 1 to row" in said(healthy(at))
    at.button(key="own.go").click().run()
    config = RunConfig.from_query(healthy(at).query_params)[0]
    data = own.find(config.data)
    assert (data.title, len(data.X)) == ("rain [mm]", 99)
    assert (
        "Training reads all 80 rows (of 100) in 32 windows of 12, each with the row after it; the last 20 are held out."
        in said(at)
    )


def test_another_reading_is_one_press_away_and_a_new_file_starts_anew():
    at = brought(lines(*(f"{1900 + n},{112 + n * n % 37}" for n in range(60))))
    assert control(at.selectbox, "own.column").value == "column 2"
    control(at.button, "own.offer.0").click().run()
    assert control(healthy(at).selectbox, "own.column").value == "column 1"
    assert "one column of decimal commas" in said(at)
    at.get("file_uploader")[0].upload("b.csv", lines("a;b", *(f"{n};{n * n % 7}" for n in range(40))), "text/csv").run()
    assert control(healthy(at).selectbox, "own.column").value == "b"


def keys(at) -> set[str]:
    shown = [*at.selectbox, *at.text_input, *at.number_input]
    return {one.key for one in shown if one.key and one.key.startswith("own.")}


def test_what_was_said_of_a_file_ends_with_it():
    """The browser holds a control's last pick under its key, also when the options have become others."""
    at = brought(lines("year,count", *(f"{1900 + n},{n * n % 37}" for n in range(60))))
    control(at.selectbox, "own.time").set_value("none").run()
    before = keys(at)
    rows = lines("date,v", *(f"{np.datetime64('2020-03-30') - n},{n * n % 7}" for n in range(60)))
    at.get("file_uploader")[0].upload("b.csv", rows, "text/csv").run()
    assert control(healthy(at).selectbox, "own.time").value == "date"
    assert "newest row first" in said(at)
    assert not before & keys(at)


def test_the_windows_that_are_read_can_be_chosen():
    at = brought(lines("v", *(str(n * n % 97) for n in range(4000))))
    assert "416 of the 3,200 rows from row 1 to row 3,200" in said(at)
    at.slider(key="own.windows.64").set_value(64).run()
    at.slider(key="own.steps.200").set_value(50).run()
    assert "64 windows of 50 rows, each with the row after it: all of the 3,200 rows" in said(healthy(at))
    at.button(key="own.go").click().run()
    config = RunConfig.from_query(healthy(at).query_params)[0]
    assert (config.batch, config.steps) == (64, 50)


def test_the_size_of_a_session_is_told_before_it_is_saved():
    data = own.series("wave", np.sin(np.arange(9000) / 4))
    at = healthy(opened("pages/10_Take_away.py", warm=False, **config_of(data).to_query()))
    assert "With your data the file has about 0.4 MB; up to 50 MB can be opened." in said(at)
