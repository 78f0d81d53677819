"""The forecast of a reader's own numbers, and the sentence on a run that learned its training data by heart."""

import re
from dataclasses import replace

import numpy as np
import pytest

from rnnviz.engine import forward
from rnnviz.experiment.core import run
from rnnviz.experiment.training import train_run
from rnnviz.laboratory.learned import compute, draw, say
from rnnviz.notation.numbers import four
from rnnviz.settings.config import RunConfig
from rnnviz.tasks import own
from rnnviz.ui import navigation
from tests.configurations import COUNT, configurations


def waves(rows=145, season=12, noise=0.1, seed=0):
    t, draws = np.arange(rows), np.random.default_rng(seed).normal(size=rows)
    return 100 + 0.2 * t + 30 * np.sin(2 * np.pi * t / season) + noise * draws


def kept(values, steps=8, **changes):
    data = own.series("passengers", values)
    data = own.dated(data, "1949-01", "1961-01", [f"month {row}" for row in range(1, len(values))])
    data = own.named(data, "air.csv", "scaling: mean 0, spread 1")
    settings = {"hidden": 4, "epochs": 40, "batch": 16, "optimiser": "adam", "learning_rate": 0.02} | changes
    return data, RunConfig().replace(task=data.task, data=own.keep(data), steps=steps, **settings)


@pytest.mark.parametrize("mode", ["sequence_to_sequence", "sequence_to_vector"])
@pytest.mark.parametrize("steps", [1, 8, 40])
def test_naive_errors_are_those_of_the_same_held_out_steps(steps, mode):
    """Everything again from the reader's own numbers, row by row."""
    values = waves()
    data, config = kept(values, steps, mode=mode, epochs=3)
    looked_at = run(config)
    found = compute.own_forecast(looked_at, looked_at.parameters)
    targets = list(range(max(round(0.8 * (len(values) - 1)), steps) + 1, len(values)))
    expected = {"last value": [], "value 12 rows before": [], "network": []}

    def said_after(place):
        window = ((values[place - steps : place] - data.middle) / data.width)[:, None, None]
        output = forward(looked_at.architecture, looked_at.parameters, window).Y_hat[-1, 0, 0]
        return data.middle + data.width * output

    for place in targets:
        expected["last value"].append(abs(values[place - 1] - values[place]))
        expected["value 12 rows before"].append(abs(values[place - 12] - values[place]))
        expected["network"].append(abs(said_after(place) - values[place]))
    assert found.first + 1 == targets[0]
    assert found.errors.keys() == expected.keys()
    for name, errors in expected.items():
        assert found.errors[name] == pytest.approx(np.mean(errors), rel=1e-9), name
    assert found.next[0] == pytest.approx(said_after(len(values)))
    words = say.own_sentence(found, data.times, data.title)
    for error in found.errors.values():
        assert f"**{four(error)}**" in words
    assert f"month {targets[0]} to month {targets[-1]}" in words


def verdicts(words):
    """Each verdict that a sentence gives, by what the network is set beside, with the error in brackets."""
    found = re.findall(r"(better than|worse than|as good as) the ([\w ]+) \(\*\*(.+?)\*\*\)", words)
    return {name: (verdict, error) for verdict, name, error in found}


def test_each_naive_forecast_gets_its_verdict():
    """Errors of any size, equal ones and a network that broke among them."""
    rng, told = np.random.default_rng(3), set()
    for _ in range(COUNT):
        sizes = 10.0 ** rng.integers(-9, 9, 3) * rng.choice([0.0, 1.0, 1.0, 1.00001, 3.0, np.nan, np.inf], 3)
        own_error, last, other = (float(size) for size in (sizes[0], *np.nan_to_num(sizes[1:])))
        errors = {"network": own_error, "last value": last, "value 7 rows before": other}
        made = compute.OwnForecast(6, np.zeros(9), {}, errors, np.zeros(0))
        years = {"network": own_error, "last value": last, "11 years ago": other}
        spots = compute.Forecast(np.array([1940, 2008]), np.zeros(2), {}, years)
        said = verdicts(say.own_sentence(made, (), "y")), verdicts(say.forecast_sentence(spots, "One year ahead,", "n"))
        names = ("last value", "value 7 rows before"), ("last known value", "value 11 years before")
        for found, (first, second) in zip(said, names, strict=True):
            assert list(found) == [first, second]
            for name, error in ((first, last), (second, other)):
                alike = four(own_error) == four(error)
                verdict = "as good as" if alike else "better than" if own_error < error else "worse than"
                assert found[name] == (verdict, four(error))
                told.add(verdict)
    assert len(told) == 3


@pytest.mark.parametrize("season", [5, 12, 30])
def test_a_season_is_found_and_noise_has_none(season):
    assert compute.season(waves(240, season)) == season
    assert compute.season(np.random.default_rng(1).normal(size=240)) == 0
    assert compute.season(np.arange(100.0)) == 0
    assert compute.season(np.full(50, 3.0)) == 0


def test_the_picture_stands_over_the_times_with_what_comes_next():
    data, config = kept(waves())
    looked_at = run(config)
    found = compute.own_forecast(looked_at, looked_at.parameters)
    chart = draw.own_lines(found, data.times, "light", data.title)
    lines = {mark.name: mark for mark in chart.marks if hasattr(mark, "name")}
    np.testing.assert_allclose(lines["truth"].y, waves()[1:][lines["truth"].x])
    assert lines["next"].x[0] == len(data.X)
    assert all(text == data.times[row] for row, text in chart.x.ticks)


def test_the_chip_says_the_files_name_and_the_banner_what_is_in_it():
    data, config = kept(waves())
    assert navigation._words(config).startswith("air.csv · T 8")
    told = own.about(data)
    for part in ("air.csv", "145 rows", "1949-01 to 1961-01", "passengers", "mean 0, spread 1"):
        assert part in told
    assert navigation._words(RunConfig()) == RunConfig().words


def test_other_tasks_have_no_forecast_of_their_own():
    looked_at = run(RunConfig())
    assert compute.own_forecast(looked_at, looked_at.parameters) is None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_that_a_run_learns_by_heart_is_said_where_it_does():
    told = 0
    for config in configurations(COUNT // 4, steps=3, hidden=2, batch=2, epochs=30):
        trained = train_run(run(config))
        words = say.turn_sentence(compute.turn(trained))
        if trained.held_out_losses is None:
            assert words == ""
            continue
        held_out, epochs = trained.held_out_losses.tolist(), trained.snapshot_epochs.tolist()
        pairs = [(held, float(trained.losses[epoch]), epoch) for held, epoch in zip(held_out, epochs, strict=True)]
        pairs = [pair for pair in pairs if np.isfinite(pair).all()]
        lowest = min(pairs, key=lambda pair: pair[0]) if pairs else None
        rises = lowest is not None and pairs[-1][0] > 1.01 * lowest[0] and pairs[-1][1] < lowest[1]
        assert bool(words) == rises, config.written()
        if rises:
            told += 1
            assert f"From epoch **{lowest[2]}** on" in words
            for number in (lowest[0], pairs[-1][0], lowest[1], pairs[-1][1]):
                assert re.search(rf"(?<![\d.]){re.escape(four(number))}(?!\d)", words), (number, words)
    assert told > 0


def test_a_turn_is_seen_in_made_losses():
    trained = train_run(run(RunConfig(preset="echo", task="echo").replace(epochs=12)))
    held_out = np.linspace(2, 1, len(trained.snapshot_epochs))
    held_out[-3:] = [0.5, 0.7, 0.9]
    losses = np.linspace(3, 1, len(trained.losses))
    found = compute.turn(replace(trained, held_out_losses=held_out, losses=losses))
    assert (found.epoch, found.held_out) == (int(trained.snapshot_epochs[-3]), (0.5, 0.9))
    assert compute.turn(replace(trained, held_out_losses=held_out, losses=losses[::-1].copy())) is None
