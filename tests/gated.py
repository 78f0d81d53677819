"""Step Jacobians of gated cells written from their equations, as matrices, for what is said of the two paths."""

from __future__ import annotations

import numpy as np


def jacobians(experiment, t, sample):
    """The step Jacobian of [H | C], or of H, at step t: the summand of the direct path, and the rest."""
    trace, parameters, n = experiment.trace, experiment.parameters, experiment.config.hidden
    blocks = np.split(parameters.Wh1.T, len(parameters.Wh1.T) // n)
    before = (trace.H[t - 1] if t else trace.H_init)[sample]
    gates = np.split(trace.gates[t, sample], len(blocks))
    if experiment.config.cell == "lstm":
        memory = (trace.C[t - 1] if t else trace.C_init)[sample]
        return _lstm(blocks, gates, memory, trace.C[t, sample])
    d = parameters.b1[3 * n :]
    return _gru(blocks, gates, before, d if len(d) else None)


def _lstm(U, gates, memory, C):
    i, f, o, c = gates
    n = len(C)
    squashed = np.tanh(C)
    leaves = np.diag(o * (1 - squashed**2))
    through = np.diag(c * i * (1 - i)) @ U[0] + np.diag(memory * f * (1 - f)) @ U[1] + np.diag(i * (1 - c**2)) @ U[3]
    shown = leaves @ through + np.diag(squashed * o * (1 - o)) @ U[2]
    zero = np.zeros((n, n))
    direct = np.block([[zero, leaves @ np.diag(f)], [zero, np.diag(f)]])
    return direct, np.block([[shown, zero], [through, zero]])


def _gru(U, gates, before, d):
    r, z, c = gates
    of_update = np.diag((before - c) * z * (1 - z)) @ U[1]
    if d is None:
        of_candidate = U[2] @ (np.diag(r) + np.diag(before * r * (1 - r)) @ U[0])
    else:
        of_candidate = np.diag(r) @ U[2] + np.diag((U[2] @ before + d) * r * (1 - r)) @ U[0]
    return np.diag(z), of_update + np.diag((1 - z) * (1 - c**2)) @ of_candidate


def adjoints(experiment):
    """{(t, k): (m, s) ∂L_t/∂ the state of step k} and the same along the direct path alone."""
    T, m, n = experiment.trace.H.shape
    architecture, W2 = experiment.architecture, experiment.parameters.W2
    steps = [[jacobians(experiment, t, sample) for sample in range(m)] for t in range(T)]
    width = len(steps[0][0][0])
    whole, direct = {}, {}
    from rnnviz.engine import single_term

    for t in range(architecture.first_loss_step(T), T):
        error = single_term(*experiment.problem, "b2", t, t).delta @ W2.T
        error = np.hstack([error, np.zeros((m, width - n))])
        for found, parts in ((whole, (0, 1)), (direct, (0,))):
            found[t, t] = error
            for k in range(t, 0, -1):
                rows = [found[t, k][i] @ sum(steps[k][i][part] for part in parts) for i in range(m)]
                found[t, k - 1] = np.array(rows)
    return whole, direct
