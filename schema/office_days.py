"""Suggestions of days on which most of the people that the viewer has in mind are at an office."""

from datetime import date as Date  # noqa: N812  # a field is called `date`
from typing import Annotated
from uuid import UUID

import strawberry

from app.shifts import office_days
from schema.buildings import Building, building_of
from schema.context import Info
from schema.errors import CalendarProblem, InvalidInput, NotFound
from schema.ids import NodeKind
from schema.members import Member, member_of
from schema.permissions import member_field
from schema.shifts import Shift, shift_of


@strawberry.type(description="A day on which some of the people asked for are at a building.")
class OfficeDay:
    member_ids: strawberry.Private[tuple[UUID, ...]]
    date: Date = strawberry.field(description="Which day, in the building's time zone.")
    building: Building = strawberry.field(description="Where they are.")
    is_open: bool = strawberry.field(description="Whether the building is open that day.")
    has_room: bool = strawberry.field(
        description=(
            "Whether the building takes one more person for the whole day. A floor or an area of it may be full all "
            "the same, and booking decides."
        )
    )
    viewer_shifts: list[Shift] = strawberry.field(
        description="The viewer's own shifts of that day in order, wherever they are; empty where they have none."
    )

    @member_field(
        description=(
            "Those of them who are there at some time of that day, as far as the viewer may see it, by name. Somebody "
            "who is not in the list is elsewhere, has no shift, or does not share it: all the same from here."
        )
    )
    async def members(self, info: Info) -> list[Member]:
        context = info.context
        rows = [row for row in await context.loaders.members.load_many(list(self.member_ids)) if row is not None]
        rows.sort(key=lambda row: (row.name, str(row.id)))
        return [member_of(row) for row in rows]


@strawberry.type(description="The days, and how many people they were looked up for.")
class OfficeDays:
    people: int = strawberry.field(
        description=(
            "For how many people the days were looked up: those asked for, or those whom the viewer meets, at most the "
            "100 met most often. It says nothing about who of them shares where they work."
        )
    )
    days: list[OfficeDay] = strawberry.field(
        description=(
            "The days on which at least one of them is seen at a building, and the building: where most of them are "
            "first, then the earliest. At most 62; days that are over there are left out."
        )
    )


SuggestOfficeDaysResult = Annotated[
    OfficeDays | InvalidInput | NotFound | CalendarProblem,
    strawberry.union("SuggestOfficeDaysResult", description="The days, or why there are none to tell."),
]


@strawberry.type
class OfficeDaysQueries:
    @member_field(
        description=(
            "The days on which most of some people are at an office, from what the viewer may see of their shifts "
            "outside events. A connected calendar is needed only where `memberIds` is null."
        )
    )
    async def suggest_office_days(
        self,
        info: Info,
        start: Annotated[
            Date, strawberry.argument(name="from", description="The first day, in the time zone of each building.")
        ],
        end: Annotated[
            Date, strawberry.argument(name="to", description="The last day, included: at most 62 days in all.")
        ],
        member_ids: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(
                description=(
                    "The people, 1 to 100 members. Null for the colleagues whom the viewer meets on these days: those "
                    "who organise or have accepted an event that the viewer organises or has accepted, read from the "
                    "viewer's own calendar."
                )
            ),
        ] = None,
    ) -> SuggestOfficeDaysResult:
        context = info.context
        asked = None if member_ids is None else [context.ids.open(NodeKind.MEMBER, id_) for id_ in member_ids]
        found = await context.services.office_days.suggest(context.member, start, end, asked)
        return OfficeDays(people=found.people, days=[_office_day(day) for day in found.days])


def _office_day(day: office_days.OfficeDay) -> OfficeDay:
    return OfficeDay(
        member_ids=day.member_ids,
        date=day.date,
        building=building_of(day.building),
        is_open=day.is_open,
        has_room=day.has_room,
        viewer_shifts=[shift_of(row) for row in day.own_shifts],
    )
