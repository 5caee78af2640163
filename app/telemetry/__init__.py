"""What an operator sees of a running process: metrics, and traces where they are asked for.

The rooms within know nothing of this one: they have small ports (`observing.py`) that the composition root fills.
"""
