"""What Wh1 and the slopes each do to an error on its way back, in numbers and words."""

from __future__ import annotations

import numpy as np

from rnnviz.figures.measures.flow import EXPLODED, VANISHED, bound
from rnnviz.story.numbers import four, part_of, percent

BINS = 20


def bounds(found: object) -> np.ndarray:
    """Return (γ σₘₐₓ)^lag for an ``experiment.causes.Causes``."""
    return bound(found.bound, np.arange(len(found.weights)))


def both_sentence(found: object) -> str:
    """Say what each cause alone would leave of the longest way back, and both together."""
    back = len(found.weights) - 1
    if back == 0:
        return "With a single step there is no way back: the gradient is immediate."
    steps = "one step" if back == 1 else f"{back} steps"
    weights, slopes, together = found.weights[-1], found.slopes_alone[-1], found.singular[-1, 0]
    return (
        f"Over {steps} Wₕ₁ alone would leave at most **{four(weights)}** of an error, the slopes alone "
        f"**{four(slopes)}**; together they leave **{four(together)}**. {_verdict(weights, slopes, together)}"
    )


def _verdict(weights: float, slopes: float, together: float) -> str:
    """Name the cause; what is not finite has overflowed."""
    if not weights <= EXPLODED:
        return (
            "Wₕ₁ makes it explode."
            if not together <= EXPLODED
            else "Wₕ₁ stretches, the slopes hold against it."
        )
    if weights < VANISHED:
        return "Both make it vanish." if slopes < VANISHED else "It is Wₕ₁ that makes it vanish."
    if slopes < VANISHED:
        return "It is the slopes that make it vanish."
    return (
        "Only together do they make it vanish."
        if together < VANISHED
        else "Neither makes it vanish or explode."
    )


def held_sentence(found: object) -> str:
    """Say how far the held slopes are from those of the network as it is; empty where they are the same."""
    if np.array_equal(found.slopes, found.own_slopes):
        return ""
    held, own = found.slopes.mean(), found.own_slopes.mean()
    return (
        f"The slopes are held at a mean of **{four(held)}**. Let go, they follow Wₕ₁ to a mean of "
        f"**{four(own)}**: in the network itself one cause moves the other."
    )


def eigenvalue_sentence(found: object) -> str:
    """Say how many eigenvalues lie outside the unit circle, and that they are no singular values."""
    values = np.abs(found.spectrum.eigenvalues)
    outside = int(np.sum(values > 1 + 1e-9))
    text = f"{_outside(outside, len(values))}ρ = **{four(found.spectrum.radius)}**. "
    if found.spectrum.norm > found.spectrum.radius * (1 + 1e-9):
        return text + (
            f"The largest singular value, σₘₐₓ = **{four(found.spectrum.norm)}**, is larger: Wₕ₁ is not "
            "normal, and one step can stretch more than any eigenvalue says."
        )
    return text + (
        "σₘₐₓ is the same: Wₕ₁ is normal, so its powers stretch as its eigenvalues say."
        if normal(found.spectrum)
        else "σₘₐₓ is the same, though Wₕ₁ is not normal: its other singular values are no |eigenvalues|."
    )


def _outside(outside: int, count: int) -> str:
    """Say how many of the eigenvalues lie outside the unit circle, up to their radius."""
    if count == 1:
        lies = "lies" if outside else "does not lie"
        return f"The only eigenvalue {lies} outside the unit circle: its size is "
    these = part_of(outside, count, "eigenvalue", "lies", "lie")
    these = these if outside else f"None of the {count} eigenvalues lies"
    return f"{these} outside the unit circle; the largest |eigenvalue| is "


def normal(spectrum: object) -> bool:
    """Whether Wh1 commutes with its transpose: its singular values are then its |eigenvalues|.

    Σ|λ|² ≤ Σσ² with equality just for normal matrices (Schur 1909).
    """
    squares = [float((np.abs(each) ** 2).sum()) for each in (spectrum.eigenvalues, spectrum.singular_values)]
    return bool(np.isclose(*squares, rtol=1e-9, atol=0))


def slope_sentence(found: object) -> str:
    """Say how steep the units are on the mean, and how many are saturated."""
    saturated, T = found.saturated, len(found.slopes)
    count = found.slopes.size
    slopes = "the only slope is" if count == 1 else f"all {count} slopes are"
    worst = int(saturated.argmax())
    return (
        f"The mean slope is **{four(found.slopes.mean())}** of at most {four(found.spectrum.gamma)}; "
        f"**{percent(float(saturated.mean()), 1)}** of {slopes} saturated (below a "
        "tenth of that)" + (f", most at step {worst}." if saturated[worst] > 0 and T > 1 else ".")
    )


def histogram(found: object) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges (BINS + 1,) from 0 to γ and the counts (BINS,) of all slopes."""
    edges = np.linspace(0.0, found.spectrum.gamma, BINS + 1)
    counts, _ = np.histogram(np.clip(found.slopes, 0, found.spectrum.gamma), edges)
    return edges, counts


def histogram_sentence(found: object) -> str:
    """Say what is counted, and the median."""
    median = four(np.median(found.slopes))
    if found.slopes.size == 1:
        return f"One unit at one step: its slope is **{median}**."
    return f"{found.slopes.size} slopes, of all units at all steps; the median is **{median}**."


def way_sentence(found: object, sample: int) -> str:
    """Say from where to where the way back is followed, and how many singular values are left."""
    last = len(found.weights) - 1
    left = int(np.isfinite(found.singular[-1]).sum())
    text = f"Sample {sample + 1}, from the state of step {last} back. "
    if left < found.singular.shape[1]:
        return (
            text
            + f"{left} of {found.singular.shape[1]} singular values can be told from rounding at the end."
        )
    if left == 1:
        return text + "One unit has one singular value."
    return text + f"All {left} singular values are drawn; the largest is the thick line."
