"""Shifts as clients change and cancel them, and as administrators see to others'."""

from datetime import timedelta

from app.audit.models import AuditAction, AuditEntry
from app.identity.models import LocationSharing, Member
from schema.ids import NodeKind
from tests.schema.offices import BOOK, CANCEL, CHANGE, MONDAY, Office, day
from tests.support.people import make_member
from tests.support.workplaces import make_shift, shares


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
