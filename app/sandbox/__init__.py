"""A calendar suite on this machine: Microsoft's wire protocols, with its faults to order.

The sandbox is a program of its own (``python -m app.sandbox``) with its own ports, state and log. It imports
nothing of the product, so that what the product believes about a suite is never checked against itself.
``README.md`` in this directory is the manual.
"""
