"""What a trained network can do: counted, written and forecast again in other ways."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.charts import grids
from rnnviz.engine import Parameters, forward, step_losses
from rnnviz.experiment.core import run
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.learned import draw
from rnnviz.laboratory.learned.compute import (
    Confusion,
    confusion,
    course,
    free_run,
    printable,
    sunspot_forecast,
    written_text,
)
from rnnviz.laboratory.learned.draw import over_loss
from rnnviz.laboratory.learned.say import confusion_sentence, course_sentence, forecast_sentence
from rnnviz.settings.config import PRESETS
from rnnviz.tasks.sunspots import series
from tests.opening import healthy, opened


@pytest.fixture(scope="module")
def characters():
    experiment = run(PRESETS["characters"].config)
    return experiment, train_run(experiment).final


@pytest.fixture(scope="module")
def spots():
    experiment = run(PRESETS["sunspots"].config)
    return experiment, train_run(experiment).final


@pytest.mark.parametrize("name", ["lecture-sequence-to-sequence", "echo", "parity", "sentiment"])
@pytest.mark.parametrize("held_out", [False, True])
def test_every_answer_is_counted_once(name, held_out):
    experiment = run(PRESETS[name].config.replace(epochs=5))
    final = train_run(experiment).final
    task = experiment.task
    found = confusion(experiment, final, held_out)
    X, Y = (task.held_out_X, task.held_out_Y) if held_out else (task.X, task.Y)
    if X is None:
        assert found is None
        return
    said = forward(experiment.architecture, final, X, None if held_out else experiment.H_init).Y_hat
    Y = Y if Y.ndim == 3 else Y[None]
    counts = np.zeros_like(found.counts)
    for target, answer in zip(Y.reshape(-1, Y.shape[-1]), said.reshape(-1, Y.shape[-1]), strict=True):
        if task.kind == "binary":
            counts[int(target[0] > 0.5), int(answer[0] > 0.5)] += 1
        else:
            counts[target.argmax(), answer.argmax()] += 1
    np.testing.assert_array_equal(found.counts, counts)
    assert found.total == Y.shape[0] * Y.shape[1]
    assert found.right == counts.diagonal().sum()


def test_real_values_have_no_classes(spots):
    assert confusion(*spots) is None


def test_the_sentence_names_the_commonest_mistake():
    found = Confusion(np.array([[5, 1, 0], [0, 4, 3], [0, 0, 2]]), ("a", "b", "c"), 11, 15)
    text = confusion_sentence(found, "After training,")
    assert "**11 of 15**" in text
    assert "“b” was taken for “c”, 3 times" in text
    assert "taken" not in confusion_sentence(Confusion(np.eye(2, dtype=int), ("a", "b"), 2, 2), "x")


def test_a_text_is_written_by_the_network_itself(characters):
    """At a temperature near 0 every character is the likeliest one after all that was read before."""
    experiment, final = characters
    text = written_text(experiment, final, 1e-6, 40)
    alphabet = experiment.task.output_labels
    X = np.zeros((len(text) - 1, 1, len(alphabet)))
    for t, letter in enumerate(text[:-1]):
        X[t, 0, alphabet.index(letter)] = 1
    likeliest = forward(experiment.architecture, final, X).Y_hat[:, 0].argmax(axis=1)
    assert [alphabet[place] for place in likeliest] == list(text[1:])
    assert text == written_text(experiment, final, 1e-6, 40)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_gated_cell_writes_with_all_that_it_remembers(cell):
    experiment = run(PRESETS["characters"].config.replace(cell=cell, epochs=30))
    test_a_text_is_written_by_the_network_itself((experiment, train_run(experiment).final))


def test_a_hot_text_is_drawn_by_probability(characters):
    experiment, final = characters
    texts = {value: written_text(experiment, final, value, 3000) for value in (0.3, 50.0)}
    share = {value: max(text.count(letter) for letter in set(text)) / len(text) for value, text in texts.items()}
    alphabet = len(set(experiment.config.text))
    assert abs(share[50.0] - 1 / alphabet) < 0.03
    assert share[0.3] > share[50.0] + 0.05


def test_bad_wishes_are_refused(characters, spots):
    with pytest.raises(ValueError, match="temperature: got 0"):
        written_text(*characters, 0)
    with pytest.raises(ValueError, match="expected next_character"):
        written_text(*spots, 1.0)
    with pytest.raises(ValueError, match="expected sunspots"):
        free_run(*characters)


def test_blanks_are_printed_as_blanks():
    assert printable("a↵b␣c") == "a↵b c"


def test_free_running_reads_its_own_forecasts(spots):
    experiment, final = spots
    found = free_run(experiment, final)
    years, numbers = series()
    known = list(numbers[years < 1940][-experiment.config.steps :] / 100)
    for forecast in found.forecasts["network"][:12]:
        X = np.array(known[-experiment.config.steps :])[:, None, None]
        said = forward(experiment.architecture, final, X).Y_hat[-1, 0, 0]
        assert forecast == pytest.approx(100 * said, rel=1e-12)
        known.append(said)
    assert found.forecasts["network"][0] == pytest.approx(
        sunspot_forecast(experiment, final).forecasts["network"][0], rel=1e-12
    )
    assert (found.forecasts["last value"] == numbers[years == 1939]).all()
    cycle = numbers[(years > 1928) & (years < 1940)]
    np.testing.assert_allclose(found.forecasts["11 years ago"][:22], np.tile(cycle, 2), rtol=1e-12)
    truth = numbers[years >= 1940]
    for name, values in found.forecasts.items():
        assert found.errors[name] == pytest.approx(np.abs(values - truth).mean())


def test_shipped_sunspots_beat_both_naive_forecasts(spots):
    alone = free_run(*spots).errors
    assert alone["network"] < 25 < min(alone["last value"], alone["11 years ago"])
    found = sunspot_forecast(*spots)
    own = found.errors["network"]
    assert own < 16
    assert own < min(found.errors["last value"], found.errors["11 years ago"])
    text = forecast_sentence(found, "One year ahead,", "sunspot number")
    assert f"**{own:.4g}**" in text
    assert "better than the last known value" in text
    assert "better than the value 11 years before" in text
    assert "1940–2008" in text


def test_pictures_hold_the_numbers(spots, characters):
    found = free_run(*spots)
    figure = draw.forecast_lines(found, "dark", "x")
    drawn = {trace.name: trace.y for trace in figure.marks}
    np.testing.assert_array_equal(drawn["network"], found.forecasts["network"])
    counted = confusion(*characters)
    figure = grids.counts(counted.counts, tuple(map(str, counted.labels)), "light")
    np.testing.assert_array_equal(figure.marks[0].z, counted.counts)
    small = Confusion(np.array([[5, 1], [0, 4]]), ("<b>", "y"), 9, 10)
    html = grids.counts(small.counts, small.labels, "light")
    assert "&lt;b&gt;" in html
    assert ">5<" in html


@pytest.mark.parametrize(
    ("preset", "heading"),
    [("sunspots", "Forecasts of years"), ("characters", "What it writes"), ("parity", "Right and wrong"),
     ("adding", None)],
)  # fmt: skip
def test_the_page_shows_what_the_task_can(preset, heading):
    at = healthy(opened("pages/4_Training.py", warm=False, preset=preset))
    headings = [each.value for each in at.header]
    assert any(heading in each for each in headings) if heading else headings == []


def test_temperature_and_kind_of_forecast_change_what_is_said():
    at = healthy(opened("pages/4_Training.py", warm=False, preset="characters"))
    before = [each.value for each in at.code]
    at.slider(key="training.temperature").set_value(2.0).run()
    assert [each.value for each in at.code] != before
    at = healthy(opened("pages/4_Training.py", warm=False, preset="sunspots"))
    at.segmented_control(key="training.forecast").set_value("free-running").run()
    assert any("Free-running from 1940 on" in each.value for each in healthy(at).markdown)


# --- the path over the loss -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def path():
    experiment = run(PRESETS["lecture-sequence-to-sequence"].config.replace(epochs=40, optimiser="momentum"))
    result = train_run(experiment)
    return experiment, result, course(experiment, result)


def test_the_plane_is_that_of_the_most_spread_path(path):
    _, result, found = path
    points = np.concatenate([values.reshape(40, -1) for values in result.parameters.values()], axis=1)
    values = np.linalg.eigvalsh((points - points[-1]).T @ (points - points[-1]))[::-1]
    assert found.share == pytest.approx(values[:2].sum() / values.sum())
    np.testing.assert_allclose((found.path**2).sum(axis=0), values[:2], rtol=1e-8)
    np.testing.assert_array_equal(found.path[-1], 0)


def test_the_loss_on_the_plane_is_the_networks(path):
    experiment, result, found = path
    names = list(Parameters._fields)
    points = np.concatenate([result.parameters[name].reshape(40, -1) for name in names], axis=1)
    directions = np.linalg.lstsq(found.path[:-1], (points - points[-1])[:-1], rcond=None)[0]
    row, column = 3, len(found.x) - 4
    point = points[-1] + found.x[column] * directions[0] + found.y[row] * directions[1]
    cuts = np.cumsum([values.size for values in experiment.parameters])[:-1]
    parameters = Parameters(
        *(part.reshape(like.shape) for part, like in zip(np.split(point, cuts), experiment.parameters, strict=True))
    )
    trace = forward(experiment.architecture, parameters, experiment.task.X, experiment.H_init)
    expected = step_losses(experiment.architecture, trace, experiment.task.Y).sum()
    assert found.losses[row, column] == pytest.approx(expected, rel=1e-9)
    near = np.abs(found.losses - result.losses[-1]).min()
    assert near < 0.2


def test_the_path_is_drawn_and_told(path):
    _, _, found = path
    figure = over_loss(found, "dark")
    line = next(mark for mark in figure.marks if getattr(mark, "name", "") == "path")
    np.testing.assert_array_equal(line.x, found.path[:, 0])
    assert figure.x.range[0] < found.path[:, 0].min()
    length = np.linalg.norm(np.diff(found.path, axis=0), axis=1).sum()
    assert f"**{length:.4g}**" in course_sentence(found)


def test_too_short_a_run_has_no_path():
    experiment = run(PRESETS["exploding"].config)
    assert course(experiment, train_run(experiment)) is None
    at = healthy(opened("pages/4_Training.py", warm=False, preset="exploding"))
    at.session_state["training.course"] = True
    assert any("Fewer than three" in each.value for each in healthy(at.run()).caption)
