"""Small drawings as SVG text: the network rolled up and unrolled. Standard library only."""

from html import escape

from rnnviz.charts.theme import FONT, Shades, ground, role
from rnnviz.notation.ids import symbol

Label = tuple[tuple[str, str], ...]
WIDTH, HEIGHT, PITCH = 76, 38, 118
LONGEST = 6
"""More steps than this are drawn with a gap in the middle."""

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none">'
    '<g stroke="#0072B2" stroke-width="3"><rect x="3" y="11" width="10" height="10" rx="3"/>'
    '<rect x="19" y="11" width="10" height="10" rx="3"/></g>'
    '<path d="M19 16h-6m3-3-3 3 3 3" stroke="#D55E00" stroke-width="2.5"/></svg>'
)
"""The tab's icon: two states, and the error on its way back."""


def rolled(theme: str) -> str:
    """Draw the network as it is written in code: one layer with a loop."""
    shades = role("forward", theme)
    parts = [
        _edge(98, 158, 98, 132, theme, "W₁", 8),
        _edge(98, 94, 98, 68, theme, "W₂", 8),
        _arrow("M136 104C190 84 190 142 142 122", theme),
        f'<text x="184" y="117" font-size="12" fill="{role("parameter", theme).text}">Wₕ₁</text>',
        _node(60, 30, (("Ŷ", ""), ("t", "sub")), shades, theme),
        _node(60, 94, (("H", ""), ("t", "sub")), shades, theme, strong=True),
        _node(60, 158, (("X", ""), ("t", "sub")), shades, theme),
    ]
    return _svg(220, parts, theme)


def unrolled(steps: int, mode: str, theme: str, opened: int | None = None) -> str:
    """Draw the same network once for each step, with step ``opened`` marked; the copies share their weights.

    Beyond ``LONGEST`` steps the middle is left out. In sequence_to_vector only the last step has a
    prediction and a loss.
    """
    around = range(steps) if steps <= LONGEST else () if opened is None else (opened - 1, opened, opened + 1)
    shown = sorted({t for t in (0, 1, steps - 2, steps - 1, *around) if 0 <= t < steps})
    parts = [_node(8, 94, symbol("H_init").label, role("ink", theme), theme)]
    for place, t in enumerate(shown):
        left = 8 + PITCH * (place + 1)
        gap = place > 0 and t - shown[place - 1] > 1
        parts += _copy(left, t, t == opened, mode == "sequence_to_sequence" or t == steps - 1, gap, theme)
    return _svg(8 + PITCH * (len(shown) + 1) + 10, parts, theme)


def _copy(left: float, t: int, opened: bool, answers: bool, gap: bool, theme: str) -> list[str]:
    """Return one step of the unrolled network: edges first, so that nodes lie on top."""
    forward, middle = role("forward", theme), left + WIDTH / 2
    edges = [
        _edge(left - PITCH + WIDTH, 113, left, 113, theme, "…" if gap else "Wₕ₁", 0, dashed=gap),
        _edge(middle, 158, middle, 132, theme, "W₁", 8),
    ]
    rows = {"H": 94, "X": 158} | ({"Y_hat": 30} if answers else {})
    nodes = [_node(left, y, symbol(f"{kind}_{t}").label, forward, theme, strong=opened) for kind, y in rows.items()]
    if answers:
        edges.append(_edge(middle, 94, middle, 68, theme, "W₂", 8))
        shades, x = role("loss", theme), left + WIDTH - 8
        box = _box(x, 14, 34, 24, 7, shades.area, shades.line, 1.5)
        nodes.append(box + _text(x + 17, 30, symbol(f"L_{t}").label, ground(theme).ink, 12))
    return edges + nodes


def _node(x: float, y: float, label: Label, shades: Shades, theme: str, strong: bool = False) -> str:
    fill, width = (shades.area, 2.5) if strong else (ground(theme).page, 1.5)
    box = _box(x, y, WIDTH, HEIGHT, 9, fill, shades.line, width)
    return box + _text(x + WIDTH / 2, y + 24, label, ground(theme).ink, 16)


def _box(x: float, y: float, width: int, height: int, radius: int, fill: str, stroke: str, line: float) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="{line}"/>'
    )


def _text(x: float, y: float, label: Label, colour: str, size: int) -> str:
    small = {"sub": f' dy="4" font-size="{size * 0.7:.0f}"'}
    pieces = "".join(f"<tspan{small.get(place, '')}>{escape(text)}</tspan>" for text, place in label)
    style = f'text-anchor="middle" font-size="{size}" font-weight="600" fill="{colour}"'
    return f'<text x="{x}" y="{y}" {style}>{pieces}</text>'


def _edge(
    x1: float, y1: float, x2: float, y2: float, theme: str, label: str, right: float, dashed: bool = False
) -> str:
    """Return an arrow with the name of its weights beside it (``right`` > 0) or above it."""
    x, y = ((x1 + x2) / 2 + right, (y1 + y2) / 2 + 4) if right else ((x1 + x2) / 2, y1 - 8)
    anchor, shade = "start" if right else "middle", role("parameter", theme).text
    line = _arrow(f"M{x1} {y1}L{x2} {y2}", theme, ' stroke-dasharray="2 5"' if dashed else "")
    return line + f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="12" fill="{shade}">{label}</text>'


def _arrow(path: str, theme: str, dash: str = "") -> str:
    style = f'stroke="{ground(theme).muted}" stroke-width="1.5" fill="none"{dash}'
    return f'<path d="{path}" {style} marker-end="url(#tip)"/>'


def _svg(width: float, parts: list[str], theme: str) -> str:
    tip = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{ground(theme).muted}"/></marker></defs>'
    )
    size = f'width="{width}" height="206" viewBox="0 0 {width} 206" font-family="{escape(FONT, quote=True)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{tip}{"".join(parts)}</svg>'
