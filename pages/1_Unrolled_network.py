"""The forward pass: the network unrolled, one step opened, the states and the predictions."""

from rnnviz import ui
from rnnviz.experiment import step_matrices
from rnnviz.figures import drawing, grids, matrices, tables
from rnnviz.figures.measures import forward

OVER = {"sum": "", "mean": r"\frac{1}{T}"}

config = ui.page("Unrolled network", "What does the network compute at each step, and what does it carry on?")
run, theme = ui.experiment(config), ui.theme()
last = config.steps - 1
MODES = {
    "Sequence to sequence": (
        f"An output and a loss at **every** step; the total loss is their {config.over_time}.",
        (r"\hat{Y}_t = f_2(H_{1t} W_2 + \beta_2)", rf"L = {OVER[config.over_time]} \sum_{{t=0}}^{{T-1}} L_t"),
    ),
    "Sequence to vector": (
        "An output and a loss at the **last** step only; the steps before work for it.",
        (r"\hat{Y}_{T-1} = f_2(H_{1,T-1} W_2 + \beta_2)", r"L = L_{T-1}"),
    ),
}

t = ui.step(
    "Step t to open",
    config.steps,
    key="unrolled.t",
    help="The step whose numbers are shown below.",
    default=1,
)
opened = step_matrices(run, t)
ui.say(forward.step_sentence(opened, t))

left, right = ui.columns(1, 3)
with left:
    ui.drawing(
        drawing.rolled(theme), "Rolled: X feeds H, H feeds Ŷ, and H feeds itself one step later by Wₕ₁."
    )
    ui.note("As it is written: one layer with a loop.")
with right:
    alt = forward.unrolled_words(config.steps, t)
    ui.drawing(drawing.unrolled(config.steps, config.mode, theme, opened=t), alt)
    ui.note("As it is computed: one copy for each step, and every copy uses the same weights.")

ui.heading(f"Step {t}, opened")
ui.formula(r"H_{1t} = f_1(X_t W_1 + H_{1,t-1} W_{h1} + \beta_1)")
ui.markup(matrices.hidden_step(opened, t, config.activation, theme))
ui.note(
    "Shapes: (m × n₀)(n₀ × n₁) + (m × n₁)(n₁ × n₁) gives m × n₁ twice. β₁ has one row only: "
    "broadcasting adds each of its entries to the whole column below it."
)
answer = matrices.output_step(opened, t, run.task.output_activation, theme)
if answer:
    ui.formula(r"\hat{Y}_t = f_2(H_{1t} W_2 + \beta_2)")
    ui.markup(answer)
else:
    ui.note(f"Step {t} has no output: in sequence to vector only step {last} answers.")

ui.heading("Over all steps")
ui.control("sample", config)
left, right = ui.columns(1, 1)
with left:
    states = forward.states(run.trace, config.sample)
    figure = grids.states(states, forward.read_at(run.task, config.sample), theme)
    said = forward.states_sentence(states, config.batch if config.sample < 0 else 1)
    ui.say(said)
    ui.chart(figure, "states", said, tables.grid(states, "unit", "step t", "H"))
with right:
    shown = forward.prediction(run.task, {"prediction": run.trace.Y_hat}, config.sample)
    ui.say(forward.fit_sentence(shown))
    figure = grids.predicted(shown, "prediction", theme)
    ui.chart(figure, "predictions", forward.fit_sentence(shown), tables.predictions(shown))

ui.heading("Two modes")
for column, (name, (words, latex)) in zip(ui.columns(1, 1), MODES.items(), strict=True):
    with column:
        here = " (shown here)" if name.lower() == config.mode.replace("_", " ") else ""
        ui.say(f"**{name}**{here}. {words}")
        ui.formula(*latex)
ui.words()
