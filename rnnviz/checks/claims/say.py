"""What can be trusted: how each kind of number is computed and checked, and what is not modelled."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rnnviz.experiment.check import Check
from rnnviz.notation import prose


@dataclass(frozen=True)
class Claim:
    """How one kind of displayed number comes about, and who says that it is right: ``content/claims.toml``.

    The tolerance is the largest relative difference allowed; "" stands for equality.
    """

    what: str
    how: str
    against: str
    tests: tuple[str, ...]
    see: str
    tolerance: str = ""


CLAIMS = prose.groups("claims", Claim)
LEFT_OUT = prose.read("left_out", Mapping[str, tuple[str, ...]])
"""What the app does not model, by subject."""


def exactness(claim: Claim) -> str:
    """Return the tolerance as it is read: ``within 1e−12`` or ``equal``."""
    return f"within {claim.tolerance.replace('-', '−')}" if claim.tolerance else "equal, bit by bit or one by one"


def listed(claims: tuple[Claim, ...]) -> str:
    """Return claims as a list in Markdown, each with its tests."""
    lines = []
    for claim in claims:
        files = ", ".join(dict.fromkeys(f"`{test.split('::')[0]}`" for test in claim.tests))
        lines.append(f"- **{claim.what}.** {claim.how}  ")
        against = f"{claim.against[0].lower()}{claim.against[1:].rstrip('.')}"
        lines.append(f"  Compared with: {against}. **{exactness(claim)}** · {files}")
    return "\n".join(lines)


def live_verdict(checks: Sequence[Check]) -> str:
    """Say how many checks of the reader's own network passed."""
    failed = [check.title for check in checks if not check.passed]
    if not failed:
        return f"All **{len(checks)}** checks passed."
    if any(not math.isfinite(check.error) for check in checks):
        text = f"Numbers of this network overflow, so there is nothing to compare in: **{', '.join(failed)}**."
        return f"{text} A smaller gain or radius keeps them finite."
    return f"**{len(failed)}** of {len(checks)} failed: **{', '.join(failed)}**."
