"""Arrays from the text that NumPy or PyTorch prints, or from nested lists as Python and JSON write them."""

import re

import numpy as np

from rnnviz.tasks.networks.archive import MOST_ENTRIES, MOST_TEXT, Entries

MOST_CHARACTERS, MOST_NUMBERS, MOST_DEPTH = 1_000_000, 50_000, 4
_WRAPPER = re.compile(r"\s*(?:Parameter containing:\s*)?(?:np\.|numpy\.|torch\.)?(?:array|tensor|Tensor|Parameter)\(")
_REST = re.compile(r"[\s,]*(?:\w+=[^()\s,=]+(?:[\s,]+\w+=[^()\s,=]+)*)?[\s,]*\)\s*")
_TOKEN = re.compile(
    r"(?P<space>[\s,]+)|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))|(?P<sign>[\[\]])"
)
_SHORTENED = "got “…”, which stands for numbers that were not printed, expected all of them"
_CURES = "np.set_printoptions(threshold=10**6) or torch.set_printoptions(profile='full') prints all"
_BETWEEN = re.compile(r"(?:[\s,;(){}\[\]]|OrderedDict\()*")
_NAMED = re.compile(
    _BETWEEN.pattern + r"""(?P<quote>['"]?)(?P<name>[A-Za-z_][\w./:]{0,99}?)(?P=quote)\s*[:=,]?\s*"""
    r"""(?=['"\[]|Parameter containing|(?:np\.|numpy\.|torch\.)?(?:array|tensor|Tensor|Parameter)\()"""
)
_QUOTED = re.compile(rf"""(['"])([^'"\n]{{0,{MOST_TEXT}}})\1""")
_Node = float | list


def array_of(text: str) -> np.ndarray:
    """Return the array that a text shows.

    Parameters
    ----------
    text : str
        Brackets with numbers between blanks or commas, as they are or in ``array(…)`` or ``tensor(…)``.

    Returns
    -------
    array of float64

    Raises
    ------
    ValueError
        For numbers left out with "…", rows of different lengths, and what is no number; it names the place.

    Examples
    --------
    >>> array_of("tensor([[0.5, -1.0], [2.0, 1e-3]], grad_fn=<AddBackward0>)").shape
    (2, 2)
    """
    _check_text(text)
    found, end = _array_at(text, 0)
    if rest := text[end:].strip(" \n\t\r,;"):
        raise ValueError(f"text: got {rest[:30]!r} after the array, expected nothing more")
    return found


def entries_of(text: str) -> Entries:
    """Return the arrays and short texts of a paste by their names, as a file has them.

    Each stands behind its name: ``W1 = [[…]]``, ``"W1": [[…]]``, ``('rnn.weight_ih_l0', tensor(…))``, or what
    ``print(name, array)`` gives. ValueError names the entry, or what stands between two of them.

    Examples
    --------
    >>> {name: getattr(value, "shape", value) for name, value in entries_of("W1 = [[1, 2]] output: 'softmax'").items()}
    {'W1': (1, 2), 'output': 'softmax'}
    """
    _check_text(text)
    found, at = Entries(), 0
    while (entry := _NAMED.match(text, at)) is not None:
        name = entry["name"]
        if name in found or len(found) == MOST_ENTRIES:
            few = f"expected at most {MOST_ENTRIES} entries"
            raise ValueError(f"{name[:60]}: got it twice, expected one array of this name" if name in found else few)
        said = _QUOTED.match(text, entry.end())
        try:
            found[name], at = (said[2], said.end()) if said else _array_at(text, entry.end())
        except ValueError as error:
            raise ValueError(str(error).replace("text:", f"{name[:60]}:", 1)) from None
    if rest := _BETWEEN.sub("", text[at:], count=1).strip():
        raise ValueError(f"text: got {rest[:30]!r}, expected a name with an array, such as W1 = [[0.5, −1.0]]")
    return found


def _check_text(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"text: got {len(text):,} characters, expected at most {MOST_CHARACTERS:,}")
    if "..." in text or "…" in text:
        raise ValueError(f"text: {_SHORTENED}: {_CURES}")


def _array_at(text: str, at: int) -> tuple[np.ndarray, int]:
    """The array that begins at a place of a text, and where it ends."""
    wrapper = _WRAPPER.match(text, at)
    node, end = _node(text, wrapper.end() if wrapper else at)
    if wrapper:
        closed = _REST.match(text, end)
        if closed is None:
            raise ValueError(f"text: got {text[end:].strip()[:30]!r} after the array, expected nothing more")
        end = closed.end()
    _shape(node, ())
    return np.array(node, dtype=np.float64), end


def _node(text: str, at: int) -> tuple[_Node, int]:
    """The first number or list from a place of a text on, and where it ends."""
    open_lists: list[list[_Node]] = []
    count = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"text: got {text[at : at + 20]!r} at character {at}, expected a number or a bracket")
        at, kind = token.end(), token.lastgroup
        count += kind == "number"
        if kind == "space":
            continue
        if token[0] == "[":
            open_lists.append([])
            _check_size(len(open_lists), count)
            continue
        if token[0] == "]" and not open_lists:
            raise ValueError(f"text: got a bracket at character {at - 1} that closes nothing")
        done: _Node = open_lists.pop() if token[0] == "]" else float(token[0])
        if not open_lists:
            return done, at
        open_lists[-1].append(done)
        _check_size(len(open_lists), count)
    raise ValueError(
        "text: got " + ("a bracket that is not closed" if open_lists else "no number") + ", expected an array"
    )


def _check_size(depth: int, count: int) -> None:
    if depth > MOST_DEPTH:
        raise ValueError(f"text: got brackets {depth} deep, expected at most {MOST_DEPTH}")
    if count > MOST_NUMBERS:
        raise ValueError(f"text: got more than {MOST_NUMBERS:,} numbers, expected no more")


def _shape(node: _Node, place: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of nested lists, all of which have to be alike."""
    if not isinstance(node, list):
        if not np.isfinite(node):
            raise ValueError(f"text: got a number beyond 1e308 at {list(place)}, expected finite numbers")
        return ()
    shapes = [_shape(each, (*place, number)) for number, each in enumerate(node)]
    if not shapes:
        raise ValueError(f"text: got an empty list at {list(place)}, expected numbers")
    for number, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ValueError(f"text: got shape {shape} at {[*place, number]}, expected {shapes[0]} as before it")
    return (len(shapes), *shapes[0])
