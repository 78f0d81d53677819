"""A picture with all that is said of it, as it stands where nothing can be set: on a page of the static site."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rnnviz.charts.marks import Chart

Columns = Mapping[str, Sequence | np.ndarray]


@dataclass(frozen=True, eq=False)
class Still:
    """One picture.

    ``draw`` makes it for a theme: a chart, an SVG drawing, or a small grid as HTML. ``alt`` is what a reader who cannot
    see it needs to know, in Markdown as ``note``, what stands below it; ``table`` are its numbers.
    """

    key: str
    title: str
    draw: Callable[[str], Chart | str]
    alt: str
    table: Columns | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class Stills:
    """A part of a page: a verdict, pictures of which one is seen at a time, further ones below, and named numbers.

    The numbers are name → (value, what it means); ``pick`` is the name under which a link says which picture is seen.
    """

    verdict: str
    pictures: tuple[Still, ...]
    below: tuple[Still, ...] = ()
    numbers: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    pick: str = ""
