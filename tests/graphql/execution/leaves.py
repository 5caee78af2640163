"""The scalars and enums of drawn schemas, and values of all sorts that do not belong where they are put."""

import asyncio
import enum
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import count
from random import Random
from typing import Any, NewType
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry
from graphql import GraphQLError, Undefined
from strawberry.scalars import JSON
from strawberry.types.unset import UNSET

from schema.scalars import parse_date_time, serialise_date_time
from tests.graphql.execution.shapes import Leaf, Make, World

Odd = NewType("Odd", object)
"""A scalar that answers as its value says."""

Instant = NewType("Instant", datetime)
"""A scalar that leaves instants in UTC to the encoder."""


def serialize_odd(value: object) -> Any:
    """The scalar's response; null, an exception or something to be awaited for some values."""

    async def later() -> str:
        return "later"

    match value:
        case "null":
            return None
        case "undefined":
            return Undefined
        case "raise":
            raise ValueError("odd")
        case "exception":
            return ValueError("as a value")
        case "later":
            return later()
        case str() | int() | float():
            return [value]
    return repr(value)


SCALARS: dict[object, Any] = {
    Odd: strawberry.scalar(name="Odd", serialize=serialize_odd, parse_value=lambda v: v),
    Instant: strawberry.scalar(name="Instant", serialize=serialise_date_time, parse_value=parse_date_time),
}


@strawberry.enum
class Plain(enum.Enum):
    RED = "red"
    GREEN = "green"
    VERDE = "green"  # noqa: PIE796 - an alias


@strawberry.enum
class Named(enum.Enum):
    ONE = strawberry.enum_value("one", name="FIRST")
    TWO = strawberry.enum_value(2, name="SECOND")


@strawberry.enum
class Number(enum.IntEnum):
    ONE = 1
    TWO = 2


@strawberry.enum
class Text(enum.StrEnum):
    A = "a"
    B = "b"


@strawberry.enum
class Flags(enum.Flag):
    READ = 1
    WRITE = 2


def _same(value: Any) -> Make:
    return lambda _: value


def _leaf(annotation: Any, *values: Any, near: Sequence[Any] = ()) -> Leaf:
    return Leaf(annotation, [_same(value) for value in values], [_same(value) for value in near])


_EASTERN = ZoneInfo("America/New_York")
LEAVES: Sequence[Leaf] = (
    _leaf(str, "text", "", "é\u2028\x00", "\ud83d", near=(7, True, 1.5, b"text", ["text"])),
    _leaf(int, 0, 7, -(2**31), 2**31 - 1, near=(2**31, -(2**31) - 1, True, 1.0, "7")),
    _leaf(float, 1.5, -0.0, 5e-324, 1e308, 3, near=(float("nan"), float("inf"), -float("inf"), True, "1.5")),
    _leaf(bool, True, False, near=(1, 0, "true", 0.0)),
    _leaf(strawberry.ID, "id", "7", near=(7, 7.0, True, b"id")),
    _leaf(UUID, UUID(int=7)),
    _leaf(date, date(2026, 11, 27), date.min),
    _leaf(
        datetime,
        datetime(2026, 11, 27, 5, tzinfo=UTC),
        datetime(2026, 11, 1, 1, 30, tzinfo=_EASTERN, fold=1),
        datetime(2026, 11, 27, 5, 0, 0, 7),  # noqa: DTZ001 - one of the values that come along
        datetime(2026, 11, 27, tzinfo=timezone(timedelta(hours=5, minutes=45, seconds=1))),
    ),
    _leaf(
        Instant,
        datetime(2026, 11, 27, 5, tzinfo=UTC),
        datetime(1, 1, 1, 0, 0, 0, 7, tzinfo=UTC, fold=1),
        datetime(2026, 11, 1, 1, 30, tzinfo=_EASTERN, fold=1),
        datetime(2026, 11, 27, 5, tzinfo=ZoneInfo("UTC")),
        near=(datetime(2026, 11, 27, 5), date(2026, 11, 27), "2026-11-27T05:00:00Z", 7),  # noqa: DTZ001
    ),
    _leaf(time, time(5, 30), time(5, 30, 0, 7, tzinfo=UTC)),
    _leaf(Decimal, Decimal("1.50"), Decimal("NaN")),
    _leaf(JSON, {"a": [1, None, {"b": "c"}]}, "text", 1),
    _leaf(Odd, "text", 7, b"bytes", near=("null", "undefined", "raise", "exception", "later")),
    _leaf(Plain, Plain.RED, Plain.VERDE, near=("red", "RED", "blue", Named.ONE)),
    _leaf(Named, Named.ONE, Named.TWO),
    _leaf(Number, Number.ONE),
    _leaf(Text, Text.B),
    _leaf(Flags, Flags.READ, near=(Flags.READ | Flags.WRITE, Flags(0), 1)),
)


class _Int(int):
    pass


class _Str(str):
    __slots__ = ()


class _List(list[Any]):
    pass


class _AsyncList(list[Any]):
    def __aiter__(self) -> AsyncIterator[Any]:
        return _later_items()


class _AwaitedList(list[Any]):
    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return "awaited"


class _Awaited:
    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return "awaited"


class _Index:
    def __index__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "an index"


class _Named:
    def __str__(self) -> str:
        return "a name"

    __repr__ = __str__


class _Anything:
    """Has every attribute that it is asked for."""

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return name

    def __repr__(self) -> str:
        return "anything"


class _Pretender:
    """Says that it is a str."""

    __class__ = str  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "a pretender"


class _OwnError(Exception):
    message = "a message of its own"


async def _later_items() -> AsyncIterator[Any]:
    yield "a"
    await asyncio.sleep(0)
    yield None


def _coroutine(make: Callable[[], Any], steps: int) -> Make:
    def begin(world: World) -> Any:
        async def later() -> Any:
            for _ in range(steps):
                await asyncio.sleep(0)
            return raised(make())

        coroutine = later()
        world.closing.append(coroutine)
        return coroutine

    return begin


def _future(value: object) -> Make:
    def begin(_: World) -> Any:
        future = asyncio.get_running_loop().create_future()
        future.set_result(value)
        return future

    return begin


def raised(value: Any) -> Any:
    """The value; an exception that says so is raised instead."""
    if isinstance(value, Exception) and "raised" in str(value):
        raise value
    return value


STRANGE: Sequence[Make] = (
    *map(
        _same, (None, Undefined, UNSET, "", "null", "undefined", "raise", "exception", "later", "red", "RED", "FIRST")
    ),
    *map(_same, (True, 0, 1, 2**31, -(2**31) - 1, 10**400, 1.0, 1.5, float("nan"), float("inf"), -float("inf"))),
    *map(_same, (b"bytes", Decimal("1.5"), Fraction(1, 3), UUID(int=1), date(2026, 1, 1), timedelta(1), 1j)),
    *map(_same, (Plain.GREEN, Named.ONE, Number.TWO, Text.A, Flags.READ | Flags.WRITE, Flags(0), Plain, object, str)),
    *map(_same, (_Int(3), _Str("text"), _Index(), _Named(), _Anything(), _Pretender(), asyncio.Future, print)),
    lambda _: ValueError("as a value"),
    lambda _: KeyError("as a value"),
    lambda _: _OwnError(),
    lambda _: GraphQLError("as a value", path=["elsewhere"], extensions={"code": "ODD"}),
    lambda _: [],
    lambda _: [None],
    lambda _: ["text", 1, None],
    lambda _: ("a", "b"),
    lambda _: {"a": 1},
    lambda _: {"one"},
    lambda _: _List(["a"]),
    lambda _: _AsyncList(["a"]),
    lambda _: _AwaitedList(["a"]),
    lambda _: _Awaited(),
    lambda _: (one for one in ["a", None, 1]),
    lambda _: iter(["a", "b"]),
    lambda _: map(str, (1, 2)),
    lambda _: _later_items(),
    lambda _: [ValueError("as an item")],
    lambda world: [_coroutine(lambda: "text", 1)(world), _coroutine(lambda: None, 0)(world)],
    _coroutine(lambda: "text", 0),
    _coroutine(lambda: 7, 2),
    _coroutine(lambda: ValueError("raised later"), 1),
    _coroutine(lambda: ValueError("as an awaited value"), 1),
    _future("text"),
    _future(None),
)


def failing(random: Random) -> Make:
    """What a resolver raises, as `raised` knows it."""
    number = next(_NUMBERS)
    return random.choice(
        [
            lambda _: ValueError(f"raised {number}"),
            lambda _: GraphQLError(f"raised {number}", extensions={"code": number}),
        ]
    )


_NUMBERS = count()
