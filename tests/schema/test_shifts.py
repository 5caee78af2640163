"""Shifts as clients book, change, cancel and read them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.audit.models import AuditAction, AuditEntry
from app.buildings.models import Area, Building, Floor
from app.identity.models import LocationSharing, Member
from app.shifts.spans import Part, Slot
from schema.ids import NodeKind
from tests.buildings.making import make_area, make_building, make_floor
from tests.schema.world import House
from tests.support.people import make_member
from tests.support.queries import counted_queries
from tests.support.workplaces import make_shift, shares

SHIFT = """
  id kind date slot start end timeZone isCancelled endReason isPartOfPattern createdAt
  member { name } bookedBy { name } building { name } floor { name } area { name }
"""
PROBLEM = """
  ... on Problem { code message remedy whoActs retryable }
  ... on InvalidInput { field }
  ... on ShiftsOverlap { shifts { id date } }
  ... on CapacityReached {
    fullDays { date level name alternatives { building { id name } floor { name } area { name } slot left } }
  }
"""
BOOK = f"""
mutation Book($input: BookShiftInput!) {{
  bookShift(input: $input) {{
    __typename ... on ShiftsBooked {{ shifts {{ {SHIFT} }} problems {{ {PROBLEM} }} }} {PROBLEM}
  }}
}}
"""
CHANGE = f"""
mutation Change($input: ChangeShiftInput!) {{
  changeShift(input: $input) {{ __typename ... on ShiftsChanged {{ shifts {{ {SHIFT} }} }} {PROBLEM} }}
}}
"""
CANCEL = f"""
mutation Cancel($input: CancelShiftInput!) {{
  cancelShift(input: $input) {{
    __typename ... on ShiftsCancelled {{ shifts {{ {SHIFT} }} }} ... on Problem {{ code message }}
  }}
}}
"""
SHIFTS = f"""
query Shifts($from: Date!, $to: Date!, $memberId: ID, $buildingId: ID, $first: Int! = 50, $after: String) {{
  shifts(from: $from, to: $to, memberId: $memberId, buildingId: $buildingId, first: $first, after: $after) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {SHIFT} }}
  }}
}}
"""
MONDAY = date(2031, 5, 12)
"""Today: the clock stands at nine in London, eleven in Amsterdam."""


def day(offset: int) -> str:
    """So many days after today."""
    return (MONDAY + timedelta(days=offset)).isoformat()


class Office:
    """A building of the house, and its clients' way of booking."""

    def __init__(self, house: House, building: Building, floor: Floor, area: Area) -> None:
        self.house, self.building, self.floor, self.area = house, building, floor, area

    def place(self, *, floor: bool = False, area: bool = False) -> dict[str, str]:
        ids = self.house.ids
        place: dict[str, str] = {"buildingId": ids.seal(NodeKind.BUILDING, self.building.id)}
        if floor:
            place["floorId"] = ids.seal(NodeKind.FLOOR, self.floor.id)
        if area:
            place["areaId"] = ids.seal(NodeKind.AREA, self.area.id)
        return place

    async def book(self, *days: str, by_administrator: bool = False, **values: Any) -> dict[str, Any]:
        """At the building for the whole day, unless told otherwise."""
        wanted = {"days": {"dates": list(days)}, "kind": "AT_OFFICE", "idempotencyKey": uuid4().hex} | values
        if wanted["kind"] == "AT_OFFICE":
            wanted.setdefault("place", self.place())
        return await self.do(BOOK, by_administrator=by_administrator, **wanted)

    async def booked(self, *days: str, **values: Any) -> list[dict[str, Any]]:
        answer = await self.book(*days, **values)
        assert answer["__typename"] == "ShiftsBooked", answer
        shifts: list[dict[str, Any]] = answer["shifts"]
        return shifts

    async def do(self, document: str, *, by_administrator: bool = False, **command: Any) -> dict[str, Any]:
        principal = self.house.administrator if by_administrator else self.house.member
        data = await self.house.server.data(principal, document, input=command)
        [answer] = data.values()
        result: dict[str, Any] = answer
        return result

    async def listed(self, *, by_administrator: bool = False, **variables: Any) -> Mapping[str, Any]:
        principal = self.house.administrator if by_administrator else self.house.member
        window = {"from": day(0), "to": day(60)}
        data = await self.house.server.data(principal, SHIFTS, **window | variables)
        answer: Mapping[str, Any] = data["shifts"]
        return answer

    @property
    def member_id(self) -> str:
        return self.house.ids.seal(NodeKind.MEMBER, self.house.member.member_id)

    async def told(self) -> list[dict[str, Any]]:
        """The member's notifications, the newest first."""
        data = await self.house.ask("{ notifications { nodes { kind message shifts { id } } } }")
        nodes: list[dict[str, Any]] = data["notifications"]["nodes"]
        return nodes

    async def member(self) -> Member:
        return await Member.of(self.house.organisation.id).get(id=self.house.member.member_id)


@pytest.fixture
async def office(house: House) -> Office:
    building = await make_building(house.organisation.id, capacity=3)
    floor = await make_floor(building, "First floor", capacity=2)
    return Office(house, building, floor, await make_area(floor, "North", capacity=1))


class TestBooking:
    async def test_a_shift_says_where_when_and_for_whom_it_is(self, office: Office) -> None:
        [shift] = await office.booked(day(1), place=office.place(area=True), slot={"kind": "MORNING"})

        assert shift | {"id": "", "createdAt": ""} == {
            "id": "",
            "kind": "AT_OFFICE",
            "date": "2031-05-13",
            "slot": "MORNING",
            "start": "2031-05-12T22:00:00Z",
            "end": "2031-05-13T11:00:00Z",
            "timeZone": "Europe/Amsterdam",
            "isCancelled": False,
            "endReason": None,
            "isPartOfPattern": False,
            "createdAt": "",
            "member": {"name": "Ada Tidewater"},
            "bookedBy": None,
            "building": {"name": "Lighthouse"},
            "floor": {"name": "First floor"},
            "area": {"name": "North"},
        }

    async def test_several_days_are_one_pattern_and_come_by_their_start(self, office: Office) -> None:
        shifts = await office.booked(day(3), day(1), day(2))

        assert [shift["date"] for shift in shifts] == [day(1), day(2), day(3)]
        assert all(shift["isPartOfPattern"] for shift in shifts)

    async def test_a_weekly_pattern_falls_on_its_weekdays_from_its_first_day_to_its_last(self, office: Office) -> None:
        weekly = {"from": day(1), "until": day(15), "weekdays": ["TUESDAY", "MONDAY"]}

        shifts = await office.booked(days={"weekly": weekly})

        assert [shift["date"] for shift in shifts] == [day(1), day(7), day(8), day(14), day(15)]

    async def test_a_shift_without_a_building_is_in_the_zone_of_the_latest_shift_at_an_office(
        self, office: Office
    ) -> None:
        lisbon = await make_building(office.house.organisation.id, "Miradouro", time_zone="Europe/Lisbon")
        await office.booked(day(1), place={"buildingId": office.house.ids.seal(NodeKind.BUILDING, lisbon.id)})

        [remote] = await office.booked(day(2), kind="REMOTE")
        [off] = await office.booked(day(3), kind="NOT_WORKING", timeZone="Pacific/Auckland")

        assert (remote["timeZone"], remote["building"]) == ("Europe/Lisbon", None)
        assert (off["kind"], off["timeZone"], off["start"]) == (
            "NOT_WORKING",
            "Pacific/Auckland",
            "2031-05-14T12:00:00Z",
        )

    async def test_without_any_building_a_remote_day_is_one_of_utc(self, house: House) -> None:
        command = {"days": {"dates": [day(1)]}, "kind": "REMOTE", "idempotencyKey": "a key"}

        data = await house.server.data(house.member, BOOK, input=command)

        assert data["bookShift"]["shifts"][0]["timeZone"] == "UTC"

    async def test_a_repeat_under_the_same_key_books_nothing_twice_and_reads_the_shifts_anew(
        self, office: Office
    ) -> None:
        [first] = await office.booked(day(1), idempotencyKey="once")
        await office.do(CANCEL, shiftId=first["id"])

        [again] = await office.booked(day(1), idempotencyKey="once")

        assert again["id"] == first["id"]
        assert again["isCancelled"]

    async def test_other_days_under_the_same_key_are_refused(self, office: Office) -> None:
        await office.booked(day(1), idempotencyKey="once")

        answer = await office.book(day(2), idempotencyKey="once")

        assert answer["__typename"] == "IdempotencyKeyReused"

    async def test_a_request_that_was_refused_keeps_no_key(self, office: Office) -> None:
        refused = await office.book(day(5), idempotencyKey="once")

        assert refused["code"] == "BUILDING_CLOSED"
        assert await office.booked(day(1), idempotencyKey="once")

    async def test_today_is_the_buildings(self, office: Office) -> None:
        """At nine in the evening of Monday in London it is Tuesday in Tokyo."""
        tokyo = await make_building(office.house.organisation.id, "Tower", time_zone="Asia/Tokyo")
        place = {"buildingId": office.house.ids.seal(NodeKind.BUILDING, tokyo.id)}
        office.house.server.ticker.advance(timedelta(hours=12))

        monday = await office.book(day(0), place=place)
        [tuesday] = await office.booked(day(1), place=place)
        here = await office.booked(day(0))

        assert (monday["code"], monday["field"]) == ("DAY_IN_THE_PAST", "days.dates.0")
        assert tuesday["start"] == "2031-05-12T15:00:00Z"
        assert here

    async def test_a_part_of_today_that_is_over_cannot_be_booked(self, office: Office) -> None:
        office.house.server.ticker.advance(timedelta(hours=4))

        morning = await office.book(day(0), slot={"kind": "MORNING"})
        times = await office.book(day(0), slot={"kind": "TIMES", "start": "09:00", "end": "10:00"})
        afternoon = await office.booked(day(0), slot={"kind": "AFTERNOON"})

        assert (morning["code"], times["code"]) == ("DAY_IN_THE_PAST", "DAY_IN_THE_PAST")
        assert afternoon

    async def test_an_area_says_its_floor_by_itself(self, office: Office) -> None:
        place = office.place() | {"areaId": office.house.ids.seal(NodeKind.AREA, office.area.id)}

        [shift] = await office.booked(day(1), place=place)

        assert shift["floor"] == {"name": "First floor"}


class TestBadInput:
    @pytest.mark.parametrize(
        ("values", "field", "code"),
        [
            ({"days": {}}, "days", "INVALID_VALUE"),
            (
                {"days": {"dates": [day(1)], "weekly": {"from": day(1), "until": day(9), "weekdays": ["MONDAY"]}}},
                "days",
                "INVALID_VALUE",
            ),
            ({"days": {"dates": []}}, "days.dates", "INVALID_VALUE"),
            ({"days": {"dates": [day(offset) for offset in range(101)]}}, "days.dates", "INVALID_VALUE"),
            ({"days": {"dates": [day(1), day(2), day(1)]}}, "days.dates.2", "INVALID_VALUE"),
            ({"days": {"dates": [day(1), day(-1)]}}, "days.dates.1", "DAY_IN_THE_PAST"),
            ({"days": {"dates": [day(1), day(367)]}}, "days.dates.1", "DAY_TOO_FAR_AHEAD"),
            ({"days": {"dates": [day(1), day(2), day(5)]}}, "days.dates.2", "BUILDING_CLOSED"),
            (
                {"days": {"weekly": {"from": day(9), "until": day(1), "weekdays": ["MONDAY"]}}},
                "days.weekly.until",
                "WINDOW_REVERSED",
            ),
            (
                {"days": {"weekly": {"from": day(1), "until": day(368), "weekdays": ["MONDAY"]}}},
                "days.weekly.until",
                "WINDOW_TOO_LONG",
            ),
            (
                {"days": {"weekly": {"from": day(1), "until": day(3), "weekdays": []}}},
                "days.weekly.weekdays",
                "INVALID_VALUE",
            ),
            (
                {"days": {"weekly": {"from": day(1), "until": day(30), "weekdays": ["MONDAY", "MONDAY"]}}},
                "days.weekly.weekdays",
                "INVALID_VALUE",
            ),
            (
                {"days": {"weekly": {"from": day(1), "until": day(3), "weekdays": ["MONDAY"]}}},
                "days.weekly",
                "INVALID_VALUE",
            ),
            ({"place": None}, "place", "INVALID_VALUE"),
            ({"kind": "REMOTE", "place": "here"}, "place", "INVALID_VALUE"),
            ({"timeZone": "Europe/Lisbon"}, "timeZone", "INVALID_VALUE"),
            ({"slot": {"kind": "TIMES"}}, "slot.start", "INVALID_VALUE"),
            ({"slot": {"kind": "TIMES", "start": "09:00"}}, "slot.end", "INVALID_VALUE"),
            ({"slot": {"kind": "TIMES", "start": "12:00", "end": "12:00"}}, "slot.end", "WINDOW_REVERSED"),
            ({"slot": {"kind": "MORNING", "start": "09:00"}}, "slot.kind", "INVALID_VALUE"),
            (
                {"slot": {"kind": "TIMES", "start": "07:30", "end": "12:00"}},
                "days.dates.0",
                "OUTSIDE_OPENING_HOURS",
            ),
            ({"idempotencyKey": ""}, "idempotencyKey", "INVALID_VALUE"),
            ({"idempotencyKey": "k" * 65}, "idempotencyKey", "INVALID_VALUE"),
        ],
    )
    async def test_what_is_wrong_is_said_with_its_place_in_the_input_and_nothing_is_booked(
        self, office: Office, values: dict[str, Any], field: str, code: str
    ) -> None:
        wanted: dict[str, Any] = {"days": {"dates": [day(1)]}, "place": office.place()} | values
        if wanted["place"] == "here":
            wanted["place"] = office.place()

        answer = await office.book(**wanted)

        assert (answer["__typename"], answer["field"], answer["code"]) == ("InvalidInput", field, code)
        assert answer["message"].endswith(".")
        assert (await office.listed())["totalCount"] == 0

    async def test_a_slot_that_the_building_does_not_offer_is_refused(self, house: House) -> None:
        building = await make_building(house.organisation.id, slots=(Slot.WHOLE_DAY,))
        office = Office(house, building, await make_floor(building), await make_area(await make_floor(building, "Two")))

        answer = await office.book(day(1), slot={"kind": "MORNING"})

        assert (answer["field"], answer["code"]) == ("slot.kind", "SLOT_NOT_OFFERED")
        assert "`WHOLE_DAY`" in answer["remedy"]

    async def test_times_that_a_clock_change_skips_are_refused(self, house: House) -> None:
        command = {
            "days": {"dates": ["2032-03-28"]},
            "kind": "REMOTE",
            "timeZone": "Europe/Amsterdam",
            "slot": {"kind": "TIMES", "start": "02:30", "end": "03:00"},
            "idempotencyKey": "a key",
        }

        data = await house.server.data(house.member, BOOK, input=command)

        assert data["bookShift"]["field"] == "days.dates.0"
        assert "clocks change" in data["bookShift"]["message"]

    async def test_what_belongs_to_another_building_is_not_found(self, office: Office) -> None:
        other = await make_building(office.house.organisation.id, "Quay")
        foreign = await make_floor(other)
        ids = office.house.ids
        floor, area = ids.seal(NodeKind.FLOOR, foreign.id), ids.seal(NodeKind.AREA, (await make_area(foreign)).id)

        answers = [
            await office.book(day(1), place=office.place() | {"floorId": floor}),
            await office.book(day(1), place=office.place() | {"areaId": area}),
            await office.book(day(1), place=office.place(area=True) | {"floorId": floor}),
        ]

        assert {answer["__typename"] for answer in answers} == {"NotFound"}

    @pytest.mark.parametrize("level", ["building", "floor", "area"])
    async def test_what_was_removed_is_not_found(self, office: Office, level: str) -> None:
        row = {"building": office.building, "floor": office.floor, "area": office.area}[level]
        row.removed_at = office.house.server.ticker.moment
        await row.save()

        answer = await office.book(day(1), place=office.place(floor=True, area=True))

        assert answer["__typename"] == "NotFound"


class TestOverlaps:
    async def test_nobody_works_in_two_places_at_once(self, office: Office) -> None:
        [there] = await office.booked(day(1), kind="REMOTE", slot={"kind": "MORNING"})

        answer = await office.book(day(1), day(2))

        assert (answer["__typename"], answer["code"]) == ("ShiftsOverlap", "SHIFTS_OVERLAP")
        assert answer["shifts"] == [{"id": there["id"], "date": day(1)}]
        assert (await office.listed())["totalCount"] == 1

    async def test_a_morning_and_an_afternoon_fit_beside_each_other(self, office: Office) -> None:
        await office.booked(day(1), kind="REMOTE", slot={"kind": "MORNING"})

        [afternoon] = await office.booked(day(1), slot={"kind": "AFTERNOON"})

        assert afternoon["start"] == "2031-05-13T11:00:00Z"

    async def test_a_cancelled_shift_stands_in_no_way(self, office: Office) -> None:
        [shift] = await office.booked(day(1))
        await office.do(CANCEL, shiftId=shift["id"])

        assert await office.booked(day(1), kind="REMOTE")

    async def test_where_an_administrator_may_not_see_the_shift_in_the_way_it_is_not_named(
        self, office: Office
    ) -> None:
        await office.booked(day(1), kind="REMOTE")

        answer = await office.book(day(1), by_administrator=True, memberId=office.member_id)

        assert (answer["__typename"], answer["shifts"]) == ("ShiftsOverlap", [])


class TestCapacity:
    async def _fill(self, office: Office, people: int, *, area: bool = False, floor: bool = False) -> None:
        for number in range(people):
            member = await make_member(office.house.organisation, f"Guest {number} {uuid4().hex}")
            await make_shift(
                member,
                MONDAY + timedelta(days=1),
                office.building,
                floor=office.floor if floor or area else None,
                area=office.area if area else None,
            )

    async def test_a_full_area_says_what_is_left_nearby(self, office: Office) -> None:
        await make_area(office.floor, "South", capacity=1)
        await make_building(office.house.organisation.id, "Quay", capacity=9)
        await self._fill(office, 1, area=True)

        answer = await office.book(day(1), place=office.place(area=True))

        assert (answer["__typename"], answer["code"]) == ("CapacityReached", "CAPACITY_REACHED")
        [full] = answer["fullDays"]
        assert (full["date"], full["level"], full["name"]) == (day(1), "AREA", "North")
        left = [
            (
                place["building"]["name"],
                place["floor"] and place["floor"]["name"],
                place["area"] and place["area"]["name"],
            )
            for place in full["alternatives"]
        ]
        assert left == [
            ("Lighthouse", "First floor", "South"),
            ("Lighthouse", "First floor", None),
            ("Quay", None, None),
        ]
        assert "North is full on Tuesday 13 May" in answer["message"]

    async def test_the_widest_level_that_is_full_is_named_and_nothing_within_it_is_offered(
        self, office: Office
    ) -> None:
        """The building takes three, though its floor takes two and other floors were there."""
        await make_floor(office.building, "Second floor")
        await self._fill(office, 3)

        answer = await office.book(day(1), place=office.place(area=True))

        [full] = answer["fullDays"]
        assert (full["level"], full["name"], full["alternatives"]) == ("BUILDING", "Lighthouse", [])
        assert answer["remedy"]

    async def test_a_building_may_take_fewer_than_its_floors_together(self, office: Office) -> None:
        await self._fill(office, 2, floor=True)
        other = await make_floor(office.building, "Second floor", capacity=9)
        place = office.place() | {"floorId": office.house.ids.seal(NodeKind.FLOOR, other.id)}

        await office.booked(day(1), place=place)
        answer = await office.book(day(1), place=place, by_administrator=True)

        assert answer["fullDays"][0]["level"] == "BUILDING"

    async def test_of_a_full_morning_the_afternoon_is_left(self, office: Office) -> None:
        for number in range(3):
            member = await make_member(office.house.organisation, f"Guest {number}")
            await make_shift(member, MONDAY + timedelta(days=1), office.building, part=Part(Slot.MORNING))

        answer = await office.book(day(1))

        assert [place["slot"] for place in answer["fullDays"][0]["alternatives"]] == ["AFTERNOON"]

    async def test_what_overlaps_the_viewers_own_shift_is_not_offered(self, office: Office) -> None:
        for number in range(3):
            member = await make_member(office.house.organisation, f"Guest {number}")
            await make_shift(member, MONDAY + timedelta(days=1), office.building, part=Part(Slot.MORNING))
        await office.booked(day(1), kind="REMOTE", slot={"kind": "AFTERNOON"})

        answer = await office.book(day(1), slot={"kind": "MORNING"})

        assert answer["fullDays"][0]["alternatives"] == []

    async def test_one_full_day_stops_all_of_them(self, office: Office) -> None:
        await self._fill(office, 3)

        answer = await office.book(day(1), day(2), day(3))

        assert [full["date"] for full in answer["fullDays"]] == [day(1)]
        assert (await office.listed())["totalCount"] == 0

    async def test_days_that_cannot_be_are_left_out_where_that_is_asked_for(self, office: Office) -> None:
        await self._fill(office, 3)
        await office.booked(day(2), kind="REMOTE")

        answer = await office.book(day(1), day(2), day(3), day(5), skipsUnavailable=True)

        assert [shift["date"] for shift in answer["shifts"]] == [day(3)]
        assert {problem["code"] for problem in answer["problems"]} == {
            "BUILDING_CLOSED",
            "SHIFTS_OVERLAP",
            "CAPACITY_REACHED",
        }
        [closed] = [problem for problem in answer["problems"] if problem["code"] == "BUILDING_CLOSED"]
        assert closed["field"] == "days.dates.3"

    @pytest.mark.parametrize(
        ("offset", "code"), [(1, "CAPACITY_REACHED"), (2, "SHIFTS_OVERLAP"), (5, "BUILDING_CLOSED")]
    )
    async def test_where_every_day_is_left_out_the_answer_is_the_problem_itself(
        self, office: Office, offset: int, code: str
    ) -> None:
        await self._fill(office, 3)
        await office.booked(day(2), kind="REMOTE")

        answer = await office.book(day(offset), skipsUnavailable=True)

        assert answer["code"] == code

    async def test_one_hidden_colleague_more_or_less_does_not_change_what_is_left(self, office: Office) -> None:
        """The number of places left is rounded: it says nothing about a single person."""
        quay = await make_building(office.house.organisation.id, "Quay", capacity=20)
        await self._fill(office, 3)
        answers = []
        for _ in range(2):
            full = await office.book(day(1))
            answers.append([place["left"] for place in full["fullDays"][0]["alternatives"]])
            await make_shift(
                await make_member(office.house.organisation, "Guest of the quay"), MONDAY + timedelta(days=1), quay
            )

        assert answers == [[20], [20]]


class TestChanging:
    async def test_a_shift_moves_to_another_day_place_and_part_of_the_day(self, office: Office) -> None:
        [shift] = await office.booked(day(1))

        answer = await office.do(
            CHANGE,
            shiftId=shift["id"],
            date=day(2),
            place=office.place(area=True),
            slot={"kind": "TIMES", "start": "09:00", "end": "12:30"},
        )

        [changed] = answer["shifts"]
        assert (changed["id"], changed["date"], changed["area"]) == (shift["id"], day(2), {"name": "North"})
        assert (changed["start"], changed["end"]) == ("2031-05-14T07:00:00Z", "2031-05-14T10:30:00Z")

    async def test_what_is_not_named_stays(self, office: Office) -> None:
        slot = {"kind": "TIMES", "start": "09:15", "end": "12:30"}
        [shift] = await office.booked(day(1), place=office.place(area=True), slot=slot)

        answer = await office.do(CHANGE, shiftId=shift["id"], date=day(2))

        [changed] = answer["shifts"]
        assert (changed["slot"], changed["area"]) == ("TIMES", {"name": "North"})
        assert (changed["start"], changed["end"]) == ("2031-05-14T07:15:00Z", "2031-05-14T10:30:00Z")

    async def test_a_shift_does_not_stand_in_its_own_way(self, office: Office) -> None:
        """The area takes one person, and that is the member."""
        [shift] = await office.booked(day(1), place=office.place(area=True), slot={"kind": "MORNING"})

        answer = await office.do(CHANGE, shiftId=shift["id"], slot={"kind": "WHOLE_DAY"})

        assert answer["shifts"][0]["slot"] == "WHOLE_DAY"

    async def test_the_rules_of_booking_hold_for_changes(self, office: Office) -> None:
        await make_shift(
            await make_member(office.house.organisation, "Guest"),
            MONDAY + timedelta(days=2),
            office.building,
            floor=office.floor,
            area=office.area,
        )
        [shift] = await office.booked(day(1), place=office.place(area=True))
        await office.booked(day(3), kind="REMOTE")

        answers = [await office.do(CHANGE, shiftId=shift["id"], date=day(offset)) for offset in (2, 3, 5, -1)]

        assert [answer["code"] for answer in answers] == [
            "CAPACITY_REACHED",
            "SHIFTS_OVERLAP",
            "BUILDING_CLOSED",
            "DAY_IN_THE_PAST",
        ]
        assert [answer.get("field") for answer in answers] == [None, None, "date", "date"]

    async def test_a_shift_at_an_office_becomes_remote_and_comes_back_with_a_place(self, office: Office) -> None:
        [shift] = await office.booked(day(1))

        [remote] = (await office.do(CHANGE, shiftId=shift["id"], kind="REMOTE"))["shifts"]
        nowhere = await office.do(CHANGE, shiftId=shift["id"], kind="AT_OFFICE")
        [back] = (await office.do(CHANGE, shiftId=shift["id"], kind="AT_OFFICE", place=office.place()))["shifts"]

        assert (remote["kind"], remote["building"], remote["timeZone"]) == ("REMOTE", None, "Europe/Amsterdam")
        assert (nowhere["code"], nowhere["field"]) == ("INVALID_VALUE", "place")
        assert back["building"] == {"name": "Lighthouse"}

    async def test_this_and_following_leaves_earlier_ones_alone(self, office: Office) -> None:
        shifts = await office.booked(day(1), day(2), day(3))

        answer = await office.do(CHANGE, shiftId=shifts[1]["id"], scope="THIS_AND_FOLLOWING", slot={"kind": "MORNING"})

        assert [shift["date"] for shift in answer["shifts"]] == [day(2), day(3)]
        assert [shift["slot"] for shift in (await office.listed())["nodes"]] == ["WHOLE_DAY", "MORNING", "MORNING"]

    async def test_all_of_them_are_changed_or_none(self, office: Office) -> None:
        shifts = await office.booked(day(1), day(2), day(3))
        await make_shift(
            await make_member(office.house.organisation, "Guest"),
            MONDAY + timedelta(days=3),
            office.building,
            floor=office.floor,
            area=office.area,
        )

        answer = await office.do(
            CHANGE, shiftId=shifts[0]["id"], scope="THIS_AND_FOLLOWING", place=office.place(area=True)
        )

        assert [full["date"] for full in answer["fullDays"]] == [day(3)]
        assert [shift["area"] for shift in (await office.listed())["nodes"]] == [None, None, None]

    async def test_two_of_a_day_cannot_both_become_the_whole_day(self, office: Office) -> None:
        shifts = await office.booked(day(1), day(2), slot={"kind": "MORNING"})
        await office.do(CHANGE, shiftId=shifts[1]["id"], date=day(1), slot={"kind": "AFTERNOON"})

        answer = await office.do(
            CHANGE, shiftId=shifts[0]["id"], scope="THIS_AND_FOLLOWING", slot={"kind": "WHOLE_DAY"}
        )

        assert answer["code"] == "SHIFTS_OVERLAP"

    async def test_only_one_shift_at_a_time_moves_to_another_day(self, office: Office) -> None:
        shifts = await office.booked(day(1), day(2))

        answer = await office.do(CHANGE, shiftId=shifts[0]["id"], scope="THIS_AND_FOLLOWING", date=day(4))

        assert (answer["code"], answer["field"]) == ("INVALID_VALUE", "date")

    async def test_what_is_so_already_is_answered_as_it_is(self, office: Office) -> None:
        [shift] = await office.booked(day(1))

        answer = await office.do(CHANGE, shiftId=shift["id"], kind="AT_OFFICE", slot={"kind": "WHOLE_DAY"})

        assert answer["shifts"] == [shift]

    async def test_a_shift_that_is_over_stays_as_it_was(self, office: Office) -> None:
        [shift] = await office.booked(day(0))
        office.house.server.ticker.advance(timedelta(days=1))

        changed = await office.do(CHANGE, shiftId=shift["id"], kind="REMOTE")
        cancelled = await office.do(CANCEL, shiftId=shift["id"])

        assert (changed["__typename"], cancelled["__typename"]) == ("ShiftOver", "ShiftOver")

    async def test_a_cancelled_shift_is_not_found_for_a_change(self, office: Office) -> None:
        [shift] = await office.booked(day(1))
        await office.do(CANCEL, shiftId=shift["id"])

        answer = await office.do(CHANGE, shiftId=shift["id"], kind="REMOTE")

        assert answer["__typename"] == "NotFound"


class TestCancelling:
    async def test_a_cancelled_shift_is_in_no_list_frees_its_place_and_is_found_by_its_id(self, office: Office) -> None:
        [shift] = await office.booked(day(1), place=office.place(area=True))

        [cancelled] = (await office.do(CANCEL, shiftId=shift["id"]))["shifts"]

        assert (cancelled["isCancelled"], cancelled["endReason"]) == (True, "CANCELLED_BY_MEMBER")
        assert (await office.listed())["nodes"] == []
        node = await office.house.ask("query ($id: ID!) { node(id: $id) { id } }", id=shift["id"])
        assert node == {"node": {"id": shift["id"]}}
        assert await office.booked(day(1), place=office.place(area=True), by_administrator=True)

    async def test_cancelling_twice_is_cancelling_once(self, office: Office) -> None:
        [shift] = await office.booked(day(1))
        [first] = (await office.do(CANCEL, shiftId=shift["id"]))["shifts"]

        [second] = (await office.do(CANCEL, shiftId=shift["id"]))["shifts"]

        assert second == first

    async def test_this_and_following_are_cancelled_together(self, office: Office) -> None:
        shifts = await office.booked(day(1), day(2), day(3))

        answer = await office.do(CANCEL, shiftId=shifts[1]["id"], scope="THIS_AND_FOLLOWING")

        assert [shift["date"] for shift in answer["shifts"]] == [day(2), day(3)]
        assert [shift["date"] for shift in (await office.listed())["nodes"]] == [day(1)]


class TestForAnotherMember:
    async def test_only_an_administrator_books_for_another_member(self, office: Office) -> None:
        other = office.house.ids.seal(NodeKind.MEMBER, office.house.administrator.member_id)
        command = {"days": {"dates": [day(1)]}, "kind": "REMOTE", "idempotencyKey": "k", "memberId": other}

        answer = await office.house.server.ask(office.house.member, BOOK, input=command)

        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    async def test_the_member_is_told_and_the_audit_log_has_an_entry(self, office: Office) -> None:
        shifts = await office.booked(day(1), day(2), by_administrator=True, memberId=office.member_id)

        assert {shift["bookedBy"]["name"] for shift in shifts} == {"Bo Tidewater"}
        [told] = await office.told()
        assert (told["kind"], [shift["id"] for shift in told["shifts"]]) == (
            "SHIFTS_BOOKED",
            [shift["id"] for shift in shifts],
        )
        assert told["message"] == (
            "An administrator booked 2 shifts at Lighthouse, the first on Tuesday 13 May for you."
        )
        [entry] = await AuditEntry.of(office.house.organisation.id).filter(action=AuditAction.SHIFTS_BOOKED_FOR_MEMBER)
        assert (entry.target_id, entry.details) == (office.house.member.member_id, {"shifts": 2})

    async def test_an_administrator_changes_and_cancels_what_they_booked(self, office: Office) -> None:
        [shift] = await office.booked(day(1), by_administrator=True, memberId=office.member_id)

        office.house.server.ticker.advance(timedelta(minutes=1))
        await office.do(CHANGE, by_administrator=True, shiftId=shift["id"], kind="REMOTE")
        office.house.server.ticker.advance(timedelta(minutes=1))
        await office.do(CANCEL, by_administrator=True, shiftId=shift["id"])

        kinds = [told["kind"] for told in await office.told()]
        assert kinds == ["SHIFTS_CANCELLED", "SHIFTS_CHANGED", "SHIFTS_BOOKED"]
        assert (await office.told())[0]["message"].startswith("Cancelled for you: a remote shift on Tuesday 13 May.")
        assert (await office.told())[0]["shifts"] == [{"id": shift["id"]}]

    async def test_an_administrator_changes_no_shift_that_they_may_not_see(self, office: Office) -> None:
        [shift] = await office.booked(day(1))

        hidden = await office.do(CANCEL, by_administrator=True, shiftId=shift["id"])
        await shares(await office.member(), LocationSharing.EVERYONE)
        [seen] = (await office.do(CANCEL, by_administrator=True, shiftId=shift["id"]))["shifts"]

        assert hidden["__typename"] == "NotFound"
        assert seen["endReason"] == "CANCELLED_BY_ADMINISTRATOR"

    async def test_a_member_who_sees_a_colleagues_shift_may_not_change_it(self, office: Office) -> None:
        administrator = await Member.of(office.house.organisation.id).get(id=office.house.administrator.member_id)
        await shares(administrator, LocationSharing.EVERYONE)
        [shift] = await office.booked(day(1), by_administrator=True)

        answer = await office.house.server.ask(office.house.member, CANCEL, input={"shiftId": shift["id"]})

        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    async def test_what_a_member_does_themself_is_nobodys_news(self, office: Office) -> None:
        [shift] = await office.booked(day(1))
        await office.do(CHANGE, shiftId=shift["id"], kind="REMOTE")
        await office.do(CANCEL, shiftId=shift["id"])

        assert await office.told() == []
        acts = AuditEntry.of(office.house.organisation.id).filter(action__startswith="SHIFTS_")
        assert await acts.count() == 0


class TestLists:
    async def test_days_are_inclusive_and_shifts_come_by_their_start(self, office: Office) -> None:
        await office.booked(day(1), day(2), day(3), day(4))

        window: dict[str, Any] = {"from": day(2), "to": day(3)}
        found = await office.listed(**window)

        assert [shift["date"] for shift in found["nodes"]] == [day(2), day(3)]
        assert found["totalCount"] == 2

    async def test_a_long_list_is_read_page_by_page(self, office: Office) -> None:
        await office.booked(*(day(offset) for offset in (1, 2, 3)))

        first = await office.listed(first=2)
        second = await office.listed(first=2, after=first["pageInfo"]["endCursor"])

        assert [shift["date"] for shift in (*first["nodes"], *second["nodes"])] == [day(1), day(2), day(3)]
        assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
        assert (first["totalCount"], second["totalCount"]) == (3, 3)

    async def test_a_list_is_narrowed_to_a_member_or_a_building(self, office: Office) -> None:
        await office.booked(day(1))
        await office.booked(day(2), kind="REMOTE")
        await shares(await office.member(), LocationSharing.EVERYONE)
        await office.booked(day(3), by_administrator=True)

        theirs = await office.listed(by_administrator=True, memberId=office.member_id)
        there = await office.listed(by_administrator=True, buildingId=office.place()["buildingId"])

        assert [shift["date"] for shift in theirs["nodes"]] == [day(1), day(2)]
        assert [shift["date"] for shift in there["nodes"]] == [day(1), day(3)]

    async def test_what_is_hidden_is_not_counted(self, office: Office) -> None:
        await office.booked(day(1))

        found = await office.listed(by_administrator=True)

        assert (found["nodes"], found["totalCount"]) == ([], 0)

    @pytest.mark.parametrize(
        ("window", "code"),
        [
            ({"from": day(2), "to": day(1)}, "WINDOW_REVERSED"),
            ({"from": day(0), "to": day(366)}, "WINDOW_TOO_LONG"),
            ({"after": "no cursor"}, "MALFORMED_CURSOR"),
        ],
    )
    async def test_a_list_that_cannot_be_is_refused(self, office: Office, window: dict[str, str], code: str) -> None:
        variables = {"from": day(0), "to": day(1)} | window

        answer = await office.house.server.ask(office.house.member, SHIFTS, **variables)

        assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "problem": code}

    async def test_a_list_costs_the_same_statements_however_long_it_is(self, office: Office) -> None:
        await office.booked(day(1))
        async with counted_queries() as few:
            await office.listed()
        await office.booked(*(day(offset) for offset in (2, 3, 4, 7, 8, 9, 10, 11)))

        async with counted_queries() as many:
            found = await office.listed()

        assert len(found["nodes"]) == 9
        assert len(few) == len(many)
