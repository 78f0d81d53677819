"""What truncation leaves out of the gradient, and what clipping does to it."""
