"""rnnviz: how a recurrent network is trained by Backpropagation Through Time.

The matrix products here are small. A BLAS that spreads one over all cores waits for every core each time,
and where another session keeps one busy, for long: a product of microseconds becomes milliseconds. So NumPy,
which reads these settings when it is loaded, is given one thread unless the environment says otherwise.
"""

import os

__version__ = "0.1.0"
"""Of the package, which is built with it."""

for _setting in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_setting, "1")
