"""How cost grows with size: as its power, whose exponent is 1 where twice as much costs twice as much."""

import math
from collections.abc import Mapping, Sequence

LINEAR = 1.1
"""The largest exponent that passes for growing in proportion."""


def exponent(costs: Mapping[int, float]) -> float:
    """By least squares over the logarithms of size and of cost; a cost of nothing counts as one."""
    sizes = [math.log(size) for size in costs]
    values = [math.log(max(cost, 1)) for cost in costs.values()]
    middle, mean = _mean(sizes), _mean(values)
    spread = sum((size - middle) ** 2 for size in sizes)
    return sum((size - middle) * (value - mean) for size, value in zip(sizes, values, strict=True)) / spread


def is_super_linear(*exponents: float) -> bool:
    """Whether any of them says so."""
    return any(found > LINEAR for found in exponents)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
