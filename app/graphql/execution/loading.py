"""Fields whose value is looked up by a key, for all objects of a level together."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strawberry.dataloader import DataLoader, DefaultCache

from app.graphql.execution.leaves import Unusual

if TYPE_CHECKING:
    from app.graphql.execution.runs import Run

METADATA_KEY = "loading"
"""Where a Strawberry field's metadata has its `Loading`."""

Loader = DataLoader[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Loading:
    """How a field is loaded; its resolver has to do the same, one object at a time.

    `key` of an object, None where there is nothing to load; `loader` in a context; `finish` makes the field's value of
    the object and of what was loaded, None where that was nothing; without it the field's value is what was loaded.
    """

    key: Callable[[Any], Hashable | None]
    loader: Callable[[Any], Loader]
    finish: Callable[[Any, Any], Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """A loaded field of a plan, and what fills it in.

    `fill` takes the objects with the answers that lack the field, the key of each, and what each key leads to.
    """

    loading: Loading
    fill: Callable[["Places", list[Hashable | None], "Values", "Run"], None]


Places = list[tuple[Any, Any]]
"""Objects, and the answers that lack a field of theirs."""

Values = dict[Hashable | None, Any]
"""What keys lead to."""


async def fill(run: "Run") -> None:
    """Loads for all gaps of a run, level by level: each loader once for all keys of a level. Raises what loading does.

    A value that is an exception makes it give up; loaders are left knowing what was loaded, so that it is not again.
    """
    found: dict[Loader, Values] = {}
    try:
        while run.gaps:
            gaps = dict(run.gaps)
            run.gaps.clear()
            wanted: defaultdict[Loader, dict[Hashable | None, None]] = defaultdict(dict)
            keys = {gap: list(map(gap.loading.key, [source for source, _ in places])) for gap, places in gaps.items()}
            for gap in gaps:
                wanted[gap.loading.loader(run.context)].update(dict.fromkeys(keys[gap]))
            await _load(wanted, found)
            for gap, places in gaps.items():
                gap.fill(places, keys[gap], found[gap.loading.loader(run.context)], run)
    except Exception:
        for loader, values in found.items():
            _remember(loader, values)
        raise


async def _load(wanted: Mapping[Loader, dict[Hashable | None, None]], found: dict[Loader, Values]) -> None:
    """Adds what is wanted to what was found. Raises Unusual where an exception is among it."""
    known = [found.setdefault(loader, {None: None}) for loader in wanted]
    loading = [
        _values(loader, [key for key in keys if key not in one])
        for (loader, keys), one in zip(wanted.items(), known, strict=True)
    ]
    loaded = [await loading[0]] if len(loading) == 1 else await asyncio.gather(*loading)
    for one, values in zip(known, loaded, strict=True):
        one.update(values)
    classes = {cls for values in loaded for cls in set(map(type, values.values()))}
    if any(issubclass(cls, BaseException) for cls in classes):
        raise Unusual


async def _values(loader: Loader, keys: list[Hashable]) -> Values:
    """What each key leads to; what the loader knows is not loaded again."""
    if not keys:
        return {}
    if loader.max_batch_size is not None:
        raise Unusual
    # Whoever is broken off by an error elsewhere takes from nobody what they wait for together.
    known: Values = {key: await asyncio.shield(future) for key, future in _remembered(loader, keys)}
    unknown = [key for key in keys if key not in known] if known else keys
    values: Sequence[Any] = await loader.load_fn(unknown) if unknown else []
    return known | dict(zip(unknown, values, strict=True))


def _remembered(loader: Loader, keys: list[Hashable]) -> list[tuple[Hashable, asyncio.Future[Any]]]:
    """What the loader has loaded before, was given, or is about to load."""
    if not loader.cache or (isinstance(loader.cache_map, DefaultCache) and not loader.cache_map.cache_map):
        return []
    futures = ((key, loader.cache_map.get(key)) for key in keys)
    return [(key, future) for key, future in futures if future is not None and not future.cancelled()]


def _remember(loader: Loader, values: dict[Hashable | None, Any]) -> None:
    for key, value in values.items():
        if key is None or not loader.cache or loader.cache_map.get(key) is not None:
            continue
        future: asyncio.Future[Any] = loader.loop.create_future()
        if isinstance(value, BaseException):
            future.set_exception(value)
            future.exception()  # nobody may come for it
        else:
            future.set_result(value)
        loader.cache_map.set(key, future)
