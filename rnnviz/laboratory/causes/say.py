"""What Wh1 and the slopes each do to an error on its way back, in numbers and words."""

import numpy as np

from rnnviz.charts import tables
from rnnviz.experiment.flow import EXPLODED, VANISHED, Spectrum, bound
from rnnviz.laboratory.causes.compute import Causes, GatedCauses
from rnnviz.notation.numbers import all_of, capital, counted, four, part_of, percent
from rnnviz.notation.rules import truncates
from rnnviz.settings.config import RunConfig

BINS = 20
ROUNDED = 1e-12
"""Slopes that are no further apart are the same, but for rounding."""


def bounds(found: Causes) -> np.ndarray:
    """Return (γ σₘₐₓ)^lag for each lag."""
    return bound(found.bound, np.arange(len(found.weights)))


def both_sentence(found: Causes) -> str:
    """Say what is left of an error on the longest way back, and what each cause alone would leave of it.

    The norms of factors do not tell how they share in their product; that a cause alone does the same, or
    does not, is told, and no more.
    """
    alone = "With every slope 1, Wₕ₁ alone would leave {}; with the unit matrix for Wₕ₁, the slopes alone {}."
    return _both((found.weights, found.slopes_alone, found.singular[:, 0]), ("Wₕ₁", "the slopes"), alone)


def paths_sentence(found: GatedCauses) -> str:
    """Say of a gated cell what `both_sentence` says of the plain one, of its direct path and the rest."""
    alone = "The direct path alone would leave {}; the rest alone, the direct path cut at every step, {}."
    return _both((found.direct, found.rest, found.singular[:, 0]), ("the direct path", "the rest"), alone)


def _both(ways: tuple[np.ndarray, np.ndarray, np.ndarray], names: tuple[str, str], alone: str) -> str:
    """Say what each of two named ``ways`` leaves by lag, and the third, both together; ``alone`` takes the two."""
    back = len(ways[0]) - 1
    if back == 0:
        return "With a single step there is no way back: the gradient is immediate."
    left = [float(way[-1]) for way in ways]
    fates = [fate(each) for each in left]
    return f"{_comes_to(back, left[2])} {alone.format(*map(_most, left[:2]))} {_each_alone(names, *fates)}"


def _comes_to(back: int, left: float) -> str:
    return (
        f"Over {counted(back, 'step')} back an error comes to {_most(left)} times its length: it {_FATES[fate(left)]}."
    )


def _most(left: float) -> str:
    return f"at most **{four(left)}**" if np.isfinite(left) else "**more than a float holds**"


def ways(found: Causes | GatedCauses) -> dict[str, str]:
    """Return how much of an error is left at most on the longest way back, by what acts on it."""
    left = {"left, both together": found.singular[-1, 0]}
    if isinstance(found, Causes):
        left |= {"Wₕ₁ alone": found.weights[-1], "slopes alone": found.slopes_alone[-1]}
    else:
        left |= {"direct path alone": found.direct[-1], "the rest alone": found.rest[-1]}
    return {name: four(value) if np.isfinite(value) else "beyond a float" for name, value in left.items()}


_FATES = {"vanish": "vanishes", "carry": "is carried", "explode": "explodes"}
_LET = {"vanish": "let it vanish", "carry": "carry it", "explode": "make it explode"}


def fate(left: float) -> str:
    """Return what a share of an error is called; one that is not finite has overflowed."""
    if not left <= EXPLODED:
        return "explode"
    return "vanish" if left < VANISHED else "carry"


def _each_alone(names: tuple[str, str], one: str, other: str, together: str) -> str:
    """Say which cause alone does to an error what both do together, and what the other does."""
    first, second = names
    if one == other == together:
        return "Each alone would do the same."
    if one == together:
        return f"{capital(first)} alone would do the same, {second} alone would {_LET[other]}."
    if other == together:
        return f"{capital(second)} alone would do the same, {first} alone would {_LET[one]}."
    if one == other:
        return f"Neither alone does that: each would {_LET[one]}."
    return f"Neither alone does that: {first} would {_LET[one]}, {second} would {_LET[other]}."


def whole_way_sentence(config: RunConfig) -> str:
    """Say that the way back is the whole one where training truncates it; empty where it does not."""
    if not truncates(config):
        return ""
    return f" This is the whole way back; training truncates it (τ = {config.truncation})."


def held_sentence(found: Causes) -> str:
    """Say how far the held slopes are from those of the network as it is; empty where they are the same."""
    most = np.abs(found.slopes - found.own_slopes).max()
    if most <= ROUNDED:
        return ""
    held, own = found.slopes.mean(), found.own_slopes.mean()
    to = f"and change by up to **{four(most)}**" if four(held) == four(own) else f"to a mean of **{four(own)}**"
    text = f"The slopes are held at a mean of **{four(held)}**. Let go, they follow Wₕ₁ {to}"
    return f"{text}: in the network itself one cause moves the other."


def eigenvalue_sentence(found: Causes) -> str:
    """Say how many eigenvalues lie outside the unit circle, and that they are no singular values."""
    count = len(found.spectrum.eigenvalues)
    outside = int(np.sum(np.abs(found.spectrum.eigenvalues) > 1 + 1e-9))
    if count == 1:
        text = f"The only eigenvalue {'lies' if outside else 'does not lie'} outside the unit circle: its size is "
    else:
        these = part_of(outside, count, "eigenvalue", "lies", "lie")
        these = these if outside else f"None of the {count} eigenvalues lies"
        text = f"{these} outside the unit circle; the largest |eigenvalue| is "
    text += f"ρ = **{four(found.spectrum.radius)}**. "
    if found.spectrum.norm > found.spectrum.radius * (1 + 1e-9):
        return text + (
            f"The largest singular value, σₘₐₓ = **{four(found.spectrum.norm)}**, is larger: Wₕ₁ is not "
            "normal, and can stretch an error by more in one step than any eigenvalue says."
        )
    return text + (
        "σₘₐₓ is the same: Wₕ₁ is normal, so its powers stretch as its eigenvalues say."
        if normal(found.spectrum)
        else "σₘₐₓ is the same, though Wₕ₁ is not normal: its other singular values are no |eigenvalues|."
    )


def normal(spectrum: Spectrum) -> bool:
    """Whether Wh1 commutes with its transpose: its singular values are then its |eigenvalues|.

    Σ|λ|² ≤ Σσ² with equality just for normal matrices (Schur 1909).
    """
    one, other = (np.sum(np.abs(each) ** 2) for each in (spectrum.eigenvalues, spectrum.singular_values))
    return bool(np.isclose(one, other, rtol=1e-9, atol=0))


def slope_sentence(found: Causes) -> str:
    """Say how steep the units are on the mean, how many are saturated, and at which step most of them."""
    saturated = found.saturated
    worst = np.flatnonzero(saturated == saturated.max())
    slopes = all_of(found.slopes.size, "slope", "is", "are")
    most = f", most at step {worst[0]}" if len(worst) == 1 < len(saturated) else ""
    if found.slopes.size == 1:
        no = "" if saturated.any() else "not "
        slope, most = four(found.slopes.mean()), four(found.spectrum.gamma)
        return f"The only slope is **{slope}** of at most {most}: {no}saturated ({no}below a tenth of that)."
    return (
        f"The mean slope is **{four(found.slopes.mean())}** of at most {four(found.spectrum.gamma)}; "
        f"**{percent(float(saturated.mean()), 1)}** of {slopes} saturated (below a tenth of that){most}."
    )


def histogram(found: Causes) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges (BINS + 1,) from 0 to γ and the counts (BINS,) of all slopes."""
    edges = np.linspace(0.0, found.spectrum.gamma, BINS + 1)
    counts, _ = np.histogram(np.clip(found.slopes, 0, found.spectrum.gamma), edges)
    return edges, counts


def histogram_sentence(found: Causes) -> str:
    """Say what is counted, and the median."""
    median = four(np.median(found.slopes))
    if found.slopes.size == 1:
        return f"One unit at one step: its slope is **{median}**."
    return f"{found.slopes.size} slopes, of all units at all steps; the median is **{median}**."


def way_sentence(found: Causes | GatedCauses, sample: int) -> str:
    """Say from where the way back is followed, and how many singular values are drawn at its end."""
    last, count = len(found.singular) - 1, found.singular.shape[1]
    values = found.singular[-1]
    known, zeros = int(np.isfinite(values).sum()), int((values == 0).sum())
    text = f"Sample {sample + 1}, from the state of step {last} back. "
    if known == 0:
        return f"{text}At the end the numbers overflow: no singular value is finite."
    if known < count:
        text += f"{known} of {count} singular values can be told from rounding at the end."
    elif count == 1:
        text += "One unit has one singular value."
    else:
        text += f"All {count} singular values can be told from rounding; the largest is the thick line."
    which = "It is" if known == 1 else f"{zeros} of them {'is' if zeros == 1 else 'are'}"
    return f"{text} {which} exactly 0, for which a log scale has no place." if zeros else text


def table(found: Causes) -> dict[str, np.ndarray]:
    """Return what each cause leaves by steps back, with every singular value."""
    columns = {"steps back": np.arange(len(found.weights)), "Wh1 alone": found.weights}
    columns |= {"slopes alone": found.slopes_alone, "bound (γ σₘₐₓ)^lag": bounds(found)}
    return columns | {f"singular value {i + 1}": values for i, values in enumerate(found.singular.T)}


GATES = {
    "input": "of the candidate is taken in",
    "forget": "of the memory is kept",
    "output": "of the memory is handed on",
    "reset": "of what comes from the state reaches the candidate",
    "update": "of the state is kept",
}
"""Of what each gate says how much."""


def gate_sentence(found: GatedCauses, name: str) -> str:
    """Say how far a gate is open over all steps and units, and what the one that keeps leaves over all of them."""
    values = found.values[name]
    ends = f"from {four(values.min())} to {four(values.max())}"
    if name == "candidate":
        return f"The candidate lies {ends}, **{four(np.abs(values).mean())}** in size on the mean."
    share = f"**{four(values.mean())}** of 1 on the mean, {ends}"
    text = (
        f"The {name} gate says how much {GATES[name]}: {share}."
        if values.size > 1
        else (f"The {name} gate says how much {GATES[name]}: **{four(values.mean())}** of 1.")
    )
    if name != found.keeping or len(values) == 1:
        return text
    with np.errstate(under="ignore"):
        left = np.prod(values[1:], axis=0)
    over = f"Over {counted(len(values) - 1, 'step')} back its product is"
    if left.size == 1:
        return f"{text} {over} **{four(left[0])}**."
    most, least = (f"**{four(end)}**" for end in (left.max(), left.min()))
    return f"{text} {over} {most} in the unit that keeps most, {least} in the one that keeps least."


def paths_table(found: GatedCauses) -> dict[str, np.ndarray]:
    """Return what each path leaves by steps back, with every singular value."""
    columns = {"steps back": np.arange(len(found.direct)), "direct path alone": found.direct, "rest alone": found.rest}
    return columns | {f"singular value {i + 1}": values for i, values in enumerate(found.singular.T)}


def gate_table(found: GatedCauses, name: str) -> dict[str, np.ndarray]:
    """Return the values of a gate, one row a step and unit."""
    return tables.grid(found.values[name], "step t", "unit", name)


def eigenvalues_table(found: Causes) -> dict[str, np.ndarray]:
    """Return the eigenvalues of Wh1 and their sizes."""
    values = found.spectrum.eigenvalues
    return {"real part": values.real, "imaginary part": values.imag, "|eigenvalue|": np.abs(values)}


def slopes_table(found: Causes) -> dict[str, np.ndarray]:
    """Return mean slope and share of saturated units of each step."""
    means = {"step t": np.arange(len(found.slopes)), "mean f₁′": found.slopes.mean(axis=1)}
    return means | {"share saturated": found.saturated}


def histogram_table(found: Causes) -> dict[str, np.ndarray]:
    """Return how many slopes lie between each pair of edges."""
    edges, counts = histogram(found)
    return {"from": edges[:-1], "to": edges[1:], "how often": counts}
