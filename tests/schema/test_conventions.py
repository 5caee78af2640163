"""The conventions of the schema, checked against every type, field, argument and value it has."""

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
    is_input_object_type,
    is_list_type,
    is_object_type,
    is_required_input_field,
    is_union_type,
)

from schema import schema
from schema.enums import describe
from schema.export import SDL, sdl

GRAPHQL = schema._schema
ROOTS = ("Query", "Mutation", "Subscription")
TYPES = {name: type_ for name, type_ in GRAPHQL.type_map.items() if not name.startswith("__")}
OBJECTS = {name: type_ for name, type_ in TYPES.items() if isinstance(type_, GraphQLObjectType)}
FIELDS = {
    f"{name}.{field_name}": field
    for name, type_ in TYPES.items()
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    for field_name, field in type_.fields.items()
}
MUTATIONS = {name.partition(".")[2]: field for name, field in FIELDS.items() if name.startswith("Mutation.")}

SHORTEST_DESCRIPTION = 5
"""In characters; anything shorter says nothing."""

UNPAGED = {
    "Query.calendarSuites",
    "CalendarSuite.permissions",
    "CalendarSuite.permissionChoices",
    "PermissionChoice.scopes",
    "PermissionChoice.leftOut",
    "PermissionMissing.scopes",
    "CalendarAccess.scopes",
    "SwitchConfirmationRequired.consequences",
    "ConfirmationRequired.consequences",
    "ConfirmationStale.consequences",
    "Room.overridden",
    "RoomPaired.problems",
    "RoomUnpaired.consequences",
    "SuiteRoomDetails.equipment",
    "DisableIntegrationPreview.consequences",
    "Query.retainedIntegrations",
    "Integration.issues",
    "Integration.approvalWays",
    "TestReport.checks",
    "TestReport.issues",
    "Viewer.identities",
    "Room.equipment",
    "SuiteRoom.equipment",
    "Event.rooms",
    "Event.attendance",
    "Event.notes",
    "RoomsBooked.bookings",
    "Agenda.problems",
    "AvailableRooms.problems",
    "RoomSuggestions.problems",
    "SuggestedShifts.problems",
    "SuggestedShifts.suggestions",
    "SeriesRooms.problems",
    "SuiteRooms.problems",
    "RoomsBooked.problems",
    "RoomSchedule.problems",
    "RoomCreated.problems",
    "AuditEntry.details",
    "NotificationsMarkedRead.notifications",
    "Notification.shifts",
    "ShiftsBooked.shifts",
    "ShiftsBooked.problems",
    "ShiftsChanged.shifts",
    "ShiftsCancelled.shifts",
    "ShiftsOverlap.shifts",
    "CapacityReached.fullDays",
    "FullDay.alternatives",
    "OfficeDays.days",
    "OfficeDay.members",
    "OfficeDay.viewerShifts",
    "ShiftsNoLongerFit.consequences",
    "ShiftsNoLongerFit.shifts",
    "Building.suiteNames",
    "Building.openingHours",
    "Building.slots",
    "Building.floors",
    "Floor.areas",
}
"""Lists that are no connections, because what they belong to bounds them."""


def _described() -> Iterator[tuple[str, str | None]]:
    """Everything that must have a description, by its path."""
    for name, type_ in TYPES.items():
        yield name, type_.description
        yield from ((f"{name}.{part}", description) for part, description in _parts_of(type_))


def _parts_of(type_: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    match type_:
        case GraphQLObjectType() | GraphQLInterfaceType():
            for name, field in type_.fields.items():
                yield name, field.description
                yield from ((f"{name}({argument})", node.description) for argument, node in field.args.items())
        case GraphQLInputObjectType():
            yield from ((name, input_field.description) for name, input_field in type_.fields.items())
        case GraphQLEnumType():
            yield from ((name, value.description) for name, value in type_.values.items())


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", text.replace("_", " ")).lower()))


def test_everything_has_a_description_that_says_more_than_its_name() -> None:
    fillers = {"the", "a", "an", "of", "is", "this", "its", "it"}

    trivial = [
        path
        for path, description in _described()
        if not description
        or len(description) < SHORTEST_DESCRIPTION
        or not (_words(description) - fillers - _words(path.rpartition(".")[2]))
    ]

    assert trivial == []


def test_descriptions_are_sentences() -> None:
    sentence = re.compile(r"[A-Z0-9`].*[.`]", re.DOTALL)

    assert [path for path, text in _described() if not sentence.fullmatch(text or "")] == []


def test_an_enum_with_a_value_that_nobody_described_is_refused() -> None:
    class Tide(StrEnum):
        HIGH = "HIGH"
        LOW = "LOW"

    with pytest.raises(ValueError, match="Tide needs a description"):
        describe(Tide, "How high the water stands.", {Tide.HIGH: "As high as it gets."})


def test_what_can_be_null_in_an_answer_says_when() -> None:
    silent = [
        path
        for path, field in FIELDS.items()
        if not isinstance(field.type, GraphQLNonNull) and "null" not in (field.description or "").lower()
    ]

    assert silent == []


def test_the_exported_schema_is_current() -> None:
    assert SDL.read_text() == sdl(), "run python -m schema.export"


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_takes_one_input_named_after_it_or_nothing(name: str) -> None:
    arguments = MUTATIONS[name].args

    assert set(arguments) <= {"input"}
    for argument in arguments.values():
        input_type = get_named_type(argument.type)
        assert input_type.name == f"{_capitalised(name)}Input"
        assert is_input_object_type(input_type)
        needed = any(is_required_input_field(field) for field in input_type.fields.values())
        assert isinstance(argument.type, GraphQLNonNull) == needed


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_answers_with_a_union_of_one_success_and_problems(name: str) -> None:
    union = _result_of(MUTATIONS[name])

    assert union.name == f"{_capitalised(name)}Result"
    assert len(_successes(union)) == 1


def test_a_query_that_can_be_refused_answers_with_a_union_named_after_it() -> None:
    unions = {
        name.partition(".")[2]: get_named_type(field.type)
        for name, field in FIELDS.items()
        if name.startswith("Query.") and is_union_type(get_named_type(field.type))
    }

    assert set(unions) == {
        "agenda",
        "event",
        "availableRooms",
        "suiteRooms",
        "roomSuggestions",
        "disableIntegrationPreview",
        "suggestOfficeDays",
        "suggestedShifts",
    }
    for name, union in unions.items():
        assert union.name == f"{_capitalised(name)}Result"
        assert isinstance(union, GraphQLUnionType)
        assert len(_successes(union)) == 1


def test_every_problem_says_code_message_remedy_and_who_acts() -> None:
    problem = TYPES["Problem"]
    assert isinstance(problem, GraphQLInterfaceType)

    assert {name: str(field.type) for name, field in problem.fields.items()} == {
        "code": "ProblemCode!",
        "message": "String!",
        "remedy": "String",
        "retryable": "Boolean!",
        "whoActs": "Actor!",
    }


def test_lists_are_connections_unless_something_bounds_them() -> None:
    lists = {
        path
        for path, field in FIELDS.items()
        if is_list_type(_nullable(field.type)) and not _is_page(path.partition(".")[0])
    }

    assert lists == UNPAGED


def test_connections_are_asked_for_with_first_and_after() -> None:
    pages = {path: field for path, field in FIELDS.items() if _is_page(get_named_type(field.type).name)}

    assert pages
    for path, field in pages.items():
        assert str(field.args["first"].type) == "Int!", path
        assert _default(field.args["first"]) == 50, path
        assert str(field.args["after"].type) == "String", path
        page = get_named_type(field.type)
        assert is_object_type(page)
        assert set(page.fields) == {"edges", "nodes", "pageInfo", "totalCount"}, path


def test_whatever_has_an_id_is_a_node() -> None:
    strangers = [
        name
        for name, type_ in OBJECTS.items()
        if "id" in type_.fields and "Node" not in {interface.name for interface in type_.interfaces}
    ]

    assert strangers == []


WALL_TIMES = {"ShiftSlotInput.start", "ShiftSlotInput.end", "ShiftSuggestion.start", "ShiftSuggestion.end"}
"""Times of day, the day standing beside them."""
IDS_OF_OTHERS = {"ApprovalWay.applicationId"}
"""Ids that a suite gave and people read."""


def test_moments_days_and_ids_have_their_own_scalars() -> None:
    moments = re.compile(r"(At|Until|Since|^since|^start|^end|^at|^from|^to)$")
    careless = [
        path
        for path, element in chain(FIELDS.items(), _input_fields())
        if moments.search(path.rpartition(".")[2])
        and path not in WALL_TIMES
        and get_named_type(element.type).name not in {"DateTime", "Date", "EventTime"}
    ]
    ids = [
        path
        for path, element in chain(FIELDS.items(), _input_fields())
        if re.search(r"(^id|Ids?)$", path.rpartition(".")[2])
        and get_named_type(element.type).name != "ID"
        and "CorrelationId" not in path
        and path not in IDS_OF_OTHERS
    ]

    assert careless == []
    assert ids == []


def test_names_follow_the_field_s_habits() -> None:
    types = [name for name in TYPES if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name)]
    members = [path for path in FIELDS if not re.fullmatch(r"[a-z][A-Za-z0-9]*", path.partition(".")[2])]
    inputs = [name for name, type_ in TYPES.items() if is_input_object_type(type_) and not name.endswith("Input")]
    values = [
        f"{name}.{value}"
        for name, type_ in TYPES.items()
        if isinstance(type_, GraphQLEnumType)
        for value in type_.values
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", value)
    ]

    assert types + members + inputs + values == []


def test_every_custom_scalar_is_known() -> None:
    scalars = {name for name, type_ in TYPES.items() if isinstance(type_, GraphQLScalarType)}

    assert scalars == {"String", "Int", "Boolean", "ID", "DateTime", "Date", "Time", "TimeZone"}


def _input_fields() -> Iterator[tuple[str, GraphQLInputField]]:
    for name, type_ in TYPES.items():
        if isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{name}.{field_name}", field) for field_name, field in type_.fields.items())


def _result_of(field: GraphQLField) -> GraphQLUnionType:
    assert isinstance(field.type, GraphQLNonNull)
    assert isinstance(field.type.of_type, GraphQLUnionType)
    return field.type.of_type


def _successes(union: GraphQLUnionType) -> list[str]:
    return [
        member.name for member in union.types if "Problem" not in {interface.name for interface in member.interfaces}
    ]


def _is_page(name: str) -> bool:
    return name.endswith("Connection")


def _nullable(type_: object) -> object:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _default(argument: GraphQLArgument) -> object:
    literal = argument.default.literal if argument.default else None
    return int(literal.value) if literal is not None and hasattr(literal, "value") else _value(argument)


def _value(argument: GraphQLArgument) -> object:
    return argument.default.value if argument.default else argument.default_value


def _capitalised(name: str) -> str:
    return name[0].upper() + name[1:]
