"""Running exported scripts as a stranger would, and changing single numbers in them."""

from __future__ import annotations

import contextlib
import io
import random
import subprocess
import sys
import tokenize

from rnnviz.experiment.core import run
from rnnviz.settings.config import PRESETS
from rnnviz.tasks import own

FEW = 25
"""Epochs that show that a training is written as it is made; a preset's hundreds show no more."""


def run_alone(script, folder, python=sys.executable):
    """Run a script in an empty folder, in a Python that sees no rnnviz; return code, output and errors."""
    path = folder / "script.py"
    path.write_text(script, "utf-8")
    done = subprocess.run(
        [python, "-I", "-X", "utf8", "-W", "error", path.name], cwd=folder, capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


def run_here(script):
    """Run a script in this process; return what it printed and its names."""
    names, out = {"__name__": "__main__"}, io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(script, "script", "exec"), names)
    return out.getvalue(), names


def fails(script):
    """Return whether a script ends with an error."""
    try:
        run_here(script)
    except Exception:
        return True
    return False


def literals(script, until):
    """Return (line, start, end, text) of every number before a marker: weights, data, settings, results."""
    tokens = tokenize.generate_tokens(io.StringIO(script.split(until)[0]).readline)
    return [(t.start[0], t.start[1], t.end[1], t.string) for t in tokens if t.type == tokenize.NUMBER]


def changed(script, place):
    """Return the script with one number replaced by another one."""
    line, start, end, text = place
    lines = script.splitlines(keepends=True)
    other = repr(float(text) * 1.25 + 0.5) if "." in text or "e" in text else str(int(text) + 1)
    lines[line - 1] = lines[line - 1][:start] + other + lines[line - 1][end:]
    return "".join(lines)


def last_digit(script, place):
    """Return the script with one number moved to the next float."""
    import math

    line, start, end, text = place
    lines = script.splitlines(keepends=True)
    lines[line - 1] = lines[line - 1][:start] + repr(math.nextafter(float(text), 9e9)) + lines[line - 1][end:]
    return "".join(lines)


def drawn(places, count, seed):
    """Return some places, drawn by a seed."""
    return random.Random(seed).sample(places, min(count, len(places)))


def briefly(name):
    """Return an experiment on a preset with a short training, the lecture's with its own."""
    config = PRESETS[name].config
    return run(config if name.startswith("lecture") else config.replace(epochs=FEW))


def own_experiment(config):
    """Return an experiment on a reader's own series."""
    import numpy as np

    data = own.series("mine", np.sin(np.arange(60) / 3))
    return run(config.replace(task="own_series", data=own.keep(data)))
