"""One experiment end to end: from a `RunConfig` to numbers, and the views of them that the pages show.

Everything here is a pure function of its arguments; nothing is cached and nothing is drawn.
"""

from .checks import Check, run_checks
from .core import (
    Experiment,
    decomposition,
    decomposition_bytes,
    kept,
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
    jacobian_norms,
    sample_slopes,
    spectrum,
)
from .gain import Gain, measured_gain
from .mistakes import (
    MISTAKES,
    Mistake,
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
from .plain_loop import LOOP_LINES, Step, loop_code, run_loop
from .predictions import (
    Forecast,
    accuracy,
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
    "Recorder",
    "Spectrum",
    "Step",
    "TrainingRun",
    "Watched",
    "WhatIf",
    "accuracy",
    "attributed",
    "broken_gradient",
    "broken_training",
    "check_cell",
    "compare",
    "decomposition",
    "decomposition_bytes",
    "drawn_steps",
    "epochs_of",
    "error_curve",
    "gradient_flow",
    "jacobian_norms",
    "kept",
    "kept_epochs",
    "loop_code",
    "measured_gain",
    "norms_of_terms",
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
