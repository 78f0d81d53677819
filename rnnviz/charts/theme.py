"""The one colour of each role, in both themes, read by the charts, the stage and the tests.

A role has three shades: ``area`` fills a shape behind text, ``line`` draws edges and curves, ``text`` is for
letters and keeps a contrast of at least 4.5 (WCAG 2.2, 1.4.3) on the page, on a surface and on its own area.
Signed values share one blue–white–red scale whose middle is the page itself. Standard library only.
"""

from dataclasses import dataclass
from itertools import pairwise

THEMES = ("light", "dark")
FONT = '"Source Sans", "Source Sans 3", "Source Sans Pro", -apple-system, "Segoe UI", Roboto, sans-serif'


@dataclass(frozen=True)
class Shades:
    """The three shades of one role in one theme: ``area`` fills, ``line`` draws, ``text`` is read."""

    area: str
    line: str
    text: str


@dataclass(frozen=True)
class Ground:
    """What everything stands on: page, raised surface, ink, muted text and quiet lines of one theme."""

    page: str
    surface: str
    ink: str
    muted: str
    quiet: str


GROUNDS = {
    "light": Ground("#FFFFFF", "#F5F6FA", "#1F2430", "#5B6373", "#D9DDE6"),
    "dark": Ground("#12161F", "#1B2130", "#E6E9F0", "#9AA3B5", "#333B4D"),
}

ROLES: dict[str, dict[str, Shades]] = {
    "forward": {"light": Shades("#E6F1F7", "#0072B2", "#0070AE"), "dark": Shades("#0E2C42", "#1F83BB", "#4F9ECA")},
    "loss": {"light": Shades("#FCF5E6", "#E69F00", "#936600"), "dark": Shades("#453718", "#E69F00", "#E69F00")},
    "output": {"light": Shades("#F8EEF4", "#B5578E", "#A34E80"), "dark": Shades("#39263A", "#B96195", "#C883AB")},
    "chain": {"light": Shades("#FBEFE6", "#D55E00", "#B34F00"), "dark": Shades("#412718", "#D55E00", "#DF833B")},
    "parameter": {"light": Shades("#E6F5F1", "#009E73", "#007B5A"), "dark": Shades("#0E3733", "#009E73", "#33B18F")},
    "ink": {"light": Shades("#EEF0F4", "#1F2430", "#1F2430"), "dark": Shades("#242B3A", "#E6E9F0", "#E6E9F0")},
}

NEGATIVE = {"light": "#2F6DB0", "dark": "#4C90DA"}
POSITIVE = {"light": "#BE3349", "dark": "#E0566B"}
EXACT_ZERO = {"light": "#C9CEDA", "dark": "#3C455A"}
"""Fill of an entry that is exactly 0 where a log scale has no place for it."""


def role(name: str, theme: str) -> Shades:
    """Return the shades of a role; ValueError if the role or the theme has no such name."""
    if name not in ROLES:
        raise ValueError(f"role: got {name!r}, expected one of {', '.join(ROLES)}")
    return ROLES[name][_theme(theme)]


def ground(theme: str) -> Ground:
    """Return page, surface, ink, muted text and quiet lines of ``light`` or ``dark``."""
    return GROUNDS[_theme(theme)]


def text_of(line: str, theme: str) -> str:
    """Return the colour in which a curve of the colour ``line`` is named: its role's text, else ink."""
    return next((one[_theme(theme)].text for one in ROLES.values() if one[theme].line == line), ground(theme).ink)


def diverging(theme: str) -> list[tuple[float, str]]:
    """Return the stops of the signed scale from −limit (0) over zero (0.5, the page colour) to +limit (1)."""
    low, middle, high = NEGATIVE[_theme(theme)], ground(theme).page, POSITIVE[theme]
    return [(0.0, low), (0.25, mix(low, middle, 0.45)), (0.5, middle), (0.75, mix(high, middle, 0.45)), (1.0, high)]


def signed_colour(value: float, limit: float, theme: str) -> str:
    """Return the colour of ``value`` on the signed scale with symmetric limits ±``limit``."""
    return between(diverging(theme), 0.5 if limit <= 0 else 0.5 + 0.5 * value / limit)


def between(stops: list[tuple[float, str]], place: float) -> str:
    """Return the colour at ``place`` (0 to 1; beyond it the nearest end) of a scale given by its stops."""
    place = max(0.0, min(1.0, place))
    for (left, low), (right, high) in pairwise(stops):
        if place <= right:
            return mix(high, low, (place - left) / (right - left))
    return stops[-1][1]


def sequential(name: str, theme: str) -> list[tuple[float, str]]:
    """Return the stops of a one-colour scale of a role: small values near the page, large ones strong."""
    shades, page = role(name, theme), ground(theme).page
    far = mix(shades.line, "#000000", 0.62) if theme == "light" else mix(shades.line, "#FFFFFF", 0.55)
    return [(0.0, mix(shades.line, page, 0.1)), (0.6, shades.line), (1.0, far)]


def readable_on(background: str) -> str:
    """Return ink or white, or where neither reads well, black: the contrast is at least 4.5 on any colour."""
    candidates = (GROUNDS["light"].ink, "#FFFFFF", "#000000")
    good = [colour for colour in candidates if contrast(colour, background) >= 4.5]
    return good[0] if good else max(candidates, key=lambda colour: contrast(colour, background))


def css_variables(theme: str) -> dict[str, str]:
    """Return every colour of a theme as CSS custom properties, for the stage: ``--page``, ``--chain-line``, …."""
    found = {f"--{name}": getattr(ground(theme), name) for name in ("page", "surface", "muted", "quiet")}
    for name in ROLES:
        found |= {f"--{name}-{part}": shade for part, shade in vars(role(name, theme)).items()}
    signed = {"--negative": NEGATIVE[theme], "--positive": POSITIVE[theme], "--exact-zero": EXACT_ZERO[theme]}
    return found | signed | {"--ink": ground(theme).ink}


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two ``#RRGGBB`` colours, from 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def mix(first: str, second: str, share: float) -> str:
    """Return ``share`` of the first colour and the rest of the second, in sRGB."""
    channels = (share * a + (1 - share) * b for a, b in zip(_channels(first), _channels(second), strict=True))
    return "#" + "".join(f"{round(channel):02X}" for channel in channels)


def _theme(theme: str) -> str:
    if theme not in THEMES:
        raise ValueError(f"theme: got {theme!r}, expected one of {', '.join(THEMES)}")
    return theme


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    shares = (channel / 255 for channel in _channels(colour))
    linear = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
