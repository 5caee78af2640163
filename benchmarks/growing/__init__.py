"""How the product's cost grows with what there is: things that grow, paths that meet them, and what these cost.

`world` runs the product inside this process beside the sandbox, at an hour of its own; `counting` and `wire` count what
it does there; `things` is what grows; `fitting` turns costs at several sizes into an exponent.
"""
