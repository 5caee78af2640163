"""What every calendar suite does alike: signing in, reading, free and busy, rooms."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.suites.errors import (
    ConsentDeclined,
    FlowExpired,
    MissingScope,
    NotFound,
    ReconnectRequired,
    WrongAccount,
)
from app.suites.events import (
    Availability,
    EventKind,
    Frequency,
    NewEvent,
    Recurrence,
)
from app.suites.protocol import PermissionVariant, Purpose
from tests.contract.meetings import DAY, HOUR, WEEK, meeting, weekly
from tests.contract.worlds import World, some_monday


class TestSigningIn:
    async def test_whoever_signs_in_is_known_by_tenant_and_subject(self, world: World) -> None:
        first = await world.sign_in(world.organiser)
        again = await world.sign_in(world.organiser)
        other = await world.sign_in(world.colleague)

        assert first.identity.suite is world.suite.name
        assert first.identity.address == world.organiser
        assert first.identity == again.identity
        assert first.identity.tenant == other.identity.tenant
        assert first.identity.subject != other.identity.subject

    @pytest.mark.parametrize("variant", PermissionVariant)
    @pytest.mark.parametrize("administrator", [False, True])
    async def test_a_grant_holds_all_scopes_that_were_asked_for(
        self, world: World, variant: PermissionVariant, administrator: bool
    ) -> None:
        asked = world.suite.scopes(variant, administrator=administrator)

        grant = await world.sign_in(world.administrator if administrator else world.organiser, asked)

        assert asked <= grant.credentials.scopes
        assert grant.credentials.refresh_token
        assert grant.credentials.expires_at > datetime.now(UTC) + timedelta(minutes=30)

    async def test_signing_in_alone_asks_for_no_calendar(self, world: World) -> None:
        grant = await world.sign_in(world.organiser, world.suite.sign_in_scopes)

        assert grant.identity.address == world.organiser

    async def test_every_permission_says_why_it_is_asked_for(self, world: World) -> None:
        delegated = {permission.scope for permission in world.suite.permissions if permission.delegated}

        assert delegated == world.suite.scopes(PermissionVariant.FULL, administrator=True) | world.suite.sign_in_scopes
        assert all(permission.why for permission in world.suite.permissions)

    async def test_members_are_not_asked_for_what_only_administrators_are(self, world: World) -> None:
        for_all = {
            permission.scope
            for permission in world.suite.permissions
            if permission.delegated and not permission.administrators_only
        }

        asked = world.suite.scopes(PermissionVariant.FULL, administrator=False)

        assert asked == for_all | world.suite.sign_in_scopes

    async def test_without_the_room_directory_no_permission_of_it_is_asked_for(self, world: World) -> None:
        directory = {
            permission.scope for permission in world.suite.permissions if permission.purpose is Purpose.ROOM_DIRECTORY
        }

        asked = world.suite.scopes(PermissionVariant.WITHOUT_ROOM_DIRECTORY, administrator=True)

        assert directory
        assert not asked & directory

    async def test_signing_in_and_the_calendar_are_required_and_what_merely_helps_is_not(self, world: World) -> None:
        required = {permission.purpose for permission in world.suite.permissions if permission.required}

        assert {Purpose.SIGN_IN, Purpose.CALENDAR} <= required
        assert Purpose.ROOM_DIRECTORY not in required

    async def test_a_revoked_grant_is_dead_where_the_suite_can_be_told(self, world: World) -> None:
        grant = await world.sign_in(world.organiser)

        told = await world.suite.revoke(grant.credentials)

        assert told is world.suite.capabilities.revocable_by_us
        if told:
            with pytest.raises(ReconnectRequired):
                await world.suite.refresh(grant.credentials, grant.identity.tenant)
        else:
            assert await world.suite.refresh(grant.credentials, grant.identity.tenant)

    async def test_revoking_what_is_dead_already_is_no_failure(self, world: World) -> None:
        grant = await world.sign_in(world.organiser)
        await world.kill_grants(world.organiser)

        assert await world.suite.revoke(grant.credentials) is world.suite.capabilities.revocable_by_us

    async def test_refresh_tokens_are_rotated_only_where_the_suite_says_so(self, world: World) -> None:
        grant = await world.sign_in(world.organiser)

        fresh = await world.suite.refresh(grant.credentials, grant.identity.tenant)

        rotated = fresh.refresh_token != grant.credentials.refresh_token
        assert rotated is world.suite.capabilities.rotates_refresh_tokens

    async def test_a_declined_consent_is_told_from_other_refusals(self, world: World) -> None:
        refusal = world.suite.refusal({"error": "access_denied", "state": "state-of-this-flow"})

        assert isinstance(refusal, ConsentDeclined)

    async def test_there_is_an_approval_link_only_where_the_suite_has_one(self, world: World) -> None:
        grant = await world.sign_in(world.organiser)

        link = await world.suite.admin_approval_url(grant.identity.tenant, world.callback_url, "state")

        assert (link is not None) is world.suite.capabilities.admin_approval_link

    async def test_a_code_works_once(self, world: World) -> None:
        request = world.request(world.suite.sign_in_scopes)
        answer = await world.visit(world.organiser, request)
        await world.suite.redeem(answer["code"], request)

        with pytest.raises(FlowExpired):
            await world.suite.redeem(answer["code"], request)

    @pytest.mark.parametrize("changed", ["nonce", "code_verifier"])
    async def test_a_code_works_only_in_the_flow_it_was_made_for(self, world: World, changed: str) -> None:
        request = world.request(world.suite.sign_in_scopes)
        answer = await world.visit(world.organiser, request)
        other = world.request(world.suite.sign_in_scopes, **{changed: "another-flow-altogether-and-long-enough-too-1"})

        with pytest.raises(FlowExpired):
            await world.suite.redeem(answer["code"], other)

    async def test_an_account_of_another_tenant_is_the_wrong_one(self, world: World) -> None:
        ours = await world.sign_in(world.organiser)
        request = world.request(world.suite.sign_in_scopes)
        answer = await world.visit(world.stranger, request)
        expected = world.request(world.suite.sign_in_scopes, tenant=ours.identity.tenant)

        with pytest.raises((WrongAccount, FlowExpired)):
            await world.suite.redeem(answer["code"], expected)

    async def test_a_refreshed_grant_works_and_stays_the_same_grant(self, world: World) -> None:
        grant = await world.sign_in(world.organiser)

        fresh = await world.suite.refresh(grant.credentials, grant.identity.tenant)

        assert fresh.access_token != grant.credentials.access_token
        assert fresh.refresh_token
        assert fresh.scopes >= grant.credentials.scopes

    async def test_a_dead_grant_asks_for_a_new_connection(self, world: World) -> None:
        grant = await world.sign_in(world.organiser)
        await world.kill_grants(world.organiser)

        with pytest.raises(ReconnectRequired):
            await world.suite.refresh(grant.credentials, grant.identity.tenant)

    async def test_credentials_never_show_their_tokens(self, world: World) -> None:
        grant = await world.sign_in(world.organiser)

        assert grant.credentials.access_token not in f"{grant} {grant.credentials!r}"


class TestReading:
    async def test_a_mailbox_knows_its_own_address(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)

        assert await mailbox.address() == world.organiser

    async def test_a_mailbox_tells_its_addresses_its_own_first_and_each_once(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)

        addresses = await mailbox.addresses()

        assert addresses[0] == world.organiser
        assert len(set(addresses)) == len(addresses)
        assert all(address == address.lower() and "@" in address for address in addresses)

    async def test_exactly_one_calendar_is_the_default_and_tracks_answers(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)

        calendars = await mailbox.calendars()

        [default] = [calendar for calendar in calendars if calendar.is_default]
        assert default.is_owned
        assert default.tracks_responses

    async def test_a_calendar_can_be_read_by_its_id(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        [default] = [calendar for calendar in await mailbox.calendars() if calendar.is_default]

        events = await mailbox.events(some_monday(), some_monday() + WEEK, calendar_id=default.id)

        assert [event.mailbox_id for event in events] == [made.mailbox_id]

    async def test_a_week_costs_one_call(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.fill(world.organiser, 200, some_monday())
        await world.calls()

        events = await mailbox.events(some_monday(), some_monday() + WEEK)

        assert len(events) == 200
        assert await world.calls() == 1

    async def test_a_calendar_of_many_pages_is_read_to_its_end_in_order(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.fill(world.organiser, 1200, some_monday())

        events = await mailbox.events(some_monday(), some_monday() + WEEK)

        starts = [event.start.date_time or datetime.max.replace(tzinfo=UTC) for event in events]
        assert len({event.mailbox_id for event in events}) == len(events) == 1200
        assert starts == sorted(starts)

    async def test_a_window_holds_what_touches_it_and_nothing_else(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = some_monday() + timedelta(hours=10)
        made = await mailbox.create(meeting(world, at=begins), uuid4())

        touched = await mailbox.events(begins + HOUR / 2, begins + 2 * HOUR)
        before = await mailbox.events(begins - HOUR, begins)
        after = await mailbox.events(begins + HOUR, begins + 2 * HOUR)

        assert [event.mailbox_id for event in touched] == [made.mailbox_id]
        assert (list(before), list(after)) == ([], [])

    async def test_a_series_is_expanded_and_each_occurrence_knows_its_master(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        master = await mailbox.create(weekly(world), uuid4())
        begins = some_monday()

        expanded = await mailbox.events(begins, begins + 4 * WEEK)
        occurrences = await mailbox.occurrences(master.mailbox_id, begins, begins + 2 * WEEK)

        assert master.kind is EventKind.SERIES
        assert [event.kind for event in expanded] == [EventKind.OCCURRENCE] * 3
        assert {event.series_mailbox_id for event in expanded} == {master.mailbox_id}
        assert [event.mailbox_id for event in occurrences] == [event.mailbox_id for event in expanded[:2]]
        assert [event.original_start for event in expanded] == [event.start.date_time for event in expanded]

    async def test_a_series_keeps_its_hour_when_the_clocks_change(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = datetime(2027, 3, 22, 9, tzinfo=UTC)
        new = NewEvent(
            subject="Across the change",
            start=begins,
            end=begins + HOUR,
            time_zone="Europe/Amsterdam",
            recurrence=Recurrence(frequency=Frequency.WEEKLY, count=2),
        )
        master = await mailbox.create(new, uuid4())

        occurrences = await mailbox.occurrences(master.mailbox_id, begins - DAY, begins + 3 * WEEK)

        assert [event.start.date_time for event in occurrences] == [begins, begins + WEEK - HOUR]

    async def test_what_is_gone_is_not_found(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await mailbox.cancel(made.mailbox_id)

        with pytest.raises(NotFound):
            await mailbox.event(made.mailbox_id)

    async def test_an_event_of_another_mailbox_is_not_found(self, world: World) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        made = await mine.create(replace(meeting(world), attendees=()), uuid4())

        with pytest.raises(NotFound):
            await theirs.event(made.mailbox_id)


class TestFreeAndBusy:
    async def test_a_booked_room_is_busy_a_free_one_free_and_an_unknown_one_unknown(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()
        begins = some_monday()
        asked = [world.rooms[0].address, "ghost@nowhere.example", world.rooms[1].address.upper()]

        busy, unknown, free = await mailbox.schedules(asked, begins, begins + DAY)

        assert (busy.availability, busy.address) == (Availability.BUSY, world.rooms[0].address)
        assert [(slot.start, slot.end) for slot in busy.busy] == [(made.start.date_time, made.end.date_time)]
        assert (unknown.availability, unknown.busy) == (Availability.UNKNOWN, ())
        assert unknown.provider_code
        assert (free.availability, free.address) == (Availability.FREE, world.rooms[1].address)

    async def test_more_addresses_than_one_call_takes_are_asked_in_several(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        batch = world.suite.capabilities.availability_batch
        asked = [f"room{number}@nowhere.example" for number in range(2 * batch + 1)]
        await world.calls()

        told = await mailbox.schedules(asked, some_monday(), some_monday() + DAY)

        assert [schedule.address for schedule in told] == asked
        assert await world.calls() == 3

    async def test_five_hundred_rooms_cost_a_handful_of_calls(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        asked = [world.rooms[0].address, *(f"room{number}@nowhere.example" for number in range(499))]
        await world.calls()

        told = await mailbox.schedules(asked, some_monday(), some_monday() + DAY)

        assert (len(told), told[0].availability) == (500, Availability.FREE)
        assert await world.calls() <= 10

    async def test_no_addresses_cost_no_call(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.calls()

        assert list(await mailbox.schedules([], some_monday(), some_monday() + DAY)) == []
        assert await world.calls() == 0


class TestRoomDirectory:
    async def test_every_room_of_the_tenant_is_listed_once(self, world: World) -> None:
        directory = await world.directory()

        rooms = [room async for page in directory.pages() for room in page.rooms]

        assert len({room.suite_id for room in rooms}) == len(rooms) == world.room_count
        assert {room.address for room in world.rooms} <= {room.address for room in rooms}
        assert any(room.building and room.floor and room.capacity and room.equipment for room in rooms)

    async def test_a_reading_that_is_broken_off_goes_on_at_the_page_it_had_reached(self, world: World) -> None:
        directory = await world.directory()
        first = await anext(directory.pages())

        rest = [room async for page in directory.pages(first.resume) for room in page.rooms]

        listed = {room.suite_id for room in first.rooms} | {room.suite_id for room in rest}
        assert len(listed) == world.room_count
        assert first.total in (None, world.room_count)

    async def test_without_the_right_the_directory_says_which_permission_lacks(self, world: World) -> None:
        directory = await world.forbidden_directory()

        with pytest.raises(MissingScope):
            _ = [page async for page in directory.pages()]

    async def test_credentials_tell_whether_they_open_the_directory(self, world: World) -> None:
        member = await world.sign_in(world.organiser)

        assert world.suite.grants_room_directory(await world.directory_credentials())
        assert not world.suite.grants_room_directory(member.credentials)

    async def test_an_application_has_credentials_of_its_own_only_where_it_reads_the_directory(
        self, world: World
    ) -> None:
        tenant = (await world.sign_in(world.organiser)).identity.tenant

        if world.suite.capabilities.directory_by_application:
            assert (await world.suite.application_tokens(tenant)).refresh_token is None
        else:
            with pytest.raises(MissingScope):
                await world.suite.application_tokens(tenant)
