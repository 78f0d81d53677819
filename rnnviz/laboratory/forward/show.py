"""The forward pass on its page: one step opened, the states and predictions over all steps, the two modes."""

from rnnviz.charts import drawing, matrices, tables
from rnnviz.laboratory.forward import compute, draw
from rnnviz.laboratory.forward import say as said
from rnnviz.scene.steps import gated_step
from rnnviz.settings.config import RunConfig
from rnnviz.ui.cache import experiment
from rnnviz.ui.show import chart, columns, formula, heading, markup, note, say
from rnnviz.ui.show import drawing as drawn

OVER = {"sum": "", "mean": r"\frac{1}{T}"}


def opened(config: RunConfig, t: int, theme: str) -> None:
    """Draw where step t stands in the network, and its matrices."""
    run = experiment(config)
    values = compute.step_matrices(run, t)
    if config.cell == "plain":
        say(said.step_sentence(values, t))
    drawn(drawing.unrolled(config.steps, config.mode, theme, opened=t), said.unrolled_words(config.steps, t))
    note("As it is computed: one copy for each step, and every copy uses the same weights.")
    heading(f"Step {t}, opened")
    if config.cell == "plain":
        formula(r"H_t = f_1(X_t W_1 + H_{t-1} W_{h1} + \beta_1)")
        markup(matrices.hidden_step(values, t, config.activation, theme))
    else:
        for act in gated_step(run, t):
            say(act.sentence)
            formula(act.equation)
            markup(matrices.product(act.line, theme))
    bias = "β₁ has" if config.cell == "plain" else "A bias has"
    note(
        f"Shapes: (m × n₀)(n₀ × n₁) + (m × n₁)(n₁ × n₁) gives m × n₁ twice. {bias} one row only: "
        "broadcasting adds each of its entries to the whole column below it."
    )
    answer = matrices.output_step(values, t, run.task.output_activation, theme)
    if answer:
        formula(r"\hat{Y}_t = f_2(H_t W_2 + \beta_2)")
        markup(answer)
    else:
        note(f"Step {t} has no output: in sequence to vector only step {config.steps - 1} answers.")


def over_time(config: RunConfig, theme: str) -> None:
    """Draw the network rolled up, and the states and the predictions of one sample, or their mean."""
    run = experiment(config)
    drawn(drawing.rolled(theme), "Rolled: X feeds H, H feeds Ŷ, and H feeds itself one step later by Wₕ₁.")
    note("As it is written: one layer with a loop; beside it as it is computed, a copy for each step.")
    values = compute.states(run.trace, config.sample)
    words = said.states_sentence(values, config.batch if config.sample < 0 else 1)
    say(words)
    picture = draw.states(values, said.read_at(run.task, config.sample), theme)
    chart(picture, "states", words, tables.grid(values, "unit", "step t", "H"))
    shown = compute.prediction(run.task, run.trace.Y_hat, config.sample)
    words = said.fit_sentence(shown)
    say(words)
    picture = draw.predicted(shown, theme)
    chart(picture, "predictions", words, said.predictions_table(shown))


def modes(config: RunConfig) -> None:
    """Draw the two modes beside each other."""
    each = {
        "Sequence to sequence": (
            f"An output and a loss at **every** step; the total loss is their {config.over_time}.",
            r"\hat{Y}_t = f_2(H_t W_2 + \beta_2)",
            rf"L = {OVER[config.over_time]} \sum_{{t=0}}^{{T-1}} L_t",
        ),
        "Sequence to vector": (
            "An output and a loss at the **last** step only; the steps before work for it.",
            r"\hat{Y}_{T-1} = f_2(H_{T-1} W_2 + \beta_2)",
            r"L = L_{T-1}",
        ),
    }
    for column, (name, (words, *latex)) in zip(columns(1, 1), each.items(), strict=True):
        with column:
            here = " (shown here)" if name.lower() == config.mode.replace("_", " ") else ""
            say(f"**{name}**{here}. {words}")
            formula(*latex)
