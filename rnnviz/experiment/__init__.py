"""From a `RunConfig` to numbers: run, train, predict. Pure functions of their arguments; nothing is cached or drawn."""
