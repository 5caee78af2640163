"""Draws what the resolvers of a schema find: values that fit, and some that do not."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from tests.graphql.execution.leaves import STRANGE, failing
from tests.graphql.execution.members import Expected
from tests.graphql.execution.schemas import Drawn
from tests.graphql.execution.shapes import Leaf, ListOf, Make, Maybe, Member, Object, OneOf, Shape, World, odds

_RESOLVED = frozenset(
    {"sync", "info", "curious", "arguments", "parent", "coroutine", "async", "minded", "guarded", "own"}
)


class _Items:
    """Items that are neither a list nor used up by whoever reads them first."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = list(items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)


class Values:
    """Draws values for one schema; one value in `strange` is none that its field declares, none where it is 0."""

    def __init__(self, random: Random, drawn: Drawn, strange: int) -> None:
        self._random = random
        self._drawn = drawn
        self._strange = strange
        self._made: dict[Object, list[Make]] = {}

    def worlds(self) -> Callable[[], World]:
        """What makes a new world of the same values each time."""
        roots = {one.name: self._resolved(one.shape) for one in self._drawn.roots}
        loads = {name: [self._resolved(one.shape) for _ in range(3)] for name, one in self._drawn.loaded.items()}
        failing_loads = {name for name in loads if odds(self._random, self._strange)}
        allowed, primed = odds(self._random, 2) or not self._strange, odds(self._random, 4)

        def begin() -> World:
            world = World(roots, loads, allowed=allowed)
            for name, makes in loads.items():
                world.loaders[name] = DataLoader(_load_function(world, makes, name in failing_loads))
                if primed and self._strange:
                    world.loaders[name].prime(1, "primed")
            return world

        return begin

    def of(self, shape: Shape) -> Make:
        """Makes a value of this shape."""
        random = self._random
        if odds(random, self._strange * (1 if isinstance(shape, Leaf) else 4)):  # or hardly a leaf would be reached
            return self._odd(shape)
        match shape:
            case Leaf(good=good):
                return random.choice(good)
            case Maybe(of=inner):
                return (lambda _: None) if odds(random, 5) else self.of(inner)
            case ListOf(of=inner):
                return self._list([self.of(inner) for _ in range(random.choice([0, 1, 1, 2, 2, 3]))])
            case OneOf(possible=possible):
                return self.of(random.choice(possible))
            case Object():
                return random.choice(self._objects(shape))
        raise TypeError(shape)

    def _resolved(self, shape: Shape) -> Make:
        """Makes what a resolver answers with, or raises."""
        if not odds(self._random, self._strange):
            return self.of(shape)
        if odds(self._random, 4):
            text = self._random.choice(["expected", "declined"])

            def expected(_: World) -> Any:
                raise Expected(text)

            return expected
        return failing(self._random)

    def _list(self, items: Sequence[Make]) -> Make:
        convert: Any = self._random.choice([tuple, iter, dict.fromkeys]) if odds(self._random, self._strange) else None

        def make(world: World) -> Any:
            made = [one(world) for one in items]
            try:
                return convert(made) if convert else made
            except TypeError:
                return made

        return make

    def _objects(self, shape: Object) -> list[Make]:
        if shape not in self._made:
            self._made[shape] = [self._object(shape) for _ in range(2)]
        return self._made[shape]

    def _object(self, shape: Object, cls: type | None = None) -> Make:
        cls = cls or shape.cls
        attributes: dict[str, Make] = {}
        hidden: dict[str, Make] = {}
        keys: dict[str, Any] = {}
        for member in shape.members:
            if member.way == "loaded":
                keys[member.name] = self._key(member)
            elif member.way in _RESOLVED:
                hidden[member.name] = self._resolved(member.shape)
            elif not (self._strange and odds(self._random, self._strange * 4)):
                attributes[member.name] = self.of(member.shape)

        def make(world: World) -> Any:
            value: Any = object.__new__(cls)
            value.__dict__.update({name: readable_twice(one(world)) for name, one in attributes.items()})
            value.__dict__.update(hidden=hidden, world=world, keys=keys)
            return value

        return make

    def _key(self, member: Member) -> Any:
        usual = [None, 0, 1, 2] if isinstance(member.shape, Maybe) else [0, 1, 2]
        return self._random.choice([*usual, True, [1]] if self._strange else usual)

    def _odd(self, shape: Shape) -> Make:
        random = self._random
        if isinstance(shape, Leaf) and shape.near and odds(random, 2):
            return random.choice(shape.near)
        kind = random.choice(["strange", "strange", "none", "another", "nested"])
        if kind == "none":
            return lambda _: None
        if kind == "nested":
            inner = self._list([random.choice(STRANGE) for _ in range(random.randint(0, 2))])
            return inner if isinstance(shape, Leaf | Object | OneOf) else self._list([inner])
        if kind == "another" and self._drawn.objects:
            return self._another(shape)
        return random.choice(STRANGE)

    def _another(self, shape: Shape) -> Make:
        """An object that is not quite what it should be."""
        random = self._random
        objects = [one for one in self._drawn.objects if one is not shape]
        other = random.choice(objects)
        if isinstance(shape, OneOf):
            shape = random.choice(shape.possible)
        if not isinstance(shape, Object):
            return random.choice(self._objects(other)) if self._made.get(other) else random.choice(STRANGE)
        match random.choice(["subclass", "property", "cast", "dict", "other"]):
            case "subclass":
                return self._object(shape, type("Sub", (shape.cls,), {}))
            case "property":
                return self._object(shape, _failing_class(shape.cls, random.choice(shape.members)))
            case "cast":
                make = self._object(shape)
                target = random.choice(self._drawn.objects).cls
                return lambda world: strawberry.cast(target, make(world))
            case "dict":
                return lambda _: {member.name: "text" for member in shape.members}
        return self._made[other][0] if self._made.get(other) else lambda _: object.__new__(other.cls)


def readable_twice(value: Any) -> Any:
    """The same where a field reads it for the second time: which of two fields is first is nobody's promise."""
    if isinstance(value, Iterator):
        return _Items(value)
    if type(value) in (list, tuple):
        return type(value)(map(readable_twice, value))
    return value


def value_or_error(make: Make, world: World) -> Any:
    """What a loader has for a key: an exception is not raised."""
    try:
        return make(world)
    except Exception as error:
        return error


def _failing_class(cls: type, member: Member) -> type:
    def fail(self: object) -> Any:
        raise ValueError(f"no {member.name}")

    def ignore(self: object, value: object) -> None:
        pass

    return type("Failing", (cls,), {member.name: property(fail, ignore)})


def _load_function(world: World, makes: Sequence[Make], fails: bool) -> Callable[[list[Any]], Any]:
    async def load(keys: list[Any]) -> list[Any]:
        await asyncio.sleep(0)
        if fails:
            raise ValueError("nothing was loaded")
        return [readable_twice(value_or_error(makes[int(key)], world)) for key in keys]

    return load
