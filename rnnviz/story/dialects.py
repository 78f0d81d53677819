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
        "There are two biases for the hidden layer. Only their sum matters, so both have the gradient of β₁.",
        "`nn.RNN` has no output layer; a `Linear` after it does the work of W₂ and β₂.",
        "Its losses are means by default, over the batch and, if the steps are put together, over time. Here "
        "losses are summed over time, so a gradient there is smaller by the number of losses.",
        "`MSELoss` has no ½: its gradient is twice that of the squared error here.",
        "h_0 is the start state; here H₀ is the state after the first step.",
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
        "x is the state; the input is u. The state is taken before the activation, so the paper's x_t is the "
        "A_t of this app.",
        "States are columns, and the Jacobian of equation 5 is printed with a transpose. With the usual "
        "layout, where row i is the derivative of entry i, columns give W_rec diag(σ′) without it.",
        "The order is the other way round: the slope stands at the state that one comes from. Over many "
        "steps the same factors are multiplied, shifted by half a step.",
        "∂⁺ is the immediate derivative, as here; terms are called temporal contributions.",
        "λ₁ is the largest singular value of W_rec, here σₘₐₓ. ρ is the spectral radius, as here.",
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
        "shows as dH_k/dw. No adjoint is needed, but each step costs far more.",
    ),
)

DIALECTS: tuple[Dialect, ...] = (_PYTORCH, _GOODFELLOW, _PASCANU, _WERBOS, _ZIPSER)


def compared(one: Dialect) -> dict[str, list[str]]:
    """Return the columns of a table: what, in this app, and in the other notation."""
    things = [thing for thing in APP if thing in one.symbols]
    return {
        "what": things,
        "here": [f"${APP[thing]}$" for thing in things],
        one.name: [f"${one.symbols[thing]}$" for thing in things],
    }
