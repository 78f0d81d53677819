"""One experiment end to end: from a `RunConfig` to numbers, and the views of them that the pages show.

Everything here is a pure function of its arguments; nothing is cached and nothing is drawn.
"""

from .checks import Check, run_checks
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
from .flow import (
    Spectrum,
    attributed,
    drawn_steps,
    gradient_flow,
    jacobian_bound,
    jacobian_norms,
    median_by_lag,
    sample_slopes,
    spectrum,
)
from .gain import Gain, measured_gain
from .mistakes import (
    MISTAKES,
    Mistake,
    broken_loop,
    broken_terms,
    broken_training,
)
from .numeric import (
    CellCheck,
    Comparison,
    ErrorCurve,
    broken_gradient,
    check_cell,
    compare,
    error_curve,
)
from .plain_loop import LOOP_LINES, Step, backward_loop, loop_code, run_loop
from .predictions import (
    Forecast,
    Predictions,
    accuracy,
    held_out_accuracy,
    predictions_before_after,
    sunspot_forecast,
)
from .steps import step_matrices
from .training import Recorder, TrainingRun, epochs_of, kept_epochs, train_run
from .watch import Watched, watch
from .whatif import WhatIf, what_if, with_one_edit

__all__ = [
    "LOOP_LINES",
    "MISTAKES",
    "CellCheck",
    "Check",
    "Comparison",
    "ErrorCurve",
    "Experiment",
    "Forecast",
    "Gain",
    "Mistake",
    "Predictions",
    "Recorder",
    "Spectrum",
    "Step",
    "TrainingRun",
    "Watched",
    "WhatIf",
    "accuracy",
    "attributed",
    "backward_loop",
    "broken_gradient",
    "broken_loop",
    "broken_terms",
    "broken_training",
    "check_cell",
    "compare",
    "decomposition",
    "decomposition_bytes",
    "drawn_steps",
    "epochs_of",
    "error_curve",
    "gradient_flow",
    "held_out_accuracy",
    "jacobian_bound",
    "jacobian_norms",
    "kept",
    "kept_epochs",
    "kept_mask",
    "loop_code",
    "measured_gain",
    "median_by_lag",
    "norms_of_terms",
    "predictions_before_after",
    "run",
    "run_checks",
    "run_loop",
    "sample_slopes",
    "spectrum",
    "step_matrices",
    "sunspot_forecast",
    "targets",
    "train_run",
    "watch",
    "what_if",
    "with_one_edit",
    "with_parameters",
]
