"""The same house as for bookings."""

from tests.bookings.conftest import house

__all__ = ["house"]
