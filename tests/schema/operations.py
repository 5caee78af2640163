"""How each operation is called: one entry per root field, with input that fits the house it is tried in."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from app.events_bus.bus import Message, MessageKind, member_topic
from app.identity.principal import Principal
from app.notifications.models import NotificationKind
from app.notifications.service import notify
from tests.schema.documents import WINDOW
from tests.schema.world import BOOK, House

Variables = Callable[[House], Mapping[str, Any]]
Occasion = Callable[[House, Principal], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A document and what its variables are in a house."""

    document: str
    variables: Variables = lambda house: {}
    occasion: Occasion | None = None
    """What gives a subscription something to tell, once somebody listens."""

    async def ask(self, house: House, principal: Principal | None, **changes: Any) -> dict[str, Any]:
        """The whole answer; of a subscription, the first."""
        variables = {**self.variables(house), **changes}
        if not self.document.startswith("subscription"):
            return await house.server.ask(principal, self.document, **variables)
        async with aclosing(house.server.listen(principal, self.document, **variables)) as answers:
            first = asyncio.ensure_future(anext(answers))
            if principal is not None and self.occasion is not None:
                await self.occasion(house, principal)
            return dict(await first)


def _window(house: House) -> Mapping[str, Any]:
    return WINDOW


def _event(house: House) -> Mapping[str, Any]:
    return {"id": house.event_id(house.event())}


def _room(house: House) -> Mapping[str, Any]:
    return {"id": house.room_id}


def _room_input(house: House) -> Mapping[str, Any]:
    return {"input": {"roomId": house.room_id}}


def new_time(house: House) -> dict[str, str]:
    """The time of a new event, as `rescheduleBooking` takes it."""
    return {name: value for name, value in house.new_event().items() if name in {"start", "end", "timeZone"}}


def _booking(house: House) -> Mapping[str, Any]:
    return {"input": {"roomIds": [house.room_id], "event": house.new_event(), "idempotencyKey": "a booking"}}


async def _book(house: House, principal: Principal) -> None:
    await house.server.data(principal, BOOK, **_booking(house))


async def _notify(house: House, principal: Principal) -> None:
    await house.server.bus.listened_to(member_topic(principal.member_id))
    told = await notify(
        principal.organisation_id,
        principal.member_id,
        NotificationKind.RECONNECT_REQUIRED,
        subject_id=house.connection.id,
        occasion="an occasion",
    )
    assert told is not None
    message = Message(MessageKind.NOTIFICATION_ADDED, told.id)
    await house.server.bus.publish(member_topic(principal.member_id), message)


async def _sync_rooms(house: House, principal: Principal) -> None:
    await house.server.room_syncs.request_for(house.administrator)


async def _test(house: House, principal: Principal) -> None:
    await house.server.bus.listened_to(member_topic(principal.member_id))
    progressed = Message(MessageKind.TEST_PROGRESSED, house.integration.id, words=("PROFILE", "PASSED", "12"))
    await house.server.bus.publish(member_topic(principal.member_id), progressed)


def _input(**values: Any) -> Variables:
    return lambda house: {"input": values}


_TYPE = "__typename ... on Problem { code message remedy retryable whoActs }"

OPERATIONS: dict[str, Operation] = {
    "Query.viewer": Operation("{ viewer { role } }"),
    "Query.calendarSuites": Operation("{ calendarSuites { name } }"),
    "Query.integration": Operation("{ integration { status } }"),
    "Query.agenda": Operation(
        f"query ($from: DateTime!, $to: DateTime!) {{ agenda(from: $from, to: $to) {{ {_TYPE} }} }}", _window
    ),
    "Query.event": Operation(f"query ($id: ID!) {{ event(id: $id) {{ {_TYPE} }} }}", _event),
    "Query.rooms": Operation("{ rooms { nodes { name } } }"),
    "Query.buildings": Operation("{ buildings { nodes { name floors { areas { name } } } } }"),
    "Query.availableRooms": Operation(
        f"query ($from: DateTime!, $to: DateTime!) {{ availableRooms(from: $from, to: $to) {{ {_TYPE} }} }}", _window
    ),
    "Query.suiteRooms": Operation(f"{{ suiteRooms {{ {_TYPE} }} }}"),
    "Query.roomSuggestions": Operation(
        f"query ($bookingId: ID!, $occurrence: ID) {{"
        f" roomSuggestions(bookingId: $bookingId, occurrence: $occurrence) {{ {_TYPE} }} }}",
        lambda house: {"bookingId": "none"},
    ),
    "Query.bookings": Operation("{ bookings { nodes { state } } }"),
    "Query.shifts": Operation(
        "query ($memberId: ID, $buildingId: ID) {"
        ' shifts(from: "2031-05-12", to: "2031-05-18", memberId: $memberId, buildingId: $buildingId)'
        " { __typename totalCount } }"
    ),
    "Mutation.bookShift": Operation(
        f"mutation ($input: BookShiftInput!) {{ bookShift(input: $input) {{ {_TYPE} }} }}",
        _input(kind="REMOTE", days={"dates": ["2031-05-13"]}, idempotencyKey="a shift"),
    ),
    "Mutation.changeShift": Operation(
        f"mutation ($input: ChangeShiftInput!) {{ changeShift(input: $input) {{ {_TYPE} }} }}",
        _input(shiftId="none", kind="REMOTE"),
    ),
    "Mutation.cancelShift": Operation(
        f"mutation ($input: CancelShiftInput!) {{ cancelShift(input: $input) {{ {_TYPE} }} }}",
        _input(shiftId="none"),
    ),
    "Query.notifications": Operation("{ notifications { nodes { kind } } }"),
    "Query.auditLog": Operation("{ auditLog { nodes { action } } }"),
    "Query.members": Operation(
        "query ($search: String) { members(search: $search) { nodes { name role } } }", lambda house: {"search": "a"}
    ),
    "Query.node": Operation("query ($id: ID!) { node(id: $id) { id } }", _room),
    "Mutation.startIntegration": Operation(
        f"mutation ($input: StartIntegrationInput!) {{ startIntegration(input: $input) {{ {_TYPE} }} }}",
        _input(suite="MICROSOFT_365"),
    ),
    "Query.disableIntegrationPreview": Operation(f"{{ disableIntegrationPreview {{ {_TYPE} }} }}"),
    "Query.retainedIntegrations": Operation("{ retainedIntegrations { status retainedUntil } }"),
    "Mutation.disableIntegration": Operation(
        f"mutation ($input: DisableIntegrationInput!) {{ disableIntegration(input: $input) {{ {_TYPE} }} }}",
        _input(confirmation="none"),
    ),
    "Mutation.cancelIntegration": Operation(f"mutation {{ cancelIntegration {{ {_TYPE} }} }}"),
    "Mutation.markAwaitingAdminApproval": Operation(f"mutation {{ markAwaitingAdminApproval {{ {_TYPE} }} }}"),
    "Mutation.runTestFlow": Operation(f"mutation {{ runTestFlow {{ {_TYPE} }} }}"),
    "Mutation.enableForAllUsers": Operation(f"mutation {{ enableForAllUsers {{ {_TYPE} }} }}"),
    "Mutation.syncRooms": Operation(f"mutation {{ syncRooms {{ {_TYPE} }} }}"),
    "Mutation.updateRoom": Operation(
        f"mutation ($input: UpdateRoomInput!) {{ updateRoom(input: $input) {{ {_TYPE} }} }}",
        lambda house: {"input": {"roomId": house.room_id, "capacity": 12}},
    ),
    "Mutation.pairRoom": Operation(
        f"mutation ($input: PairRoomInput!) {{ pairRoom(input: $input) {{ {_TYPE} }} }}", _room_input
    ),
    "Mutation.unpairRoom": Operation(
        f"mutation ($input: UnpairRoomInput!) {{ unpairRoom(input: $input) {{ {_TYPE} }} }}", _room_input
    ),
    "Mutation.removeRoom": Operation(
        f"mutation ($input: RemoveRoomInput!) {{ removeRoom(input: $input) {{ {_TYPE} }} }}", _room_input
    ),
    "Mutation.createRoom": Operation(
        f"mutation ($input: CreateRoomInput!) {{ createRoom(input: $input) {{ {_TYPE} }} }}",
        _input(email="quay@tidewater.example", name="Quay", idempotencyKey="a room"),
    ),
    "Mutation.createBuilding": Operation(
        f"mutation ($input: CreateBuildingInput!) {{ createBuilding(input: $input) {{ {_TYPE} }} }}",
        _input(name="Harbour office", timeZone="Europe/Amsterdam", idempotencyKey="a building"),
    ),
    "Mutation.updateBuilding": Operation(
        f"mutation ($input: UpdateBuildingInput!) {{ updateBuilding(input: $input) {{ {_TYPE} }} }}",
        _input(buildingId="none", capacity=12),
    ),
    "Mutation.removeBuilding": Operation(
        f"mutation ($input: RemoveBuildingInput!) {{ removeBuilding(input: $input) {{ {_TYPE} }} }}",
        _input(buildingId="none"),
    ),
    "Mutation.connectCalendar": Operation(f"mutation {{ connectCalendar {{ {_TYPE} }} }}"),
    "Mutation.disconnectCalendar": Operation("mutation { disconnectCalendar { __typename } }"),
    "Mutation.bookRoom": Operation(
        f"mutation ($input: BookRoomInput!) {{ bookRoom(input: $input) {{ {_TYPE} }} }}", _booking
    ),
    "Mutation.replaceRoom": Operation(
        f"mutation ($input: ReplaceRoomInput!) {{ replaceRoom(input: $input) {{ {_TYPE} }} }}",
        lambda house: {"input": {"bookingId": "none", "roomId": house.room_id}},
    ),
    "Mutation.rescheduleBooking": Operation(
        f"mutation ($input: RescheduleBookingInput!) {{ rescheduleBooking(input: $input) {{ {_TYPE} }} }}",
        lambda house: {"input": {"bookingId": "none"} | new_time(house)},
    ),
    "Mutation.cancelBooking": Operation(
        f"mutation ($input: CancelBookingInput!) {{ cancelBooking(input: $input) {{ {_TYPE} }} }}",
        _input(bookingId="none"),
    ),
    "Mutation.respondToEvent": Operation(
        f"mutation ($input: RespondToEventInput!) {{ respondToEvent(input: $input) {{ {_TYPE} }} }}",
        lambda house: {"input": {"eventId": house.event_id(house.event()), "response": "ACCEPT"}},
    ),
    "Mutation.setAttendance": Operation(
        f"mutation ($input: SetAttendanceInput!) {{ setAttendance(input: $input) {{ {_TYPE} }} }}",
        lambda house: {"input": {"eventId": house.event_id(house.event()), "kind": "IN_PERSON"}},
    ),
    "Mutation.setEventNote": Operation(
        f"mutation ($input: SetEventNoteInput!) {{ setEventNote(input: $input) {{ {_TYPE} }} }}",
        lambda house: {"input": {"eventId": house.event_id(house.event()), "text": "Bring charts"}},
    ),
    "Mutation.markNotificationsRead": Operation(
        f"mutation ($input: MarkNotificationsReadInput) {{ markNotificationsRead(input: $input) {{ {_TYPE} }} }}"
    ),
    "Query.notificationSettings": Operation("{ notificationSettings { mailsSubjects } }"),
    "Mutation.setNotificationSettings": Operation(
        f"mutation ($input: SetNotificationSettingsInput) {{ setNotificationSettings(input: $input) {{ {_TYPE} }} }}",
        _input(mailsSubjects=True),
    ),
    "Query.suggestOfficeDays": Operation(
        f"query ($from: Date!, $to: Date!, $memberIds: [ID!]) {{"
        f" suggestOfficeDays(from: $from, to: $to, memberIds: $memberIds) {{ {_TYPE} }} }}",
        lambda house: {"from": "2031-05-12", "to": "2031-05-18"},
    ),
    "Query.suggestedShifts": Operation(
        f"query ($from: Date!, $to: Date!) {{ suggestedShifts(from: $from, to: $to) {{ {_TYPE} }} }}",
        lambda house: {"from": "2031-05-12", "to": "2031-05-18"},
    ),
    "Mutation.setShiftPreferences": Operation(
        f"mutation ($input: SetShiftPreferencesInput) {{ setShiftPreferences(input: $input) {{ {_TYPE} }} }}",
        _input(suggestFromCalendar=True, showInCalendar=True),
    ),
    "Query.myData": Operation("{ myData { version mediaType createdAt document } }"),
    "Query.workplaceSettings": Operation("{ workplaceSettings { widestLocationSharing } }"),
    "Mutation.setWorkplaceSettings": Operation(
        f"mutation ($input: SetWorkplaceSettingsInput) {{ setWorkplaceSettings(input: $input) {{ {_TYPE} }} }}",
        _input(shiftRetentionDays=30),
    ),
    "Mutation.setLocationSharing": Operation(
        f"mutation ($input: SetLocationSharingInput) {{ setLocationSharing(input: $input) {{ {_TYPE} }} }}",
        _input(sharing="NOBODY"),
    ),
    "Mutation.inviteMember": Operation(
        f"mutation ($input: InviteMemberInput!) {{ inviteMember(input: $input) {{ {_TYPE} }} }}",
        _input(role="MEMBER", idempotencyKey="an invitation"),
    ),
    "Mutation.setMemberRole": Operation(
        f"mutation ($input: SetMemberRoleInput!) {{ setMemberRole(input: $input) {{ {_TYPE} }} }}",
        _input(role="MEMBER", memberId="none"),
    ),
    "Mutation.linkIdentity": Operation(
        f"mutation ($input: LinkIdentityInput!) {{ linkIdentity(input: $input) {{ {_TYPE} }} }}",
        _input(suite="MICROSOFT_365"),
    ),
    "Mutation.createAccessToken": Operation(
        f"mutation ($input: CreateAccessTokenInput!) {{ createAccessToken(input: $input) {{ {_TYPE} }} }}",
        _input(name="Kiosk", idempotencyKey="a token"),
    ),
    "Mutation.revokeAccessToken": Operation(
        f"mutation ($input: RevokeAccessTokenInput!) {{ revokeAccessToken(input: $input) {{ {_TYPE} }} }}",
        _input(accessTokenId="none"),
    ),
    "Mutation.signOut": Operation("mutation { signOut { __typename } }"),
    "Subscription.pendingRooms": Operation(
        "subscription { pendingRooms { __typename ... on RoomBookingUpdate { snapshot } } }",
        occasion=_book,
    ),
    "Subscription.notificationAdded": Operation("subscription { notificationAdded { kind } }", occasion=_notify),
    "Subscription.integrationChanged": Operation("subscription { integrationChanged { status } }"),
    "Subscription.testFlowProgress": Operation("subscription { testFlowProgress { name } }", occasion=_test),
    "Subscription.roomSyncProgress": Operation("subscription { roomSyncProgress { done } }", occasion=_sync_rooms),
}
"""By type and field. A root field that is missing fails the tests of permissions and of foreign ids."""
