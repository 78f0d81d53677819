"""An experiment as a value: its settings, presets, edits, and the link."""
