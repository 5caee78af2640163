"""The ways in which a drawn field finds its value."""

import asyncio
from datetime import datetime
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from app.graphql.execution import Loading
from app.graphql.execution.loading import METADATA_KEY
from tests.graphql.execution.leaves import Plain, raised
from tests.graphql.execution.shapes import Member, World

Info = strawberry.Info[World, None]


class Expected(Exception):
    """What a handler turns into a Problem."""


@strawberry.type
class Problem:
    message: str


class ProblemHandler(strawberry.ExceptionHandler[Expected, Problem]):
    def handle(self, exception: Expected, *, field: object, info: object) -> Problem | None:
        return None if "declined" in str(exception) else Problem(message=str(exception))


class Allowed(strawberry.BasePermission):
    message = "not allowed"

    def has_permission(self, source: object, info: Any, **kwargs: object) -> bool:
        allowed: bool = info.context.allowed
        return allowed


class Shouting(FieldExtension):
    """Changes what a field answers with."""

    def resolve(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        value = next_(source, info, **kwargs)
        return value.upper() if isinstance(value, str) else value


class Minding(FieldExtension):
    """Changes nothing but what is raised."""

    changes_failures_only = True

    def resolve(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        try:
            return next_(source, info, **kwargs)
        except ValueError as error:
            raise KeyError(f"minded: {error}") from error


class Own(StrawberryField):
    """Finds its values in a way of its own."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        value = super().get_result(source, info, args, kwargs)
        return value[::-1] if isinstance(value, str) else value


def value_of(source: Any, name: str) -> Any:
    """What a resolver of this field answers with, made anew each time."""
    hidden = source.__dict__["hidden"]
    return raised(hidden[name](source.__dict__["world"]))


def called(source: Any, name: str) -> None:
    """Writes down that a resolver runs that may do so but once."""
    source.__dict__["world"].called.append(name)


def annotated(member: Member, namespace: dict[str, Any]) -> None:
    """Puts a field into the namespace of the class in the making."""
    annotation = member.shape.annotation
    match member.way:
        case "attribute":
            namespace["__annotations__"][member.name] = annotation
        case "alias":
            namespace["__annotations__"][member.name] = annotation
            namespace[member.name] = strawberry.field(name=f"{member.name}Alias")
        case "permitted":
            namespace["__annotations__"][member.name] = annotation
            namespace[member.name] = strawberry.field(permission_classes=[Allowed])
        case "extended":
            namespace["__annotations__"][member.name] = annotation
            namespace[member.name] = strawberry.field(extensions=[Shouting()])
        case _:
            namespace[member.name] = _resolved(member)


def _resolved(member: Member) -> Any:
    name = member.name

    def sync(self: Any) -> Any:
        return value_of(self, name)

    def info(self: Any, info: Info) -> Any:
        value = value_of(self, name)
        return value + info.context.tag if isinstance(value, str) else value

    def curious(self: Any, told: Info) -> Any:
        value = value_of(self, name)
        return value + getattr(told, "field_name", "nothing") if isinstance(value, str) else value

    def arguments(
        self: Any,
        info: Info,
        n: int = 1,
        s: str | None = None,
        e: Plain | None = None,
        d: datetime | None = None,
        many: list[int] | None = None,
    ) -> Any:
        value = value_of(self, name)
        return f"{value}{info.context.tag}{n}{s}{e}{d}{many}" if isinstance(value, str) else value

    def parent(parent: strawberry.Parent[Any]) -> Any:
        return value_of(parent, name)

    def coroutine(self: Any) -> Any:
        return waited(self)

    async def waited(self: Any) -> Any:
        called(self, name)
        value = value_of(self, name)
        await asyncio.sleep(0)
        return await value if asyncio.iscoroutine(value) else value

    def once(self: Any) -> Any:
        called(self, name)
        return value_of(self, name)

    functions = {
        "sync": sync,
        "info": info,
        "curious": curious,
        "arguments": arguments,
        "parent": parent,
        "coroutine": coroutine,
        "async": waited,
        "minded": sync,
        "guarded": once,
        "own": once,
    }
    if member.way == "loaded":
        return _loaded(member)
    function: Any = functions[member.way]
    function.__annotations__["return"] = member.shape.annotation
    match member.way:
        case "minded":
            return strawberry.field(resolver=function, extensions=[Minding()])
        case "guarded":
            return strawberry.field(resolver=function, permission_classes=[Allowed])
        case "own":
            return Own(python_name=None)(function)
    return strawberry.field(resolver=function)


def _loaded(member: Member) -> Any:
    def finish(source: Any, value: Any) -> Any:
        return f"{value} of {source.__class__.__name__}" if isinstance(value, str) else value

    loading = Loading(
        lambda source: source.__dict__["keys"][member.name], lambda context: context.loaders[member.name], finish
    )

    async def load(self: Any, info: Info) -> Any:
        key = loading.key(self)
        if key is None:
            return finish(self, None)
        # An error elsewhere cancels whoever waits here; others wait for the same key.
        value = await asyncio.shield(loading.loader(info.context).load(key))
        return finish(self, value)

    load.__annotations__["return"] = member.shape.annotation
    return strawberry.field(resolver=load, metadata={METADATA_KEY: loading})
