"""A reader's own gradient: whether it is right, and if not, which known mistake gives its numbers."""
