"""The types of what is shown: quantities with their numbers, equations, strips of matrices, frames, scenes.

All are frozen: what builds a scene writes each part once, in the conventions of its view.
"""
