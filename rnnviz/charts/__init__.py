"""Pictures of numbers, pure: figures, tables, drawings. ``theme`` holds the one colour of each role."""
