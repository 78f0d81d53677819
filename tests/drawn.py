"""Reading a scene as the stage does."""

from __future__ import annotations

import base64

import numpy as np


def record(scene, part, quantity):
    """Return the record of a quantity, of the parameter's part or common to all."""
    for place in (part, scene, part.get("immediate", {})):
        if quantity in place.get("quantities", {}):
            return place["quantities"][quantity]
    raise AssertionError(f"{quantity} has no record")


def unpacked_numbers(packed):
    """Numbers as plotly and the light charts send them."""
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])
