"""Gradient flow: how much of an error arrives how far back, and why."""

from rnnviz import ui
from rnnviz.experiment import gradient_flow, norms_of_terms, spectrum
from rnnviz.figures import grids, lines, tables
from rnnviz.figures.measures import flow
from rnnviz.story.numbers import four

CASES = ("vanishing", "orthogonal", "exploding")
HELP = {
    "norm": "The largest singular value: Wₕ₁ stretches no error by more in one step. It gives the bound.",
    "slope": "The largest slope of the hidden activation: 1 for tanh, ReLU and identity, ¼ for sigmoid.",
    "stretch": "The bound for one step back. Below 1 the gradient has to vanish, whatever the data.",
    "radius": "The largest |eigenvalue|: how fast powers of Wₕ₁ grow in the long run. It is no bound.",
    "lag": "What is left of the error of a loss after it has gone back t − k steps.",
    "flow": "How strongly the loss at step t acts back on the state at step k.",
    "terms": "The length of each chain-rule term, one for each loss step and source step.",
}

config = ui.page(
    "Gradient flow",
    "How far back does the error reach: does it vanish, is it carried, does it explode?",
    group="network",
)
theme = ui.theme()
ui.preset_buttons(CASES, config)

values, norms = ui.view(spectrum, config), ui.view(gradient_flow, config)
found = flow.lags(norms, values.gamma, values.norm, values.radius)
sentence, zeros = flow.flow_sentence(found), flow.zero_sentence(norms)
ui.say(sentence)
ui.metrics(
    {
        "Spectral norm σ_max(Wₕ₁)": (four(values.norm), HELP["norm"]),
        "Largest slope γ": (four(values.gamma), HELP["slope"]),
        "γ σ_max": (four(values.gamma * values.norm), HELP["stretch"]),
        "Spectral radius ρ(Wₕ₁)": (four(values.radius), HELP["radius"]),
    }
)

left, right = ui.columns(1, 1)
with left:
    ui.heading("By lag t − k", help=HELP["lag"])
    ui.chart(lines.by_lag(found, theme), "lag", sentence, tables.by_lag(found))
    ui.note("The band holds every loss step; nothing can lie above the bound. ρ is a trend only.")
with right:
    ui.heading("From loss step t back to state k", help=HELP["flow"])
    alt = f"Heat map of the norms of dL_t/dH_k over {config.steps} steps, log scale. {sentence} {zeros}"
    ui.chart(grids.norms(norms, theme), "flow", alt, tables.triangle(norms, "‖∂L_t/∂H_k‖"))
    ui.note(f"Colour: ‖∂L_t/∂H_k‖ on a log scale. {zeros}")

ui.heading("The terms of the gradient", help=HELP["terms"])
ui.control("parameter", config)
terms = ui.view(norms_of_terms, config)
if config.parameter in terms:
    shown = flow.with_loss(terms[config.parameter], norms)
    words = flow.terms_sentence(shown, config.parameter)
    ui.say(words)
    figure = grids.norms(shown, theme, role="parameter")
    ui.chart(figure, "terms", words, tables.triangle(shown, "‖term(t, k)‖"))
    ui.note(f"Colour: ‖term(t, k)‖ on a log scale. {flow.zero_sentence(shown)}")
else:
    ui.say("W₂ and β₂ act at the step of the loss itself: their gradient takes no way back through time.")
