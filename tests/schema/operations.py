"""How each operation is called: one entry per root field, with input that fits the house it is tried in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.identity.principal import Principal
from tests.schema.documents import WINDOW
from tests.schema.world import BOOK, House

Variables = Callable[[House], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A document and what its variables are in a house."""

    document: str
    variables: Variables = lambda house: {}

    async def ask(self, house: House, principal: Principal | None, **changes: Any) -> dict[str, Any]:
        """The whole answer; of a subscription, the first."""
        variables = {**self.variables(house), **changes}
        if not self.document.startswith("subscription"):
            return await house.server.ask(principal, self.document, **variables)
        if principal is not None:  # something to be told of
            await house.server.data(principal, BOOK, **_booking(house))
        async for answer in house.server.listen(principal, self.document, **variables):
            return dict(answer)
        raise AssertionError("the subscription ended without an answer")


def _window(house: House) -> Mapping[str, Any]:
    return WINDOW


def _event(house: House) -> Mapping[str, Any]:
    return {"id": house.event_id(house.event())}


def _room(house: House) -> Mapping[str, Any]:
    return {"id": house.room_id}


def _booking(house: House) -> Mapping[str, Any]:
    return {"input": {"roomIds": [house.room_id], "event": house.new_event(), "idempotencyKey": "a booking"}}


def _input(**values: Any) -> Variables:
    return lambda house: {"input": values}


_TYPE = "__typename ... on Problem { code }"

OPERATIONS: dict[str, Operation] = {
    "Query.viewer": Operation("{ viewer { role } }"),
    "Query.calendarSuites": Operation("{ calendarSuites { name } }"),
    "Query.integration": Operation("{ integration { status } }"),
    "Query.agenda": Operation(
        f"query ($from: DateTime!, $to: DateTime!) {{ agenda(from: $from, to: $to) {{ {_TYPE} }} }}", _window
    ),
    "Query.event": Operation(f"query ($id: ID!) {{ event(id: $id) {{ {_TYPE} }} }}", _event),
    "Query.rooms": Operation("{ rooms { nodes { name } } }"),
    "Query.availableRooms": Operation(
        f"query ($from: DateTime!, $to: DateTime!) {{ availableRooms(from: $from, to: $to) {{ {_TYPE} }} }}", _window
    ),
    "Query.suiteRooms": Operation(f"{{ suiteRooms {{ {_TYPE} }} }}"),
    "Query.bookings": Operation("{ bookings { nodes { state } } }"),
    "Query.node": Operation("query ($id: ID!) { node(id: $id) { id } }", _room),
    "Mutation.startIntegration": Operation(
        f"mutation ($input: StartIntegrationInput!) {{ startIntegration(input: $input) {{ {_TYPE} }} }}",
        _input(suite="MICROSOFT_365"),
    ),
    "Mutation.cancelIntegration": Operation(f"mutation {{ cancelIntegration {{ {_TYPE} }} }}"),
    "Mutation.markAwaitingAdminApproval": Operation(f"mutation {{ markAwaitingAdminApproval {{ {_TYPE} }} }}"),
    "Mutation.runTestFlow": Operation(f"mutation {{ runTestFlow {{ {_TYPE} }} }}"),
    "Mutation.enableForAllUsers": Operation(f"mutation {{ enableForAllUsers {{ {_TYPE} }} }}"),
    "Mutation.syncRooms": Operation(f"mutation {{ syncRooms {{ {_TYPE} }} }}"),
    "Mutation.createRoom": Operation(
        f"mutation ($input: CreateRoomInput!) {{ createRoom(input: $input) {{ {_TYPE} }} }}",
        _input(email="quay@tidewater.example", name="Quay", idempotencyKey="a room"),
    ),
    "Mutation.connectCalendar": Operation(f"mutation {{ connectCalendar {{ {_TYPE} }} }}"),
    "Mutation.disconnectCalendar": Operation("mutation { disconnectCalendar { __typename } }"),
    "Mutation.bookRoom": Operation(
        f"mutation ($input: BookRoomInput!) {{ bookRoom(input: $input) {{ {_TYPE} }} }}", _booking
    ),
    "Mutation.cancelBooking": Operation(
        f"mutation ($input: CancelBookingInput!) {{ cancelBooking(input: $input) {{ {_TYPE} }} }}",
        _input(bookingId="none"),
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
        "subscription { pendingRooms { __typename ... on RoomBookingUpdate { snapshot } } }"
    ),
}
"""By type and field. A root field that is missing fails the tests of permissions and of foreign ids."""
