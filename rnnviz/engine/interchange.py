"""The hidden parameters under PyTorch's names, in its order of blocks and its transposed shapes.

PyTorch's LSTM has the blocks input, forget, candidate, output, its GRU reset, update, candidate, with the reset after
the product. It adds two biases where one would do; the second is zero here, but for a GRU's d_c, which stands alone.
"""

import numpy as np

from .architecture import Architecture, Parameters

MODULES = {"plain": "RNN", "gru": "GRU", "lstm": "LSTM"}
"""The class in ``torch.nn`` of each cell."""
_ORDER = {"plain": (0,), "gru": (0, 1, 2), "lstm": (0, 1, 3, 2)}
_WEIGHTS = ("weight_ih_l0", "weight_hh_l0")


def to_torch(architecture: Architecture, parameters: Parameters) -> dict[str, np.ndarray]:
    """Give W1, Wh1 and b1 the names, shapes and order of ``torch.nn.RNN``, ``GRU`` or ``LSTM``.

    Parameters
    ----------
    architecture : Architecture
    parameters : Parameters
        Or a gradient, whose ``bias_hh_l0`` is then to be left out but for d_c: PyTorch's two biases have the same.

    Returns
    -------
    dict of arrays
        "weight_ih_l0" (g n1, n0), "weight_hh_l0" (g n1, n1), "bias_ih_l0" and "bias_hh_l0" (g n1,).

    Raises
    ------
    ValueError
        For a network that PyTorch has no module of: a GRU with the reset before the product, or a plain cell whose
        activation is neither tanh nor ReLU.
    """
    if architecture.cell == "gru" and architecture.reset == "before":
        raise ValueError("reset: got 'before', expected 'after', which is how torch.nn.GRU has it")
    if architecture.cell == "plain" and architecture.hidden_activation not in ("tanh", "relu"):
        raise ValueError(
            f"hidden_activation: got {architecture.hidden_activation!r}, expected 'tanh' or 'relu' for torch.nn.RNN"
        )
    n1, order = architecture.n_hidden, _ORDER[architecture.cell]
    wide = len(order) * n1
    first = np.concatenate([parameters.b1[i * n1 : (i + 1) * n1] for i in order])
    second = np.zeros(wide)
    second[wide - len(parameters.b1[wide:]) :] = parameters.b1[wide:]
    found = {"bias_ih_l0": first, "bias_hh_l0": second}
    for name, weights in zip(_WEIGHTS, (parameters.W1, parameters.Wh1), strict=True):
        found[name] = np.concatenate([weights[:, i * n1 : (i + 1) * n1].T for i in order])
    return found


def from_torch(architecture: Architecture, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The way back: "W1", "Wh1" and "b1" from arrays under PyTorch's names; the shapes are not checked."""
    n1, order = architecture.n_hidden, np.argsort(_ORDER[architecture.cell])

    def blocks(name: str) -> list[np.ndarray]:
        return [np.asarray(arrays[name], dtype=float)[i * n1 : (i + 1) * n1] for i in order]

    W1, Wh1 = (np.hstack([block.T for block in blocks(name)]) for name in _WEIGHTS)
    first, second = blocks("bias_ih_l0"), blocks("bias_hh_l0")
    apart = [second.pop()] if architecture.layer.biases[-1] == "hidden candidate" else []
    both = [one + other for one, other in zip(first, second, strict=False)] + first[len(second) :] + apart
    return {"W1": W1, "Wh1": Wh1, "b1": np.concatenate(both)}
