"""Ids of a small building, for arithmetic that needs no rows."""

from uuid import UUID

from app.shifts.capacity import Place

HOUSE = UUID(int=1)
_FIRST, _SECOND = UUID(int=10), UUID(int=11)
_NORTH, _SOUTH = UUID(int=100), UUID(int=101)
AREAS: tuple[tuple[UUID | None, UUID | None], ...] = (
    (_FIRST, _NORTH),
    (_FIRST, _SOUTH),
    (_SECOND, None),
    (None, None),
)
"""Where somebody can be: floor and area. One floor has two areas, the other none."""
PLACES = (
    Place(HOUSE),
    Place(HOUSE, _FIRST),
    Place(HOUSE, _FIRST, _NORTH),
    Place(HOUSE, _FIRST, _SOUTH),
    Place(HOUSE, _SECOND),
)
