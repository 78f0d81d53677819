"""Training: the losses, the gradients and the predictions while the network learns."""

from rnnviz import ui
from rnnviz.engine import forward
from rnnviz.figures import grids, predictions, tables, training
from rnnviz.figures.measures import forward as outputs
from rnnviz.figures.measures import learning

HELP = {
    "epochs": "The losses are averaged over the batch; a gradient's norm is its length before clipping.",
    "view": "Every step at once, or up to six of them as curves.",
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
words = [learning.gradient_sentence(trained.gradient_norms, config.clip_norm, trained.clipped)]
words.append(learning.steps_sentence(trained.step_losses))
ui.note(" ".join(words))
view = "Heat map"
if config.mode == "sequence_to_sequence" and config.steps > 1:
    view = ui.choice("Losses of the steps as", ("Heat map", "Lines"), key="training.steps", help=HELP["view"])
figure = training.over_epochs(trained, theme, config.clip_norm, view)
ui.chart(figure, "epochs", " ".join([sentence, *words]), tables.training(trained))

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
