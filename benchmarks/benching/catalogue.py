"""All rows there are, in the order of the table."""

from collections.abc import Mapping

from benchmarks.benching import graphql, product
from benchmarks.benching.rows import Row


def rows() -> Mapping[str, Row]:
    """By name."""
    return {row.name: row for row in (*graphql.ROWS, *product.ROWS)}
