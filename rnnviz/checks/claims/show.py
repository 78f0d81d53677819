"""The page on trust: checks of the reader's own network, claims with their tests, what is left out."""

import math
import platform
from collections.abc import Sequence
from importlib.metadata import version

import rnnviz
from rnnviz.checks.claims import compute
from rnnviz.checks.claims import say as said
from rnnviz.experiment.check import Check
from rnnviz.notation import prose
from rnnviz.notation.numbers import rounded
from rnnviz.notation.rules import of_full_gradient
from rnnviz.settings.config import RunConfig
from rnnviz.ui.cache import view
from rnnviz.ui.choose import choice
from rnnviz.ui.show import heading, note, say, table

HELP = prose.help_of("trust")
PACKAGES = ("numpy", "streamlit", "plotly", "pandas", "latex2mathml")


def live(config: RunConfig, of_gradient: Sequence[Check]) -> None:
    """Draw the checks that are computed now, for the experiment as it is set, and those of its gradient."""
    heading("Checked now, on your own network", help=HELP["live"])
    found = [*view(compute.live_checks, config), *of_gradient]
    say(said.live_verdict(found) + of_full_gradient(config))
    table(
        {
            "what is compared": [f"**{check.title}.** {check.what}" for check in found],
            "difference": [f"{rounded(check.error, 2)}, allowed {rounded(check.tolerance, 2)}" for check in found],
            "verdict": [_verdict(check) for check in found],
        },
        key="trust.live",
    )


def _verdict(check: Check) -> str:
    failed = ":red[**✗ failed**]" if math.isfinite(check.error) else ":orange[**not finite**]"
    return ":green[**✓ passed**]" if check.passed else failed


def claims() -> None:
    """Draw how each kind of number is checked, a group at a time."""
    heading("How each number is checked", help=HELP["claims"])
    group = choice("Numbers of", list(said.CLAIMS), key="trust.claims", help=HELP["claims"])
    say(said.listed(said.CLAIMS[group]))


def left_out() -> None:
    """Draw what is not modelled."""
    heading("What is left out", help=HELP["left_out"])
    subject = choice("Of", list(said.LEFT_OUT), key="trust.left_out", help=HELP["left_out"])
    say("\n".join(f"- {line}" for line in said.LEFT_OUT[subject]))


def versions() -> None:
    """Say which versions computed all this."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    note(f"rnnviz {rnnviz.__version__}, Python {platform.python_version()}, {packages}.")
