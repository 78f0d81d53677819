"""Training: the losses, the gradients and the predictions while the network learns."""

from rnnviz import ui
from rnnviz.engine import forward
from rnnviz.figures import grids, predictions, tables, training
from rnnviz.figures.measures import forward as outputs
from rnnviz.figures.measures import learning

HELP = {
    "epochs": "The losses are averaged over the batch; a gradient's norm is its length before clipping.",
    "view": "Losses with every step as a heat map or up to six as lines, or the norms of the gradients.",
    "outputs": "What the network says with its start values, and after the last finite update.",
}

config = ui.page(
    "Training",
    "What happens to the loss, the gradients and the predictions while it learns?",
    group="training",
)
run, trained, theme = ui.experiment(config), ui.training(config), ui.theme()

summary = learning.learned(trained.losses, trained.clipped)
sentence = learning.training_sentence(summary, learning.largest_gradient(trained.gradient_norms))
ui.say(sentence)
if not trained.finite:
    ui.stopped(trained.message)

ui.training_player(trained)

ui.heading("Over the epochs", help=HELP["epochs"])
VIEWS = ("Losses", "Losses as lines", "Gradients")
view = ui.choice("Show", VIEWS, key="training.view", help=HELP["view"])
gradients = learning.gradient_sentence(trained.gradient_norms, config.clip_norm, trained.clipped)
words = gradients if view == "Gradients" else learning.steps_sentence(trained.step_losses)
ui.note(words)
drawn_as, panels = ("Lines", "Losses") if view == VIEWS[1] else ("Heat map", view)
figure = training.over_epochs(trained, theme, config.clip_norm, drawn_as, panels)
ui.chart(figure, "epochs", f"{sentence} {words}", tables.training(trained))

ui.heading("Before and after", help=HELP["outputs"])
if config.mode == "sequence_to_sequence":
    ui.control("sample", config)
after = forward(run.architecture, trained.final, run.task.X, run.H_init)
shown = outputs.prediction(run.task, {"before": run.trace.Y_hat, "after": after.Y_hat}, config.sample)
words = outputs.change_sentence(shown)
ui.say(words)
if shown.as_classes:
    for column, name in zip(ui.columns(1, 1), shown.predicted, strict=True):
        with column:
            ui.say(f"**{name.capitalize()}** training")
            ui.chart(grids.classes(shown, name, theme), name, words, tables.predictions(shown))
    ui.note("A frame marks the target.")
else:
    ui.chart(predictions.lines(shown, theme), "before_after", words, tables.predictions(shown))
