"""Data to figures, pure. ``theme`` holds the one colour of each quantity and needs no plotly."""
