"""The rows of `benchmarks/bench.py`: what each measures, how contenders take turns, what is told of them.

A package of rows (`graphql`, `product`) has its `ROWS` in its `__init__`; `catalogue` knows the packages.
"""
