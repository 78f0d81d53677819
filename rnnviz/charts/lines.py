"""The gradient by lag against its bound, and the curves that line charts are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnviz.charts import figure as plain


def curve(
    x: Sequence,
    y: np.ndarray,
    name: str,
    colour: str,
    *,
    dash: str = "solid",
    width: float = 2,
    mode: str = "lines",
) -> plain.Part:
    return plain.scatter(
        x=x,
        y=y,
        name=name,
        mode=mode,
        line={"color": colour, "dash": dash, "width": width},
        marker={"size": 5, "color": colour},
        hovertemplate="%{x}: <b>%{y:.6g}</b>",
        connectgaps=False,
    )


def logged(values: np.ndarray) -> np.ndarray:
    """Return the values with NaN where a log scale has no place."""
    return np.where((values > 0) & np.isfinite(values), values, np.nan)
