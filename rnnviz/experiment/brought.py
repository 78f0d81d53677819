"""An experiment of a network and a batch that somebody else has made."""

from rnnviz.experiment.core import Experiment, of_task
from rnnviz.settings.config import RunConfig
from rnnviz.settings.fields import OWN_NETWORK
from rnnviz.tasks.networks.brought import Brought
from rnnviz.tasks.networks.kept import settings_of, task_of


def brought_experiment(came: Brought, learning_rate: float = 0.1) -> Experiment:
    """Return the experiment of a network, its batch and steps of plain gradient descent at a rate η.

    ValueError for what cannot be shown: an output and a loss that no run has together, more steps,
    samples or units than there is room for.
    """
    config = RunConfig(task=OWN_NETWORK, learning_rate=learning_rate).replace(**settings_of(came))
    return of_task(config, task_of(came))
