"""What an administrator does with buildings: create, change and remove them, floors and areas in one input."""

from datetime import time
from typing import Annotated

import strawberry

from app.buildings.hours import AFTERNOON_STARTS, OFFICE_HOURS, OpeningHours
from app.buildings.layout import AreaLayout, BuildingLayout, FloorLayout, LayoutChanges
from app.buildings.validation import OpenDay, checked_hours
from app.shifts.spans import Slot
from app.suites.events import Weekday
from schema.buildings import Building, building_of
from schema.context import Info
from schema.errors import IdempotencyKeyReused, InvalidInput, NotFound, ShiftsNoLongerFit
from schema.ids import NodeIds, NodeKind
from schema.optional import when_present
from schema.permissions import administrator_mutation
from schema.scalars import TimeZone

_CAPACITY = "How many people may be there at once, 0 to 100,000; null for no limit of its own."
_STAYS = "left out, it stays as it is"
_NAME = "What to call it, one line of 1 to 256 characters, unlike every other building's whatever the case."
_PART_NAME = "What to call it, one line of 1 to 64 characters, unlike its neighbours' whatever the case."
_SUITE_NAMES = "What the suite's rooms call the building besides its name, at most 20, each of at most 256 characters."
_HOURS = "The days on which it is open, each once; it is closed on the others."
_SLOTS = "The parts of a day for which it can be booked, at least one."
_AFTERNOON = "When `MORNING` ends and `AFTERNOON` starts, in its time zone, later than 00:00"


@strawberry.input(description="When a building is open on one day of the week, in its own time zone.")
class BuildingHoursInput:
    weekday: Weekday = strawberry.field(description="On which day.")
    opens: time = strawberry.field(description="When it opens.")
    closes: time = strawberry.field(description="When it closes, later on the same day.")


@strawberry.input(description="A new part of a floor.")
class NewAreaInput:
    name: str = strawberry.field(description=_PART_NAME)
    capacity: int | None = strawberry.field(description=_CAPACITY, default=None)

    def layout(self) -> AreaLayout:
        """What the service takes."""
        return AreaLayout(self.name, self.capacity)


@strawberry.input(description="A new floor with its areas.")
class NewFloorInput:
    name: str = strawberry.field(description=_PART_NAME)
    capacity: int | None = strawberry.field(description=_CAPACITY, default=None)
    areas: list[NewAreaInput] = strawberry.field(
        description="Its areas, in the order in which they are listed.", default_factory=list
    )

    def layout(self) -> FloorLayout:
        """What the service takes."""
        return FloorLayout(self.name, self.capacity, tuple(area.layout() for area in self.areas))


@strawberry.input(description="A building with everything in it.")
class CreateBuildingInput:
    name: str = strawberry.field(description=_NAME)
    suite_names: list[str] = strawberry.field(description=_SUITE_NAMES, default_factory=list)
    time_zone: TimeZone = strawberry.field(description="The zone of all its times and days.")
    capacity: int | None = strawberry.field(
        description=f"{_CAPACITY} It need not be the sum of its floors.", default=None
    )
    opening_hours: list[BuildingHoursInput] | None = strawberry.field(
        description=f"{_HOURS} Null: from Monday to Friday, 08:00 to 18:00.", default=None
    )
    slots: list[Slot] = strawberry.field(description=_SLOTS, default_factory=lambda: list(Slot))
    afternoon_starts: time = strawberry.field(description=f"{_AFTERNOON}.", default=AFTERNOON_STARTS)
    floors: list[NewFloorInput] = strawberry.field(
        description="Its floors, at most 100 with at most 200 areas in all, in the order in which they are listed.",
        default_factory=list,
    )
    idempotency_key: str = strawberry.field(
        description="1 to 64 characters of the client's choice. A repeat under the same key creates nothing twice."
    )

    def layout(self) -> BuildingLayout:
        """What the service takes. Raises InvalidInput."""
        return BuildingLayout(
            name=self.name,
            suite_names=tuple(self.suite_names),
            time_zone=self.time_zone,
            capacity=self.capacity,
            hours=OFFICE_HOURS if self.opening_hours is None else _hours(self.opening_hours),
            slots=tuple(self.slots),
            afternoon_starts=self.afternoon_starts,
            floors=tuple(floor.layout() for floor in self.floors),
        )


@strawberry.input(description="A part of a floor as it is to be.")
class AreaInput:
    id: strawberry.ID | None = strawberry.field(
        description="Which area of this floor it is; null for a new one.", default=None
    )
    name: str = strawberry.field(description=_PART_NAME)
    capacity: int | None = strawberry.field(description=_CAPACITY, default=None)

    def layout(self, ids: NodeIds) -> AreaLayout:
        """What the service takes. Raises NotFound."""
        return AreaLayout(self.name, self.capacity, when_present(self.id, lambda id_: ids.open(NodeKind.AREA, id_)))


@strawberry.input(description="A floor as it is to be, with all its areas.")
class FloorInput:
    id: strawberry.ID | None = strawberry.field(
        description="Which floor of the building it is; null for a new one.", default=None
    )
    name: str = strawberry.field(description=_PART_NAME)
    capacity: int | None = strawberry.field(description=_CAPACITY, default=None)
    areas: list[AreaInput] = strawberry.field(
        description=(
            "All its areas, in order: with an id one that is there, without one a new one. An area that is missing is "
            "removed. None moves to another floor."
        )
    )

    def layout(self, ids: NodeIds) -> FloorLayout:
        """What the service takes. Raises NotFound."""
        return FloorLayout(
            self.name,
            self.capacity,
            tuple(area.layout(ids) for area in self.areas),
            when_present(self.id, lambda id_: ids.open(NodeKind.FLOOR, id_)),
        )


@strawberry.input(description="What is to be otherwise with a building; what is left out stays as it is.")
class UpdateBuildingInput:
    building_id: strawberry.ID = strawberry.field(description="The building's id.")
    name: strawberry.Maybe[str] = strawberry.field(description=f"{_NAME[:-1]}; {_STAYS}.", default=None)
    suite_names: strawberry.Maybe[list[str]] = strawberry.field(
        description=f"{_SUITE_NAMES[:-1]}; {_STAYS}.", default=None
    )
    time_zone: strawberry.Maybe[TimeZone] = strawberry.field(
        description=f"The zone of all its times and days; {_STAYS}. Coming shifts keep what the clock shows there.",
        default=None,
    )
    capacity: strawberry.Maybe[int | None] = strawberry.field(description=f"{_CAPACITY[:-1]}; {_STAYS}.", default=None)
    opening_hours: strawberry.Maybe[list[BuildingHoursInput]] = strawberry.field(
        description=f"{_HOURS[:-1]}; {_STAYS}.", default=None
    )
    slots: strawberry.Maybe[list[Slot]] = strawberry.field(description=f"{_SLOTS[:-1]}; {_STAYS}.", default=None)
    afternoon_starts: strawberry.Maybe[time] = strawberry.field(description=f"{_AFTERNOON}; {_STAYS}.", default=None)
    floors: strawberry.Maybe[list[FloorInput]] = strawberry.field(
        description=(
            "All its floors, in order, at most 100 with at most 200 areas in all: with an id one that is there, "
            f"without one a new one. A floor that is missing is removed. {_STAYS.capitalize()}."
        ),
        default=None,
    )
    confirmation: str | None = strawberry.field(
        description="From `ShiftsNoLongerFit`; null asks first where shifts would be cancelled.", default=None
    )

    def changes(self, ids: NodeIds) -> LayoutChanges:
        """What the service takes. Raises InvalidInput, NotFound."""
        changes = LayoutChanges()
        if self.name is not None:
            changes["name"] = self.name.value
        if self.suite_names is not None:
            changes["suite_names"] = tuple(self.suite_names.value)
        if self.time_zone is not None:
            changes["time_zone"] = self.time_zone.value
        if self.capacity is not None:
            changes["capacity"] = self.capacity.value
        if self.opening_hours is not None:
            changes["hours"] = _hours(self.opening_hours.value)
        if self.slots is not None:
            changes["slots"] = tuple(self.slots.value)
        if self.afternoon_starts is not None:
            changes["afternoon_starts"] = self.afternoon_starts.value
        if self.floors is not None:
            changes["floors"] = tuple(floor.layout(ids) for floor in self.floors.value)
        return changes


@strawberry.input(description="Which building to remove, and what was shown of it.")
class RemoveBuildingInput:
    building_id: strawberry.ID = strawberry.field(description="The building's id.")
    confirmation: str | None = strawberry.field(
        description="From `ShiftsNoLongerFit`; null asks what removing it would do.", default=None
    )


@strawberry.type(description="The building is there, and can be booked.")
class BuildingCreated:
    building: Building = strawberry.field(description="The building, with its floors and areas.")


@strawberry.type(description="The building is so from now on.")
class BuildingUpdated:
    building: Building = strawberry.field(description="The building as it is now.")
    cancelled_shifts: int = strawberry.field(description="How many shifts were cancelled since they no longer fit.")
    members_told: int = strawberry.field(description="How many members lost a shift by it, and are told.")


@strawberry.type(description="The building is gone with everything in it; past shifts still name it.")
class BuildingRemoved:
    building: Building = strawberry.field(description="The building as it was.")
    cancelled_shifts: int = strawberry.field(description="How many shifts were cancelled with it.")
    members_told: int = strawberry.field(description="How many members lost a shift by it, and are told.")


CreateBuildingResult = Annotated[
    BuildingCreated | InvalidInput | NotFound | IdempotencyKeyReused,
    strawberry.union("CreateBuildingResult", description="The building, or why there is none."),
]
UpdateBuildingResult = Annotated[
    BuildingUpdated | InvalidInput | NotFound | ShiftsNoLongerFit,
    strawberry.union("UpdateBuildingResult", description="The building, or why nothing was changed."),
]
RemoveBuildingResult = Annotated[
    BuildingRemoved | NotFound | ShiftsNoLongerFit,
    strawberry.union("RemoveBuildingResult", description="What was removed, or why nothing was."),
]


@strawberry.type
class BuildingMutations:
    @administrator_mutation(
        description=(
            "Create a building with its floors and areas. Each level has a capacity of its own: whoever books an area "
            "counts on its floor and in its building too. Repeated under the same key, it reads the building anew."
        )
    )
    async def create_building(
        self,
        info: Info,
        command: Annotated[
            CreateBuildingInput, strawberry.argument(name="input", description="The building, with all that is in it.")
        ],
    ) -> CreateBuildingResult:
        context = info.context
        building = await context.services.building_administration.create(
            context.member, command.layout(), command.idempotency_key
        )
        return BuildingCreated(building=building_of(building))

    @administrator_mutation(
        description=(
            "Change a building. Where shifts that are not over would no longer fit it, they are listed first and "
            "nothing is changed; confirmed, they are cancelled and their members told. Of shifts for whom there is no "
            "room any more, those booked last go. One that has begun stays unless its place is removed. With another "
            "time zone or afternoon, coming shifts keep what the clock shows there."
        )
    )
    async def update_building(
        self,
        info: Info,
        command: Annotated[
            UpdateBuildingInput, strawberry.argument(name="input", description="Which one, and how it is to be.")
        ],
    ) -> UpdateBuildingResult:
        context = info.context
        building_id = context.ids.open(NodeKind.BUILDING, command.building_id)
        done = await context.services.building_administration.update(
            context.member, building_id, command.changes(context.ids), command.confirmation
        )
        return BuildingUpdated(
            building=building_of(done.building),
            cancelled_shifts=len(done.cancelled.shifts),
            members_told=done.cancelled.members,
        )

    @administrator_mutation(
        description=(
            "Remove a building with its floors and areas. Asked without a confirmation it lists the shifts that are "
            "not over; confirmed, they are cancelled and their members told. Past shifts still name it, and rooms stay."
        )
    )
    async def remove_building(
        self,
        info: Info,
        command: Annotated[
            RemoveBuildingInput, strawberry.argument(name="input", description="The building, and the confirmation.")
        ],
    ) -> RemoveBuildingResult:
        context = info.context
        building_id = context.ids.open(NodeKind.BUILDING, command.building_id)
        done = await context.services.building_administration.remove(context.member, building_id, command.confirmation)
        return BuildingRemoved(
            building=building_of(done.building),
            cancelled_shifts=len(done.cancelled.shifts),
            members_told=done.cancelled.members,
        )


def _hours(days: list[BuildingHoursInput]) -> OpeningHours:
    return checked_hours([OpenDay(day.weekday, day.opens, day.closes) for day in days])
