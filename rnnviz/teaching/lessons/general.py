"""The formula for any T: it follows from the pattern of the two walks."""

from __future__ import annotations

from rnnviz.engine.activations import HIDDEN
from rnnviz.notation.equations import sign, token
from rnnviz.notation.ids import chain_factor, symbol
from rnnviz.notation.numbers import counted
from rnnviz.notation.quantities import shown_steps
from rnnviz.teaching.lessons import chain
from rnnviz.teaching.lessons.model import TEXTS, Lesson, Line, Paragraph, Setting
from rnnviz.teaching.lessons.parts import another_rule, named, truncated, written

PRODUCT = (
    r"\frac{\partial L_t}{\partial \hat{Y}_t}\,\frac{\partial \hat{Y}_t}{\partial H_{1t}}"
    r"\left(\prod_{j=k+1}^{t} \frac{\partial H_{1j}}{\partial H_{1,j-1}}\right)"
)


def lesson(of: Setting, parameter: str) -> Lesson:
    """The lesson for any network; ``parameter`` is the one whose formula is written out."""
    name = parameter if parameter in chain.ORDER else "Wh1"
    paragraphs = (*_pattern(of, name), *_sums(of, name), *_lengths(of, name))
    return Lesson("general", paragraphs)


def _pattern(of: Setting, name: str) -> list[Paragraph]:
    last, far = of.last, shown_steps(of.T)[max(0, len(shown_steps(of.T)) - 3)]
    theta = symbol(name).latex
    return [
        Paragraph(
            "Pattern",
            f"A term belongs to a loss at step $t$ and to a use of {{{name}}} at step $k$. It has a factor "
            "for the "
            "loss, one for the output, one for each step back, and one where the path ends.",
            f"term-{last}-{far}",
            (written(rf"\mathrm{{term}}(t,k) = {PRODUCT}\,\frac{{\partial^{{+}} H_{{1k}}}}{{\partial {theta}}}"),),
            parameter=name,
        ),
        Paragraph("Pattern", TEXTS["immediate"], f"term-{last}-{far}", (written(_immediate(name)),), parameter=name),
        Paragraph(
            "Pattern",
            f"The factor of one step back is the step Jacobian. $f_1$ is {named(of.hidden)}, so its slope "
            "is at "
            f"most {HIDDEN[of.hidden].max_slope:g}.",
            f"term-{last}-{far}",
            _jacobian(of),
            parameter=name,
        ),
    ]


def _immediate(name: str) -> str:
    entering = {"W1": "X_k", "Wh1": "H_{1,k-1}"}.get(name)
    theta = symbol(name).latex
    left = rf"\frac{{\partial^{{+}} H_{{1k}}}}{{\partial {theta}}}"
    if entering is None:
        return rf"{left} = \mathrm{{diag}}\,(f_1'(A_{{1k}}))"
    return rf"\left({left}\right)_{{h,ij}} = ({entering})_i\, f_1'(A_{{1k}})_h \quad \text{{if }} h = j"


def _jacobian(of: Setting) -> tuple[Line, ...]:
    if of.T == 1:
        return (written(r"\frac{\partial H_{1t}}{\partial H_{1,t-1}} = \mathrm{diag}\,(f_1'(A_{1t}))\,W_{h1}^{\top}"),)
    t = shown_steps(of.T)[-1]
    return (
        (
            token(chain_factor(t)),
            sign(rf"= \mathrm{{diag}}\,(f_1'(A_{{1{t if t < 10 else f',{t}'}}}))"),
            token("Wh1"),
            sign(r"^{\top}"),
        ),
    )


def _sums(of: Setting, name: str) -> list[Paragraph]:
    theta, count = symbol(name).latex, len(of.losses)
    number = of.T * (of.T + 1) // 2 if count > 1 else of.T
    terms = "one term" if number == 1 else f"{number} terms"
    outer = r"\sum_{t=0}^{T-1} " if count > 1 or of.T == 1 else ""
    t = "t" if outer else "T-1"
    return [
        Paragraph(
            "Sums",
            f"The gradient adds all of them: {terms} for {counted(of.T, 'step')}. It is a sum "
            f"because every use of {{{name}}} changes the loss on its own path; nothing is averaged "
            f"over time.{truncated(of)}",
            "sum",
            (
                written(
                    rf"\frac{{\partial L}}{{\partial {theta}}} = {outer}\sum_{{k=0}}^{{{t}}} "
                    rf"\mathrm{{term}}({t},k)"
                ),
            ),
            parameter=name,
        ),
        Paragraph(
            "Sums",
            TEXTS["rows"],
            "sum",
            (written(rf"\frac{{\partial L_t}}{{\partial {theta}}} = \sum_{{k=0}}^{{t}} \mathrm{{term}}(t,k)"),),
            parameter=name,
            lit=tuple(f"dL_{t}/d{name}" for t in shown_steps(of.T) if t in of.losses),
        ),
        Paragraph(
            "Sums",
            TEXTS["columns"],
            "sum",
            (written(r"\text{added at step } k = \sum_{t \ge k} \mathrm{term}(t,k)"),),
            parameter=name,
            lit=tuple(f"column_{k}" for k in shown_steps(of.T)),
        ),
    ]


def _lengths(of: Setting, name: str) -> list[Paragraph]:
    bound = r"\left\lVert \prod_{j=k+1}^{t} \frac{\partial H_{1j}}{\partial H_{1,j-1}} \right\rVert_2"
    return [
        Paragraph(
            "Lengths",
            TEXTS["lengths"],
            f"term-{of.last}-0",
            (written(rf"{bound} \le (\gamma\, \sigma_{{max}}(W_{{h1}}))^{{t-k}}, \quad \gamma = \max |f_1'|"),),
            parameter=name,
        ),
        Paragraph(
            "Lengths",
            f"One step against this gradient, and the five steps begin again.{another_rule(of)}",
            "update",
            (chain.update(name),),
            parameter=name,
        ),
    ]
