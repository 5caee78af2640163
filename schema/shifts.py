"""Shifts: where members work on which day, as far as they let the viewer see it."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from app.buildings.models import Area as AreaRow
from app.buildings.models import Building as BuildingRow
from app.buildings.models import Floor as FloorRow
from app.identity.models import Member as MemberRow
from app.shifts import models
from app.shifts.models import ShiftEnd, WorkKind
from app.shifts.service import ShiftFilter
from app.shifts.spans import Slot
from schema.buildings import Area, Building, Floor, area_of, building_of, floor_of
from schema.context import Info
from schema.fields import loaded_field
from schema.ids import NodeIds, NodeKind
from schema.members import Member, member_of
from schema.node import Node
from schema.optional import present, when_present
from schema.paging import After, Connection, First, connection_of, page_request
from schema.permissions import member_field
from schema.scalars import TimeZone

_SHIFTS = "shifts"


@strawberry.type(
    description=(
        "Where a member works on a day, or on a part of it. It needs no calendar, and a member's shifts that are not "
        "cancelled never overlap."
    )
)
class Shift(Node):
    row: strawberry.Private[models.Shift]
    kind: WorkKind = strawberry.field(description="At an office, remote, or not working.")
    day: date = strawberry.field(name="date", description="The day in `timeZone`.")
    slot: Slot = strawberry.field(description="Which part of the day it covers.")
    start: datetime = strawberry.field(description="When it begins, an instant.")
    end: datetime = strawberry.field(description="When it ends, an instant that is not in it any more.")
    time_zone: TimeZone = strawberry.field(description="The building's zone; elsewhere, the zone where they work.")
    is_cancelled: bool = strawberry.field(
        description="Whether it was cancelled: then it is in no list, and takes no place."
    )
    end_reason: ShiftEnd | None = strawberry.field(description="Why it was cancelled; null unless it was.")
    is_part_of_pattern: bool = strawberry.field(
        description="Whether it was booked together with others: `THIS_AND_FOLLOWING` reaches those that come later."
    )
    created_at: datetime = strawberry.field(description="When it was booked.")

    @loaded_field(
        description="Whose shift it is.",
        key=lambda shift: shift.row.member_id,
        loader=lambda loaders: loaders.members,
    )
    def member(self, row: MemberRow | None) -> Member:
        return member_of(present(row))

    @loaded_field(
        description=(
            "The administrator who booked it for the member, or changed it last; null where the member did so "
            "themselves."
        ),
        key=lambda shift: shift.row.booked_by_id,
        loader=lambda loaders: loaders.members,
    )
    def booked_by(self, row: MemberRow | None) -> Member | None:
        return when_present(row, member_of)

    @loaded_field(
        description="The building; null unless it is at an office.",
        key=lambda shift: shift.row.building_id,
        loader=lambda loaders: loaders.buildings,
    )
    def building(self, row: BuildingRow | None) -> Building | None:
        return when_present(row, building_of)

    @loaded_field(
        description="The floor; null where the shift names none, and unless it is at an office.",
        key=lambda shift: shift.row.floor_id,
        loader=lambda loaders: loaders.floors,
    )
    def floor(self, row: FloorRow | None) -> Floor | None:
        return when_present(row, floor_of)

    @loaded_field(
        description="The area of the floor; null where the shift names none, and unless it is at an office.",
        key=lambda shift: shift.row.area_id,
        loader=lambda loaders: loaders.areas,
    )
    def area(self, row: AreaRow | None) -> Area | None:
        return when_present(row, area_of)

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.SHIFT, self.row.id)


@strawberry.type
class ShiftQueries:
    @member_field(
        description=(
            "The shifts of some days that the viewer may see, by their start: their own, those of colleagues who share "
            "with everyone, and those that they booked for somebody. `totalCount` counts these alone, and cancelled "
            "ones are left out. A window that is reversed or longer than 366 days, and the id of no member or "
            "building, are refused with `BAD_USER_INPUT`."
        )
    )
    async def shifts(
        self,
        info: Info,
        first_day: Annotated[date, strawberry.argument(name="from", description="The first day.")],
        last_day: Annotated[
            date, strawberry.argument(name="to", description="The last day, at most 365 days after the first.")
        ],
        member_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this member's; null: everybody's.")
        ] = None,
        building_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only those in this building; null: everywhere, remote ones too."),
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Shift]:
        context = info.context
        wanted = ShiftFilter(
            first=first_day,
            last=last_day,
            member_id=context.ids.open(NodeKind.MEMBER, member_id) if member_id is not None else None,
            building_id=context.ids.open(NodeKind.BUILDING, building_id) if building_id is not None else None,
        )
        page = await context.services.shifts.list(context.member, wanted, page_request(info, _SHIFTS, first, after))
        return connection_of(_SHIFTS, page, shift_of)


def shift_of(row: models.Shift) -> Shift:
    """A shift's row as somebody sees it who may."""
    return Shift(
        row=row,
        kind=row.kind,
        day=row.date,
        slot=row.slot,
        start=row.starts_at,
        end=row.ends_at,
        time_zone=TimeZone(row.time_zone),
        is_cancelled=row.cancelled_at is not None,
        end_reason=row.end_reason,
        is_part_of_pattern=row.pattern_id is not None,
        created_at=row.created_at,
    )
