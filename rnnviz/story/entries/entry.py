"""What an entry of the glossary is."""

from __future__ import annotations

from dataclasses import dataclass

HOME = "app.py"
UNROLLED = "pages/1_Unrolled_network.py"
CHAIN = "pages/2_Chain_rule.py"
FLOW = "pages/3_Gradient_flow.py"
TRAINING = "pages/4_Training.py"
CHECK = "pages/6_Gradient_check.py"
TRUE = "pages/8_Is_this_true.py"


@dataclass(frozen=True)
class Entry:
    """One word or symbol.

    Attributes
    ----------
    id : str
        As in a link, ``?word=spectral-norm``.
    term : str
        The word itself.
    meaning : str
        One or two plain sentences.
    symbol : str
        LaTeX or ""; ``<H@t>`` and ``<W1>`` stand for symbols that follow the reader's conventions.
    shape : str
        In letters, such as ``"m × n₁"``; "" for what has none.
    code : str
        Its name in the engine, or "".
    aliases : tuple of str
        Other names under which it is found; without a capital letter they are found in any case.
    see : tuple of str
        Files of the pages on which it is to be seen, the best first.
    related : tuple of str
        Ids of other entries.
    """

    id: str
    term: str
    meaning: str
    symbol: str = ""
    shape: str = ""
    code: str = ""
    aliases: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    related: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which the entry is found."""
        return (self.term, *self.aliases)
