"""Training: every parameter, the losses, the gradients and the predictions while the network learns."""

from rnnviz import ui
from rnnviz.laboratory.breaking import show as breaking
from rnnviz.laboratory.learned import show as learned
from rnnviz.ui import network, own, player

config = ui.page("4_Training", group="training")
own.banner(config)
network.banner(config)
breaking.show(config)
player.training_studio(config)
learned.summary(config)
learned.learned(config, ui.theme())
own.own_data(config)
network.own_network(config)
player.pinning(config)
ui.control("sample", config)
learned.losses(config)
learned.course(config, ui.theme())
ui.words()
