"""Rows about the GraphQL layer alone: everything that is asked for lies in memory."""

from collections.abc import Sequence

from benchmarks.benching.rows import Row

ROWS: Sequence[Row] = ()
