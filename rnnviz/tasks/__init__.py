"""What the network learns. `make(config)` gives the data and the words of a task.

To add a task: write a function `config -> Task` in a module of its own, name it in `_MAKERS`, and give its
words and limits a table in `content/tasks.toml`.
"""

from types import MappingProxyType
from weakref import WeakValueDictionary

from rnnviz.settings.config import RunConfig
from rnnviz.settings.fields import OWN_NETWORK

from . import bits, characters, lecture, memory, own, sentiment, sunspots
from .networks import kept
from .task import Task

__all__ = ["Task", "make", "sunspots"]

_MAKERS = MappingProxyType(
    {
        "lecture_vector": lecture.lecture_vector,
        "lecture_sequence": lecture.lecture_sequence,
        "sentiment": sentiment.sentiment,
        "parity": bits.parity,
        "echo": bits.echo,
        "adding": memory.adding,
        "recall": memory.recall,
        "next_character": characters.next_character,
        "sunspots": sunspots.sunspots,
        **dict.fromkeys(("own_series", "own_columns", "own_classes", "own_text"), own.own_task),
        OWN_NETWORK: kept.own_network,
    }
)

READ = ("task", "mode", "steps", "batch", "lag", "text", "data", "seed", "output")  # the settings that a task reads
_THERE: WeakValueDictionary[RunConfig, Task] = WeakValueDictionary()
"""A task is shared while an experiment holds it: of what nobody shows nothing is kept."""


def make(config: RunConfig) -> Task:
    """Data, labels and sentence of the task that `config` names.

    A configuration that the task cannot serve is first reconciled, as `RunConfig.reconciled` documents.
    """
    config = config.reconciled()[0]
    # with what a task reads and no more, so that a new weight keeps the data
    config = RunConfig().replace(**{name: getattr(config, name) for name in READ})
    task = _THERE.get(config)
    if task is None:
        task = _MAKERS[config.task](config)
        for array in (task.X, task.Y, task.held_out_X, task.held_out_Y, task.H_init, task.C_init, *(task.start or ())):
            if array is not None:
                array.setflags(write=False)
        task = _THERE.setdefault(config, task)
    return task
