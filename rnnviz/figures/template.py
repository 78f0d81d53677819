"""What all charts share: quiet axes, transparent ground, readable ink, one font, no clutter."""

from __future__ import annotations

from rnnviz.figures.theme import FONT, ground

HEIGHT = 300


def layout(theme: str, *, x: str, y: str, height: int = HEIGHT, **more: object) -> dict:
    """Return a plotly layout with titled axes in the colours of a theme.

    Parameters
    ----------
    theme : {"light", "dark"}
    x, y : str
        Titles of the axes.
    height : int
        Of the whole chart in pixels.
    **more
        Replaces or adds entries of the layout; ``xaxis`` and ``yaxis`` are merged into the quiet axes.
    """
    colours = ground(theme)
    base = {
        "height": height,
        "margin": {"l": 8, "r": 12, "t": 28, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": colours.ink},
        "hoverlabel": {
            "bgcolor": colours.surface,
            "font": {"color": colours.ink},
            "bordercolor": colours.quiet,
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"color": colours.ink},
        },
        "dragmode": False,
        "showlegend": False,
    }
    axes = {
        "xaxis": axis(theme, x, **more.pop("xaxis", {})),
        "yaxis": axis(theme, y, **more.pop("yaxis", {})),
    }
    return base | axes | more


def axis(theme: str, title: str, **more: object) -> dict:
    """Return one quiet axis with its title."""
    colours = ground(theme)
    base = {
        "title": {"text": title, "font": {"size": 12, "color": colours.muted}, "standoff": 8},
        "automargin": True,
        "gridcolor": colours.quiet,
        "linecolor": colours.quiet,
        "zeroline": False,
        "tickfont": {"size": 12, "color": colours.muted},
    }
    return base | more


def colour_bar(theme: str, title: str, **more: object) -> dict:
    """Return a thin colour bar with its title at the side."""
    colours = ground(theme)
    base = {
        "title": {"text": title, "side": "right", "font": {"size": 12, "color": colours.muted}},
        "thickness": 10,
        "outlinewidth": 0,
        "tickfont": {"size": 11, "color": colours.muted},
        "xpad": 6,
        "ypad": 0,
    }
    return base | more


def power(exponent: float) -> str:
    """Return a power of ten as it is printed on a log axis.

    Examples
    --------
    >>> power(-3), power(0)
    ('10<sup>−3</sup>', '1')
    """
    return "1" if exponent == 0 else f"10<sup>{exponent:g}</sup>".replace("-", "−")
