"""Make the two mathematics fonts in ``static/`` from Latin Modern Math, the design of KaTeX, which Streamlit draws.

Usage, with fontTools and brotli installed::

    python docs/fonts.py latinmodern-math.otf static

One face holds the signs that MathML needs with their MATH table. In the other the plain letters are italic, so that
a label such as H of an SVG needs no other characters than its own; Ŷ and the raised plus of ∂⁺ are put together. As
in TeX, ∂ is always the slanted one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.misc.transform import Transform
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

FAMILY = "rnnviz Math"
ITALIC_CAPITALS, ITALIC_SMALL, ITALIC_GREEK, ITALIC_PARTIAL, PLANCK = 0x1D434, 0x1D44E, 0x1D6FC, 0x1D715, 0x210E
SIGNS = "·×÷°±²³¹ˆ–—‖†…′″ℎℝℓ←↑→↓∀∂∃∅∆∇∈∏∑−∓∕∗∘∙√∝∞∣∥∧∨∫≈≠≡≤≥≪≫⊂⊕⊗⊙⊤⊥⋅⋯⋮⋱⟨⟩\u00a0\u0302\u2061\u2062\u2063"
BESIDE = "0123456789 ()+,-./=[]|·×⊗∘−→′ˆ‖ΔΣΓΛ\u00a0\u0302"
RANGES = ((0x20, 0x7E), (0x391, 0x3A9), (0x3B1, 0x3C9), (0x1D434, 0x1D467), (0x1D6FC, 0x1D71B))


def main(source: str, folder: str) -> None:
    """Write both faces into a folder."""
    regular, italic = TTFont(source), TTFont(source)
    signs = {*map(ord, SIGNS), *(code for first, last in RANGES for code in range(first, last + 1))}
    for table in regular["cmap"].tables:
        if table.isUnicode():
            table.cmap[ord("∂")] = regular.getBestCmap()[ITALIC_PARTIAL]
    save(regular, signs, "Regular", Path(folder) / "rnnviz-math.woff2")
    best = dict(italic.getBestCmap())
    cmap = {ord(sign): best[ord(sign)] for sign in BESIDE}
    for place in range(26):
        cmap[ord("A") + place] = best[ITALIC_CAPITALS + place]
        cmap[ord("a") + place] = best[PLANCK if place == 7 else ITALIC_SMALL + place]
    cmap |= {0x3B1 + place: best[ITALIC_GREEK + place] for place in range(25)} | {ord("∂"): best[ITALIC_PARTIAL]}
    hatted(italic, "at", cmap[ord("Y")], best[ord("ˆ")])
    raised(italic, "numbersign", best[ord("+")])
    redrawn(
        italic, "dollar", italic.getGlyphSet()[best[ord("√")]].width, (best[ord("√")], Transform(1, 0, 0, 1, 0, 750))
    )
    cmap |= {ord("Ŷ"): "at", ord("⁺"): "numbersign", ord("√"): "dollar"}
    for table in italic["cmap"].tables:
        table.cmap = dict(cmap) if table.isUnicode() else {}
    del italic["MATH"], italic["GSUB"]
    save(italic, set(cmap), "Italic", Path(folder) / "rnnviz-math-italic.woff2")


def hatted(font: TTFont, name: str, letter: str, hat: str) -> None:
    """Draw a letter with a hat over its middle in the place of another glyph."""
    glyphs, (_, _, _, top) = font.getGlyphSet(), bounds(font, letter)
    left, bottom, right, _ = bounds(font, hat)
    middle = sum(bounds(font, letter)[::2]) / 2 + 30  # a slanted letter carries it a little to the right
    redrawn(
        font,
        name,
        glyphs[letter].width,
        (letter, Transform()),
        (hat, Transform(1, 0, 0, 1, middle - (left + right) / 2, max(0, top + 40 - bottom))),
    )


def raised(font: TTFont, name: str, sign: str) -> None:
    """Draw a sign small and raised in the place of another glyph."""
    redrawn(font, name, 0.65 * font.getGlyphSet()[sign].width, (sign, Transform(0.65, 0, 0, 0.65, 0, 360)))


def bounds(font: TTFont, name: str) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of a glyph."""
    glyphs = font.getGlyphSet()
    pen = BoundsPen(glyphs)
    glyphs[name].draw(pen)
    return pen.bounds


def redrawn(font: TTFont, name: str, width: float, *parts: tuple[str, Transform]) -> None:
    """Put other glyphs, each moved, in the place of a glyph."""
    glyphs, charstrings = font.getGlyphSet(), font["CFF "].cff.topDictIndex[0].CharStrings
    old, pen = charstrings[name], T2CharStringPen(width, glyphs)
    for part, moved in parts:
        glyphs[part].draw(TransformPen(pen, moved))
    charstrings[name] = pen.getCharString(old.private, old.globalSubrs)
    font["hmtx"][name] = (round(width), 0)


def save(font: TTFont, codes: set[int], face: str, path: Path) -> None:
    """Write a face with the signs of these codes, under a name of its own as its licence asks."""
    options = subset.Options(flavor="woff2", hinting=False, layout_features=[], name_IDs=[0, 1, 2, 4, 6, 13, 14])
    options.drop_tables += ["FFTM"]
    taking = subset.Subsetter(options)
    taking.populate(unicodes=codes)
    taking.subset(font)
    for number, text in ((1, FAMILY), (2, face), (4, f"{FAMILY} {face}"), (6, f"rnnvizMath-{face}")):
        font["name"].setName(text, number, 3, 1, 0x409)
    subset.save_font(font, str(path), options)


if __name__ == "__main__":
    main(*sys.argv[1:])
