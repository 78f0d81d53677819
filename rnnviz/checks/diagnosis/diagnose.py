"""Is a gradient right, and if not, which line is wrong?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnnviz.checks.diagnosis import say
from rnnviz.checks.diagnosis.compute import find
from rnnviz.engine import Architecture, Parameters


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What a gradient is.

    Attributes
    ----------
    verdict : {"right", "mistake", "unknown"}
    mistakes : tuple of str
        Names of one or two known mistakes that give these very numbers, in the order of ``content/mistakes.toml``.
    errors : dict
        Parameter -> relative error: the largest difference over the largest entry.
    sentence : str
        The verdict in words: the wrong line, or how the numbers come from the right ones.
    factor : float
        What a clipped gradient was scaled by; else 1.
    others : tuple of tuples of str
        Mistakes that give the same numbers in this network.
    """

    verdict: str
    mistakes: tuple[str, ...]
    errors: dict[str, float]
    sentence: str
    factor: float = 1.0
    others: tuple[tuple[str, ...], ...] = ()


def diagnose(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    gradients: Parameters | Mapping[str, np.ndarray] | None,
    H_init: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    C_init: np.ndarray | None = None,
) -> Diagnosis:
    """Compare a gradient with the right one, and find the known mistake, or two, that give its numbers.

    The network is run with each known mistake and each pair of them. The simplest explanation is taken; where several
    give the same numbers (a detached state and a forgotten `dh_next` always do) it is the first as they are declared,
    and the sentence names the others. Numbers that were rounded are compared as far as their digits go.

    Parameters
    ----------
    architecture : Architecture
    parameters : Parameters
    X : (T, m, n0) array_like
    Y : (T, m, n2) array_like, or (m, n2) in sequence_to_vector
    gradients : Parameters or dict
        The gradient to be judged; a parameter that is None or left out is not.
    H_init, C_init : (m, n1) array_like, optional
        Zeros by default; the second is an LSTM's.
    mask : (T, m) array_like, or (m,) in sequence_to_vector, optional
        Factors of each sample's loss at each step.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        For what does not fit together; it names the argument, what came and what was expected.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnviz import diagnose
    >>> from rnnviz.engine import Architecture, backward, forward, initialise
    >>> architecture = Architecture(2, 3, 2)
    >>> parameters = initialise(architecture, seed=0)
    >>> X, Y = np.ones((4, 2, 2)), np.tile([1.0, 0.0], (4, 2, 1))
    >>> gradient = backward(architecture, parameters, forward(architecture, parameters, X), Y).gradients
    >>> diagnose(architecture, parameters, X, Y, gradient).verdict
    'right'
    >>> diagnose(architecture, parameters, X, Y, gradient._replace(b1=2 * gradient.b1)).mistakes
    ('bias_twice',)
    """
    finding = find(architecture, parameters, X, Y, gradients, H_init, mask, C_init)
    found = finding.found
    verdict = "unknown" if found is None else "mistake" if found.made else "right"
    others = tuple(each.made for each in finding.others)
    made, factor = (found.made, found.factor) if found else ((), 1.0)
    return Diagnosis(verdict, made, finding.errors, say.sentence(finding), factor, others)
