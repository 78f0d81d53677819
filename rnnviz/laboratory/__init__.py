"""One folder a question on gradients and training: compute, say, draw, show."""
