"""Pages of rows by a moment: a cursor is the moment and the id of the row it stands for."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app.database.tenancy import Row
from app.paging import Page, PageRequest, foreign_cursor

R = TypeVar("R", bound=Row)


async def newest_first(rows: QuerySet[R], moment: str, request: PageRequest, *, counted: bool = True) -> Page[R]:
    """A page of `rows` by their column `moment`; without `counted` nobody asks how many there are in all.

    Raises InvalidInput for a cursor that is none of ours.
    """
    return await _page(rows, moment, request, earliest_first=False, counted=counted)


async def earliest_first(rows: QuerySet[R], moment: str, request: PageRequest) -> Page[R]:
    """As `newest_first`, from the other end."""
    return await _page(rows, moment, request, earliest_first=True, counted=True)


async def _page(
    rows: QuerySet[R], moment: str, request: PageRequest, *, earliest_first: bool, counted: bool
) -> Page[R]:
    beyond, sign = ("gt", "") if earliest_first else ("lt", "-")
    total = await rows.count() if counted else None
    if request.after is not None:
        at, row_id = _parse(request.after)
        further: dict[str, Any] = {f"{moment}__{beyond}": at}
        beside: dict[str, Any] = {moment: at, f"id__{beyond}": row_id}
        rows = rows.filter(Q(**further) | Q(**beside))
    found = await rows.order_by(f"{sign}{moment}", f"{sign}id").limit(request.first + 1)
    return Page(
        items=[(row, f"{getattr(row, moment).isoformat()}|{row.id}".encode()) for row in found[: request.first]],
        has_next_page=len(found) > request.first,
        has_previous_page=request.after is not None,
        total=total,
    )


def _parse(after: bytes) -> tuple[datetime, UUID]:
    try:
        at, _, row_id = after.decode().partition("|")
        return datetime.fromisoformat(at), UUID(row_id)
    except ValueError:
        raise foreign_cursor() from None
