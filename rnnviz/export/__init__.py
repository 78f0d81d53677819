"""What can be taken along: scripts that check themselves, a notebook, the stage as one file, a session.

Nothing is imported here: each module loads what it needs when it is asked for.
"""
