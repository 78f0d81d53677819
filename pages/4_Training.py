"""Training: every parameter, the losses, the gradients and the predictions while the network learns."""

from rnnviz import ui
from rnnviz.figures import tables
from rnnviz.figures.measures import learning

config = ui.page(
    "Training",
    "What happens to the weights, the loss and the predictions while it learns?",
    group="training",
)
ui.own_data(config)
trained, theme = ui.training(config), ui.theme()

summary = learning.learned(trained.losses, trained.clipped)
largest = learning.largest_gradient(trained.gradient_norms)
ui.say(learning.training_sentence(summary, largest, config))
if not trained.finite:
    ui.broken(config)
elif trained.message:
    ui.stopped_early(trained.message)

ui.pinning(config)
ui.control("sample", config)
ui.training_studio(config)
if kept := learning.kept_sentence(trained.epochs_done, len(trained.snapshot_epochs), ui.played(config)):
    ui.note(kept)
ui.numbers("epochs", tables.training(trained))
ui.course(config, theme)
ui.learned(config, theme)
ui.words()
