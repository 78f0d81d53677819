"""`python -m rnnviz read FILE`."""

from __future__ import annotations

from pathlib import Path

from .errors import MEGABYTES, MOST_BYTES
from .proposal import Proposal, propose


def read(file: str) -> dict:
    """Return the record of a file on disk; what cannot be read is its problem."""
    path = Path(file)
    try:
        if path.stat().st_size > MOST_BYTES:
            size = path.stat().st_size / 2**20
            problem = f"The file has {size:.1f} MB; at most {MEGABYTES} MB are read."
            return Proposal(problem=problem).record()
        return propose(path.read_bytes(), path.name).record()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Proposal(problem=f"The file cannot be opened: {reason}.").record()
