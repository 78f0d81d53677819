"""Training: the losses, the gradients and the predictions while the network learns."""

from rnnviz import ui
from rnnviz.engine import forward
from rnnviz.figures import heat, lines, predictions, tables
from rnnviz.figures.measures import forward as outputs
from rnnviz.figures.measures import learning

HELP = {
    "loss": "The sum of the losses of all steps, averaged over the batch.",
    "gradients": "The length of each parameter's gradient at every epoch, before clipping.",
    "steps": "Which step is hard, and which is learned first.",
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

left, right = ui.columns(1, 1)
with left:
    ui.heading("Total loss", help=HELP["loss"])
    held_out = learning.held_out(trained)
    ui.chart(lines.losses(trained.losses, held_out, theme), "loss", sentence, tables.losses(trained))
with right:
    ui.heading("Gradient norms", help=HELP["gradients"])
    figure = lines.gradient_norms(trained.gradient_norms, config.clip_norm, theme)
    words = learning.gradient_sentence(trained.gradient_norms, config.clip_norm, trained.clipped)
    ui.chart(figure, "gradients", words, tables.epochs(trained.gradient_norms))
    ui.note(words)

ui.training_player(trained)

words = learning.steps_sentence(trained.step_losses)
if config.mode == "sequence_to_sequence" and config.steps > 1:
    ui.heading("Loss of each step", help=HELP["steps"])
    ui.say(words)
    view = ui.choice("Show as", ("Heat map", "Lines"), key="training.steps", help=HELP["view"])
    losses = learning.finite(trained.step_losses)
    figure = heat.losses(losses.T, theme=theme) if view == "Heat map" else lines.step_losses(losses, theme)
    ui.chart(figure, "step_losses", words, tables.grid(losses, "epoch", "step t", "L_t"))
else:
    ui.note(words)

ui.heading("Before and after", help=HELP["outputs"])
if config.mode == "sequence_to_sequence":
    ui.control("sample", config)
after = forward(run.architecture, trained.final, run.task.X)
shown = outputs.prediction(run.task, {"before": run.trace.Y_hat, "after": after.Y_hat}, config.sample)
words = outputs.change_sentence(shown)
ui.say(words)
if shown.as_classes:
    for column, name in zip(ui.columns(1, 1), shown.predicted, strict=True):
        with column:
            ui.say(f"**{name.capitalize()}** training")
            ui.chart(predictions.classes(shown, name, theme), name, words, tables.predictions(shown))
    ui.note("A frame marks the target.")
else:
    ui.chart(predictions.lines(shown, theme), "before_after", words, tables.predictions(shown))
