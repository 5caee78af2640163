"""Pages of rows, the newest first: a cursor is the moment and the id of the row it stands for."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app.database.tenancy import Row
from app.errors import InvalidInput, ProblemCode
from app.paging import Page, PageRequest

R = TypeVar("R", bound=Row)


async def newest_first(rows: QuerySet[R], moment: str, request: PageRequest, *, counted: bool = True) -> Page[R]:
    """A page of `rows` by their column `moment`; without `counted` nobody asks how many there are in all.

    Raises InvalidInput for a cursor that is none of ours.
    """
    total = await rows.count() if counted else None
    if request.after is not None:
        at, row_id = _parse(request.after)
        earlier: dict[str, Any] = {f"{moment}__lt": at}
        beside: dict[str, Any] = {moment: at, "id__lt": row_id}
        rows = rows.filter(Q(**earlier) | Q(**beside))
    found = await rows.order_by(f"-{moment}", "-id").limit(request.first + 1)
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
        raise InvalidInput(
            "after",
            "The cursor belongs to another list.",
            code=ProblemCode.MALFORMED_CURSOR,
            remedy="Read the list again from its start.",
        ) from None
