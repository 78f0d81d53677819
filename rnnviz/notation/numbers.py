"""Numbers as they are printed: four significant digits in pictures, every digit in tables.

Counts with their nouns and verbs are `rnnviz.notation.counts`; they are at hand here too.
"""

import math

from rnnviz.notation.counts import all_of, capital, counted, each_of, every, noun, ordinal, part_of, plural, the, times

__all__ = [
    "all_of", "beyond_rounding", "capital", "change", "counted", "each_of", "every", "four", "full",
    "high", "low", "noun", "ordinal", "part_of", "percent", "plural", "round_step", "rounded", "steps_back",
    "the", "times",
]  # fmt: skip


def four(value: float) -> str:
    """Return ``value`` with four significant digits, a true minus sign and no needless zeros."""
    return rounded(value, 4)


def rounded(value: float, digits: int) -> str:
    """Return ``value`` as `four` does, with another number of significant digits."""
    if not math.isfinite(value):
        return "not finite"
    return f"{value + 0.0:.{digits}g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace("-", "−")


def full(value: float) -> str:
    """Return every digit that a 64-bit float holds."""
    return repr(float(value)).replace("-", "−")


NO_PART = 1e-5
"""A share whose size is smaller, but not 0, is told as "≈ 0 %"."""


def percent(part: float, whole: float) -> str:
    """Return ``part`` as a percentage of ``whole``; an empty whole is named instead of divided by.

    Only what is all of it, but for rounding, is 100 %; what is next to nothing of it is "≈ 0 %".
    """
    if whole == 0 or not math.isfinite(part) or not math.isfinite(whole):
        return "no share"
    share = 100 * part / whole
    size = abs(share)
    if size < 100 * NO_PART:
        return "≈ 0 %" if size else "0 %"
    if 99.5 <= share < 100 - 1e-9:
        return f"{share:.1f} %" if share < 99.95 else "> 99.9 %"
    text = f"{share:.0f}" if 10 <= size < 10_000 else f"{share:.2g}" if size < 10 else four(share)
    return text.replace("-", "−") + " %"


def beyond_rounding(value: float, noise: float = 1e-12) -> float:
    """Return ``value``, or 0 where it is no more than what rounding leaves of nothing."""
    return 0.0 if abs(value) <= noise else value


def change(before: float, after: float, bold: bool = False) -> str:
    """Return how a number goes from one value to another, also where four digits do not tell them apart."""
    mark = "**" if bold else ""
    if before == after:
        return f"stays at {mark}{four(after)}{mark}"
    verb = "falls" if after < before else "rises" if after > before else "goes"
    if four(before) == four(after):
        return f"{verb} by {mark}{four(abs(after - before))}{mark} from {four(before)}"
    return f"{verb} from {four(before)} to {mark}{four(after)}{mark}"


def round_step(size: float) -> float:
    """Return a step between ticks: the 1, 2 or 5 times a power of ten that is not below ``size``."""
    power = 10.0 ** math.floor(math.log10(size))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= size * 0.999)


def steps_back(count: int) -> str:
    """Return the lag in words."""
    words = ("at the same step", "one step back", "two steps back", "three steps back")
    return words[count] if count < len(words) else f"{count} steps back"


LOW = str.maketrans("0123456789hxaeijklmnoprstuv−-", "₀₁₂₃₄₅₆₇₈₉ₕₓₐₑᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥ₋₋")
"""What there is of subscripts; not every letter has one."""
_HIGH = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def lowered(text: str) -> str:
    """Return a text as a subscript."""
    low = text.translate(LOW)
    return f"_{text}" if any(one in low for one in text if one.isalpha()) else low


def low(number: int) -> str:
    """Return a whole number as a subscript."""
    return lowered(str(number))


def high(number: int) -> str:
    """Return a whole number as an exponent."""
    return str(number).translate(_HIGH)
