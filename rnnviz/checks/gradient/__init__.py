"""The loop's gradient against ways to it that share none of its mistakes."""
