"""Where the app stands: its first page, ``pages``, ``static`` and Streamlit's settings."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
APP = _PACKAGE / "app" if (_PACKAGE / "app").is_dir() else _PACKAGE.parent
"""A folder of the installed package, or the root of the repository."""
