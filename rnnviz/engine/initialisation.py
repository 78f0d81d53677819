"""Start values of the parameters."""

import numpy as np

from .architecture import Architecture, Parameters
from .jacobians import spectral_radius as radius_of
from .validation import checked_array
from .values import checked_count, checked_name, checked_positive


def initialise(
    architecture: Architecture,
    seed: int = 0,
    scheme: str = "xavier",
    spectral_radius: float | None = None,
    forget_bias: float = 1.0,
    update_bias: float = 0.0,
) -> Parameters:
    """Draw start values, each block of a gated cell on its own; biases are zero but for the two named ones.

    Parameters
    ----------
    architecture : Architecture
    seed : int
        The same seed gives the same numbers. W1, Wh1 and W2 are drawn from streams of their own, so W1 and W2 do not
        change when only the recurrent matrix is drawn in another way.
    scheme : {"xavier", "orthogonal", "identity", "normal", "nonnormal"}
        "xavier": uniform within ±√(6 / (rows + columns)) [1]_. "orthogonal" and "identity": Wh1 is a random orthogonal
        matrix [2]_ or the unit matrix [3]_, W1 and W2 as in xavier. "normal": all entries normal with variance 1 /
        rows, so that the spectral radius of a large Wh1 is near 1. "nonnormal": Wh1 has 1 on its diagonal and ½ beside
        it, so that each unit also feeds the next; its eigenvalues are all 1, its powers grow first whatever radius it
        is rescaled to [4]_; W1 and W2 as in xavier.
    spectral_radius : float, optional
        Wh1, each block of it, is rescaled to this largest |eigenvalue|; 0 makes it the zero matrix. As drawn by
        default.
    forget_bias, update_bias : float
        The bias of an LSTM's forget gate, 1 so that it starts open [5]_, and that of a GRU's update gate.

    Returns
    -------
    Parameters

    Raises
    ------
    ValueError
        For an unknown scheme, a seed that is not an integer ≥ 0, a radius that is negative or not finite, or one above
        0 when the drawn matrix has radius 0, or a bias that is not a finite number.

    References
    ----------
    .. [1] X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks",
       AISTATS 2010.
    .. [2] A. M. Saxe, J. L. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
       linear neural networks", ICLR 2014.
    .. [3] Q. V. Le, N. Jaitly, G. E. Hinton, "A simple way to initialize recurrent networks of rectified linear units",
       arXiv:1504.00941, 2015.
    .. [4] S. Ganguli, D. Huh, H. Sompolinsky, "Memory traces in dynamical systems", PNAS 105, 2008.
    .. [5] R. Jozefowicz, W. Zaremba, I. Sutskever, "An empirical exploration of recurrent network architectures",
       ICML 2015.
    """
    checked_name("scheme", scheme, SCHEMES)
    inputs, recurrent, readout = streams(seed)
    n0, n1, n2 = architecture.n_inputs, architecture.n_hidden, architecture.n_outputs
    draw, cell = _normal if scheme == "normal" else xavier, architecture.layer
    given = {"forget": ("forget_bias", forget_bias), "update": ("update_bias", update_bias)}
    biases = {block: float(checked_array(name, value, ())) for block, (name, value) in given.items()}
    W1 = np.hstack([draw(inputs, (n0, n1)) for _ in cell.blocks])
    Wh1 = np.hstack([rescaled(_RECURRENT[scheme](recurrent, (n1, n1)), spectral_radius) for _ in cell.blocks])
    b1 = np.repeat([biases.get(block, 0.0) for block in cell.biases], n1)
    return Parameters(W1, Wh1, b1, draw(readout, (n1, n2)), np.zeros(n2))


def rescaled(drawn: np.ndarray, spectral_radius: float | None) -> np.ndarray:
    """A square matrix times what gives it this spectral radius; ValueError where its own is 0."""
    if spectral_radius is None:
        return drawn
    wanted, radius = checked_positive("spectral_radius", spectral_radius, zero=True), radius_of(drawn)
    if wanted > 0 and radius == 0:
        raise ValueError(
            f"spectral_radius: got {wanted}, expected 0 or None: the matrix has radius 0 "
            "and cannot be rescaled to another"
        )
    return drawn * (wanted / radius) if wanted > 0 else np.zeros_like(drawn)


def streams(seed: int) -> list[np.random.Generator]:
    """Three streams of random numbers, for W1, Wh1 and W2."""
    return [np.random.default_rng(each) for each in np.random.SeedSequence(checked_count("seed", seed, 0)).spawn(3)]


def xavier(stream: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    limit = np.sqrt(6.0 / sum(shape))
    return stream.uniform(-limit, limit, shape)


def _normal(stream: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return stream.standard_normal(shape) / np.sqrt(shape[0])


def orthogonal(stream: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    Q, R = np.linalg.qr(stream.standard_normal(shape))
    # The signs of R's diagonal make the draw uniform over all orthogonal matrices (Mezzadri 2007).
    return Q * np.where(np.diag(R) < 0, -1.0, 1.0)


_RECURRENT = {
    "xavier": xavier,
    "orthogonal": orthogonal,
    "identity": lambda stream, shape: np.eye(shape[0]),
    "normal": _normal,
    "nonnormal": lambda stream, shape: np.eye(shape[0]) + 0.5 * np.eye(shape[0], k=1),
}
SCHEMES = tuple(_RECURRENT)
