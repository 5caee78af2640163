"""Buildings that administrators change and remove: what stays, and what becomes of the shifts there."""

from datetime import time, timedelta
from typing import Any

from app.audit.models import AuditAction, AuditEntry
from app.buildings.models import Building
from app.events_bus.bus import JOBS, MessageKind, member_topic
from app.identity.models import LocationSharing, Member
from app.notifications.models import Notification, NotificationKind
from app.shifts import entries
from app.shifts.models import EntryState, Shift, ShiftEnd, ShiftEntry
from app.shifts.spans import Part, Slot
from tests.buildings.making import make_building, make_floor, make_floors
from tests.schema.building_acts import (
    TUESDAY,
    UPDATE,
    WHOLE,
    confirmed,
    create,
    floors,
    hours,
    member_of,
    open_shifts,
    remove,
    remove_at_once,
    sealed,
    update,
)
from tests.schema.world import House
from tests.support.people import make_member
from tests.support.workplaces import make_shift, shares


class TestChanging:
    async def test_what_is_left_out_stays_and_a_limit_can_be_taken_away(self, house: House) -> None:
        created = (await create(house, capacity=10, suiteNames=["BLD-7"], floors=floors("Ground floor")))["building"]

        changed = (await update(house, created["id"], capacity=None))["building"]

        assert changed == created | {"capacity": None}

    async def test_everything_can_be_changed_at_once_and_the_ids_stay(self, house: House) -> None:
        created = (await create(house, floors=[{"name": "One", "areas": [{"name": "A"}, {"name": "B"}]}]))["building"]
        [floor] = created["floors"]
        [first, second] = floor["areas"]

        changed = (
            await update(
                house,
                created["id"],
                name="Harbour",
                timeZone="Europe/Lisbon",
                floors=[
                    {"name": "Roof", "areas": [{"name": "Terrace", "capacity": 3}]},
                    {
                        "id": floor["id"],
                        "name": "First",
                        "capacity": 9,
                        "areas": [{"id": second["id"], "name": "Bay"}, {"name": "B"}],
                    },
                ],
            )
        )["building"]

        assert (changed["id"], changed["name"], changed["timeZone"]) == (created["id"], "Harbour", "Europe/Lisbon")
        roof, same = changed["floors"]
        assert (roof["name"], [area["name"] for area in roof["areas"]]) == ("Roof", ["Terrace"])
        assert (same["id"], same["name"], same["capacity"]) == (floor["id"], "First", 9)
        assert [area["name"] for area in same["areas"]] == ["Bay", "B"]
        assert same["areas"][0]["id"] == second["id"]
        assert same["areas"][1]["id"] not in {first["id"], second["id"]}
        assert (await update(house, created["id"], name="Harbour"))["building"] == changed

    async def test_names_are_exchanged_in_one_step(self, house: House) -> None:
        created = (await create(house, floors=floors("One", "Two")))["building"]
        one, two = created["floors"]

        changed = await update(
            house,
            created["id"],
            floors=[{"id": one["id"], "name": "Two", "areas": []}, {"id": two["id"], "name": "One", "areas": []}],
        )

        assert [(floor["id"], floor["name"]) for floor in changed["building"]["floors"]] == [
            (one["id"], "Two"),
            (two["id"], "One"),
        ]

    async def test_an_area_does_not_move_to_another_floor(self, house: House) -> None:
        created = (
            await create(house, floors=[{"name": "One", "areas": [{"name": "A"}]}, {"name": "Two", "areas": []}])
        )["building"]
        one, two = created["floors"]
        area = one["areas"][0]["id"]

        refused = await update(
            house,
            created["id"],
            floors=[
                {"id": one["id"], "name": "One", "areas": []},
                {"id": two["id"], "name": "Two", "areas": [{"id": area, "name": "A"}]},
            ],
        )

        assert (refused["__typename"], refused["field"]) == ("InvalidInput", "floors.1.areas.0.id")
        assert "does not move" in refused["message"]
        assert "Leave its id out" in refused["remedy"]

    async def test_a_floor_or_an_area_is_named_once(self, house: House) -> None:
        created = (await create(house, floors=[{"name": "One", "areas": [{"name": "A"}]}]))["building"]
        [floor] = created["floors"]
        named = {"id": floor["id"], "name": "One", "areas": []}
        area = {"id": floor["areas"][0]["id"], "name": "A"}

        twice = await update(house, created["id"], floors=[named, named | {"name": "Two"}])
        parts = await update(house, created["id"], floors=[named | {"areas": [area, area | {"name": "B"}]}])

        assert (twice["__typename"], twice["field"]) == ("InvalidInput", "floors.1.id")
        assert (parts["__typename"], parts["field"]) == ("InvalidInput", "floors.0.areas.1.id")

    async def test_floors_of_another_building_and_removed_ones_are_not_found(self, house: House) -> None:
        created = (await create(house, floors=floors("One")))["building"]
        other = (await create(house, name="Attic", floors=floors("Loft"), idempotencyKey="b"))["building"]
        own = created["floors"][0]["id"]
        await update(house, created["id"], floors=[])

        for floor_id in (own, other["floors"][0]["id"]):
            refused = await update(house, created["id"], floors=[{"id": floor_id, "name": "One", "areas": []}])

            assert refused["__typename"] == "NotFound"

    async def test_another_buildings_name_is_refused_and_its_own_in_other_case_is_not(self, house: House) -> None:
        created = (await create(house))["building"]
        await create(house, name="Attic", idempotencyKey="b")

        refused = await update(house, created["id"], name="attic")
        renamed = await update(house, created["id"], name="QUAY")

        assert (refused["__typename"], refused["field"]) == ("InvalidInput", "name")
        assert renamed["building"]["name"] == "QUAY"

    async def test_a_change_is_in_the_audit_log_with_what_changed_and_no_change_is_not(self, house: House) -> None:
        created = (await create(house))["building"]

        await update(house, created["id"], capacity=4, name="Quay")
        await update(house, created["id"], capacity=4)

        entry = await AuditEntry.of(house.organisation.id).get(action=AuditAction.BUILDING_UPDATED)
        assert entry.details == {"changed": ["capacity"], "shifts_moved": 0, "shifts_cancelled": 0, "members_told": 0}

    async def test_null_where_something_has_to_be_said_is_bad_input(self, house: House) -> None:
        building = await make_building(house.organisation.id)

        answer = await house.server.ask(
            house.administrator, UPDATE + WHOLE, input={"buildingId": sealed(house, building), "name": None}
        )

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


class TestShiftsThatNoLongerFit:
    async def test_what_cancels_nothing_is_done_at_once(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        await make_shift(await member_of(house), TUESDAY, building)

        changed = await update(house, sealed(house, building), capacity=1, name="Beacon")

        assert (changed["__typename"], changed["cancelledShifts"]) == ("BuildingUpdated", 0)
        assert len(await open_shifts(house)) == 1

    async def test_they_are_listed_before_anything_is_done_and_cancelled_once_that_is_confirmed(
        self, house: House
    ) -> None:
        building = await make_building(house.organisation.id)
        floors, areas = await make_floors(building, {"Ground": {"North": None}, "First": {}})
        ada, bo = await member_of(house), await make_member(house.organisation, "Bo Ruiz")
        await shares(bo, LocationSharing.EVERYONE)
        await make_shift(bo, TUESDAY, building, floor=floors["Ground"], area=areas["North"], part=Part(Slot.MORNING))
        await make_shift(ada, TUESDAY, building, floor=floors["Ground"], part=Part(Slot.AFTERNOON))
        kept = await make_shift(ada, TUESDAY + timedelta(days=1), building, floor=floors["First"])
        change = {"floors": [{"id": sealed(house, floors["First"]), "name": "First", "areas": []}]}

        asked = await update(house, sealed(house, building), **change)

        assert asked["__typename"] == "ShiftsNoLongerFit"
        assert (asked["code"], asked["whoActs"], asked["totalCount"]) == (
            "SHIFTS_NO_LONGER_FIT",
            "SUBSCRIPTION_ADMINISTRATOR",
            2,
        )
        place = {"date": "2031-05-13", "floor": "Ground", "reason": "PLACE_REMOVED"}
        assert asked["shifts"] == [
            place | {"slot": "MORNING", "area": "North", "member": {"name": "Bo Ruiz"}},
            place | {"slot": "AFTERNOON", "area": None, "member": None},
        ]
        assert len(await open_shifts(house)) == 3

        done = await update(house, sealed(house, building), **change, confirmation=asked["confirmation"])

        assert (done["__typename"], done["cancelledShifts"], done["membersTold"]) == ("BuildingUpdated", 2, 2)
        assert [shift.id for shift in await open_shifts(house)] == [kept.id]

    async def test_whoever_loses_shifts_is_told_once_for_all_of_them_and_at_once(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        ada = await member_of(house)
        for offset in range(3):
            await make_shift(ada, TUESDAY + timedelta(days=offset), building)
        async with house.server.bus.subscribe(member_topic(ada.id)) as messages:
            done = await confirmed(house, sealed(house, building), openingHours=[])
            message = await anext(messages)

        assert (done["cancelledShifts"], done["membersTold"]) == (3, 1)
        told = await Notification.of(house.organisation.id).get(member_id=ada.id)
        lost = await Shift.of(house.organisation.id).filter(member_id=ada.id)
        assert told.kind is NotificationKind.SHIFTS_CANCELLED
        assert {shift.last_change_id for shift in lost} == {told.subject_id}
        assert {shift.end_reason for shift in lost} == {ShiftEnd.NO_LONGER_FITS}
        assert (message.kind, message.row_id) == (MessageKind.NOTIFICATION_ADDED, told.id)

    async def test_each_reason_is_told_by_its_own_name(self, house: House) -> None:
        ada = await member_of(house)
        changes: dict[str, tuple[dict[str, Any], Part]] = {
            "BUILDING_CLOSED": ({"openingHours": [hours("FRIDAY", "08:00", "18:00")]}, Part()),
            "OUTSIDE_OPENING_HOURS": (
                {"openingHours": [hours("TUESDAY", "08:00", "16:59")]},
                Part(Slot.TIMES, time(9), time(17)),
            ),
            "SLOT_NOT_OFFERED": ({"slots": ["WHOLE_DAY", "AFTERNOON"]}, Part(Slot.MORNING)),
            "OVER_CAPACITY": ({"capacity": 0}, Part()),
        }
        for reason, (change, part) in changes.items():
            building = await make_building(house.organisation.id, reason)
            shift = await make_shift(ada, TUESDAY, building, part=part)

            asked = await update(house, sealed(house, building), **change)

            assert [lost["reason"] for lost in asked["shifts"]] == [reason]
            assert any("1 shift of 1 member" in sentence for sentence in asked["consequences"])
            await Shift.of(house.organisation.id).filter(id=shift.id).delete()

    async def test_of_too_many_those_who_booked_last_go(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        floor = await make_floor(building)
        shifts = []
        for number in range(4):
            member = await make_member(house.organisation, f"Member {number}")
            shifts.append(await make_shift(member, TUESDAY, building, floor=floor))
            house.server.ticker.advance(timedelta(minutes=1))

        await confirmed(
            house,
            sealed(house, building),
            floors=[{"id": sealed(house, floor), "name": "Ground floor", "capacity": 2, "areas": []}],
        )

        assert [shift.id for shift in await open_shifts(house)] == [shift.id for shift in shifts[:2]]

    async def test_only_what_was_shown_is_confirmed_and_a_fresh_list_comes_with_the_refusal(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        ada = await member_of(house)
        await make_shift(ada, TUESDAY, building)
        building_id = sealed(house, building)
        asked = await update(house, building_id, capacity=0)
        await make_shift(ada, TUESDAY + timedelta(days=1), building)

        stale = await update(house, building_id, capacity=0, confirmation=asked["confirmation"])
        other = await update(house, building_id, openingHours=[], confirmation=stale["confirmation"])
        made_up = await update(house, building_id, capacity=0, confirmation="yes")

        for refused in (stale, other, made_up):
            assert (refused["__typename"], refused["code"]) == ("ShiftsNoLongerFit", "CONFIRMATION_STALE")
            assert refused["totalCount"] == 2
        assert len(await open_shifts(house)) == 2
        done = await update(house, building_id, capacity=0, confirmation=stale["confirmation"])
        assert done["cancelledShifts"] == 2

    async def test_a_confirmation_is_good_for_ten_minutes(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        await make_shift(await member_of(house), TUESDAY, building)
        asked = await update(house, sealed(house, building), capacity=0)
        house.server.ticker.advance(timedelta(minutes=10, seconds=1))

        stale = await update(house, sealed(house, building), capacity=0, confirmation=asked["confirmation"])

        assert stale["code"] == "CONFIRMATION_STALE"

    async def test_the_confirmation_shows_nobodys_ids(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        shift = await make_shift(await member_of(house), TUESDAY, building)

        asked = await update(house, sealed(house, building), capacity=0)

        assert str(shift.id) not in asked["confirmation"]
        assert str(shift.member_id) not in str(asked)

    async def test_at_most_a_hundred_are_listed_and_all_are_counted_and_cancelled(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        ada = await member_of(house)
        for day in range(150):
            await make_shift(ada, TUESDAY + timedelta(days=day), building)

        asked = await remove(house, sealed(house, building))
        done = await remove(house, sealed(house, building), asked["confirmation"])

        assert (len(asked["shifts"]), asked["totalCount"], done["cancelledShifts"]) == (100, 150, 150)
        assert [shift["date"] for shift in asked["shifts"]] == sorted(shift["date"] for shift in asked["shifts"])

    async def test_past_and_cancelled_shifts_are_nobodys_concern(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        ada = await member_of(house)
        past = await make_shift(ada, TUESDAY - timedelta(days=4), building)
        await make_shift(ada, TUESDAY, building, is_cancelled=True)

        done = await update(house, sealed(house, building), openingHours=[])

        assert done["__typename"] == "BuildingUpdated"
        assert [shift.id for shift in await open_shifts(house)] == [past.id]

    async def test_a_shift_that_has_begun_stays_unless_its_place_goes(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        floor = await make_floor(building)
        today = await make_shift(await member_of(house), TUESDAY - timedelta(days=1), building, floor=floor)
        building_id = sealed(house, building)

        stays = await update(
            house,
            building_id,
            openingHours=[],
            slots=["TIMES"],
            capacity=0,
            timeZone="Asia/Tokyo",
            afternoonStarts="11:00",
        )

        [shift] = await open_shifts(house)
        assert stays["__typename"] == "BuildingUpdated"
        assert (shift.starts_at, shift.ends_at, shift.time_zone) == (today.starts_at, today.ends_at, today.time_zone)
        assert (await update(house, building_id, floors=[]))["totalCount"] == 1

    async def test_with_another_zone_coming_shifts_keep_what_the_clock_shows(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        await make_shift(await member_of(house), TUESDAY, building, part=Part(Slot.TIMES, time(9), time(12, 30)))

        await update(house, sealed(house, building), timeZone="America/New_York")

        [shift] = await open_shifts(house)
        assert (shift.date, shift.time_zone) == (TUESDAY, "America/New_York")
        assert (shift.starts_at.isoformat(), shift.ends_at.isoformat()) == (
            "2031-05-13T13:00:00+00:00",
            "2031-05-13T16:30:00+00:00",
        )
        entry = await AuditEntry.of(house.organisation.id).get(action=AuditAction.BUILDING_UPDATED)
        assert entry.details["shifts_moved"] == 1

    async def test_with_another_afternoon_mornings_and_afternoons_follow(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        ada = await member_of(house)
        await make_shift(ada, TUESDAY, building, part=Part(Slot.MORNING))
        await make_shift(ada, TUESDAY, building, part=Part(Slot.AFTERNOON))

        done = await update(house, sealed(house, building), afternoonStarts="12:00")

        assert done["__typename"] == "BuildingUpdated"
        midday = {
            shift.ends_at if shift.slot is Slot.MORNING else shift.starts_at for shift in await open_shifts(house)
        }
        assert [moment.isoformat() for moment in midday] == ["2031-05-13T10:00:00+00:00"]

    async def test_a_shift_that_would_move_onto_another_of_its_member_is_listed_too(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        ada = await member_of(house)
        await make_shift(ada, TUESDAY, building, part=Part(Slot.MORNING))
        remote = await make_shift(ada, TUESDAY, part=Part(Slot.TIMES, time(13, 30), time(15)))

        asked = await update(house, sealed(house, building), afternoonStarts="14:00")
        await update(house, sealed(house, building), afternoonStarts="14:00", confirmation=asked["confirmation"])

        assert [shift["reason"] for shift in asked["shifts"]] == ["OVERLAPS"]
        assert [shift.id for shift in await open_shifts(house)] == [remote.id]

    async def test_what_a_cancelled_shift_has_in_its_members_calendar_goes_with_it(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        ada = await member_of(house)
        await Member.of(house.organisation.id).filter(id=ada.id).update(shows_shifts=True)
        lost = await make_shift(ada, TUESDAY, building)
        kept = await make_shift(ada, TUESDAY + timedelta(days=1), building)
        await entries.follow([lost, kept])

        async with house.server.bus.subscribe(JOBS) as messages:
            await confirmed(house, sealed(house, building), openingHours=[hours("WEDNESDAY", "08:00", "18:00")])
            message = await anext(messages)

        written = await ShiftEntry.of(house.organisation.id).exclude(state=EntryState.TO_REMOVE)
        assert [entry.shift_id for entry in written] == [kept.id]
        assert message.kind is MessageKind.SHIFT_ENTRIES_DUE


class TestRemoving:
    async def test_it_is_asked_back_even_where_nobody_has_a_shift(self, house: House) -> None:
        building = await make_building(house.organisation.id)

        asked = await remove(house, sealed(house, building))

        assert (asked["__typename"], asked["totalCount"], asked["shifts"]) == ("ShiftsNoLongerFit", 0, [])
        assert "Nobody can book Lighthouse any more" in asked["consequences"][0]
        assert (await Building.of(house.organisation.id).get()).removed_at is None

    async def test_confirmed_it_is_gone_with_its_shifts_and_past_ones_stay(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        ada = await member_of(house)
        past = await make_shift(ada, TUESDAY - timedelta(days=7), building)
        await make_shift(ada, TUESDAY - timedelta(days=1), building)
        await make_shift(ada, TUESDAY, building)

        done = await remove_at_once(house, sealed(house, building))

        assert done == {
            "__typename": "BuildingRemoved",
            "cancelledShifts": 2,
            "membersTold": 1,
            "building": {"name": "Lighthouse", "isRemoved": True},
        }
        assert [shift.id for shift in await open_shifts(house)] == [past.id]
        assert (await house.ask("{ buildings { totalCount } }"))["buildings"]["totalCount"] == 0
        entry = await AuditEntry.of(house.organisation.id).get(action=AuditAction.BUILDING_REMOVED)
        assert entry.details == {"shifts_cancelled": 2, "members_told": 1}

    async def test_removed_twice_it_is_not_found_the_second_time(self, house: House) -> None:
        building_id = sealed(house, await make_building(house.organisation.id))
        await remove_at_once(house, building_id)

        assert (await remove(house, building_id))["__typename"] == "NotFound"
        assert (await update(house, building_id, name="Quay"))["__typename"] == "NotFound"

    async def test_a_change_meanwhile_makes_its_confirmation_stale(self, house: House) -> None:
        building = await make_building(house.organisation.id)
        asked = await remove(house, sealed(house, building))
        await make_shift(await member_of(house), TUESDAY, building)

        stale = await remove(house, sealed(house, building), asked["confirmation"])

        assert (stale["code"], stale["totalCount"]) == ("CONFIRMATION_STALE", 1)
        assert len(await open_shifts(house)) == 1
