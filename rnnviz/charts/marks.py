"""A chart as data: its marks, its axes and its legend. ``browser/marks.js`` draws it.

Every text is plain; of ``<sub>`` and ``<sup>`` alone the browser makes markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

Ticks = tuple[tuple[float, str], ...]
"""Places on an axis and what is written there; on a log axis places are exponents of ten."""
Stops = Sequence[tuple[float, str]]
"""Places from 0 to 1 on a scale of colours, and the colours there."""


@dataclass(frozen=True)
class Axis:
    """One axis; what is not said of it is worked out from the marks.

    Both ends of ``range`` run from left to right or from below, and are exponents of ten on a ``log`` axis;
    ``every`` is the distance between ticks, ``about`` how many there are where neither that nor ``ticks`` is
    given; ``names`` say what the places 0, 1, 2 … are called.
    """

    title: str
    log: bool = False
    range: tuple[float, float] | None = None
    ticks: Ticks | None = None
    every: float | None = None
    about: int = 6
    names: tuple[str, ...] = ()
    grid: bool = True
    from_zero: bool = False


@dataclass(frozen=True, eq=False)
class Line:
    """A line through points, with dots of the size ``dots`` on them where that is not 0.

    ``arrow`` is the size of a head at its last point, ``edge`` the colour around head and dots, ``halo`` that
    of a wider line below it. ``words`` are told of each point; a line with ``updates``, how many updates each
    point has behind it, can be played.
    """

    x: np.ndarray
    y: np.ndarray
    name: str
    colour: str
    width: float = 2
    dash: str = "solid"
    opacity: float = 1
    dots: float = 0
    edge: str = ""
    halo: str = ""
    arrow: float = 0
    words: Sequence[str] = ()
    updates: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Dots:
    """Points with a ``sign`` of `SIGNS`, ``labels`` above them, and ``words`` that are told of each."""

    x: np.ndarray
    y: np.ndarray
    name: str
    colour: str
    sign: str = "circle"
    size: float = 6
    opacity: float = 1
    edge: str = ""
    words: Sequence[str] = ()
    labels: Sequence[str] = ()
    silent: bool = False


SIGNS = {
    "circle": "●", "circle-open": "○", "diamond": "◆", "square": "■", "square-open": "□", "triangle-up": "▲",
    "x": "✖",
}  # fmt: skip
"""What dots look like, and the same as a letter."""


@dataclass(frozen=True, eq=False)
class Band:
    """The area between two lines."""

    x: np.ndarray
    low: np.ndarray
    high: np.ndarray
    colour: str
    opacity: float


@dataclass(frozen=True, eq=False)
class Bar:
    """Bars of the height ``y``, negative ones downwards, that begin at ``base``."""

    x: np.ndarray
    y: np.ndarray
    name: str
    colour: str
    base: np.ndarray
    width: float = 0.88
    words: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Scale:
    """The colours of numbers between two ends; beside the chart where it has ticks."""

    span: tuple[float, float]
    stops: Stops
    ticks: Ticks = ()
    title: str = ""


@dataclass(frozen=True, eq=False)
class Map:
    """Cells around the places (x, y) in the colours of ``z``, shape (y, x); none where it is not finite.

    ``words`` are told of the cell under the pointer, with ``{x}``, ``{y}``, ``{z}`` and ``{value}``, its
    entry of ``values``, in them. A cell of a ``picked`` map can be clicked.
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    scale: Scale
    words: str
    values: np.ndarray | None = None
    opacity: float = 1
    picked: bool = False


@dataclass(frozen=True, eq=False)
class Contour:
    """Colours that flow from place to place, and over them lines of equal ``z`` at the levels."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    scale: Scale
    levels: tuple[float, ...]
    colour: str


@dataclass(frozen=True)
class Rule:
    """An upright dotted line."""

    x: float
    colour: str


Mark = Line | Dots | Band | Bar | Map | Contour | Rule


@dataclass(frozen=True, eq=False)
class Chart:
    """Marks on one pair of axes, drawn in their order.

    ``height`` is that of the whole chart in pixels, ``left``, ``right`` and ``bottom`` the room for labels; the
    marks that have a name are listed above it where ``legend`` is set; ``ground`` is the colour behind them.
    """

    marks: Sequence[Mark]
    x: Axis
    y: Axis
    theme: str
    height: int = 300
    left: int = 62
    right: int = 16
    bottom: int = 46
    legend: bool = True
    ground: str = ""


@dataclass(frozen=True, eq=False)
class Space:
    """A picture in space, which plotly draws, and the flat chart whose legend it shares."""

    figure: "go.Figure" = field(repr=False)
    flat: Chart
