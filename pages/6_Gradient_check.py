"""Gradient check: the loop against differences of the loss, and what happens when a line of it is wrong."""

from rnnviz import ui
from rnnviz.experiment import MISTAKES
from rnnviz.figures import checks, grids, tables
from rnnviz.figures.measures import checks as words
from rnnviz.settings import LABELS
from rnnviz.story.rules import of_full_gradient
from rnnviz.ui import audit

HELP = {
    "checks": "Each compares the loop with something that cannot share its mistake.",
    "where": "Each term against the derivative by the copy of the parameter that step k uses, moved alone.",
    "views": "Four closer looks at the same gradient.",
    "Every entry": "Every entry of every parameter, by the loop and by differences; equal ones meet.",
    "One term alone": "Only the copy of the parameter used at step k is moved, and only Lₜ is looked at.",
    "How small a step": "The same derivative by differences with smaller and smaller steps.",
    "What training makes of it": "Plain gradient descent at the sidebar's rate, from the same start.",
}

config = ui.page("Gradient check", ui.page_of("6_Gradient_check").question, group="network")
theme = ui.theme()
ui.control("mistake", config)
mistake = MISTAKES.get(config.mistake)
if mistake:
    ui.say(f"{mistake.title}. {mistake.sentence}")
    ui.code(f"- {mistake.right}\n+ {mistake.wrong}", language="diff")

found = audit.checks(config)
ui.say(words.verdict(found) + of_full_gradient(config))
ui.table(words.table(found), key="check.table")
ui.note(HELP["checks"])

where = audit.cells(found)
if where is not None:
    ui.heading("Where in the grid", help=HELP["where"])
    sentence = words.where_sentence(where)
    ui.say(sentence)
    ui.chart(grids.norms(where, theme), "where", sentence, tables.triangle(where, "relative error"))

VIEWS = ("Every entry", "One term alone", "How small a step", "What training makes of it")
ui.heading("Look closer")
view = ui.choice("Show", VIEWS, key="check.view", help=HELP["views"])
ui.note(HELP[view])
compared = audit.compared(config)
if view == VIEWS[0]:
    sentence = words.scatter_sentence(compared)
    ui.say(sentence)
    ui.chart(checks.scatter(compared, theme), "scatter", sentence, words.scatter_table(compared))
elif view == VIEWS[1]:
    ui.control("parameter", config)
    t = ui.step("Loss step t", config.steps, key="check.t", help=HELP[view], default=config.steps - 1)
    k = ui.step("Source step k", t + 1, key="check.k", help=HELP[view], default=t)
    checked = audit.cell(config, t, k)
    ui.say(words.cell_sentence(checked, LABELS[config.parameter]))
    ui.digits(words.cell_table(checked), key="check.cell")
elif view == VIEWS[2]:
    curve = audit.curve(config, compared)
    sentence = words.curve_sentence(curve)
    ui.say(sentence)
    ui.chart(checks.error_curve(curve, theme), "curve", sentence, words.curve_table(curve))
else:
    right, broken, updates = audit.trainings(config)
    sentence = words.training_sentence(right, broken, updates)
    ui.say(sentence)
    table = words.training_table(right, broken)
    ui.chart(checks.trainings(right, broken, theme), "trainings", sentence, table)
    if updates < config.epochs:
        ui.note(words.fewer_updates(updates, config.epochs))
ui.words()
