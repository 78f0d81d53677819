"""How things are written: symbols, conventions, equations, numbers, words. The ground of all layers."""
