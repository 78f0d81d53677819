"""How others write the same network: their symbols beside the app's, and where the two differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

APP: Mapping[str, str] = {
    "input": "X_t",
    "state": "H_{1t}",
    "start": "H_{init}",
    "weights from the input": "W_1",
    "weights from the state before": "W_{h1}",
    "bias of the state": r"\beta_1",
    "sum before the activation": "A_{1t} = X_t W_1 + H_{1t-1} W_{h1} + \\beta_1",
    "state from it": "H_{1t} = f_1(A_{1t})",
    "weights and bias of the output": r"W_2,\ \beta_2",
    "output": r"Z_t = H_{1t} W_2 + \beta_2,\quad \hat{Y}_t = f_2(Z_t)",
    "loss": r"L = \sum_{t=0}^{T-1} L_t",
    "step Jacobian": r"\mathrm{diag}(f_1'(A_{1t}))\, W_{h1}^{\top}",
    "immediate derivative": r"\frac{\partial^{+} H_{1k}}{\partial W_{h1}}",
    "part of one use": r"\mathrm{term}(t, k)",
    "adjoint": r"\frac{\partial L}{\partial H_{1k}}",
}
"""What is written, and how the lecture and this app write it."""


@dataclass(frozen=True)
class Dialect:
    """The notation of one library, book or paper.

    Attributes
    ----------
    name : str
    reference : str
        Id in the reading list, or "".
    symbols : mapping
        LaTeX by the names of `APP`; a thing that it does not write is left out.
    differences : tuple of str
        Where it differs in more than a name.
    """

    name: str
    reference: str
    symbols: Mapping[str, str] = field(default_factory=dict)
    differences: tuple[str, ...] = ()


_PYTORCH = Dialect(
    "PyTorch",
    "",
    {
        "input": "x_t",
        "state": "h_t",
        "start": "h_0",
        "weights from the input": r"\mathtt{weight\_ih}",
        "weights from the state before": r"\mathtt{weight\_hh}",
        "bias of the state": r"\mathtt{bias\_ih} + \mathtt{bias\_hh}",
        "state from it": r"h_t = \tanh(x_t W_{ih}^{\top} + b_{ih} + h_{t-1} W_{hh}^{\top} + b_{hh})",
    },
    (
        "Rows as here, but each weight is kept as (outputs, inputs): it is the transpose of W₁ or Wₕ₁.",
        "There are two biases for the hidden layer. Only their sum matters, so both have the gradient of β₁, "
        "and both take its step: the sum moves twice as far in an update, with SGD as with Adam.",
        "`nn.RNN` has no output layer; a `Linear` after it does the work of W₂ and β₂.",
        "Its losses are means by default, over the batch and, if the steps are put together, over time. Here "
        "losses are summed over time, so a gradient there is smaller by the number of losses.",
        "`MSELoss` has no ½ and takes the mean over the n₂ outputs too: its gradient is 2/n₂ of that of the "
        "squared error here. `BCEWithLogitsLoss` takes that mean as well: 1/n₂ of the one here.",
        "h₀ there is the start state, the Hᵢₙᵢₜ of this app; H₀ here is the state after step 0, the first.",
    ),
)
_GOODFELLOW = Dialect(
    "Goodfellow et al. 2016",
    "goodfellow-2016",
    {
        "input": r"\mathbf{x}^{(t)}",
        "state": r"\mathbf{h}^{(t)}",
        "start": r"\mathbf{h}^{(0)}",
        "weights from the input": r"\mathbf{U}",
        "weights from the state before": r"\mathbf{W}",
        "bias of the state": r"\mathbf{b}",
        "sum before the activation": r"\mathbf{a}^{(t)} = \mathbf{b} + \mathbf{W} \mathbf{h}^{(t-1)} + "
        r"\mathbf{U} \mathbf{x}^{(t)}",
        "state from it": r"\mathbf{h}^{(t)} = \tanh(\mathbf{a}^{(t)})",
        "weights and bias of the output": r"\mathbf{V},\ \mathbf{c}",
        "output": r"\mathbf{o}^{(t)} = \mathbf{c} + \mathbf{V} \mathbf{h}^{(t)},\quad "
        r"\hat{\mathbf{y}}^{(t)} = \mathrm{softmax}(\mathbf{o}^{(t)})",
        "loss": r"L = \sum_{t=1}^{\tau} L^{(t)}",
        "step Jacobian": r"\mathrm{diag}(1 - (\mathbf{h}^{(t)})^2)\, \mathbf{W}",
        "adjoint": r"\nabla_{\mathbf{h}^{(t)}} L",
    },
    (
        "States are columns: every matrix is the transpose of the one here, and every product runs the other "
        "way.",
        "U, V and W are weights, not inputs or velocities; the plain W is the recurrent one.",
        "τ is the number of steps. Here it is the length of a truncation.",
        "Time runs from 1 to τ. The losses are summed over time, as here.",
        "For the immediate derivative it writes the gradient by W⁽ᵗ⁾, a copy of W that only step t uses.",
    ),
)
_PASCANU = Dialect(
    "Pascanu et al. 2013",
    "pascanu-2013",
    {
        "input": r"\mathbf{u}_t",
        "state": r"\mathbf{x}_t",
        "start": r"\mathbf{x}_0",
        "weights from the input": r"\mathbf{W}_{in}",
        "weights from the state before": r"\mathbf{W}_{rec}",
        "bias of the state": r"\mathbf{b}",
        "state from it": r"\mathbf{x}_t = \mathbf{W}_{rec}\, \sigma(\mathbf{x}_{t-1}) + \mathbf{W}_{in} "
        r"\mathbf{u}_t + \mathbf{b}",
        "loss": r"\mathcal{E} = \sum_{1 \le t \le T} \mathcal{E}_t",
        "step Jacobian": r"\mathbf{W}_{rec}^{\top}\, \mathrm{diag}(\sigma'(\mathbf{x}_{t-1}))",
        "immediate derivative": r"\frac{\partial^{+} \mathbf{x}_k}{\partial \theta}",
    },
    (
        "x is the state; the input is u. The state is taken before the activation, so the paper's xₜ is the "
        "Aₜ of this app.",
        "States are columns, and the Jacobian of equation 5 is printed with a transpose. With the usual "
        "layout, where row i is the derivative of entry i, columns give "
        r"$\mathbf{W}_{rec}\, \mathrm{diag}(\sigma')$ without it.",
        "The order is the other way round: the slope stands at the state that one comes from. Over many "
        "steps the same factors are multiplied, shifted by half a step.",
        "∂⁺ is the immediate derivative, as here; terms are called temporal contributions.",
        r"λ₁ is the largest singular value of $\mathbf{W}_{rec}$, here σₘₐₓ. "
        "ρ is the spectral radius, as here.",
        "Time runs from 1 to T. The costs are summed over time, as here.",
    ),
)
_WERBOS = Dialect(
    "Werbos 1990",
    "werbos-1990",
    {
        "input": r"X_i(t)",
        "state": r"x_i(t)",
        "weights from the state before": r"W'_{ij}",
        "sum before the activation": r"\mathrm{net}_i(t) = \sum_j W_{ij}\, x_j(t) + \sum_j W'_{ij}\, "
        r"x_j(t-1)",
        "state from it": r"x_i(t) = s(\mathrm{net}_i(t))",
        "loss": r"E = \sum_t E(t)",
        "adjoint": r"F\_x_i(t)",
    },
    (
        "Written unit by unit instead of in matrices; inputs, hidden units and outputs are one list of x.",
        "W acts within a step, W′ from one step to the next.",
        "F_ before a name is the derivative of the whole error by it: the adjoint.",
        "∂⁺ is there the ordered derivative, which counts every way: the total one. In Pascanu et al. and "
        "here it is the immediate one, its very opposite.",
        "Time runs from 1 to T, and the errors are summed over it.",
    ),
)
_ZIPSER = Dialect(
    "Williams & Zipser 1989",
    "williams-zipser-1989",
    {
        "input": r"x_k(t)",
        "state": r"y_k(t)",
        "weights from the state before": r"w_{kl}",
        "sum before the activation": r"s_k(t) = \sum_l w_{kl}\, z_l(t)",
        "state from it": r"y_k(t+1) = f_k(s_k(t))",
        "loss": r"J(t) = \tfrac{1}{2} \sum_k e_k(t)^2",
    },
    (
        "One matrix w holds the weights from inputs and from units; z is the two put together.",
        "The index is shifted: the state made from what is read at t is called y(t + 1).",
        "Some units are the outputs themselves; there is no output layer.",
        "Derivatives go forward in time, p(t) = ∂y(t)/∂w: the total derivative that the Chain rule page "
        "shows as dHₖ/dw. No adjoint is needed, but each step costs far more.",
    ),
)

_KARPATHY = Dialect(
    "min-char-rnn (Karpathy 2015)",
    "karpathy-2015",
    {
        "input": r"\mathtt{xs[t]}",
        "state": r"\mathtt{hs[t]}",
        "start": r"\mathtt{hs[-1]}",
        "weights from the input": r"\mathtt{Wxh}",
        "weights from the state before": r"\mathtt{Whh}",
        "bias of the state": r"\mathtt{bh}",
        "state from it": r"h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)",
        "weights and bias of the output": r"\mathtt{Why},\ \mathtt{by}",
        "output": r"y_t = W_{hy} h_t + b_y,\quad p_t = \mathrm{softmax}(y_t)",
        "loss": r"\mathtt{loss} = \sum_t -\ln p_t[\mathrm{target}_t]",
        "adjoint": r"\mathtt{dh}",
    },
    (
        "States are columns: each weight is the transpose of the one here.",
        "y is the output before the softmax, here Z; p is the prediction, here Ŷ.",
        "One sequence at a time: there is no batch, and no mean over one. The losses are summed over time, "
        "as here.",
        "The state is carried from one piece of 25 characters to the next, the error is not: chunks.",
        "Every entry of the gradient is cut to ±5, then Adagrad makes the update.",
    ),
)
_CS231N = Dialect(
    "CS231n, assignment 3 (Stanford 2016)",
    "cs231n-2016",
    {
        "input": r"\mathtt{x[:, t]}",
        "state": r"\mathtt{h[:, t]}",
        "start": r"\mathtt{h0}",
        "weights from the input": r"\mathtt{Wx}",
        "weights from the state before": r"\mathtt{Wh}",
        "bias of the state": r"\mathtt{b}",
        "state from it": r"h_t = \tanh(x_t W_x + h_{t-1} W_h + b)",
        "adjoint": r"\mathtt{dh[:, t]} + \mathtt{dprev\_h}",
    },
    (
        "Rows as here, and the weights as here; the batch is the first axis and time the second: (N, T, D).",
        "The backward pass takes a given ∂L/∂h of every step, `dh`. It holds what the loss of that very step "
        "says; what later ones say is added on the way back.",
        "Its temporal softmax loss is summed over time and averaged over the batch, as here, with a mask for "
        "steps that do not count.",
    ),
)
_NG = Dialect(
    "deeplearning.ai, step by step (Ng 2018)",
    "ng-2018",
    {
        "input": r"x^{\langle t \rangle}",
        "state": r"a^{\langle t \rangle}",
        "start": r"a^{\langle 0 \rangle}",
        "weights from the input": r"W_{ax}",
        "weights from the state before": r"W_{aa}",
        "bias of the state": r"b_a",
        "state from it": r"a^{\langle t \rangle} = \tanh(W_{aa} a^{\langle t-1 \rangle} + "
        r"W_{ax} x^{\langle t \rangle} + b_a)",
        "weights and bias of the output": r"W_{ya},\ b_y",
        "output": r"\hat{y}^{\langle t \rangle} = \mathrm{softmax}(W_{ya} a^{\langle t \rangle} + b_y)",
        "adjoint": r"\mathtt{da}",
    },
    (
        "a is the state, after the activation; here A is the sum before it.",
        "Samples are columns: x has the shape (nₓ, m, Tₓ), each weight is the transpose of the one here.",
        "Time runs from 1 to Tₓ.",
        "The backward exercise begins at a given `da`, the direct ∂L/∂a of every step, and has no output "
        "layer; gradients of samples are summed, so a mean over the batch has to be in `da` already.",
    ),
)
_D2L = Dialect(
    "d2l (Zhang et al. 2023)",
    "d2l-2023",
    {
        "input": r"\mathbf{X}_t",
        "state": r"\mathbf{H}_t",
        "weights from the input": r"\mathbf{W}_{xh}",
        "weights from the state before": r"\mathbf{W}_{hh}",
        "bias of the state": r"\mathbf{b}_h",
        "state from it": r"\mathbf{H}_t = \phi(\mathbf{X}_t \mathbf{W}_{xh} + "
        r"\mathbf{H}_{t-1} \mathbf{W}_{hh} + \mathbf{b}_h)",
        "weights and bias of the output": r"\mathbf{W}_{hq},\ \mathbf{b}_q",
        "output": r"\mathbf{O}_t = \mathbf{H}_t \mathbf{W}_{hq} + \mathbf{b}_q",
        "loss": r"L = \frac{1}{T} \sum_{t=1}^{T} l(\mathbf{o}_t, y_t)",
        "adjoint": r"\frac{\partial L}{\partial \mathbf{h}_t}",
    },
    (
        "Rows in the network, as here. The section on BPTT changes to columns, "
        r"$h_t = W_{hx} x_t + W_{hh} h_{t-1}$: every matrix is the transpose, without bias and activation.",
        "The loss is the mean over time: terms, rows and gradient are 1/T of those here. The switch “Total "
        "loss is” under Notation shows that.",
        "O is the output before the softmax, here Z.",
        "Time runs from 1 to T.",
    ),
)
_TFRAME = Dialect(
    "tframe's notes",
    "",
    {
        "weights from the state before": r"w_{lm}",
        "loss": r"E^{total} = \sum_{t=1}^{T} E(t)",
        "part of one use": r"dw_{lm}(t, \tau) = \frac{\partial E(t)}{\partial w_{lm}(\tau)}",
    },
    (
        "The grid of this app, for one entry w: a lower-triangular table with a row for each error and a "
        "column for each use of the weight. It was there before.",
        "τ is the step at which the weight is used, here k. Here τ is the length of a truncation.",
        "Time runs from 1 to T, and the errors are summed over it.",
    ),
)

DIALECTS: tuple[Dialect, ...] = (
    _PYTORCH,
    _KARPATHY,
    _CS231N,
    _NG,
    _D2L,
    _GOODFELLOW,
    _PASCANU,
    _WERBOS,
    _ZIPSER,
    _TFRAME,
)

GRUS: Mapping[str, Mapping[str, str]] = {
    "here, Cho et al. 2014": {
        "reset gate": r"r = \sigma(x W_r + h U_r)",
        "update gate": r"z = \sigma(x W_z + h U_z)",
        "candidate": r"c = \tanh(x W_c + (r \circ h)\, U_c)",
        "next state": r"h' = z \circ h + (1 - z) \circ c",
        "z near 1": r"h' \approx h",
    },
    "Chung et al. 2014": {
        "reset gate": r"r = \sigma(x W_r + h U_r)",
        "update gate": r"z = \sigma(x W_z + h U_z)",
        "candidate": r"c = \tanh(x W_c + (r \circ h)\, U_c)",
        "next state": r"h' = (1 - z) \circ h + z \circ c",
        "z near 1": r"h' \approx c",
    },
    "PyTorch": {
        "reset gate": r"r = \sigma(x W_r + b_r + h U_r + d_r)",
        "update gate": r"z = \sigma(x W_z + b_z + h U_z + d_z)",
        "candidate": r"n = \tanh(x W_n + b_n + r \circ (h U_n + d_n))",
        "next state": r"h' = (1 - z) \circ n + z \circ h",
        "z near 1": r"h' \approx h",
    },
}
"""One step of a GRU from x and h to h', in rows; here each gate and the candidate have a bias, too."""

GRU_DIFFERENCES = (
    "Chung's z is 1 − z of the others: the same networks, with the opposite sign in the update gate.",
    "PyTorch's candidate is another function: r acts after the recurrent product, so that cuDNN can take all "
    "products in one; weights cannot be carried over. Keras does the same by default (`reset_after`).",
    "A bias of the update gate that keeps the old state from the start is positive here and in PyTorch, "
    "negative in Chung et al.",
)


def grus() -> dict[str, list[str]]:
    """Return the columns of a table: what, and how each writes it."""
    parts = list(next(iter(GRUS.values())))
    return {"what": parts} | {name: [f"${way[part]}$" for part in parts] for name, way in GRUS.items()}


def compared(one: Dialect) -> dict[str, list[str]]:
    """Return the columns of a table: what, in this app, and in the other notation."""
    things = [thing for thing in APP if thing in one.symbols]
    return {
        "what": things,
        "here": [f"${APP[thing]}$" for thing in things],
        one.name: [f"${one.symbols[thing]}$" for thing in things],
    }
