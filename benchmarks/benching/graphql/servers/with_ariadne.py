"""Ariadne, which begins with the schema's text: on the same objects, with what was parsed and validated kept."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from ariadne import EnumType, ObjectType, QueryType, ScalarType, make_executable_schema
from ariadne.asgi import GraphQL
from graphql import DocumentNode, GraphQLError, GraphQLResolveInfo, GraphQLSchema, parse, validate
from strawberry.dataloader import DataLoader

from benchmarks.benching.graphql.servers import types
from schema.scalars import serialise_date_time

_TEXT = Path(__file__).parents[3] / "peers" / "agenda.graphql"
_ENUMS = (
    types.EventKind,
    types.EventStatus,
    types.Sensitivity,
    types.ShowAs,
    types.Response,
    types.AttendeeKind,
    types.LocationKind,
)

_query = QueryType()
_attendee = ObjectType("Attendee")
_instants = ScalarType("DateTime")


@_query.field("ping")  # type: ignore[untyped-decorator,unused-ignore]
def _ping(*_: Any) -> str:
    return "pong"


@_query.field("agenda")  # type: ignore[untyped-decorator,unused-ignore]
async def _agenda(_: Any, info: GraphQLResolveInfo[Any], first: int) -> types.Agenda:
    return types.agenda(first)


@_attendee.field("location")  # type: ignore[untyped-decorator,unused-ignore]
async def _location(attendee: types.Attendee, info: GraphQLResolveInfo[Any]) -> types.AttendeeLocation:
    loader: DataLoader[str, types.AttendeeLocation] = info.context["locations"]
    return await loader.load(attendee.person.email)


@_instants.serializer  # type: ignore[untyped-decorator,unused-ignore]
def _instant(value: datetime) -> str:
    return serialise_date_time(value)


@lru_cache(maxsize=100)
def _parsed(text: str) -> DocumentNode:
    return parse(text)


@lru_cache(maxsize=100)
def _mistakes(document: DocumentNode) -> list[GraphQLError]:
    return validate(_schema, document)


def _validator(_: GraphQLSchema, document_ast: DocumentNode, *_rules: Any, **_options: Any) -> list[GraphQLError]:
    return _mistakes(document_ast)


_schema = make_executable_schema(
    _TEXT.read_text(),
    _query,
    _attendee,
    _instants,
    *(EnumType(enum.__name__, enum) for enum in _ENUMS),
    convert_names_case=True,
)
app = GraphQL(
    _schema,
    context_value=lambda request, _: {"request": request, "locations": DataLoader(load_fn=types.load_locations)},
    query_parser=lambda _context, data: _parsed(data["query"]),
    query_validator=cast("Any", _validator),
)
