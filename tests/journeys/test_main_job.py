"""The product's main job, told from the administrator's first sign-in to a room that answers."""

from datetime import UTC, datetime, timedelta

from tests.journeys.story import (
    AVAILABLE,
    BOOK,
    BOOKINGS,
    CONNECT,
    ENABLE,
    MET_NEED_APPROVAL,
    PENDING,
    ROOM_COUNT,
    STATUS,
    TEST,
    Slot,
    Story,
)

ROOM_ANSWERS_AFTER = timedelta(milliseconds=300)
HEARD_WITHIN = timedelta(seconds=1)


async def test_an_administrator_meets_need_admin_approval_gets_it_and_enables(story: Story) -> None:
    company = story.company
    token = await story.token_by_invitation(company.administrator)

    async with story.speaking_for(token) as administrator:
        started = await story.started(administrator)
        assert started["integration"]["status"] == "AWAITING_CONSENT"

        stuck = await story.visit(company.administrator, started["consentUrl"])
        assert stuck.page is company.stuck_on

        awaiting = (await administrator.field(MET_NEED_APPROVAL))["integration"]
        assert awaiting["status"] == "AWAITING_ADMIN_APPROVAL"

        approved = await company.approve(story.sandbox, awaiting["approvalWays"])
        if approved is not None:
            assert (approved.page, approved.status) == (None, 200)
            assert (await administrator.field(STATUS))["status"] == "AWAITING_CONSENT"

        again = await story.started(administrator)
        tested = await story.visit(company.administrator, again["consentUrl"])
        assert tested.status == 200
        assert (await administrator.field(STATUS))["status"] == "TESTED"

        run = await administrator.field(TEST)
        assert run["report"]["passed"], run["report"]
        assert {check["outcome"] for check in run["report"]["checks"]} == {"PASSED"}
        assert run["preview"]["subject"]

        enabled = await administrator.field(ENABLE)
        assert enabled["integration"]["status"] == "ENABLED"
        await story.until_rooms_are_synced(administrator)
        assert (await administrator.field(ROOM_COUNT))["totalCount"] == company.rooms


async def test_a_member_books_a_room_and_hears_its_answer_within_a_second_with_polling_off(story: Story) -> None:
    await story.enabled()
    token = await story.connected_member()
    slot = Slot.in_days(3)

    async with story.speaking_for(token) as member, member.subscribe(PENDING) as updates:
        room = await story.free_room(member, slot)
        booked = await member.field(
            BOOK,
            input={"roomIds": [room["id"]], "event": slot.as_event("Design review"), "idempotencyKey": "first"},
        )
        booked_at = datetime.now(UTC)
        [booking] = booked["bookings"]
        assert (booking["state"], booking["reason"]) == ("PENDING", "NOT_ANSWERED")
        assert booked["event"]["subject"] == "Design review"

        update = await updates.next()
        while update["booking"]["state"] == "PENDING":
            update = await updates.next()
        heard_after = datetime.now(UTC) - booked_at

        assert update["booking"]["id"] == booking["id"]
        assert (update["previousState"], update["booking"]["state"]) == ("PENDING", "ACCEPTED")
        assert update["booking"]["event"]["subject"] == "Design review"
        assert not update["snapshot"]
        assert heard_after - ROOM_ANSWERS_AFTER < HEARD_WITHIN
        [listed] = (await member.field(BOOKINGS))["nodes"]
        assert listed["state"] == "ACCEPTED"


async def test_a_room_that_declines_is_told_at_once_too(story: Story) -> None:
    await story.enabled()
    token = await story.connected_member()
    slot = Slot.in_days(4)

    async with story.speaking_for(token) as member, member.subscribe(PENDING) as updates:
        room = await story.free_room(member, slot)
        await story.company.decline_everything(story.sandbox, room["email"])
        await member.field(
            BOOK, input={"roomIds": [room["id"]], "event": slot.as_event("Retro"), "idempotencyKey": "second"}
        )

        update = await updates.next()
        while update["booking"]["state"] == "PENDING":
            update = await updates.next()

        assert (update["booking"]["state"], update["booking"]["reason"]) == ("REJECTED", "DECLINED")
        assert (await member.field("{ viewer { unreadNotificationCount } }"))["unreadNotificationCount"] == 1


async def test_a_member_who_comes_late_is_told_what_happened_meanwhile(story: Story) -> None:
    await story.enabled()
    token = await story.connected_member()
    slot, before = Slot.in_days(5), datetime.now(UTC)

    async with story.speaking_for(token) as member:
        room = await story.free_room(member, slot)
        async with member.subscribe(PENDING) as live:
            await member.field(
                BOOK, input={"roomIds": [room["id"]], "event": slot.as_event("Sync"), "idempotencyKey": "third"}
            )
            while (await live.next())["booking"]["state"] == "PENDING":
                continue

        async with member.subscribe(PENDING, since=before.isoformat()) as late:
            update = await late.next()

        assert update["snapshot"]
        assert (update["previousState"], update["booking"]["state"]) == ("PENDING", "ACCEPTED")


async def test_a_member_who_is_not_connected_is_told_how_to_connect(story: Story) -> None:
    await story.enabled()
    token = await story.token_by_sign_in(story.company.member)
    slot = Slot.in_days(3)

    async with story.speaking_for(token) as member:
        answer = await member.field(AVAILABLE, **slot.as_window())
        connecting = await member.field(CONNECT)

    assert answer["code"] == "CONNECTION_REQUIRED"
    assert connecting["consentUrl"].startswith(f"{story.server.address}/auth/continue/")
