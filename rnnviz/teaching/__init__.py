"""Lessons and questions, made from the network at hand."""
