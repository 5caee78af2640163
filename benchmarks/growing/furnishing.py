"""Rows that an organisation has after some months: colleagues who share where they work, buildings, shifts, news."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from tortoise.connection import get_connection

from app import clock
from app.buildings.models import Building, Floor
from app.identity.models import LocationSharing, Member
from app.notifications.models import Notification, NotificationKind
from app.shifts.models import Shift, WorkKind
from app.shifts.spans import Slot
from benchmarks.growing.world import FIRST_DAY, World
from benchmarks.loading.people import AT_ONCE, Person, make_people

_WITH_ADDRESS = ("member", "identity")
BUILDINGS = ("Harbour House", "Mill Lane")


async def colleagues(world: World, number: int) -> Sequence[Person]:
    """So many more members, all of whom show everybody where they work."""
    connection = await world.connection()
    before = await _last_rows()
    people = await make_people(connection.integration, number)
    if await Member.of(connection.organisation_id).filter(address=people[0].member.address).count() > 1:
        await _rename_after(before)
    shown = {"location_sharing": LocationSharing.EVERYONE, "chose_sharing": True}
    await Member.of(connection.organisation_id).all().update(**shown)
    return people


async def _last_rows() -> Mapping[str, int]:
    connection = get_connection("default")
    found = {}
    for table in _WITH_ADDRESS:
        [row] = await connection.execute_query_dict(f"SELECT coalesce(max(rowid), 0) AS last FROM {table}")  # noqa: S608
        found[table] = row["last"]
    return found


async def _rename_after(rows: Mapping[str, int]) -> None:
    """Whoever came later has an address of their own: people are counted from nought each time."""
    connection = get_connection("default")
    for table, last in rows.items():
        await connection.execute_query(
            f"UPDATE {table} SET address = 'after{last}.' || address WHERE rowid > ?",  # noqa: S608
            [last],
        )


async def shifts(world: World, members: Sequence[UUID], days: int, *, first: int = 0) -> None:
    """Each of them, numbered from `first` on, works somewhere on each day: at one of two offices, or at home."""
    connection = await world.connection()
    offices = [await _office(connection.organisation_id, name) for name in BUILDINGS]
    rows = []
    for place, member in enumerate(members, first):
        for day in range(days):
            building, floor = offices[(place + day) % len(offices)]
            row = _shift(connection.organisation_id, member, place, day)
            if (place + day) % 3 != 2:
                row.kind, row.building_id, row.floor_id = WorkKind.AT_OFFICE, building.id, floor.id
            rows.append(row)
    for start in range(0, len(rows), AT_ONCE):
        await Shift.bulk_create(rows[start : start + AT_ONCE])


async def news(world: World, number: int) -> None:
    """So many notifications for the member."""
    connection = await world.connection()
    rows = [
        Notification(
            id=uuid4(),
            organisation_id=connection.organisation_id,
            member_id=connection.member_id,
            kind=NotificationKind.RECONNECT_REQUIRED,
            subject_id=connection.id,
            occasion=uuid4().hex,
            created_at=clock.now() - timedelta(minutes=place),
        )
        for place in range(number)
    ]
    await Notification.bulk_create(rows)


async def looked_at() -> None:
    """What comes in over months has been looked at by the database itself long before anybody asks."""
    await get_connection("default").execute_script("ANALYZE")


async def _office(organisation_id: UUID, name: str) -> tuple[Building, Floor]:
    """The one of this name, made where it is missing."""
    present = await Floor.of(organisation_id).filter(building__name=name).select_related("building").first()
    if present is not None:
        return present.building, present
    building = await Building.create(
        organisation_id=organisation_id,
        name=name,
        present_name=name.casefold(),
        suite_names=[],
        time_zone="UTC",
        capacity=None,
        opening_hours={},
        slots=[Slot.WHOLE_DAY.value],
        afternoon_starts="13:00",
        created_at=clock.now(),
    )
    floor = await Floor.create(
        organisation_id=organisation_id, building_id=building.id, name="Ground floor", position=0
    )
    return building, floor


def _shift(organisation_id: UUID, member: UUID, place: int, day: int) -> Shift:
    """At home. Ids are the same in every run, so that those of one day always stand in the same order."""
    start = FIRST_DAY + timedelta(days=day)
    return Shift(
        id=UUID(int=place * 1_000 + day),
        organisation_id=organisation_id,
        member_id=member,
        kind=WorkKind.REMOTE,
        date=start.date(),
        slot=Slot.WHOLE_DAY,
        starts_at=start,
        ends_at=start + timedelta(days=1),
        time_zone="UTC",
        last_change_id=uuid4(),
        created_at=clock.now(),
    )
