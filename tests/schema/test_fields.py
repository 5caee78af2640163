"""The ways in which a field of an object finds its value."""

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
import strawberry
from graphql import GraphQLObjectType, get_named_type
from strawberry.types import get_object_definition
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from app.errors import NotFound
from schema import schema
from schema.fields import context_field
from tests.schema.world import House, Server


def _definitions() -> Iterator[tuple[str, StrawberryObjectDefinition, StrawberryField, GraphQLObjectType]]:
    """Every field that answers with an object, by its path, with the type that it is shown as."""
    for name, type_ in schema._schema.type_map.items():
        if not isinstance(type_, GraphQLObjectType) or name.startswith("__"):
            continue
        owner = type_.extensions["strawberry-definition"]
        for field_name, field in type_.fields.items():
            answer = get_named_type(field.type)
            if isinstance(answer, GraphQLObjectType):
                yield f"{name}.{field_name}", owner, field.extensions["strawberry-definition"], answer


def _shown() -> Iterator[tuple[str, type, StrawberryObjectDefinition]]:
    """Every field that answers with a value of the product as it is: the value's class, and the type it is shown as."""
    for path, owner, field, answer in _definitions():
        resolver = field.base_resolver
        hint = _hint(resolver.wrapped_func, "return") if resolver else _hint(owner.origin, field.python_name)
        for cls in (hint, *get_args(hint)):
            is_value = isinstance(cls, type) and cls.__module__.startswith("app.")
            if is_value and get_object_definition(cls) is None:
                yield path, cls, answer.extensions["strawberry-definition"]


def _hint(owner: Any, name: str) -> Any:
    """The annotation of this name; None for one that is imported lazily, which no value of the product is."""
    try:
        return get_type_hints(owner).get(name)
    except NameError:
        return None


SHOWN = {path: (cls, definition) for path, cls, definition in _shown()}


@pytest.mark.parametrize("path", SHOWN)
def test_a_value_that_is_shown_as_it_is_has_everything_that_its_type_describes(path: str) -> None:
    cls, definition = SHOWN[path]

    described = {field.python_name for field in definition.fields}

    assert described <= set(get_type_hints(cls))
    assert [field.python_name for field in definition.fields if field.base_resolver] == []


def test_the_people_times_and_places_of_an_event_are_shown_as_they_are() -> None:
    assert set(SHOWN) == {
        "Event.start",
        "Event.end",
        "Event.organiser",
        "Event.organiserLocation",
        "Event.attendeeSummary",
        "EventAttendee.person",
        "EventAttendee.location",
    }


async def test_a_field_of_the_context_tells_a_problem_with_its_code(server: Server) -> None:
    @strawberry.type
    class Query:
        @context_field(description="A room that is not there.")
        def room(self, info: strawberry.Info[Any, Any]) -> str:
            raise NotFound("room")

    answer = await strawberry.Schema(Query).execute("{ room }", context_value=object())

    assert [error.extensions for error in answer.errors or []] == [{"code": "BAD_USER_INPUT", "problem": "NOT_FOUND"}]


async def test_a_cursor_of_another_list_is_refused_below_the_root_too(house: House) -> None:
    house.event(subject="Tide tables")
    query = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { ... on Agenda {
        events { nodes { attendees(after: "no cursor") { totalCount } } } } } }"""
    window = {"from": "2031-05-12T00:00:00Z", "to": "2031-05-19T00:00:00Z"}

    answer = await house.server.ask(house.member, query, **window)

    [error] = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "problem": "MALFORMED_CURSOR"}
    assert error["path"] == ["agenda", "events", "nodes", 0, "attendees"]
