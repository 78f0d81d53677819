"""Figures as plain dictionaries under plotly's names.

Plotly checks and copies every property of a figure: some 5 ms for each chart, several times what its numbers
cost. A chart that the small script draws (``figures/light.py``) needs none of that; one that plotly is to
draw after all is handed over by `Figure.whole`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_PARTS = ("line", "marker", "colorbar")
"""Properties of a trace that have properties of their own: empty where nothing is set."""


class Part(dict):
    """Properties that are also read and set as attributes; one that is not set is None."""

    __slots__ = ()

    def __init__(self, properties: Mapping[str, object]) -> None:
        super().__init__({name: _own(value) for name, value in properties.items()})

    def __missing__(self, name: str) -> object:
        return Part({}) if name in _PARTS else None

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value


def _own(value: object) -> object:
    """Return dictionaries as parts and lists as tuples, as plotly does."""
    if isinstance(value, dict):
        return Part(value)
    return tuple(map(_own, value)) if isinstance(value, (list, tuple)) else value


class Figure:
    """Traces and a layout, read as those of a ``plotly.graph_objects.Figure``.

    Parameters
    ----------
    data : iterable of Part
        From `scatter`, `bar`, `heatmap` and `contour_lines`.
    layout : dict
        From ``template.layout``.
    """

    def __init__(self, data: Iterable[Part], layout: Mapping[str, object]) -> None:
        self.data = tuple(data)
        self.layout = Part({"shapes": (), "annotations": ()} | layout)

    def whole(self) -> object:
        """Return the same as a ``plotly.graph_objects.Figure``; ValueError for what plotly does not know."""
        from plotly.graph_objects import Figure as Whole

        return Whole(list(self.data), self.layout)

    def to_json(self) -> str:
        """Return the figure as plotly writes it."""
        return self.whole().to_json()


def scatter(**properties: object) -> Part:
    """Return a trace of lines and dots."""
    return Part({"type": "scatter"} | properties)


def bar(**properties: object) -> Part:
    """Return a trace of bars."""
    return Part({"type": "bar"} | properties)


def heatmap(**properties: object) -> Part:
    """Return a trace of cells."""
    return Part({"type": "heatmap"} | properties)


def contour_lines(**properties: object) -> Part:
    """Return a trace of contours, over the colours of what lies between them."""
    return Part({"type": "contour"} | properties)
