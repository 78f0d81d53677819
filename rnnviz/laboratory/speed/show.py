"""The fold on how much faster one batched sweep is than the plain loop; measured when it is opened."""

from rnnviz.laboratory.speed import compute
from rnnviz.laboratory.speed import say as said
from rnnviz.settings.config import RunConfig
from rnnviz.ui import work
from rnnviz.ui.cache import experiment, guarded
from rnnviz.ui.show import code, lazy_fold, say


def show(config: RunConfig) -> None:
    """Draw the fold."""
    fold = lazy_fold("Double sum, single loop: how the engine does it in one sweep", key="chain.batched")
    if fold.open:
        with fold:
            run, plain = experiment(config), config.replace(**RunConfig().view())
            found = guarded(lambda: work.run(("speedup", plain), lambda: compute.measured_speedup(run)))
            say(said.speedup_sentence(found))
            if found is not None:
                code(found.code, language="python")
