"""Gradient flow: how much of an error arrives how far back, and why."""

from rnnviz import ui
from rnnviz.experiment import gradient_flow, norms_of_terms, spectrum
from rnnviz.figures import heat, lines, tables
from rnnviz.figures.measures import flow
from rnnviz.story.numbers import four

CASES = ("vanishing", "orthogonal", "exploding")

config = ui.page(
    "Gradient flow",
    "How far back does the error reach: does it vanish, is it carried, does it explode?",
    group="network",
)
run, theme = ui.experiment(config), ui.theme()
ui.preset_buttons(CASES, config)

values, norms = spectrum(run), gradient_flow(run)
found = flow.lags(norms, values.gamma, values.norm, values.radius)
sentence = flow.flow_sentence(found)
ui.say(sentence)
ui.metrics(
    {
        "Spectral norm σ_max(Wₕ₁)": (
            four(values.norm),
            "The largest singular value: no step of Wₕ₁ stretches an error by more. It gives the bound.",
        ),
        "Largest slope γ": (
            four(values.gamma),
            "The largest slope of the hidden activation: 1 for tanh, ReLU and identity, ¼ for sigmoid.",
        ),
        "γ σ_max": (
            four(values.gamma * values.norm),
            "Below 1 the gradient has to vanish, whatever the data.",
        ),
        "Spectral radius ρ(Wₕ₁)": (
            four(values.radius),
            "The largest |eigenvalue|: the rate at which powers of Wₕ₁ grow in the long run. It is no bound.",
        ),
    }
)

left, right = ui.columns(1, 1)
with left:
    ui.heading("By lag t − k", help="What is left of the error of a loss after going back t − k steps.")
    ui.chart(lines.by_lag(found, theme), "lag", sentence, tables.by_lag(found))
    ui.note(
        "The band holds every loss step; nothing can lie above the bound. The long-run rate is a trend only."
    )
with right:
    ui.heading("‖∂Lₜ/∂Hₖ‖", help="How strongly the loss at step t acts back on the state at step k.")
    alt = f"Heat map of the norm of dL_t/dH_k for all {config.steps} steps on a log scale. {flow.zero_sentence(norms)}"
    ui.chart(heat.norms(norms, theme=theme), "flow", alt, tables.triangle(norms, "‖∂L_t/∂H_k‖"))
    ui.note(flow.zero_sentence(norms))

ui.heading(
    "The terms of the gradient", help="The length of each chain-rule term, one for each loss and source step."
)
ui.control("parameter", config)
terms = norms_of_terms(run)
if config.parameter in terms:
    shown = terms[config.parameter]
    words = flow.terms_sentence(shown, config.parameter)
    ui.say(words)
    ui.chart(
        heat.norms(shown, theme=theme, role="parameter"),
        "terms",
        words,
        tables.triangle(shown, "‖term(t, k)‖"),
    )
else:
    ui.say(
        "W₂ and β₂ act at the step of the loss itself: their gradient has no way back through time to show."
    )
