"""Fields whose value is looked up by a key, for all objects of a level together."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
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
        wanted: defaultdict[Loader, dict[Hashable | None, None]] = defaultdict(dict)
        for gap, places in gaps.items():
            wanted[gap.loading.loader(run.context)].update(dict.fromkeys([key for key, _, _ in places]))
        found = await _load(wanted)
        try:
            for values in found.values():
                if any(isinstance(value, BaseException) for value in values.values()):
                    raise Unusual
            for gap, places in gaps.items():
                loaded = found[gap.loading.loader(run.context)]
                name, complete, finish, context = gap.response_name, gap.complete, gap.loading.finish, run.context
                for key, source, answer in places:
                    answer[name] = complete(finish(source, context, loaded[key]), run)
        except Exception:
            for loader, values in found.items():
                _remember(loader, values)
            raise


async def _load(wanted: Mapping[Loader, dict[Hashable | None, None]]) -> dict[Loader, dict[Hashable | None, Any]]:
    values = await asyncio.gather(*(_values(loader, keys) for loader, keys in wanted.items()))
    return dict(zip(wanted, values, strict=True))


async def _values(loader: Loader, wanted: dict[Hashable | None, None]) -> dict[Hashable | None, Any]:
    """What each key leads to; None leads to None."""
    keys = [key for key in wanted if key is not None]
    values: Sequence[Any] = []
    if keys:
        if loader.max_batch_size is not None:
            raise Unusual
        values = await loader.load_fn(keys)
    return {**dict(zip(keys, values, strict=True)), None: None}


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
