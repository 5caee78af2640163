"""A small schema of which many hear the same: the weather of the place where they live."""

import asyncio
from collections.abc import AsyncGenerator
from contextvars import ContextVar
from dataclasses import dataclass, field

import strawberry

from app.graphql import Caller, ErrorCode, GraphQLFailure
from app.graphql.callers import AskedWho, Audience
from app.graphql.sharing import TELLS_ALL

SKY = "subscription { weather { sky } }"
GREETING = "subscription { weather { sky greeting } }"
WARNING = "subscription { weather { sky warning } }"
MOOD: ContextVar[str | None] = ContextVar("mood", default=None)


@dataclass
class Place:
    """Where callers of one audience live."""

    sky: str = "blue"
    is_over: bool = False
    is_broken: bool = False
    moods: list[str | None] = field(default_factory=list)
    opened: int = 0
    open: int = 0
    executed: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the last stream is."""

    def turn(self, sky: str) -> None:
        self.sky = sky
        self._tell()

    def break_off(self) -> None:
        self.is_broken = True
        self._tell()

    def end(self) -> None:
        self.is_over = True
        self._tell()

    def _tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()


class Context:
    """What resolvers see: a place, and who asks where that is known."""

    def __init__(self, place: Place, name: str | None) -> None:
        self.place = place
        self.was_asked_who = False
        self._name = name

    @property
    def name(self) -> str:
        if self._name is None:
            self.was_asked_who = True
            raise AskedWho("name")
        return self._name


Info = strawberry.Info[Context, None]


@strawberry.type
class Weather:
    seen: strawberry.Private[str]

    @strawberry.field
    def sky(self, info: Info) -> str:
        info.context.place.executed += 1
        return self.seen

    @strawberry.field
    def greeting(self, info: Info) -> str | None:
        return f"Hello {info.context.name}"

    @strawberry.field
    def warning(self, info: Info) -> str | None:
        return f"{info.context.name}, run!" if self.seen == "black" else None

    @strawberry.field
    def swallowed(self, info: Info) -> str | None:
        try:
            return info.context.name
        except AskedWho:
            return None


async def weather(context: Context) -> AsyncGenerator[Weather, None]:
    place = context.place
    place.opened += 1
    place.open += 1
    place.moods.append(MOOD.get())
    try:
        while True:
            news = place.news
            if place.is_broken:
                raise GraphQLFailure(ErrorCode.UNAVAILABLE, "No weather today.")
            if place.is_over:
                return
            yield Weather(seen=place.sky)
            await news.wait()
    finally:
        place.open -= 1
        if not place.open:
            place.closed.set()


@strawberry.type
class Query:
    @strawberry.field
    def nothing(self) -> None:
        return None


@strawberry.type
class Subscription:
    @strawberry.subscription(metadata={TELLS_ALL: True})  # type: ignore[untyped-decorator]  # Strawberry's overloads
    async def weather(self, info: Info, days: int = 1) -> AsyncGenerator[Weather, None]:
        return weather(info.context)

    @strawberry.subscription
    async def own_weather(self, info: Info) -> AsyncGenerator[Weather, None]:
        return weather(info.context)


SCHEMA = strawberry.Schema(Query, subscription=Subscription)


class Representing:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._contexts: list[Context] = []

    def new_context(self) -> Context:
        self._contexts.append(Context(self._place, None))
        return self._contexts[-1]

    @property
    def was_asked_who(self) -> bool:
        return any(context.was_asked_who for context in self._contexts)


def caller(place: Place, name: str = "Ada") -> Caller:
    """Somebody who sees what all see who live there."""
    return Caller(new_context=lambda: Context(place, name), audience=Audience(id(place), lambda: Representing(place)))
