"""The page on trust: checks of the reader's own network, claims with their tests, what is left out."""

from __future__ import annotations

import math
from importlib.metadata import version
from typing import Any

import rnnviz
from rnnviz import prose
from rnnviz.config import RunConfig
from rnnviz.figures.measures.checks import live_verdict
from rnnviz.story.rules import of_full_gradient
from rnnviz.ui import audit
from rnnviz.ui.cache import view
from rnnviz.ui.choose import choice
from rnnviz.ui.show import heading, note, say, table

HELP = prose.help_of("trust")
PACKAGES = ("numpy", "streamlit", "plotly", "pandas", "latex2mathml")


def live(config: RunConfig) -> None:
    """Draw the checks that are computed now, for the experiment as it is set."""
    from rnnviz.experiment.live_checks import live_checks

    heading("Checked now, on your own network", help=HELP["live"])
    found = [*view(live_checks, config), *audit.checks(config.replace(mistake=audit.RIGHT))]
    say(live_verdict(found) + of_full_gradient(config))
    table(
        {
            "what is compared": [f"**{check.title}.** {check.what}" for check in found],
            "difference": [f"{_size(check.error)}, allowed {_size(check.tolerance)}" for check in found],
            "verdict": [_word(check) for check in found],
        },
        key="trust.live",
    )


def _word(check: Any) -> str:
    if check.passed:
        return ":green[**✓ passed**]"
    return ":red[**✗ failed**]" if math.isfinite(check.error) else ":orange[**not finite**]"


def _size(value: float) -> str:
    if not math.isfinite(value):
        return "not finite"
    return "0" if value == 0 else f"{value:.2g}".replace("e-0", "e-").replace("-", "−")


def claims() -> None:
    """Draw how each kind of number is checked, a group at a time."""
    from rnnviz.story.checked import CLAIMS, listed

    heading("How each number is checked", help=HELP["claims"])
    group = choice("Numbers of", list(CLAIMS), key="trust.claims", help=HELP["claims"])
    say(listed(CLAIMS[group]))


def left_out() -> None:
    """Draw what is not modelled."""
    from rnnviz.story.checked import LEFT_OUT

    heading("What is left out", help=HELP["left_out"])
    subject = choice("Of", list(LEFT_OUT), key="trust.left_out", help=HELP["left_out"])
    say("\n".join(f"- {line}" for line in LEFT_OUT[subject]))


def versions() -> None:
    """Say which versions computed all this."""
    import platform

    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    note(f"rnnviz {rnnviz.__version__}, Python {platform.python_version()}, {packages}.")
