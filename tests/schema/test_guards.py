"""Below the root too, no field that asks a service has anything to say to somebody who did not sign in.

It admits its caller itself, or loads what it needs, and nobody has loaders who is not a member. A document reaches such
a field only through a field of the root, which admits its caller too: here each is asked alone.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, cast
from uuid import UUID

import pytest
import strawberry
from graphql import GraphQLObjectType
from strawberry.types.field import StrawberryField

from app.errors import ShiftsOverlap, Unauthenticated
from app.graphql.execution.loading import METADATA_KEY
from app.graphql.failures import ErrorCode, GraphQLFailure
from app.identity.principal import Principal
from schema import schema
from schema.context import Context
from schema.errors import problem_of
from schema.permissions import Audience, Guard
from tests.schema.test_permissions import ADMINISTRATORS_ONLY
from tests.schema.world import House, Server


def _resolved_fields() -> Iterator[tuple[str, StrawberryField]]:
    """Every field with a resolver of its own, by its path."""
    for name, type_ in schema._schema.type_map.items():
        if name.startswith("__") or not isinstance(type_, GraphQLObjectType):
            continue
        for field_name, field in type_.fields.items():
            definition = field.extensions["strawberry-definition"]
            assert isinstance(definition, StrawberryField)
            if definition.base_resolver is not None:
                yield f"{name}.{field_name}", definition


RESOLVED = dict(_resolved_fields())


def _resolver(definition: StrawberryField) -> Callable[..., Any]:
    assert definition.base_resolver is not None
    return cast("Callable[..., Any]", definition.base_resolver.wrapped_func)


def _guards(definition: StrawberryField) -> list[Guard]:
    return [extension for extension in definition.extensions if isinstance(extension, Guard)]


LOADED = {path: definition for path, definition in RESOLVED.items() if METADATA_KEY in definition.metadata}
GUARDED = {path: guards for path, definition in RESOLVED.items() if (guards := _guards(definition))}


UNGUARDED: dict[str, object] = {"ShiftsOverlap.shifts": problem_of(ShiftsOverlap((UUID(int=1),)))}
"""Problems are what a guard answers with, so their module knows no guards. What loads for these asks who is asking."""


def _asks(definition: StrawberryField) -> bool:
    """Whether the resolver waits for something, or reaches for what does."""
    resolver = _resolver(definition)
    return inspect.iscoroutinefunction(resolver) or any(
        word in inspect.getsource(resolver) for word in (".services", ".loaders", ".principal", ".member.")
    )


def test_every_field_that_asks_a_service_admits_its_caller_itself() -> None:
    asking = {path for path, definition in RESOLVED.items() if _asks(definition)}

    assert asking - set(GUARDED) - set(LOADED) == set(UNGUARDED)


@pytest.mark.parametrize("path", LOADED)
async def test_a_field_that_is_loaded_has_nothing_to_say_to_nobody(path: str, server: Server) -> None:
    class Info:
        context = Context(services=server.services, principal=None)

    with pytest.raises(Unauthenticated):
        await _resolver(LOADED[path])(object(), Info())


@pytest.mark.parametrize("path", UNGUARDED)
async def test_a_field_without_a_guard_has_nothing_to_say_to_nobody(path: str, server: Server) -> None:
    class Info:
        context = Context(services=server.services, principal=None)

    with pytest.raises(Unauthenticated):
        await _resolver(RESOLVED[path])(UNGUARDED[path], Info())


def test_a_field_has_one_guard_and_it_comes_first() -> None:
    """Whatever else is done with a field is done for those who were admitted."""
    assert {path: len(guards) for path, guards in GUARDED.items()} == dict.fromkeys(GUARDED, 1)
    assert [path for path in GUARDED if not isinstance(RESOLVED[path].extensions[0], Guard)] == []


def test_what_is_for_administrators_is_said_at_the_root() -> None:
    """Below it a field is for members, and null where they are not told."""
    audiences = {path for path, [guard] in GUARDED.items() if guard.audience is Audience.ADMINISTRATOR}

    assert audiences == ADMINISTRATORS_ONLY


async def _resolve(guard: Guard, server: Server, principal: Principal | None) -> tuple[str, bool]:
    """With which code somebody is turned away, and whether the resolver ran."""
    ran = False

    async def resolver(source: Any, info: Any, **arguments: Any) -> None:
        nonlocal ran
        ran = True

    class Info:
        context = Context(services=server.services, principal=principal)
        field_name = "field"

    try:
        await guard.resolve_async(resolver, None, cast("strawberry.Info[Any, Any]", Info()))
    except GraphQLFailure as refused:
        return refused.code.value, ran
    return "", ran


async def test_nobody_gets_past_any_guard_without_signing_in(server: Server) -> None:
    turned_away = {path: await _resolve(guard, server, None) for path, [guard] in GUARDED.items()}

    assert turned_away == dict.fromkeys(GUARDED, (ErrorCode.UNAUTHENTICATED.value, False))


async def test_each_guard_lets_its_audience_past_and_no_member_to_what_is_for_administrators(house: House) -> None:
    as_member = {path: await _resolve(guard, house.server, house.member) for path, [guard] in GUARDED.items()}
    as_administrator = {
        path: await _resolve(guard, house.server, house.administrator) for path, [guard] in GUARDED.items()
    }

    refused = {path for path, answer in as_member.items() if answer == (ErrorCode.FORBIDDEN.value, False)}
    assert refused == ADMINISTRATORS_ONLY
    assert {path for path, answer in as_member.items() if answer == ("", True)} == set(GUARDED) - refused
    assert as_administrator == dict.fromkeys(GUARDED, ("", True))
