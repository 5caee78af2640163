"""Two members who are one person: what is theirs moves, what is history stays, and nobody is lost or counted twice."""

import inspect
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module

import pytest
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.transactions import in_transaction

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.bookings.models import RoomBooking
from app.connections.models import CalendarConnection
from app.connections.outcomes import ResultPage
from app.database import engine
from app.database.tenancy import OrganisationModel, Row
from app.errors import LastAdministrator, Unauthenticated
from app.events_bus.bus import CREDENTIALS, Message, MessageKind, member_topic
from app.identity import linking, merging, roles
from app.identity.inviting import InvitingService
from app.identity.linking import Linked, LinkOutcome, LinkRefusal, LinkRefused
from app.identity.members import MemberService
from app.identity.merging import MOVED
from app.identity.models import AccessToken, Invitation, Member, Role, Session
from app.identity.roles import RoleService
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import notify
from app.paging import PageRequest
from app.references.models import EventAttendance, EventNote
from app.suites.events import Attendee, AttendeeKind, Event, Person, Response
from tests.bookings.house import House, make_event
from tests.connections.stack import account_of, make_connection, make_integration
from tests.support.people import make_member, principal_of

ADMINISTRATOR = Role.SUBSCRIPTION_ADMINISTRATOR
WEEK = timedelta(days=7)

KEPT = {
    "AuditEntry.actor",
    "Session.member",
    "AccessToken.member",
    "IdempotencyRecord.member",
    "AuthorisationFlow.member",
    "Invitation.used_by",
}
"""What stays with who was emptied: history, what ended with them, and visits that lead nowhere without them."""


async def _merged(house: House, survivor: Member) -> Linked:
    """The member of the house turns out to be this one."""
    identity = (await account_of(house.member)).identity(house.stack.suite.name)
    async with in_transaction():
        await roles.one_at_a_time(house.organisation.id)
        linked = await linking.bind(survivor, identity)
    await linking.announce(house.stack.bus, linked)
    return linked


async def _attend(house: House, member: Member, event: Event | None = None) -> None:
    event = event or house.hold(make_event())
    references = await house.references.of_events(house.connection, house.stack.suite.name, [event])
    [reference] = [reference.event for reference in references.values()]
    await EventAttendance.create(
        organisation_id=house.organisation.id, event_reference_id=reference.id, member_id=member.id, in_person=True
    )
    await EventNote.create(
        organisation_id=house.organisation.id,
        event_reference_id=reference.id,
        author_id=member.id,
        text=b"sealed",
        updated_at=clock.now(),
    )


@pytest.fixture
async def survivor(house: House) -> Member:
    return await make_member(house.organisation, "Ada Lind")


def relations() -> Iterator[tuple[type[Row], str]]:
    """Every field that refers to a member, with its model."""
    for name in engine.MODELS:
        for model in vars(import_module(name)).values():
            if not (inspect.isclass(model) and issubclass(model, Row) and model.__module__ == name):
                continue
            for field_name, field in model._meta.fields_map.items():
                if isinstance(field, ForeignKeyFieldInstance) and field.model_name == "hybrid_meetings.Member":
                    yield model, field_name


def test_whatever_refers_to_a_member_is_either_moved_or_kept_for_a_reason() -> None:
    moved = {f"{model.__name__}.{field.removesuffix('_id')}" for model, field in MOVED}

    assert moved | KEPT == {f"{model.__name__}.{field}" for model, field in relations()}
    assert moved & KEPT == set()


async def test_everything_of_theirs_is_the_survivors(house: House, survivor: Member) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    await _attend(house, house.member)
    await notify(
        house.organisation.id,
        house.member.id,
        NotificationKind.ROOM_REJECTED,
        subject_id=booking.id,
        occasion="an occasion",
    )
    await Integration.of(house.organisation.id).update(started_by_id=house.member.id, enabled_by_id=house.member.id)

    linked = await _merged(house, survivor)

    assert linked.outcome is LinkOutcome.MERGED
    owners = {
        model.__name__: {getattr(row, field) for row in await model.of(house.organisation.id)}
        for model, field in MOVED
        if model not in (Member, Invitation)
    }
    assert {name: ids for name, ids in owners.items() if ids - {survivor.id}} == {}
    assert await house.bookings.get(principal_of(survivor), booking.id)
    assert await house.stack.connections.connected(principal_of(survivor))
    shell = await Member.of(house.organisation.id).get(id=house.member.id)
    assert (shell.merged_into_id, shell.name) == (survivor.id, house.member.name)


async def test_a_booking_goes_on_being_watched_for_the_survivor(house: House, survivor: Member) -> None:
    booking = (await house.book(await house.room())).bookings[0]

    await _merged(house, survivor)

    after = await RoomBooking.of(house.organisation.id).get(id=booking.id)
    assert (after.member_id, after.state, after.next_check_at) == (survivor.id, booking.state, booking.next_check_at)
    assert after.version == booking.version + 1, "whoever holds it as it was has to look again"


async def test_their_sessions_and_tokens_end_and_their_sockets_close(
    house: House,
    survivor: Member,
) -> None:
    session, cookie = await house.stack.sessions.create(house.member)
    created = await house.stack.access_tokens.create(house.principal, "Kiosk", WEEK, "k")
    _, own_cookie = await house.stack.sessions.create(survivor)
    house.stack.bus.published.clear()

    await _merged(house, survivor)

    assert created.token is not None
    with pytest.raises(Unauthenticated):
        await house.stack.sessions.authenticate(cookie)
    with pytest.raises(Unauthenticated):
        await house.stack.access_tokens.authenticate(created.token)
    assert await house.stack.sessions.authenticate(own_cookie)
    ended = [Message(MessageKind.CREDENTIAL_REVOKED, row_id) for row_id in (session.id, created.row.id)]
    assert {message for topic, message in house.stack.bus.published if topic == CREDENTIALS} == set(ended)
    assert {(member_topic(house.member.id), message) for message in ended} <= set(house.stack.bus.published)
    connection = await CalendarConnection.of(house.organisation.id).get()
    told = (member_topic(survivor.id), Message(MessageKind.CONNECTION_CHANGED, connection.id))
    assert told in house.stack.bus.published


async def test_a_credential_that_was_being_made_at_that_moment_lets_nobody_in(
    house: House,
    survivor: Member,
) -> None:
    await _merged(house, survivor)

    _, cookie = await house.stack.sessions.create(house.member)
    created = await house.stack.access_tokens.create(house.principal, "Kiosk", WEEK, "k")

    with pytest.raises(Unauthenticated):
        await house.stack.sessions.authenticate(cookie)
    with pytest.raises(Unauthenticated):
        await house.stack.access_tokens.authenticate(created.token or "")
    assert await Session.of(house.organisation.id).count() == 1
    assert await AccessToken.of(house.organisation.id).count() == 1


async def test_a_consent_that_was_under_way_at_that_moment_leaves_nothing_behind(
    house: House,
    survivor: Member,
) -> None:
    account = await account_of(house.member)
    url = await house.stack.connections.start_connecting(house.principal)
    opened = await house.stack.flows.open(url.rpartition("/")[2])
    await _merged(house, survivor)

    answer = house.stack.suite.approve(opened.redirect_url, account)
    outcome = await house.stack.callback.complete(house.stack.suite.name, answer, opened.flow_cookie_value, None)

    assert outcome.page is ResultPage.WRONG_ACCOUNT
    assert (await CalendarConnection.of(house.organisation.id).get()).member_id == survivor.id


@pytest.mark.parametrize("emptied", list(Role))
@pytest.mark.parametrize("surviving", list(Role))
async def test_the_higher_role_survives_and_is_recorded_where_it_rises(
    house: House,
    surviving: Role,
    emptied: Role,
) -> None:
    survivor = await make_member(house.organisation, "Ada Lind", role=surviving)
    await Member.of(house.organisation.id).filter(id=house.member.id).update(role=emptied)

    await _merged(house, survivor)

    after = {member.id: member.role for member in await Member.of(house.organisation.id)}
    highest = ADMINISTRATOR if ADMINISTRATOR in (surviving, emptied) else Role.MEMBER
    assert after == {survivor.id: highest, house.member.id: Role.MEMBER}
    raised = await AuditEntry.of(house.organisation.id).filter(action=AuditAction.ROLE_CHANGED).count()
    assert raised == (1 if highest is not surviving else 0)


async def test_the_audit_log_stays_as_it_was(house: House, survivor: Member) -> None:
    await house.stack.access_tokens.create(house.principal, "Kiosk", WEEK, "k")
    before = await AuditEntry.of(house.organisation.id).values()

    await _merged(house, survivor)

    after = await AuditEntry.of(house.organisation.id).order_by("at").values()
    assert [entry for entry in after if entry["action"] != AuditAction.IDENTITY_LINKED] == before
    assert before[0]["actor_id"] == house.member.id


async def test_who_was_emptied_is_nobody_any_more(house: House) -> None:
    survivor = await make_member(house.organisation, "Ada Lind", role=ADMINISTRATOR)
    await Member.of(house.organisation.id).filter(id=house.member.id).update(role=ADMINISTRATOR)
    account = await account_of(house.member)
    await _merged(house, survivor)

    page = await MemberService().list(principal_of(survivor), PageRequest())
    signed_in = await house.stack.sign_in.complete(account.identity(house.stack.suite.name))
    with pytest.raises(LastAdministrator):
        await RoleService(house.stack.bus).set(principal_of(survivor), survivor.id, Role.MEMBER)

    assert ([member.id for member, _ in page.items], page.total) == ([survivor.id], 1)
    assert signed_in.id == survivor.id


async def test_colleagues_see_the_survivor_where_an_event_names_the_other_address(
    house: House,
    survivor: Member,
) -> None:
    address = house.member.address
    await _merged(house, survivor)
    house.hold(make_event(attendees=(Attendee(Person(address, "Ada"), AttendeeKind.REQUIRED, Response.ACCEPTED),)))

    (event,) = (
        await house.agenda.agenda(principal_of(survivor), house.ticker.moment, house.ticker.moment + WEEK)
    ).events

    assert event.attendees[0].member is not None
    assert event.attendees[0].member.member_id == survivor.id


async def test_what_both_were_told_is_told_once(house: House, survivor: Member) -> None:
    for member in (house.member, survivor):
        for occasion in ("both", f"only {member.name}"):
            await notify(
                house.organisation.id,
                member.id,
                NotificationKind.RECONNECT_REQUIRED,
                subject_id=house.connection.id,
                occasion=occasion,
            )

    await _merged(house, survivor)

    told = await Notification.of(house.organisation.id).filter(member_id=survivor.id)
    assert sorted(notification.occasion for notification in told) == sorted(
        ["both", f"only {house.member.name}", f"only {survivor.name}"]
    )
    assert await Notification.of(house.organisation.id).count() == 3


async def test_invitations_to_and_by_who_was_emptied_are_the_survivors(
    keys: Keys,
    house: House,
    survivor: Member,
) -> None:
    inviting = InvitingService(keys, public_url="http://127.0.0.1:8000")
    await Member.of(house.organisation.id).filter(id=house.member.id).update(role=ADMINISTRATOR)
    sent = await inviting.invite(house.principal, Role.MEMBER, house.member.id, "a key")

    await _merged(house, survivor)

    invitation = await Invitation.of(house.organisation.id).get(id=sent.row.id)
    assert (invitation.member_id, invitation.invited_by_id) == (survivor.id, survivor.id)


async def test_whoever_was_merged_into_them_before_is_merged_into_the_survivor(
    house: House,
    survivor: Member,
) -> None:
    earlier = await make_member(house.organisation, "Ada Early")
    await Member.of(house.organisation.id).filter(id=earlier.id).update(merged_into_id=house.member.id)

    await _merged(house, survivor)

    assert (await Member.of(house.organisation.id).get(id=earlier.id)).merged_into_id == survivor.id


async def test_connections_under_two_integrations_are_both_the_survivors(
    house: House,
    survivor: Member,
) -> None:
    gave_way = Integration.of(house.organisation.id).filter(id=house.integration.id)
    await gave_way.update(active_slot=None, status=IntegrationStatus.DISABLED)
    present = await make_integration(house.organisation, tenant="the-new-tenant")
    await make_connection(house.stack, survivor, present)

    await _merged(house, survivor)

    owners = [connection.member_id for connection in await CalendarConnection.of(house.organisation.id)]
    assert owners == [survivor.id] * 2


async def test_of_two_that_attend_the_same_event_the_survivors_own_word_stays(house: House, survivor: Member) -> None:
    event = house.hold(make_event())
    for member in (house.member, survivor):
        await _attend(house, member, event)
    await EventAttendance.of(house.organisation.id).filter(member_id=survivor.id).update(in_person=False)

    linked = await _merged(house, survivor)

    assert linked.outcome is LinkOutcome.MERGED
    [attendance] = await EventAttendance.of(house.organisation.id)
    assert (attendance.member_id, attendance.in_person) == (survivor.id, False)


@pytest.mark.parametrize("newer", ["survivor's", "other"])
async def test_of_two_notes_on_the_same_event_the_newer_stays(house: House, survivor: Member, newer: str) -> None:
    event = house.hold(make_event())
    writers = {"survivor's": survivor, "other": house.member}
    for member in writers.values():
        await _attend(house, member, event)
    notes = EventNote.of(house.organisation.id)
    await notes.filter(author_id=writers[newer].id).update(text=b"newer", updated_at=clock.now() + WEEK)

    await _merged(house, survivor)

    [note] = await notes
    assert (note.author_id, note.text) == (survivor.id, b"newer")


async def test_what_one_member_has_once_is_never_taken_from_either(
    house: House,
    survivor: Member,
) -> None:
    await make_connection(house.stack, survivor, house.integration)
    before = await _everything(house)

    with pytest.raises(LinkRefused) as refused:
        await _merged(house, survivor)

    assert refused.value.reason is LinkRefusal.BOTH_IN_USE
    assert await _everything(house) == before


async def _everything(house: House) -> list[object]:
    models: list[type[OrganisationModel]] = [*dict.fromkeys(model for model, _ in MOVED), Session, AuditEntry]
    return [await model.of(house.organisation.id).order_by("id").values() for model in models]


async def test_a_failure_half_way_changes_nothing(house: House, survivor: Member) -> None:
    await house.book(await house.room())
    before = await _everything(house)

    with pytest.raises(RuntimeError):
        await _broken_off(house, survivor)

    assert await _everything(house) == before


async def _broken_off(house: House, survivor: Member) -> None:
    async with in_transaction():
        await merging.merge(house.member, survivor)
        raise RuntimeError
