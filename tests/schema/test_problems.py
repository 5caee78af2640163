"""Problems: every error of the product has its type, and every field can answer with those it can meet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from graphql import GraphQLObjectType, GraphQLUnionType, get_named_type
from strawberry.types.field import StrawberryField

from app import errors as domain
from app.errors import ProblemCode, ProblemError
from app.graphql.execution import Loading
from app.graphql.execution.loading import METADATA_KEY
from app.graphql.failures import ErrorCode
from app.identity.principal import Principal
from schema import schema
from schema.context import Services
from schema.errors import PROBLEM_TYPES, Problem, failure_of, problem_of
from schema.failing import Tells
from schema.loaders import Loaders
from schema.permissions import Guard
from schema.together import Together
from tests.schema.operations import OPERATIONS
from tests.schema.raising import BEHIND, PROBLEMS, Source
from tests.schema.world import House

SOURCE = Source()
SOURCE_OF_VALUES = Source(keeps_caught=True)

RAISED_LATER = {"Room.schedule"}
"""Fields whose problems travel as values, one for each room, until the loader raises them."""

FROM_WRITES = {
    "EventChanged": {
        "Mutation.bookRoom",
        "Mutation.cancelBooking",
        "Mutation.replaceRoom",
        "Mutation.rescheduleBooking",
        "Mutation.respondToEvent",
    },
    "NotOrganiser": {
        "Mutation.bookRoom",
        "Mutation.cancelBooking",
        "Mutation.replaceRoom",
        "Mutation.rescheduleBooking",
    },
    "IdempotencyKeyReused": {
        "Mutation.bookRoom",
        "Mutation.bookShift",
        "Mutation.createAccessToken",
        "Mutation.createBuilding",
        "Mutation.createRoom",
        "Mutation.inviteMember",
        "Mutation.replaceRoom",
    },
}
"""What a suite answers to some writes alone (`app.suites.protocol` says so of each call), though every call to it is
turned into problems by the same table."""

NEVER = {
    "CalendarSuite.adminApprovalLink": {"SuiteNotConfigured"},
    "Integration.approvalWays": {"SuiteNotConfigured"},
    "Integration.health": {"SuiteNotConfigured"},
    "Integration.issues": {"SuiteNotConfigured"},
    "Query.availableRooms": {"RoomTimesUnknown"},
    "Query.suggestedShifts": {"NotFound"},
    "Viewer.locationSharing": {"NotFound"},
}
"""What the source cannot show to be impossible: the link is null for a suite that is not configured, whose
rooms nobody is missed to list either, and the asking member was found a moment ago. Where the suite finds nothing about
working locations it does not tell of them, which stands beside the suggestions. Why one room's times are unknown stands
beside that room."""

NAMED_BY_ID = {"Query.shifts": {"NotFound"}, "Query.myData": {"NotFound"}}
"""Plain fields of what belongs to something that has an id, which may be gone."""

EXAMPLES: dict[type[ProblemError], ProblemError] = {
    domain.ConfirmationRequired: domain.ConfirmationRequired("Confirm.", consequences=("One.",), confirmation="signed"),
    domain.RoomTimesUnknown: domain.RoomTimesUnknown("5009"),
    domain.InvalidInput: domain.InvalidInput("event.subject", "Too long."),
    domain.NotFound: domain.NotFound("room"),
    domain.IdempotencyKeyReused: domain.IdempotencyKeyReused(),
    domain.LastAdministrator: domain.LastAdministrator(),
    domain.SuiteNotConfigured: domain.SuiteNotConfigured("Microsoft 365", "PREFIX_"),
    domain.SwitchConfirmationRequired: domain.SwitchConfirmationRequired(
        "Joined already.", consequences=("One.", "Two."), confirmation="signed"
    ),
    domain.ConfirmationStale: domain.ConfirmationStale(consequences=("It ends.",), confirmation="signed"),
    domain.ShiftsNoLongerFit: domain.ShiftsNoLongerFit(
        "It has consequences.", consequences=("One.",), confirmation="signed", affected=(), total_count=0
    ),
    domain.IntegrationStatusConflict: domain.IntegrationStatusConflict("TESTED", "cancelled"),
    domain.TestNotPassed: domain.TestNotPassed(),
    domain.IntegrationUnavailable: domain.IntegrationUnavailable("DISABLED"),
    domain.ConnectionRequired: domain.ConnectionRequired(),
    domain.ReconnectRequired: domain.ReconnectRequired("EXPIRED"),
    domain.ConnectionBlocked: domain.ConnectionBlocked("NO_MAILBOX", "Ask."),
    domain.PermissionMissing: domain.PermissionMissing("Missing.", scopes=("rooms",), remedy="Grant it."),
    domain.SuiteUnavailable: domain.SuiteUnavailable(retry_after=timedelta(seconds=3)),
    domain.RoomNotPaired: domain.RoomNotPaired("Lighthouse"),
    domain.RoomNotBookable: domain.RoomNotBookable("Lighthouse"),
    domain.RoomAddressTaken: domain.RoomAddressTaken("Lighthouse"),
    domain.RoomAddressUnknown: domain.RoomAddressUnknown(),
    domain.NotOrganiser: domain.NotOrganiser(),
    domain.EventChanged: domain.EventChanged(),
    domain.BookingClosed: domain.BookingClosed(),
    domain.ShiftsOverlap: domain.ShiftsOverlap((UUID(int=1), UUID(int=2))),
    domain.CapacityReached: domain.CapacityReached("Full.", full_days=()),
    domain.ShiftOver: domain.ShiftOver(),
    domain.ShiftsNotSuggested: domain.ShiftsNotSuggested.not_told(),
}


def _leaves(kind: type[ProblemError]) -> Iterator[type[ProblemError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _leaves(child)


@dataclass(frozen=True, slots=True)
class Answering:
    """A field that asks a service; `listed` are its union's problems, None where it is no union."""

    definition: StrawberryField
    listed: frozenset[str] | None


def _answering_fields() -> Iterator[tuple[str, Answering]]:
    """Every field that can end with a problem, by its path."""
    for name, type_ in schema._schema.type_map.items():
        if name.startswith("__") or name == "Subscription" or not isinstance(type_, GraphQLObjectType):
            continue
        for field_name, field in type_.fields.items():
            definition = field.extensions["strawberry-definition"]
            if not any(isinstance(extension, Guard | Tells) for extension in definition.extensions):
                continue
            answer = get_named_type(field.type)
            is_union = isinstance(answer, GraphQLUnionType)
            listed = frozenset(member.name for member in answer.types) & PROBLEMS if is_union else None
            yield f"{name}.{field_name}", Answering(definition, listed)


FIELDS = dict(_answering_fields())


def _met_by(path: str) -> set[str]:
    """The problems that the field's resolver can end with."""
    definition = FIELDS[path].definition
    assert definition.base_resolver is not None
    resolver = definition.base_resolver.wrapped_func
    source = SOURCE_OF_VALUES if path in RAISED_LATER else SOURCE
    met = source.problems_of(f"{resolver.__module__}.{resolver.__qualname__}")
    if METADATA_KEY in definition.metadata:
        met |= source.problems_of(_loads(definition.metadata[METADATA_KEY]))
    return {name for name in met if path in FROM_WRITES.get(name, {path})} - NEVER.get(path, set())


def _loads(loading: Loading) -> str:
    """The full name of the function that reads for a loaded field."""
    context = SimpleNamespace(loaders=Loaders(cast("Services", None), cast("Principal", None)))
    function = cast("Together[Any, Any]", loading.loader(context).load_fn).read
    return f"{function.__module__}.{function.__qualname__}"


UNIONS = {path: field.listed for path, field in FIELDS.items() if field.listed is not None}
PLAIN = sorted(set(FIELDS) - set(UNIONS))


def test_every_error_of_the_product_has_exactly_one_type_of_its_own_name() -> None:
    assert set(PROBLEM_TYPES) == set(_leaves(ProblemError))
    assert {error.__name__: kind.__name__ for error, kind in PROBLEM_TYPES.items()} == {
        error.__name__: error.__name__ for error in PROBLEM_TYPES
    }


@pytest.mark.parametrize("error", EXAMPLES.values(), ids=[kind.__name__ for kind in EXAMPLES])
def test_a_problem_carries_everything_its_error_says(error: ProblemError) -> None:
    problem = problem_of(error)

    assert isinstance(problem, PROBLEM_TYPES[type(error)])
    assert isinstance(problem, Problem)
    assert (problem.code, problem.message, problem.remedy) == (error.code, error.message, error.remedy)
    assert (problem.retryable, problem.who_acts) == (error.retryable, error.who_acts)
    own = set(vars(error)) - {"code", "message", "remedy", "retryable", "who_acts", "what"}
    assert {name: getattr(problem, name) for name in own} == {name: getattr(error, name) for name in own}


def test_every_problem_has_its_example_here() -> None:
    assert set(EXAMPLES) == set(PROBLEM_TYPES)


@pytest.mark.parametrize("path", UNIONS)
def test_a_field_lists_every_problem_that_it_can_meet(path: str) -> None:
    assert _met_by(path) - UNIONS[path] == set()


@pytest.mark.parametrize("path", UNIONS)
def test_a_field_lists_no_problem_that_it_cannot_meet(path: str) -> None:
    assert UNIONS[path] - _met_by(path) == set()


@pytest.mark.parametrize("path", PLAIN)
def test_a_field_without_a_union_meets_nothing_but_a_wrong_page(path: str) -> None:
    assert _met_by(path) <= {"InvalidInput"} | NAMED_BY_ID.get(path, set())


def test_the_source_is_followed_through_every_protocol_of_the_services() -> None:
    for path in FIELDS:
        _met_by(path)
    wired = {name for name in SOURCE.protocols() if not name.startswith(("app.suites.", "app.agenda.service.Conn"))}

    assert wired - set(BEHIND) - WITHOUT_SERVICE == set()


WITHOUT_SERVICE = {
    "app.bookings.ports.Notify",
    "app.shifts.ports.Notify",
    "app.rooms.ports.ConnectedCalendar",
    "app.agenda.service.ConnectedCalendar",
    "app.shifts.suggestions.ConnectedCalendar",
    "app.rooms.ranking.Candidate",
    "app.rooms.ranking.RankedRoom",
}
"""Protocols of values and of functions that raise no problem."""


async def test_a_problem_that_a_field_has_no_place_for_becomes_an_error_with_its_code(house: House) -> None:
    answer = await house.server.ask(house.member, '{ rooms(after: "no cursor") { totalCount } }')

    [error] = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "problem": "MALFORMED_CURSOR"}
    assert error["message"] == "The cursor belongs to another list, or its item is gone."


def test_an_unplaced_problem_is_never_masked() -> None:
    failure = failure_of(domain.NotFound("room"))

    assert failure.code is ErrorCode.BAD_USER_INPUT
    assert failure.extensions == {"code": "BAD_USER_INPUT", "problem": ProblemCode.NOT_FOUND.value}


async def test_a_client_that_knows_no_problem_type_can_still_show_any(house: House) -> None:
    answer = await OPERATIONS["Mutation.revokeAccessToken"].ask(house, house.member)

    assert answer["data"]["revokeAccessToken"] == {
        "__typename": "NotFound",
        "code": "NOT_FOUND",
        "message": "There is no such access token.",
        "remedy": "Read the list again: it may have been removed meanwhile.",
        "retryable": False,
        "whoActs": "MEMBER",
    }
