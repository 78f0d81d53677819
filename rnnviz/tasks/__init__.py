"""What the network learns. `make(config)` gives the data and the words of a task.

To add a task: write a function `config -> Task` in a module of its own, name it in `_MAKERS`, and give its
limits a row in `rnnviz.config.TASKS`.
"""

from __future__ import annotations

from types import MappingProxyType

from rnnviz.config import RunConfig

from .bits import echo, parity
from .characters import next_character
from .lecture import lecture_sequence, lecture_vector
from .memory import adding, recall
from .sentiment import sentiment
from .sunspots import sunspots
from .task import Task

__all__ = ["Task", "make"]

_MAKERS = MappingProxyType(
    {
        maker.__name__: maker
        for maker in (
            lecture_vector,
            lecture_sequence,
            sentiment,
            parity,
            echo,
            adding,
            recall,
            next_character,
            sunspots,
        )
    }
)


def make(config: RunConfig) -> Task:
    """Data, labels and sentence of the task that `config` names.

    A configuration that the task cannot serve is first reconciled, as `RunConfig.reconciled` documents.
    """
    config = config.reconciled()[0]
    return _MAKERS[config.task](config)
