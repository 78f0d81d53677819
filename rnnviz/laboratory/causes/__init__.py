"""Why an error grows or shrinks on its way back: the weights, the slopes, both."""
