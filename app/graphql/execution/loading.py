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
    the object, the context and what was loaded.
    """

    key: Callable[[Any], Hashable | None]
    loader: Callable[[Any], Loader]
    finish: Callable[[Any, Any, Any], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """A loaded field of a plan: where its value goes, and how it is completed."""

    loading: Loading
    response_name: str
    complete: Callable[[Any, "Run"], Any]


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
            for gap, places in gaps.items():
                wanted[gap.loading.loader(run.context)].update(dict.fromkeys([key for key, _, _ in places]))
            await _load(wanted, found)
            for gap, places in gaps.items():
                loaded = found[gap.loading.loader(run.context)]
                name, complete, finish, context = gap.response_name, gap.complete, gap.loading.finish, run.context
                for key, source, answer in places:
                    answer[name] = complete(finish(source, context, loaded[key]), run)
    except Exception:
        for loader, values in found.items():
            _remember(loader, values)
        raise


async def _load(wanted: Mapping[Loader, dict[Hashable | None, None]], found: dict[Loader, Values]) -> None:
    """Adds what is wanted to what was found. Raises Unusual where an exception is among it."""
    known = [found.setdefault(loader, {None: None}) for loader in wanted]
    loaded = await asyncio.gather(
        *(
            _values(loader, [key for key in keys if key not in one])
            for (loader, keys), one in zip(wanted.items(), known, strict=True)
        )
    )
    for one, values in zip(known, loaded, strict=True):
        one.update(values)
    if any(isinstance(value, BaseException) for values in loaded for value in values.values()):
        raise Unusual


async def _values(loader: Loader, keys: list[Hashable]) -> Values:
    """What each key leads to; what the loader knows is not loaded again."""
    if not keys:
        return {}
    if loader.max_batch_size is not None:
        raise Unusual
    known: Values = {key: await future for key, future in _remembered(loader, keys)}
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
