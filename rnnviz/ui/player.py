"""Where the parameters will move over the epochs, in the browser."""

from __future__ import annotations

from typing import Any


def training_player(run: Any) -> None:
    """Show the parameters of a training run moving over its epochs; nothing is shown until it exists."""
