"""Buildings as members read them and as administrators make them, with everything in them."""

from datetime import time, timedelta
from typing import Any

import pytest

from app.audit.models import AuditAction, AuditEntry
from app.buildings.hours import Opening
from app.buildings.models import Area, Building, Floor
from app.shifts.spans import Part, Slot
from app.suites.events import Weekday
from tests.buildings.making import make_area, make_building, make_floor, make_floors
from tests.schema.building_acts import (
    CREATE,
    TUESDAY,
    WHOLE,
    create,
    floors,
    hours,
    member_of,
    remove_at_once,
    sealed,
    update,
)
from tests.schema.world import House, make_house
from tests.support.queries import counted_queries
from tests.support.workplaces import make_shift


class TestReading:
    async def test_members_read_the_buildings_that_are_there_by_name_whatever_the_case(self, house: House) -> None:
        for name in ("quay", "Lighthouse", "Attic"):
            await make_building(house.organisation.id, name)
        gone = await make_building(house.organisation.id, "Beacon")
        await remove_at_once(house, sealed(house, gone))
        elsewhere = await make_house(house.server, "Newbridge")
        await make_building(elsewhere.organisation.id, "Canal house")
        query = """query ($after: String) { buildings(first: 2, after: $after) {
            totalCount nodes { name } pageInfo { hasNextPage endCursor } } }"""

        first = (await house.ask(query))["buildings"]
        second = (await house.ask(query, after=first["pageInfo"]["endCursor"]))["buildings"]

        assert [row["name"] for row in (*first["nodes"], *second["nodes"])] == ["Attic", "Lighthouse", "quay"]
        assert (first["totalCount"], second["pageInfo"]["hasNextPage"]) == (3, False)

    async def test_a_page_of_buildings_with_floors_areas_and_occupancy_costs_one_statement_for_each_kind(
        self, house: House
    ) -> None:
        member = await member_of(house)
        query = """{ buildings { nodes { name occupancy { people } floors { name occupancy { people } building { name }
            areas { name floor { name } occupancy { people } } } } } }"""
        costs = []
        for number in range(3):
            building = await make_building(house.organisation.id, f"Building {number}")
            await make_floors(building, {"Ground": {"North": 4, "South": None}, "First": {"East": 2}})
            await make_shift(member, house.server.ticker.moment.date() + timedelta(days=number), building)
            async with counted_queries() as statements:
                await house.ask(query)
            costs.append(len(statements))

        # Buildings, floors, areas, and how many people are where.
        assert costs[0] == costs[1] == costs[2]

    async def test_today_is_the_day_in_the_buildings_own_zone(self, house: House) -> None:
        house.server.ticker.advance(timedelta(hours=13))  # 22:00 in UTC
        for zone in ("America/New_York", "Europe/Amsterdam", "Pacific/Auckland"):
            await make_building(house.organisation.id, zone, time_zone=zone)

        found = await house.ask("{ buildings { nodes { name today occupancy { date } } } }")

        assert {row["name"]: row["today"] for row in found["buildings"]["nodes"]} == {
            "America/New_York": "2031-05-12",
            "Europe/Amsterdam": "2031-05-13",
            "Pacific/Auckland": "2031-05-13",
        }
        assert all(row["today"] == row["occupancy"]["date"] for row in found["buildings"]["nodes"])

    async def test_a_removed_building_floor_or_area_is_still_found_by_its_id_and_says_that_it_is_gone(
        self, house: House
    ) -> None:
        building = await make_building(house.organisation.id)
        floor = await make_floor(building)
        area = await make_area(floor)
        await remove_at_once(house, sealed(house, building))
        query = """query ($id: ID!) { node(id: $id) {
            ... on Building { name isRemoved } ... on Floor { name isRemoved } ... on Area { name isRemoved } } }"""

        found = [await house.ask(query, id=sealed(house, row)) for row in (building, floor, area)]

        assert [node["node"] for node in found] == [
            {"name": "Lighthouse", "isRemoved": True},
            {"name": "Ground floor", "isRemoved": True},
            {"name": "North", "isRemoved": True},
        ]


class TestCreating:
    async def test_a_building_is_created_with_everything_in_it_in_one_input(self, house: House) -> None:
        created = await create(
            house,
            name=" Quay ",
            suiteNames=["BLD-7", "bld-7", " "],
            capacity=30,
            openingHours=[
                {"weekday": "SATURDAY", "opens": "09:00", "closes": "12:30"},
                {"weekday": "MONDAY", "opens": "07:30", "closes": "20:00"},
            ],
            slots=["TIMES", "WHOLE_DAY"],
            afternoonStarts="12:30",
            floors=[
                {"name": "Ground floor", "capacity": 25, "areas": [{"name": "North", "capacity": 20}]},
                {"name": "First floor", "areas": [{"name": "North"}, {"name": "South", "capacity": 0}]},
            ],
        )

        building = created["building"]
        floors = [
            (floor["name"], floor["capacity"], [(area["name"], area["capacity"]) for area in floor["areas"]])
            for floor in building["floors"]
        ]
        assert {name: building[name] for name in ("name", "suiteNames", "timeZone", "capacity", "slots")} == {
            "name": "Quay",
            "suiteNames": ["bld-7"],
            "timeZone": "Europe/Amsterdam",
            "capacity": 30,
            "slots": ["WHOLE_DAY", "TIMES"],
        }
        assert building["openingHours"] == [
            {"weekday": "MONDAY", "opens": "07:30", "closes": "20:00"},
            {"weekday": "SATURDAY", "opens": "09:00", "closes": "12:30"},
        ]
        assert building["afternoonStarts"] == "12:30"
        assert floors == [
            ("Ground floor", 25, [("North", 20)]),
            ("First floor", None, [("North", None), ("South", 0)]),
        ]

    async def test_what_nobody_says_of_a_new_building_is_office_hours_every_slot_and_no_limit(
        self, house: House
    ) -> None:
        building = (await create(house))["building"]

        assert [day["weekday"] for day in building["openingHours"]] == [day.value for day in list(Weekday)[:5]]
        assert {(day["opens"], day["closes"]) for day in building["openingHours"]} == {("08:00", "18:00")}
        assert (building["slots"], building["afternoonStarts"]) == ([slot.value for slot in Slot], "13:00")
        assert (building["capacity"], building["floors"], building["suiteNames"]) == (None, [], [])

    async def test_repeated_under_the_same_key_it_creates_nothing_twice(self, house: House) -> None:
        first = await create(house, floors=[{"name": "Ground floor", "areas": [{"name": "North"}]}])
        again = await create(house, floors=[{"name": "Ground floor", "areas": [{"name": "North"}]}])
        other = await create(house, name="Attic")

        assert again == first
        assert other["__typename"] == "IdempotencyKeyReused"
        counts = [await model.of(house.organisation.id).all().count() for model in (Building, Floor, Area)]
        assert counts == [1, 1, 1]

    async def test_a_repeat_whose_building_is_gone_finds_none(self, house: House) -> None:
        created = await create(house)
        await remove_at_once(house, created["building"]["id"])

        assert (await create(house))["__typename"] == "NotFound"

    async def test_two_buildings_share_a_name_only_in_different_organisations(self, house: House) -> None:
        elsewhere = await make_house(house.server, "Newbridge")
        await create(house)

        refused = await create(house, name="QUAY", idempotencyKey="another key")
        theirs = await create(elsewhere)

        assert (refused["__typename"], refused["field"]) == ("InvalidInput", "name")
        assert "Quay" in refused["message"]
        assert theirs["__typename"] == "BuildingCreated"

    async def test_the_name_of_a_removed_building_is_free_again(self, house: House) -> None:
        created = await create(house)
        await remove_at_once(house, created["building"]["id"])

        again = await create(house, idempotencyKey="another key")

        assert again["__typename"] == "BuildingCreated"
        assert again["building"]["id"] != created["building"]["id"]

    async def test_creating_is_in_the_audit_log_with_its_counts(self, house: House) -> None:
        await create(house, floors=[{"name": "Ground floor", "areas": [{"name": "North"}, {"name": "South"}]}])

        entry = await AuditEntry.of(house.organisation.id).get(action=AuditAction.BUILDING_CREATED)
        building = await Building.of(house.organisation.id).get()
        assert (entry.actor_id, entry.target_id) == (house.administrator.member_id, building.id)
        assert entry.details == {"floors": 1, "areas": 2}


def _areas(*names: str) -> dict[str, Any]:
    return {"floors": [{"name": "Ground floor", "areas": [{"name": name} for name in names]}]}


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "no name": ({"name": "  "}, "name", "needs a name"),
    "a name that is too long": ({"name": "q" * 257}, "name", "at most 256"),
    "a name that is too long in lower case": ({"name": "\ufb03" * 200}, "name", "lower case"),
    "a name of two lines": ({"name": "Quay\nside"}, "name", "single line"),
    "a name with a NUL": ({"name": "Quay\0"}, "name", "single line"),
    "a suite name of two lines": ({"suiteNames": ["BLD", "B\tD"]}, "suiteNames.1", "single line"),
    "a suite name that is too long": ({"suiteNames": ["b" * 257]}, "suiteNames.0", "at most 256"),
    "too many suite names": ({"suiteNames": [str(number) for number in range(21)]}, "suiteNames", "at most 20"),
    "a negative capacity": ({"capacity": -1}, "capacity", "0 to 100,000"),
    "a capacity beyond reason": ({"capacity": 100_001}, "capacity", "0 to 100,000"),
    "closing before opening": (
        {"openingHours": [hours("MONDAY", "18:00", "08:00")]},
        "openingHours.0.closes",
        "later",
    ),
    "closing when it opens": (
        {"openingHours": [hours("MONDAY", "08:00", "18:00"), hours("TUESDAY", "08:00", "08:00")]},
        "openingHours.1.closes",
        "later",
    ),
    "a day twice": (
        {"openingHours": [hours("MONDAY", "08:00", "12:00"), hours("MONDAY", "13:00", "18:00")]},
        "openingHours.1.weekday",
        "twice",
    ),
    "no slot": ({"slots": []}, "slots", "nobody could book"),
    "an afternoon that starts with the day": ({"afternoonStarts": "00:00"}, "afternoonStarts", "after 00:00"),
    "too many floors": ({"floors": floors(*(f"Floor {number}" for number in range(101)))}, "floors", "100 floors"),
    "too many areas": (_areas(*(f"Area {number}" for number in range(201))), "floors", "200 areas"),
    "a floor without a name": ({"floors": floors("Ground floor", "")}, "floors.1.name", "needs a name"),
    "a floor's name that is too long": ({"floors": floors("f" * 65)}, "floors.0.name", "at most 64"),
    "two floors of one name": ({"floors": floors("First", "FIRST ")}, "floors.1.name", "called FIRST already"),
    "a floor's capacity": ({"floors": [{"name": "First", "capacity": -5}]}, "floors.0.capacity", "0 to 100,000"),
    "an area without a name": (_areas("North", " "), "floors.0.areas.1.name", "needs a name"),
    "two areas of one name": (_areas("Straße", "North", "STRASSE"), "floors.0.areas.2.name", "called STRASSE already"),
    "an area's capacity": (
        {"floors": [{"name": "First", "areas": [{"name": "North", "capacity": 100_001}]}]},
        "floors.0.areas.0.capacity",
        "0 to 100,000",
    ),
    "no idempotency key": ({"idempotencyKey": ""}, "idempotencyKey", "1 to 64"),
    "an idempotency key that is too long": ({"idempotencyKey": "k" * 65}, "idempotencyKey", "1 to 64"),
}


@pytest.mark.parametrize("case", BAD)
async def test_what_is_wrong_with_a_building_is_told_with_its_path_and_nothing_is_made(case: str, house: House) -> None:
    values, field, words = BAD[case]

    refused = await create(house, **values)

    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)
    assert words in refused["message"]
    assert await Building.of(house.organisation.id).all().count() == 0


@pytest.mark.parametrize("case", sorted(set(BAD) - {"no idempotency key", "an idempotency key that is too long"}))
async def test_what_a_new_building_cannot_be_a_changed_one_cannot_be_either(case: str, house: House) -> None:
    values, field, words = BAD[case]
    building = await make_building(house.organisation.id)
    floors = {"floors": [{"areas": [], **floor} for floor in values["floors"]]} if "floors" in values else {}

    refused = await update(house, sealed(house, building), **(values | floors))

    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)
    assert words in refused["message"]
    assert (await Building.of(house.organisation.id).get()).name == "Lighthouse"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"timeZone": "Mars/Olympus"}, "IANA"),
        ({"afternoonStarts": "24:00"}, "such as 09:30"),
        ({"afternoonStarts": "12:30:15"}, "such as 09:30"),
        ({"slots": ["NIGHT"]}, "NIGHT"),
        ({"openingHours": [hours("FUNDAY", "08:00", "12:00")]}, "FUNDAY"),
    ],
)
async def test_what_is_no_zone_time_or_value_at_all_is_bad_input(
    values: dict[str, Any], words: str, house: House
) -> None:
    command = {"name": "Quay", "timeZone": "Europe/Amsterdam", "idempotencyKey": "a key"} | values

    answer = await house.server.ask(house.administrator, CREATE + WHOLE, input=command)

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in error["message"]


class TestOccupancy:
    async def test_who_takes_a_place_in_an_area_counts_on_its_floor_and_in_its_building(self, house: House) -> None:
        building = await make_building(house.organisation.id, capacity=10)
        floors, areas = await make_floors(building, {"Ground": {"North": 2, "South": None}, "First": {}})
        await make_shift(
            await member_of(house),
            TUESDAY,
            building,
            floor=floors["Ground"],
            area=areas["North"],
            part=Part(Slot.MORNING),
        )
        query = """query ($slot: Slot!) { buildings { nodes { occupancy(date: "2031-05-13", slot: $slot) { ...O }
            floors { name occupancy(date: "2031-05-13", slot: $slot) { ...O }
                areas { name occupancy(date: "2031-05-13", slot: $slot) { ...O } } } } } }
            fragment O on Occupancy { people left isFull }"""

        [morning] = (await house.ask(query, slot="MORNING"))["buildings"]["nodes"]
        [afternoon] = (await house.ask(query, slot="AFTERNOON"))["buildings"]["nodes"]

        assert morning["occupancy"] == {"people": 1, "left": 9, "isFull": False}
        ground, first = morning["floors"]
        assert (ground["occupancy"]["people"], first["occupancy"]["people"]) == (1, 0)
        north, south = ground["areas"]
        assert north["occupancy"] == {"people": 1, "left": 1, "isFull": False}
        # No limit of its own: the building's counts.
        assert south["occupancy"] == {"people": 0, "left": 9, "isFull": False}
        assert afternoon["occupancy"]["people"] == 0

    async def test_an_area_with_room_in_a_full_building_is_full(self, house: House) -> None:
        building = await make_building(house.organisation.id, capacity=1)
        floors, _ = await make_floors(building, {"Ground": {"North": 5}, "First": {}})
        await make_shift(await member_of(house), TUESDAY, building, floor=floors["First"])

        data = await house.ask(
            """{ buildings { nodes { floors {
                areas { occupancy(date: "2031-05-13") { people left isFull } } } } } }"""
        )

        [area] = data["buildings"]["nodes"][0]["floors"][0]["areas"]
        assert area["occupancy"] == {"people": 0, "left": 0, "isFull": True}

    @pytest.mark.parametrize(
        "arguments",
        ["slot: TIMES", 'slot: TIMES, start: "09:00"', 'slot: TIMES, start: "12:00", end: "09:00"', 'start: "09:00"'],
    )
    async def test_times_go_with_the_slot_that_needs_them(self, arguments: str, house: House) -> None:
        await make_building(house.organisation.id)

        answer = await house.server.ask(
            house.member, f"{{ buildings {{ nodes {{ occupancy({arguments}) {{ people }} }} }} }}"
        )

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


async def test_hours_are_read_from_the_row_in_the_order_of_the_week(house: House) -> None:
    week = {Weekday.SUNDAY: Opening(time(10), time(12)), Weekday.MONDAY: Opening(time(0), time(23, 59))}
    await make_building(house.organisation.id, hours=week)

    data = await house.ask("{ buildings { nodes { openingHours { weekday opens closes } } } }")

    assert data["buildings"]["nodes"][0]["openingHours"] == [
        hours("MONDAY", "00:00", "23:59"),
        hours("SUNDAY", "10:00", "12:00"),
    ]
