"""The loss over two entries, the step that a gradient takes there, and the walk of training."""
