"""How much waits for a job, for whoever watches: counted, and never read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.queryset import QuerySet


@dataclass(frozen=True, slots=True)
class Backlog:
    """So many rows are due, and the oldest of them since when; None where there is none."""

    due: int
    since: datetime | None


NOTHING = Backlog(0, None)


async def backlog_of(rows: QuerySet[Any], moment: str, *, after: timedelta = timedelta()) -> Backlog:
    """These rows are due; each became so when the moment in that column was `after` ago."""
    due = await rows.count()
    if not due:
        return NOTHING
    oldest = await rows.order_by(moment).first()
    return Backlog(due, getattr(oldest, moment) + after if oldest else None)
