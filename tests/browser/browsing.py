"""What the browser stories share."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
STAGE = "[data-testid='stage']"
STILL = {"reduced_motion": "reduce"}


def settled(page) -> None:
    """Wait until the server has run the page to its end."""
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")
