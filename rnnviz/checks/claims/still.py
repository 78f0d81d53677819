"""What can be trusted, as it stands where nothing can be set: texts and one table."""

from collections.abc import Sequence

from rnnviz.checks.claims import say as said
from rnnviz.checks.claims.compute import live_checks
from rnnviz.experiment.core import Experiment
from rnnviz.notation.numbers import rounded

Columns = dict[str, Sequence[str]]


def checked(experiment: Experiment) -> tuple[str, Columns]:
    """Return what the checks of an experiment found, in Markdown, and the columns of a table."""
    found = live_checks(experiment)
    return said.live_verdict(found), {
        "what is compared": [f"**{check.title}.** {check.what}" for check in found],
        "difference": [f"{rounded(check.error, 2)}, allowed {rounded(check.tolerance, 2)}" for check in found],
        "verdict": ["✓ passed" if check.passed else "✗ failed" for check in found],
    }


def claims() -> dict[str, str]:
    """Return by group how each kind of number is checked, as a list in Markdown."""
    return {group: said.listed(found) for group, found in said.CLAIMS.items()}


def left_out() -> dict[str, str]:
    """Return by subject what is not modelled, as a list in Markdown."""
    return {subject: "\n".join(f"- {line}" for line in lines) for subject, lines in said.LEFT_OUT.items()}
