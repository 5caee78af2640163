"""Where introspection is off, no error tells a name of the schema that its client did not send."""

import re
from collections.abc import Mapping
from random import Random
from typing import Any, cast

import pytest
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, is_scalar_type
from hypothesis import given, settings
from hypothesis import strategies as st

from app.graphql.callers import Caller, Gate
from app.graphql.engine import Answer, Engine, GraphQLRequest, encode
from app.graphql.options import GraphQLOptions
from schema import schema
from schema.costs import LIMITS
from tests.schema.operations import OPERATIONS
from tests.security.generated import Generator, Mood

ROOTS = [(name.partition(".")[0].lower(), name.partition(".")[2]) for name in sorted(OPERATIONS)]
NAMES_OF_VALUES = {name for name, type_ in schema._schema.type_map.items() if is_scalar_type(type_)}
"""Scalars say in words what a value of theirs looks like, and name themselves: unavoidable, and no way in."""


def _names() -> frozenset[str]:
    """The names of types, and of fields that are no English words."""
    names = set(schema._schema.type_map) - NAMES_OF_VALUES - {"Query", "Mutation", "Subscription"}
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            names |= {name for name in type_.fields if re.search("[A-Z]", name)}
    return frozenset(names)


NAMES = _names()


def _engine(*, introspection: bool) -> Engine:
    """As the product sets one up: introspection and suggestions go together."""
    gate = cast("Gate", None)
    return Engine(
        GraphQLOptions(schema=schema, gate=gate, limits=LIMITS, introspection=introspection, suggestions=introspection)
    )


HIDING = _engine(introspection=False)


async def _messages(engine: Engine, query: str, variables: Mapping[str, Any]) -> list[str]:
    """Why the document is not executed; nothing where its execution begins."""
    request = GraphQLRequest(query, None, variables)
    answer = engine.prepare(request)
    if not isinstance(answer, Answer):
        answer = await engine.run(answer, request, Caller(new_context=lambda: None))
    return [error["message"] for error in cast("list[dict[str, Any]]", answer.errors) if "path" not in error]


@settings(max_examples=400, derandomize=True, database=None)
@given(seed=st.integers(0, 2**64 - 1), root=st.sampled_from([root for root in ROOTS if root[0] != "subscription"]))
async def test_no_error_of_a_document_names_what_its_client_did_not_send(seed: int, root: tuple[str, str]) -> None:
    generator = Generator(schema._schema, {"room": "an id"}, Random(seed), Mood.BROKEN)  # noqa: S311  # no secret
    asked = generator.operation(*root)
    sent = set(re.findall(r"\w+", asked.query + encode(dict(asked.variables)).decode()))

    messages = await _messages(HIDING, asked.query.replace("{", "{ nope ", 1), asked.variables)
    messages += await _messages(HIDING, asked.query, asked.variables)

    told = {word for message in messages for word in re.findall(r"\w+", message)}
    assert told & NAMES - sent == set()
    assert "Did" not in told


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ viewer }", "Field 'viewer' of type '…' must have a selection of subfields."),
        ("{ viewer { rol } }", "Cannot query field 'rol' on type '…'."),
        ("{ agenda { __typename } }", "Argument '…' of type '…' is required, but it was not provided."),
        ("{ ... on Viewr { role } }", "Unknown type 'Viewr'."),
        (
            "mutation { bookShift(input: {}) { __typename } }",
            "Expected value of type '…' to include required field '…', found: {  }.",
        ),
    ],
)
async def test_the_place_of_a_mistake_is_told_and_the_name_is_not(query: str, message: str) -> None:
    assert message in await _messages(HIDING, query, {})


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ __type(name: "Viewer") { name } }'])
async def test_introspection_that_is_off_answers_nothing(query: str) -> None:
    messages = await _messages(HIDING, query, {})

    assert messages[0].startswith("GraphQL introspection has been disabled")


async def test_where_introspection_is_on_mistakes_are_told_with_every_name() -> None:
    engine = _engine(introspection=True)

    (message,) = await _messages(engine, "{ viewer { rol } }", {})

    assert message == "Cannot query field 'rol' on type 'Viewer'. Did you mean 'role'?"
