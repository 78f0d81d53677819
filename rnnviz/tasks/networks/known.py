"""Networks whose numbers somebody has printed, made again from what their pages say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.notation import prose
from rnnviz.tasks.networks.archive import Entries
from rnnviz.tasks.networks.brought import Brought, of_entries


@dataclass(frozen=True)
class Published:
    """Numbers of a page, as they are printed there.

    `name` is what the page calls them, `of` the array of `experiment.published` that they are of, and `at` their index
    in it: "all" for all entries of an axis.
    """

    name: str
    of: str
    printed: tuple[str, ...]
    at: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Known:
    """A network that is known, as ``content/known.toml`` has it.

    `source` is the id of a reference, `conventions` says how its page writes what is written otherwise here, `remark`
    where a printed number is not the network's; `settings` are those of a `RunConfig` that its page goes by.
    """

    name: str
    title: str
    sentence: str
    source: str
    conventions: str
    published: Mapping[str, Published]
    remark: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)


KNOWN = prose.read("known", Mapping[str, Known])


@cache
def by_fingerprint() -> Mapping[str, Brought]:
    """Return the known networks by what stands in a link."""
    found = [_brought(known) for known in KNOWN.values()]
    return MappingProxyType({each.fingerprint(): each for each in found})


def network(name: str) -> Brought:
    """Return the known network of this name."""
    return next(each for each in by_fingerprint().values() if each.known == name)


def _brought(known: Known) -> Brought:
    found = of_entries(_MAKERS[known.name]())
    return replace(found, source=known.title, known=known.name)


def _even(low: float, high: float, *shape: int) -> np.ndarray:
    return np.linspace(low, high, num=int(np.prod(shape))).reshape(shape)


def _cs231n_step() -> Entries:
    N, D, H = 3, 10, 4
    return {
        "X": _even(-0.4, 0.7, 1, N, D), "H_init": _even(-0.2, 0.5, N, H), "W1": _even(-0.1, 0.9, D, H),
        "Wh1": _even(-0.3, 0.7, H, H), "b1": _even(-0.2, 0.4, H), **_state_read((1, N, H)),
    }  # fmt: skip


def _cs231n_forward() -> Entries:
    N, T, D, H = 2, 3, 4, 5
    return {
        "X": _even(-0.1, 0.3, N, T, D).swapaxes(0, 1), "H_init": _even(-0.3, 0.1, N, H), "W1": _even(-0.2, 0.4, D, H),
        "Wh1": _even(-0.4, 0.1, H, H), "b1": _even(-0.7, 0.1, H), **_state_read((T, N, H)),
    }  # fmt: skip


def _state_read(shape: tuple[int, ...]) -> Entries:
    """The state as the output, asked to be 0, for a page that has neither output nor loss."""
    return {"W2": np.eye(shape[-1]), "b2": np.zeros(shape[-1]), "Y": np.zeros(shape), "output": "identity"}


def _deeplearning(order: str, m: int = 10, T: int = 4) -> Entries:
    """What is drawn with seed 1, in columns; `order` says which of the weights of the state comes first."""
    stream = np.random.RandomState(1)
    x, a0, W = stream.randn(3, m, T), stream.randn(5, m), dict[str, np.ndarray]()
    for name in order:
        W[name] = stream.randn(5, 5 if name == "a" else 3)
    Wy, ba, by = stream.randn(2, 5), stream.randn(5, 1), stream.randn(2, 1)
    found: Entries = {"X": x.transpose(2, 1, 0), "H_init": a0.T, "W1": W["x"].T, "Wh1": W["a"].T, "b1": ba[:, 0]}
    return found | {"W2": Wy.T, "b2": by[:, 0], "da": stream.randn(5, m, T).transpose(2, 1, 0)}


def _deeplearning_forward() -> Entries:
    found = _deeplearning("ax")
    T, m = found.pop("da").shape[:2]  # type: ignore[union-attr]
    return found | {"Y": np.full((T, m, 2), 0.5), "output": "softmax"}


def _deeplearning_backward() -> Entries:
    found = _deeplearning("xa")
    return {"dH" if name == "da" else name: value for name, value in found.items() if name not in ("W2", "b2")}


def _by_hand() -> Entries:
    A, B, C = np.array([[1.0, -1.0], [1.0, 1.0]]), np.array([[1.0], [2.0]]), np.array([[-1.0, 1.0]])
    x, y = np.array([3.0, 4.0, 5.0, 6.0]).reshape(4, 1, 1), np.zeros((4, 1, 1))
    arrays = {"W1": B.T, "Wh1": A.T, "b1": np.zeros(2), "W2": C.T, "b2": np.zeros(1), "X": x, "Y": y}
    return arrays | {"activation": "relu", "output": "identity"}


def _min_char_rnn() -> Entries:
    """“hell” to “ello”, weights of 0.01 times normal numbers; the gist draws from no seed, here it is 0."""
    stream, letters = np.random.RandomState(0), "helo"
    Wxh, Whh, Why = (0.01 * stream.randn(*shape) for shape in ((8, 4), (8, 8), (4, 8)))
    X, Y = (np.eye(4)[[letters.index(sign) for sign in text]][:, None] for text in ("hell", "ello"))
    weights = Parameters(Wxh.T, Whh.T, np.zeros(8), Why.T, np.zeros(4))
    return {**weights._asdict(), "X": X, "Y": Y, "activation": "tanh", "output": "softmax"}


def _d2l() -> Entries:
    stream = np.random.RandomState(0)
    shapes = {"W1": (2, 3), "Wh1": (3, 3), "W2": (3, 1), "X": (3, 1, 2), "Y": (3, 1, 1)}
    arrays: Entries = {name: stream.randn(*shape).round(1) for name, shape in shapes.items()}
    return arrays | {"b1": np.zeros(3), "b2": np.zeros(1), "activation": "identity", "output": "identity"}


_MAKERS: Mapping[str, Callable[[], Entries]] = {
    "cs231n-step": _cs231n_step,
    "cs231n-forward": _cs231n_forward,
    "deeplearning-forward": _deeplearning_forward,
    "deeplearning-backward": _deeplearning_backward,
    "by-hand": _by_hand,
    "min-char-rnn": _min_char_rnn,
    "d2l": _d2l,
}
