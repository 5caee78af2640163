"""Rows about the GraphQL layer alone: everything that is asked for lies in memory."""

from collections.abc import Sequence

from benchmarks.benching.graphql.hygiene import HYGIENE_ROW
from benchmarks.benching.graphql.rows import (
    AGENDA_P99_ROW,
    AGENDA_P99_WORK_ROW,
    AGENDA_PLAIN_ROW,
    AGENDA_ROW,
    SMALL_ROW,
)
from benchmarks.benching.rows import Row

ROWS: Sequence[Row] = (
    AGENDA_PLAIN_ROW,
    AGENDA_ROW,
    AGENDA_P99_ROW,
    AGENDA_P99_WORK_ROW,
    SMALL_ROW,
    HYGIENE_ROW,
)
