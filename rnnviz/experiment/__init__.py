"""From a `RunConfig` to numbers: run, train, predict.

Everything here is a pure function of its arguments; nothing is cached and nothing is drawn.
"""
