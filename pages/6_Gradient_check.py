"""Gradient check: the loop against differences of the loss, and what happens when a line of it is wrong."""

from rnnviz import ui
from rnnviz.experiment import MISTAKES
from rnnviz.figures import checks, grids, tables
from rnnviz.figures.measures import checks as words
from rnnviz.settings import LABELS
from rnnviz.ui import audit

HELP = {
    "checks": "Each compares the loop with something that cannot share its mistake.",
    "where": "Each term against the derivative by the copy of the parameter that step k uses, moved alone.",
    "scatter": "Every entry of every parameter; points on the line agree.",
    "curve": "The same derivative by differences with smaller and smaller steps.",
    "cell": "Move only the copy of the parameter used at step k, and look only at L_t: that is term (t, k).",
    "training": "Plain gradient descent with the settings of the sidebar, from the same start.",
}

config = ui.page("Gradient check", ui.PAGES[5].question, group="network")
theme = ui.theme()
ui.control("mistake", config)
mistake = MISTAKES.get(config.mistake)
if mistake:
    ui.say(f"{mistake.title}. {mistake.sentence}")
    ui.code(f"- {mistake.right}\n+ {mistake.wrong}", language="diff")

found = audit.checks(config)
ui.say(words.verdict(found))
ui.table(words.table(found), key="check.table")
ui.note(HELP["checks"])

where = audit.cells(found)
if where is not None:
    ui.heading("Where in the grid", help=HELP["where"])
    sentence = words.where_sentence(where)
    ui.say(sentence)
    ui.chart(grids.norms(where, theme), "where", sentence, tables.triangle(where, "relative error"))

ui.heading("Every entry", help=HELP["scatter"])
compared = audit.compared(config)
sentence = words.scatter_sentence(compared)
ui.say(sentence)
ui.chart(checks.scatter(compared, theme), "scatter", sentence, words.scatter_table(compared))

ui.heading("One term alone", help=HELP["cell"])
ui.control("parameter", config)
t = ui.step("Loss step t", config.steps, key="check.t", help=HELP["cell"], default=config.steps - 1)
k = ui.step("Source step k", t + 1, key="check.k", help=HELP["cell"], default=t)
checked = audit.cell(config, t, k)
ui.say(words.cell_sentence(checked, LABELS[config.parameter]))
ui.table(words.cell_table(checked), key="check.cell")

ui.heading("How small a step", help=HELP["curve"])
curve = audit.curve(config, compared)
sentence = words.curve_sentence(curve)
ui.say(sentence)
ui.chart(checks.error_curve(curve, theme), "curve", sentence, words.curve_table(curve))

ui.heading("What training makes of it", help=HELP["training"])
right, broken = audit.trainings(config)
sentence = words.training_sentence(right, broken, config.epochs)
ui.say(sentence)
ui.chart(checks.trainings(right, broken, theme), "trainings", sentence, words.training_table(right, broken))
