"""What every calendar suite does alike, tried over its own wire protocol against a sandbox process."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from aiohttp import web

from app.suites.errors import (
    ChangedMeanwhile,
    DuplicateCommand,
    FlowExpired,
    InvalidRequest,
    MissingScope,
    NotFound,
    NotificationsRefused,
    NotOrganiser,
    ReconnectRequired,
    SuiteThrottled,
    SuiteUnavailable,
    WrongAccount,
)
from app.suites.events import (
    Availability,
    Event,
    EventKind,
    Frequency,
    NewEvent,
    Person,
    Recurrence,
    Response,
    RoomAnswer,
    RoomsChange,
    Weekday,
)
from app.suites.protocol import ChangeKind, Mailbox, PermissionVariant
from tests.contract.worlds import GrantTokens, Operation, RoomHabit, Trouble, World, some_monday
from tests.suites.doubles import Provider, provider

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def meeting(world: World, *, at: datetime | None = None, rooms: tuple[Person, ...] | None = None) -> NewEvent:
    begins = at or some_monday() + timedelta(hours=10)
    return NewEvent(
        subject="Design review",
        start=begins,
        end=begins + HOUR,
        time_zone="Europe/Amsterdam",
        attendees=(Person(world.colleague, "Ben Kok"),),
        rooms=world.rooms[:1] if rooms is None else rooms,
        body="Agenda follows",
    )


def weekly(world: World, count: int = 3) -> NewEvent:
    begins = some_monday() + timedelta(hours=10)
    return NewEvent(
        subject="Weekly planning",
        start=begins,
        end=begins + HOUR,
        time_zone="Europe/Amsterdam",
        rooms=world.rooms[:1],
        recurrence=Recurrence(frequency=Frequency.WEEKLY, weekdays=(Weekday.MONDAY,), count=count),
    )


async def copy_of(event: Event, mailbox: Mailbox) -> Event:
    """The same event as another mailbox holds it."""
    begins = event.start.date_time
    assert begins is not None
    [copy] = [seen for seen in await mailbox.events(begins, begins + HOUR) if seen.shared_key == event.shared_key]
    return copy


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

    async def test_a_grant_holds_all_scopes_that_were_asked_for(self, world: World) -> None:
        grant = await world.sign_in(world.organiser)

        assert world.suite.scopes(PermissionVariant.FULL) <= grant.credentials.scopes
        assert grant.credentials.refresh_token
        assert grant.credentials.expires_at > datetime.now(UTC) + timedelta(minutes=30)

    async def test_signing_in_alone_asks_for_no_calendar(self, world: World) -> None:
        grant = await world.sign_in(world.organiser, world.suite.sign_in_scopes)

        assert grant.identity.address == world.organiser

    async def test_every_permission_says_why_it_is_asked_for(self, world: World) -> None:
        delegated = {permission.scope for permission in world.suite.permissions if permission.delegated}

        assert delegated == world.suite.scopes(PermissionVariant.FULL) | world.suite.sign_in_scopes
        assert all(permission.why for permission in world.suite.permissions)

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

    async def test_another_mailboxs_id_is_not_found(self, world: World) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        made = await mine.create(meeting(world), uuid4())

        with pytest.raises(NotFound):
            await theirs.event(made.mailbox_id)


class TestCreating:
    async def test_a_room_is_pending_until_it_answers(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)

        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()
        answered = await mailbox.event(made.mailbox_id)

        assert [room.answer for room in made.rooms] == [RoomAnswer.PENDING]
        assert [(room.room.address, room.answer) for room in answered.rooms] == [
            (world.rooms[0].address, RoomAnswer.ACCEPTED)
        ]
        assert answered.version != made.version

    async def test_what_was_created_reads_back_as_it_was_sent(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        new = meeting(world)

        made = await mailbox.create(new, uuid4())

        assert (made.subject, made.start.date_time, made.end.date_time) == (new.subject, new.start, new.end)
        assert [attendee.person.address for attendee in made.attendees] == [world.colleague]
        assert made.is_organiser
        assert made.response is Response.ORGANISER
        assert made.body_preview == "Agenda follows"

    async def test_a_taken_room_declines_the_second_event(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        second = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        assert [room.answer for room in (await mailbox.event(second.mailbox_id)).rooms] == [RoomAnswer.DECLINED]

    async def test_a_room_that_needs_approval_says_so(self, world: World) -> None:
        await world.room_habit(world.rooms[0].address, RoomHabit.NEEDS_APPROVAL)
        mailbox = await world.mailbox(world.organiser)

        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        assert [room.answer for room in (await mailbox.event(made.mailbox_id)).rooms] == [RoomAnswer.AWAITING_APPROVAL]

    async def test_an_attendees_copy_shares_the_key_and_tells_a_rooms_answer_only_where_the_suite_does(
        self, world: World
    ) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        made = await mine.create(meeting(world), uuid4())
        await world.rooms_answer()

        copy = await copy_of(made, theirs)

        told = world.suite.capabilities.room_answer_for_attendees
        assert [room.answer for room in copy.rooms] == [RoomAnswer.ACCEPTED if told else RoomAnswer.UNKNOWN]
        assert copy.mailbox_id != made.mailbox_id
        assert not copy.is_organiser
        assert copy.response is Response.NOT_RESPONDED

    async def test_the_same_command_makes_one_event_however_often_it_is_sent(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        command = uuid4()

        first = await mailbox.create(meeting(world), command)
        second = await mailbox.create(meeting(world), command)

        assert first.mailbox_id == second.mailbox_id
        assert len(await mailbox.events(some_monday(), some_monday() + WEEK)) == 1

    async def test_the_same_command_with_other_content_is_refused(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        command = uuid4()
        await mailbox.create(meeting(world), command)

        with pytest.raises(DuplicateCommand):
            await mailbox.create(meeting(world, at=some_monday() + DAY), command)

    async def test_an_event_is_found_by_the_command_that_made_it(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        command = uuid4()
        made = await mailbox.create(meeting(world), command)

        found = await mailbox.find_created(command)

        assert found is not None
        assert found.mailbox_id == made.mailbox_id
        assert await mailbox.find_created(uuid4()) is None

    async def test_nonsense_is_refused_and_makes_nothing(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = some_monday()
        backwards = NewEvent(subject="Backwards", start=begins, end=begins - HOUR, time_zone="Europe/Amsterdam")

        with pytest.raises(InvalidRequest):
            await mailbox.create(backwards, uuid4())

        assert list(await mailbox.events(begins - DAY, begins + DAY)) == []


class TestChanging:
    async def test_one_room_replaces_another_in_one_write(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()
        old, new = world.rooms

        changed = await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=(new,), remove=frozenset({old.address})))
        await world.rooms_answer()

        assert [(room.room.address, room.answer) for room in changed.rooms] == [(new.address, RoomAnswer.PENDING)]
        assert [attendee.person.address for attendee in changed.attendees] == [world.colleague]
        after = await mailbox.event(made.mailbox_id)
        assert [room.answer for room in after.rooms] == [RoomAnswer.ACCEPTED]

    async def test_a_room_that_stays_keeps_its_answer_when_another_comes(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        changed = await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=(world.rooms[1],)))

        answers = {room.room.address: room.answer for room in changed.rooms}
        assert answers == {
            world.rooms[0].address: RoomAnswer.ACCEPTED,
            world.rooms[1].address: RoomAnswer.PENDING,
        }

    async def test_rooms_that_are_as_they_should_be_are_left_alone(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        before = await mailbox.event(made.mailbox_id)

        after = await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=world.rooms[:1]))

        assert [room.room for room in after.rooms] == [room.room for room in before.rooms]

    async def test_one_occurrence_can_have_another_room_than_its_series(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        master = await mailbox.create(weekly(world), uuid4())
        begins = some_monday()
        _, second, _ = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        change = RoomsChange(add=(world.rooms[1],), remove=frozenset({world.rooms[0].address}))

        await mailbox.change_rooms(second.mailbox_id, change)

        after = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        assert [event.kind for event in after] == [EventKind.OCCURRENCE, EventKind.EXCEPTION, EventKind.OCCURRENCE]
        assert [event.rooms[0].room.address for event in after] == [
            world.rooms[0].address,
            world.rooms[1].address,
            world.rooms[0].address,
        ]

    async def test_only_the_organiser_changes_rooms(self, world: World) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        copy = await copy_of(await mine.create(meeting(world), uuid4()), theirs)

        with pytest.raises(NotOrganiser):
            await theirs.change_rooms(copy.mailbox_id, RoomsChange(add=(world.rooms[1],)))

    async def test_an_event_that_changed_meanwhile_is_read_once_more(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.order(Trouble.CHANGED_MEANWHILE, Operation.CHANGE_EVENT)

        changed = await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=(world.rooms[1],)))

        assert len(changed.rooms) == 2

    async def test_an_event_that_keeps_changing_is_given_up(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.order(Trouble.CHANGED_MEANWHILE, Operation.CHANGE_EVENT, times=None)

        with pytest.raises(ChangedMeanwhile):
            await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=(world.rooms[1],)))

    async def test_cancelling_twice_is_cancelling_once(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())

        await mailbox.cancel(made.mailbox_id, "Not needed")
        await mailbox.cancel(made.mailbox_id)

        assert list(await mailbox.events(some_monday(), some_monday() + WEEK)) == []

    async def test_an_event_without_anybody_invited_is_cancelled_too(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = some_monday()
        alone = NewEvent(subject="Focus", start=begins, end=begins + HOUR, time_zone="Europe/Amsterdam")
        made = await mailbox.create(alone, uuid4())

        await mailbox.cancel(made.mailbox_id)

        with pytest.raises(NotFound):
            await mailbox.event(made.mailbox_id)

    async def test_cancelling_one_occurrence_leaves_the_others(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        master = await mailbox.create(weekly(world), uuid4())
        begins = some_monday()
        first, second, third = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)

        await mailbox.cancel(second.mailbox_id)

        left = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        assert [event.mailbox_id for event in left] == [first.mailbox_id, third.mailbox_id]

    async def test_only_the_organiser_cancels(self, world: World) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        copy = await copy_of(await mine.create(meeting(world), uuid4()), theirs)

        with pytest.raises(NotOrganiser):
            await theirs.cancel(copy.mailbox_id)

    @pytest.mark.parametrize("answer", [Response.ACCEPTED, Response.TENTATIVELY_ACCEPTED])
    async def test_an_attendees_answer_reaches_the_organiser(self, world: World, answer: Response) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        made = await mine.create(meeting(world), uuid4())
        copy = await copy_of(made, theirs)

        await theirs.respond(copy.mailbox_id, answer, "See you")

        assert (await theirs.event(copy.mailbox_id)).response is answer
        assert [attendee.response for attendee in (await mine.event(made.mailbox_id)).attendees] == [answer]

    async def test_a_declined_invitation_reaches_the_organiser(self, world: World) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        made = await mine.create(meeting(world), uuid4())

        await theirs.respond((await copy_of(made, theirs)).mailbox_id, Response.DECLINED)

        after = await mine.event(made.mailbox_id)
        assert [attendee.response for attendee in after.attendees] == [Response.DECLINED]

    async def test_the_organiser_has_nothing_to_answer(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())

        with pytest.raises(InvalidRequest):
            await mailbox.respond(made.mailbox_id, Response.ACCEPTED)


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

    async def test_no_addresses_cost_no_call(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.calls()

        assert list(await mailbox.schedules([], some_monday(), some_monday() + DAY)) == []
        assert await world.calls() == 0


class TestRoomDirectory:
    async def test_every_room_of_the_tenant_is_listed_once(self, world: World) -> None:
        directory = await world.directory()

        rooms = [room async for page in directory.pages() for room in page]

        assert len({room.suite_id for room in rooms}) == len(rooms) == world.room_count
        assert {room.address for room in world.rooms} <= {room.address for room in rooms}
        assert any(room.building and room.floor and room.capacity and room.equipment for room in rooms)

    async def test_without_the_right_the_directory_says_which_permission_lacks(self, world: World) -> None:
        directory = await world.forbidden_directory()

        with pytest.raises(MissingScope):
            _ = [page async for page in directory.pages()]


class Webhook:
    """Our side of change notifications: echoes the handshake, keeps what is posted."""

    def __init__(self, server: Provider) -> None:
        self.url = server.origin + "/webhooks/suite"
        self.posts: asyncio.Queue[tuple[bytes, dict[str, str]]] = asyncio.Queue()
        server.handle("/webhooks/suite", self._receive, method="POST")

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        token = request.query.get("validationToken")
        if token is not None:
            return web.Response(text=token, content_type="text/plain")
        await self.posts.put((await request.read(), dict(request.headers)))
        return web.Response(status=202)

    async def next(self) -> tuple[bytes, dict[str, str]]:
        return await asyncio.wait_for(self.posts.get(), 10)


class TestChangeNotifications:
    async def test_a_rooms_answer_is_told_with_secret_and_event(self, world: World) -> None:
        grant = await world.sign_in(world.organiser)
        mailbox = world.suite.mailbox(GrantTokens(world.suite, grant), key=world.organiser)
        async with provider() as server:
            webhook = Webhook(server)
            watch = await mailbox.watch(webhook.url, "a secret of ours")

            made = await mailbox.create(meeting(world), uuid4())
            await world.rooms_answer()
            [told, *_] = world.suite.notifications(*await webhook.next())

            await mailbox.unwatch(watch.suite_id)
        assert (told.watch_id, told.secret, told.kind) == (watch.suite_id, "a secret of ours", ChangeKind.CHANGED)
        assert told.mailbox_id in {made.mailbox_id, None}
        assert told.tenant in {grant.identity.tenant, None}

    async def test_a_watch_is_renewed_and_ends_within_a_week(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        async with provider() as server:
            watch = await mailbox.watch(Webhook(server).url, "secret")

            renewed = await mailbox.renew_watch(watch.suite_id)

        assert datetime.now(UTC) + DAY < watch.expires_at < datetime.now(UTC) + WEEK
        assert renewed.expires_at >= watch.expires_at

    async def test_a_watch_that_is_gone_cannot_be_renewed_and_may_be_ended_again(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        async with provider() as server:
            watch = await mailbox.watch(Webhook(server).url, "secret")
            await mailbox.unwatch(watch.suite_id)

            await mailbox.unwatch(watch.suite_id)
            with pytest.raises(NotFound):
                await mailbox.renew_watch(watch.suite_id)

    async def test_an_address_that_does_not_answer_the_handshake_is_refused(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        async with provider() as server:
            server.answer("/webhooks/suite", "no", method="POST", status=404)

            with pytest.raises(NotificationsRefused):
                await mailbox.watch(server.origin + "/webhooks/suite", "secret")

    async def test_missed_notifications_are_told_where_the_suite_tells_them(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        async with provider() as server:
            webhook = Webhook(server)
            watch = await mailbox.watch(webhook.url, "secret")

            await world.lifecycle(watch.suite_id)
            [told] = world.suite.notifications(*await webhook.next())

        assert (told.watch_id, told.secret, told.kind) == (watch.suite_id, "secret", ChangeKind.MISSED)
        assert told.mailbox_id is None

    @pytest.mark.parametrize("body", [b"", b"hello", b"[]", b'{"value": 3}'])
    async def test_a_post_of_another_form_is_refused(self, world: World, body: bytes) -> None:
        with pytest.raises(InvalidRequest):
            world.suite.notifications(body, {})


class TestTrouble:
    @pytest.mark.parametrize("trouble", [Trouble.THROTTLED, Trouble.UNAVAILABLE, Trouble.DROPPED])
    async def test_a_passing_trouble_is_not_noticed(self, world: World, trouble: Trouble) -> None:
        mailbox = await world.mailbox(world.organiser)
        await mailbox.create(meeting(world), uuid4())
        await world.order(trouble, Operation.LIST_EVENTS)

        assert len(await mailbox.events(some_monday(), some_monday() + WEEK)) == 1

    async def test_throttling_beyond_the_deadline_says_for_how_long(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.order(Trouble.THROTTLED_FOR_A_DAY, Operation.LIST_EVENTS)

        with pytest.raises(SuiteThrottled) as raised:
            await mailbox.events(some_monday(), some_monday() + WEEK)

        assert raised.value.retry_after == DAY

    @pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE, Trouble.DROPPED])
    async def test_a_lasting_trouble_is_the_suites_and_passes_with_it(self, world: World, trouble: Trouble) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.order(trouble, Operation.LIST_EVENTS, times=None)

        with pytest.raises(SuiteUnavailable):
            await mailbox.events(some_monday(), some_monday() + WEEK)
        await world.mend()

        assert list(await mailbox.events(some_monday(), some_monday() + WEEK)) == []

    async def test_a_malformed_answer_is_no_answer(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.order(Trouble.MALFORMED, Operation.LIST_EVENTS)

        with pytest.raises(SuiteUnavailable):
            await mailbox.events(some_monday(), some_monday() + WEEK)

    @pytest.mark.parametrize("trouble", [Trouble.DONE_BUT_UNANSWERED, Trouble.DROPPED, Trouble.UNAVAILABLE])
    async def test_a_create_whose_answer_is_lost_makes_one_event(self, world: World, trouble: Trouble) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.order(trouble, Operation.CREATE_EVENT)

        made = await mailbox.create(meeting(world), uuid4())

        [only] = await mailbox.events(some_monday(), some_monday() + WEEK)
        assert only.mailbox_id == made.mailbox_id

    async def test_a_token_that_expired_is_renewed_once_for_the_call(self, world: World) -> None:
        tokens = GrantTokens(world.suite, await world.sign_in(world.organiser))
        mailbox = world.suite.mailbox(tokens, key=world.organiser)
        await world.expire_access_tokens()

        assert await mailbox.address() == world.organiser
        assert tokens.refreshes == 1

    async def test_a_token_that_is_refused_again_is_not_renewed_for_ever(self, world: World) -> None:
        tokens = GrantTokens(world.suite, await world.sign_in(world.organiser))
        mailbox = world.suite.mailbox(tokens, key=world.organiser)
        await world.order(Trouble.TOKEN_REFUSED, Operation.ANY, times=None)

        with pytest.raises(SuiteUnavailable):
            await mailbox.address()

        assert tokens.refreshes == 1

    async def test_many_calls_of_one_mailbox_are_not_throttled(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())

        read = await asyncio.gather(*(mailbox.event(made.mailbox_id) for _ in range(20)))

        assert {event.mailbox_id for event in read} == {made.mailbox_id}
