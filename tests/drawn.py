"""Reading a scene as the stage does."""

from __future__ import annotations


def record(scene, part, quantity):
    """Return the record of a quantity, of the parameter's part or common to all."""
    for place in (part, scene, part.get("immediate", {})):
        if quantity in place.get("quantities", {}):
            return place["quantities"][quantity]
    raise AssertionError(f"{quantity} has no record")
