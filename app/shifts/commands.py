"""What members ask for: shifts to be booked and to be changed, as frozen values."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from app.shifts.capacity import Place
from app.shifts.models import WorkKind
from app.shifts.spans import Part
from app.suites.events import Weekday

WHOLE_DAY = Part()


class ShiftScope(StrEnum):
    """How many of the shifts that were booked together are meant."""

    THIS = "THIS"
    THIS_AND_FOLLOWING = "THIS_AND_FOLLOWING"


@dataclass(frozen=True, slots=True)
class Weekly:
    """The same weekdays, week after week; both ends are days that count."""

    first: date
    last: date
    weekdays: tuple[Weekday, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookShifts:
    """Shifts alike on several days. A `place` may name an area without its floor."""

    idempotency_key: str
    kind: WorkKind
    dates: tuple[date, ...] | None = None
    weekly: Weekly | None = None
    """Either this or `dates`."""
    place: Place | None = None
    """There for AT_OFFICE and for nothing else."""
    part: Part = WHOLE_DAY
    time_zone: str | None = None
    """An IANA name. Of work that is at no office; null asks for the zone where the member works otherwise."""
    member_id: UUID | None = None
    """Whose shifts they are; null for those of whoever asks."""
    skips_unavailable: bool = False
    """Whether days that are closed, full or taken by other shifts are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShift:
    """What is to be otherwise; None leaves it as it is."""

    shift_id: UUID
    scope: ShiftScope = ShiftScope.THIS
    day: date | None = None
    kind: WorkKind | None = None
    place: Place | None = None
    part: Part | None = None
    time_zone: str | None = None
