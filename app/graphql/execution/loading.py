"""Fields whose value is looked up by a key, for all objects of a level together."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strawberry.dataloader import DataLoader

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


async def fill(run: "Run") -> None:
    """Loads for all gaps of a run, level by level: each loader once for all keys of a level. Raises what loading does.

    A value that is an exception makes it give up; loaders are left knowing what was loaded, so that it is not again.
    """
    while run.gaps:
        gaps = dict(run.gaps)
        run.gaps.clear()
        wanted: dict[Loader, dict[Hashable, None]] = {}
        for gap, places in gaps.items():
            keys = wanted.setdefault(gap.loading.loader(run.context), {})
            keys.update((key, None) for key, _, _ in places if key is not None)
        found = await _load(wanted)
        try:
            for gap, places in gaps.items():
                loaded = found[gap.loading.loader(run.context)]
                for key, source, answer in places:
                    value = None if key is None else loaded[key]
                    if isinstance(value, BaseException):
                        raise Unusual
                    answer[gap.response_name] = gap.complete(gap.loading.finish(source, run.context, value), run)
        except Exception:
            for loader, values in found.items():
                _remember(loader, values)
            raise


async def _load(wanted: dict[Loader, dict[Hashable, None]]) -> dict[Loader, dict[Hashable, Any]]:
    loading = [(loader, list(keys)) for loader, keys in wanted.items()]
    if len(loading) == 1:
        loader, keys = loading[0]
        return {loader: await _values(loader, keys)}
    values = await asyncio.gather(*(_values(loader, keys) for loader, keys in loading))
    return {loader: one for (loader, _), one in zip(loading, values, strict=True)}


async def _values(loader: Loader, keys: list[Hashable]) -> dict[Hashable, Any]:
    if not keys:
        return {}
    if loader.max_batch_size is not None:
        raise Unusual
    values: Sequence[Any] = await loader.load_fn(keys)
    return dict(zip(keys, values, strict=True))


def _remember(loader: Loader, values: dict[Hashable, Any]) -> None:
    for key, value in values.items():
        if not loader.cache or loader.cache_map.get(key) is not None:
            continue
        future: asyncio.Future[Any] = loader.loop.create_future()
        if isinstance(value, BaseException):
            future.set_exception(value)
            future.exception()  # nobody may come for it
        else:
            future.set_result(value)
        loader.cache_map.set(key, future)
