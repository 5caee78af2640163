"""The rows about the product's own paths: agenda, booking, look-ups, calls, refreshes, growth, start, fan-out.

Each module has one row. They run the real server beside the sandbox; `agenda_world` and `connected` set it up.
"""

from collections.abc import Sequence

from benchmarks.benching.product.agenda import AGENDA
from benchmarks.benching.product.booking import BOOKING
from benchmarks.benching.product.counts import COUNTS
from benchmarks.benching.product.fanout import FAN_OUT
from benchmarks.benching.product.linear import PURGE, ROOM_SYNC
from benchmarks.benching.product.lookup import LOOKUP
from benchmarks.benching.product.starting import START
from benchmarks.benching.product.storm import STORM_ROW
from benchmarks.benching.product.suite_calls import SUITE_CALLS
from benchmarks.benching.rows import Row

ROWS: Sequence[Row] = (
    AGENDA,
    COUNTS,
    BOOKING,
    FAN_OUT,
    LOOKUP,
    SUITE_CALLS,
    STORM_ROW,
    ROOM_SYNC,
    PURGE,
    START,
)
"""In the order of the table."""
