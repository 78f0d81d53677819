"""The fold on what one batched sweep gains over the plain loop; measured anew each time it is opened."""

from __future__ import annotations

from rnnviz.settings.config import RunConfig
from rnnviz.ui import work
from rnnviz.ui.cache import experiment, guarded
from rnnviz.ui.show import code, lazy_fold, say


def show(config: RunConfig) -> None:
    """Draw the fold."""
    fold = lazy_fold("Double sum, single loop: how the engine does it in one sweep", key="chain.batched")
    if fold.open:
        with fold:
            _measured(config)


def _measured(config: RunConfig) -> None:
    from rnnviz.laboratory.speed.compute import measured_gain
    from rnnviz.laboratory.speed.say import gain_sentence

    run, plain = experiment(config), config.replace(**RunConfig().view())
    gain = guarded(lambda: work.run(("gain", plain), lambda: measured_gain(run)))
    say(gain_sentence(gain))
    if gain is not None:
        code(gain.code, language="python")
