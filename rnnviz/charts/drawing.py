"""Small drawings as SVG text: the network rolled up and unrolled. Standard library only."""

from __future__ import annotations

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
    parts = [
        _edge(98, 158, 98, 132, theme, "W₁", 8),
        _edge(98, 94, 98, 68, theme, "W₂", 8),
        _loop(theme),
        _node(60, 30, (("Ŷ", ""), ("t", "sub")), role("forward", theme), theme),
        _node(60, 94, (("H", ""), ("1t", "sub")), role("forward", theme), theme, strong=True),
        _node(60, 158, (("X", ""), ("t", "sub")), role("forward", theme), theme),
    ]
    return _svg(220, 206, parts, theme)


def unrolled(steps: int, mode: str, theme: str, opened: int | None = None) -> str:
    """Draw the same network once for each step, with step ``opened`` marked; the copies share their weights.

    Beyond ``LONGEST`` steps the middle is left out. In sequence_to_vector only the last step has a
    prediction and a loss.
    """
    shown = _shown(steps, opened)
    parts = [_node(8, 94, symbol("H_init").label, role("ink", theme), theme)]
    for place, t in enumerate(shown):
        left = 8 + PITCH * (place + 1)
        gap = place > 0 and t - shown[place - 1] > 1
        parts += _copy(left, t, t == opened, mode == "sequence_to_sequence" or t == steps - 1, gap, theme)
    return _svg(8 + PITCH * (len(shown) + 1) + 10, 206, parts, theme)


def _shown(steps: int, opened: int | None) -> list[int]:
    if steps <= LONGEST:
        return list(range(steps))
    around = {opened - 1, opened, opened + 1} if opened is not None else set()
    inside = {t for t in around if 0 <= t < steps}
    return sorted({0, 1, steps - 2, steps - 1} | inside)


def _copy(left: float, t: int, opened: bool, answers: bool, gap: bool, theme: str) -> list[str]:
    """Return one step of the unrolled network: edges first, so that nodes lie on top."""
    forward, middle = role("forward", theme), left + WIDTH / 2
    label = "…" if gap else "Wₕ₁"
    edges = [
        _edge(left - PITCH + WIDTH, 113, left, 113, theme, label, 0, dashed=gap),
        _edge(middle, 158, middle, 132, theme, "W₁", 8),
    ]
    nodes = [
        _node(left, 94, symbol(f"H_{t}").label, forward, theme, strong=opened),
        _node(left, 158, symbol(f"X_{t}").label, forward, theme, strong=opened),
    ]
    if answers:
        edges.append(_edge(middle, 94, middle, 68, theme, "W₂", 8))
        nodes.append(_node(left, 30, symbol(f"Y_hat_{t}").label, forward, theme, strong=opened))
        nodes.append(_loss(left + WIDTH - 8, 14, t, theme))
    return edges + nodes


def _node(x: float, y: float, label: Label, shades: Shades, theme: str, strong: bool = False) -> str:
    fill, width = (shades.area, 2.5) if strong else (ground(theme).page, 1.5)
    box = (
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="9" fill="{fill}" '
        f'stroke="{shades.line}" stroke-width="{width}"/>'
    )
    return box + _text(x + WIDTH / 2, y + 24, label, ground(theme).ink, 16)


def _loss(x: float, y: float, t: int, theme: str) -> str:
    shades = role("loss", theme)
    box = (
        f'<rect x="{x}" y="{y}" width="34" height="24" rx="7" fill="{shades.area}" '
        f'stroke="{shades.line}" stroke-width="1.5"/>'
    )
    return box + _text(x + 17, y + 16, symbol(f"L_{t}").label, ground(theme).ink, 12)


def _text(x: float, y: float, label: Label, colour: str, size: int) -> str:
    pieces = "".join(_piece(text, place, size) for text, place in label)
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-size="{size}" font-weight="600" fill="{colour}">'
        f"{pieces}</text>"
    )


def _piece(text: str, place: str, size: int) -> str:
    small = f' dy="4" font-size="{size * 0.7:.0f}"' if place == "sub" else ""
    return f"<tspan{small}>{escape(text)}</tspan>"


def _edge(
    x1: float, y1: float, x2: float, y2: float, theme: str, label: str, right: float, dashed: bool = False
) -> str:
    """Return an arrow with the name of its weights beside it (``right`` > 0) or above it."""
    colours = ground(theme)
    dash = ' stroke-dasharray="2 5"' if dashed else ""
    line = (
        f'<path d="M{x1} {y1}L{x2} {y2}" stroke="{colours.muted}" stroke-width="1.5" fill="none"{dash} '
        f'marker-end="url(#tip)"/>'
    )
    x, y = ((x1 + x2) / 2 + right, (y1 + y2) / 2 + 4) if right else ((x1 + x2) / 2, y1 - 8)
    anchor = "start" if right else "middle"
    shade = role("parameter", theme).text
    return line + f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="12" fill="{shade}">{label}</text>'


def _loop(theme: str) -> str:
    colours, shade = ground(theme), role("parameter", theme).text
    path = (
        f'<path d="M136 104C190 84 190 142 142 122" stroke="{colours.muted}" stroke-width="1.5" fill="none" '
        f'marker-end="url(#tip)"/>'
    )
    return path + f'<text x="184" y="117" font-size="12" fill="{shade}">Wₕ₁</text>'


def _svg(width: float, height: float, parts: list[str], theme: str) -> str:
    tip = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{ground(theme).muted}"/></marker></defs>'
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    view = f'viewBox="0 0 {width} {height}" font-family="{escape(FONT, quote=True)}">'
    return head + view + tip + "".join(parts) + "</svg>"
