"""Drawn schemas: what their types are called in annotations, and how values for them are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Optional, TypeVar

T = TypeVar("T")
Make = Callable[["World"], Any]
"""Makes a value anew, for one execution."""


@dataclass(eq=False)
class World:
    """What the resolvers of one execution find; the context of its operation."""

    roots: Mapping[str, Make]
    loads: Mapping[str, Sequence[Make]]
    loaders: dict[str, Any] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    """What mutations did, one after another."""
    called: list[str] = field(default_factory=list)
    """The fields whose resolvers may run but once."""
    closing: list[Any] = field(default_factory=list)
    tag: str = "tag"
    allowed: bool = True

    def close(self) -> None:
        """Closes the coroutines that nobody has awaited."""
        for coroutine in self.closing:
            coroutine.close()


@dataclass(frozen=True, eq=False)
class Leaf:
    """A scalar or an enum, values that it takes, and some that it almost takes."""

    annotation: Any
    good: Sequence[Make]
    near: Sequence[Make] = ()


@dataclass(frozen=True, eq=False)
class Maybe:
    """Null, or a value of another shape."""

    of: "Shape"

    @property
    def annotation(self) -> Any:
        return Optional[self.of.annotation]  # noqa: UP045 - the annotation is made at run time, of whatever it is


@dataclass(frozen=True, eq=False)
class ListOf:
    """A list."""

    of: "Shape"

    @property
    def annotation(self) -> Any:
        return list.__class_getitem__(self.of.annotation)


@dataclass(frozen=True, eq=False)
class Member:
    """A field of an object: its Python name, how it is resolved, and what it answers with."""

    name: str
    way: str
    shape: "Shape"


@dataclass(eq=False)
class Object:
    """An object type; `annotation` is its class, or a specialisation of the generic class `cls`."""

    annotation: Any
    cls: type
    members: Sequence[Member]
    made: list[Make] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class OneOf:
    """An interface or a union."""

    annotation: Any
    possible: Sequence[Object]


Shape = Leaf | Maybe | ListOf | Object | OneOf


def wrapped(random: Random, shape: Shape) -> Shape:
    """The shape in a drawn number of lists, each of which may be null."""
    if random.randint(0, 2) == 0:
        shape = Maybe(shape)
    for _ in range(random.choice([0, 0, 0, 1, 1, 2])):
        shape = ListOf(shape)
        if random.randint(0, 2) == 0:
            shape = Maybe(shape)
    return shape


def odds(random: Random, one_in: int) -> bool:
    """True once in so many times; never where it is 0."""
    return one_in > 0 and random.randint(1, one_in) == 1
