"""One experiment end to end: from a `RunConfig` to numbers, and the views of them that the pages show.

Everything here is a pure function of its arguments; nothing is cached and nothing is drawn.
"""

from .core import (
    Experiment,
    decomposition,
    decomposition_bytes,
    kept,
    kept_mask,
    norms_of_terms,
    run,
    targets,
    with_parameters,
)
from .flow import Spectrum, gradient_flow, jacobian_bound, jacobian_norms, median_by_lag, spectrum
from .predictions import (
    Forecast,
    Predictions,
    accuracy,
    held_out_accuracy,
    predictions_before_after,
    sunspot_forecast,
)
from .steps import step_matrices
from .training import TrainingRun, train_run

__all__ = [
    "Experiment",
    "Forecast",
    "Predictions",
    "Spectrum",
    "TrainingRun",
    "accuracy",
    "decomposition",
    "decomposition_bytes",
    "gradient_flow",
    "held_out_accuracy",
    "jacobian_bound",
    "jacobian_norms",
    "kept",
    "kept_mask",
    "median_by_lag",
    "norms_of_terms",
    "predictions_before_after",
    "run",
    "spectrum",
    "step_matrices",
    "sunspot_forecast",
    "targets",
    "train_run",
    "with_parameters",
]
