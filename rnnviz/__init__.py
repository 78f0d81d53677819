"""rnnviz: how a recurrent network is trained by Backpropagation Through Time."""

__version__ = "0.1.0"
"""The version that ``pyproject.toml`` names; a test compares."""
