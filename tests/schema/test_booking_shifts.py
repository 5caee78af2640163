"""Shifts as clients book them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.shifts.spans import Part, Slot
from schema.ids import NodeKind
from tests.buildings.making import make_area, make_building, make_floor
from tests.schema.offices import BOOK, CANCEL, MONDAY, Office, day
from tests.schema.world import House
from tests.support.people import make_member
from tests.support.workplaces import make_shift


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

    async def test_whoever_travels_books_days_of_two_zones_that_share_some_hours(self, office: Office) -> None:
        mill = await make_building(office.house.organisation.id, "Mill", time_zone="America/New_York")
        there = {"buildingId": office.house.ids.seal(NodeKind.BUILDING, mill.id)}

        [thursday] = await office.booked(day(3), place=there)
        [friday] = await office.booked(day(4))
        same_day = await office.book(day(3))

        assert thursday["end"] > friday["start"]
        assert same_day["__typename"] == "ShiftsOverlap"

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
