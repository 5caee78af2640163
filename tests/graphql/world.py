"""A small schema and the callers of these tests: nothing of the product."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import strawberry
from graphql import GraphQLError
from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from app.graphql import (
    Allowance,
    Caller,
    CloseReason,
    Cost,
    Credential,
    ErrorCode,
    GraphQLFailure,
    Limits,
    Refused,
    SocketCap,
)

ORIGIN = "https://app.example"
TOKEN = "valid-token"
SESSION = "valid-session"
SECRET = "canary-7f3a"


@dataclass
class World:
    """What a test and the resolvers tell each other."""

    started: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    contexts: list["Context"] = field(default_factory=list)
    produced: int = 0


@dataclass(eq=False)
class Context:
    """What resolvers see; `number` tells one operation's from another's."""

    world: World
    number: int
    name: str | None


Info = strawberry.Info[Context, None]


class IsSignedIn(strawberry.BasePermission):
    message = "Sign in first."
    error_extensions = {"code": ErrorCode.UNAUTHENTICATED.value}

    def has_permission(self, source: object, info: Info, **kwargs: object) -> bool:
        return info.context.name is not None


class Provider(Exception):
    """An error of somebody else's, whose text is not ours to show."""


class DomainError(Exception):
    """An expected outcome that a handler turns into a member of the union."""


@strawberry.type
class Problem:
    message: str


@strawberry.type
class Success:
    value: int


Outcome = Annotated[Success | Problem, strawberry.union("Outcome")]


class DomainHandler(strawberry.ExceptionHandler[DomainError, Problem]):
    def handle(self, exception: DomainError, *, field: object, info: object) -> Problem:
        return Problem(message=str(exception))


@strawberry.type
class Item:
    id: strawberry.ID
    at: datetime | None = None

    @strawberry.field
    def child(self) -> "Item":
        return Item(id=strawberry.ID(f"{self.id}.child"))

    @strawberry.field
    def items(self, first: int = 50) -> "ItemConnection":
        return page_of(first)

    @strawberry.field
    def checked(self) -> bool:
        return True

    @strawberry.field
    def broken(self) -> str:
        raise Provider(SECRET)


@strawberry.type
class ItemEdge:
    node: Item


@strawberry.type
class ItemConnection:
    edges: list[ItemEdge]


def page_of(first: int) -> ItemConnection:
    return ItemConnection(edges=[ItemEdge(node=Item(id=strawberry.ID(str(n)))) for n in range(min(first, 3))])


@strawberry.input
class Filter:
    name: str
    size: int = 1


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def item(self, at: datetime | None = None) -> Item:
        return Item(id=strawberry.ID("1"), at=at)

    @strawberry.field
    def items(self, info: Info, first: int = 50) -> ItemConnection:
        return page_of(first)

    @strawberry.field
    def filtered(self, filter: Filter) -> str:  # noqa: A002 - the argument's name in the schema
        return f"{filter.name}:{filter.size}"

    @strawberry.field
    def number(self, info: Info) -> int:
        return info.context.number

    @strawberry.field(permission_classes=[IsSignedIn])  # type: ignore[untyped-decorator]  # Strawberry's overloads
    def me(self, info: Info) -> str:
        assert info.context.name is not None
        return info.context.name

    @strawberry.field
    def outcome(self, fail: bool) -> Outcome:
        if fail:
            raise DomainError("expected")
        return Success(value=1)

    @strawberry.field
    def broken(self) -> str | None:
        try:
            raise Provider(SECRET)
        except Provider as error:
            raise RuntimeError(f"wrapped {SECRET}") from error

    @strawberry.field
    def unsaid(self) -> str | None:
        raise GraphQLError(f"raised without a code: {SECRET}")

    @strawberry.field
    def refused(self) -> str | None:
        raise GraphQLFailure(ErrorCode.FORBIDDEN, "Only administrators may.")

    @strawberry.field
    def null_where_none_may_be(self) -> str:
        return None  # type: ignore[return-value]  # the defect under test

    @strawberry.field
    def half_a_character(self) -> str:
        return "half \ud83d of one"

    @strawberry.field
    async def slow(self, info: Info) -> str:
        world = info.context.world
        world.started.set()
        try:
            await world.release.wait()
        finally:
            world.closed.set()
        return "done"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self, to: int) -> int:
        return to

    @strawberry.mutation
    async def change_slowly(self, info: Info) -> int:
        world = info.context.world
        world.started.set()
        await world.release.wait()
        world.finished.set()
        return 1


@strawberry.type
class Seen:
    @strawberry.field
    def number(self, info: Info) -> int:
        return info.context.number

    @strawberry.field
    async def slow(self, info: Info) -> int:
        await info.context.world.release.wait()
        return 1


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int) -> AsyncGenerator[Item, None]:
        for number in range(to):
            yield Item(id=strawberry.ID(str(number)))

    @strawberry.subscription
    async def context_number(self, info: Info) -> AsyncGenerator[Seen, None]:
        for _ in range(2):
            yield Seen()

    @strawberry.subscription
    async def endless(self, info: Info) -> AsyncGenerator[int, None]:
        world = info.context.world
        try:
            yield 0
            world.started.set()
            await world.release.wait()
        finally:
            world.closed.set()

    @strawberry.subscription
    async def flood(self, info: Info) -> AsyncGenerator[str, None]:
        world = info.context.world
        try:
            while True:
                world.produced += 1
                yield "x" * 10_000
        finally:
            world.closed.set()

    @strawberry.subscription
    async def breaks_off(self) -> AsyncGenerator[int, None]:
        yield 1
        raise Provider(SECRET)

    @strawberry.subscription(permission_classes=[IsSignedIn])  # type: ignore[untyped-decorator]  # Strawberry's overloads
    async def private(self) -> AsyncGenerator[int, None]:
        yield 1


schema = strawberry.Schema(Query, Mutation, Subscription, exception_handlers=[DomainHandler()])

LIMITS = Limits(
    costs={
        ("Query", "slow"): Cost(calls=1),
        ("Item", "checked"): Cost(calls=1),
        ("Item", "broken"): Cost(calls=1, batched=True),
    }
)


@dataclass
class TestGate:
    """Knows one token and one session; what else it answers is set by the test."""

    __test__ = False

    world: World
    expires_at: datetime | None = None
    caps: tuple[SocketCap, ...] = ()
    allowance: Allowance | None = None
    verdict: CloseReason | None = None
    rechecks: int = 0

    async def for_request(self, request: Request) -> Caller:
        return self._caller(request, request.headers.get("authorization"))

    async def for_socket(self, websocket: WebSocket, init_payload: Mapping[str, object]) -> Caller:
        return self._caller(websocket, init_payload.get("Authorization"))

    async def recheck(self, caller: Caller) -> CloseReason | None:
        self.rechecks += 1
        return self.verdict

    def _caller(self, connection: HTTPConnection, authorisation: object) -> Caller:
        if authorisation == "Bearer forbidden":
            raise Refused(ErrorCode.FORBIDDEN, HTTPStatus.FORBIDDEN, "Not from here.")
        if authorisation is not None and authorisation != f"Bearer {TOKEN}":
            raise Refused
        if authorisation is not None:
            return self._known(Credential.BEARER)
        if connection.cookies.get("session") == SESSION:
            return self._known(Credential.COOKIE)
        return Caller(new_context=lambda: self._context(None), allowance=self.allowance)

    def _known(self, credential: Credential) -> Caller:
        return Caller(
            new_context=lambda: self._context("Ada"),
            credential=credential,
            key=TOKEN,
            expires_at=self.expires_at,
            socket_caps=self.caps,
            allowance=self.allowance,
        )

    def _context(self, name: str | None) -> Context:
        context = Context(self.world, len(self.world.contexts), name)
        self.world.contexts.append(context)
        return context
