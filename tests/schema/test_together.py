"""Reading for many at once."""

import asyncio

import pytest

from schema.together import SharedLoader, Together


class Shelf:
    """What is read, and how often."""

    def __init__(self, **lacking: BaseException) -> None:
        self._lacking = lacking
        self.reads: list[list[str]] = []

    async def read(self, keys: list[str]) -> list[str | BaseException]:
        self.reads.append(list(keys))
        return [self._lacking.get(key, key.upper()) for key in keys]


async def test_what_is_wanted_at_the_same_moment_is_read_once() -> None:
    shelf = Shelf()
    together = Together(shelf.read)

    one, other, nothing = await asyncio.gather(together(["a", "b"]), together(["b", "c"]), together([]))

    assert (one, other, nothing) == (["A", "B"], ["B", "C"], [])
    assert shelf.reads == [["a", "b", "c"]]


async def test_what_was_read_is_not_read_again() -> None:
    shelf = Shelf()
    together = Together(shelf.read)

    await together(["a"])

    assert await together(["b", "a"]) == ["B", "A"]
    assert shelf.reads == [["a"], ["b"]]


async def test_what_is_lacking_is_told_to_those_who_want_it_alone() -> None:
    gone = LookupError("gone")
    together = Together(Shelf(b=gone).read)

    there, lacking = await asyncio.gather(together(["a"]), together(["b"]))

    assert (there, lacking) == (["A"], [gone])


async def test_a_read_that_fails_fails_for_all_and_is_not_tried_again() -> None:
    reads = 0

    async def read(keys: list[str]) -> list[str | BaseException]:
        nonlocal reads
        reads += 1
        raise OSError("no database")

    together = Together(read)

    failed = await asyncio.gather(together(["a"]), together(["b"]), return_exceptions=True)

    assert [type(error) for error in failed] == [OSError, OSError]
    with pytest.raises(OSError, match="no database"):
        await together(["a"])
    assert reads == 1


async def test_whoever_stops_waiting_takes_the_answer_from_nobody_else() -> None:
    shelf = Shelf()
    together = Together(shelf.read)
    hasty = asyncio.create_task(together(["a"]))
    patient = asyncio.create_task(together(["a"]))
    await asyncio.sleep(0)

    hasty.cancel()

    assert await patient == ["A"]
    assert shelf.reads == [["a"]]


async def test_what_nobody_waits_for_any_more_is_given_up_and_read_anew_for_whoever_wants_it_later() -> None:
    begun, given_up = asyncio.Event(), asyncio.Event()

    async def read(keys: list[str]) -> list[str | BaseException]:
        if begun.is_set():
            return ["later" for _ in keys]
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()
        return []

    together = Together(read)
    hasty = asyncio.create_task(together(["a"]))
    await begun.wait()

    hasty.cancel()
    await asyncio.wait([hasty])

    assert await together(["a"]) == ["later"]
    assert given_up.is_set()


async def test_a_read_that_was_given_up_before_it_began_takes_no_key_along() -> None:
    shelf = Shelf()
    together = Together(shelf.read)
    hasty = asyncio.create_task(together(["a"]))
    await asyncio.sleep(0)

    hasty.cancel()
    await asyncio.wait([hasty])

    assert await together(["b"]) == ["B"]
    assert shelf.reads == [["b"]]


async def test_whoever_is_broken_off_takes_from_nobody_what_they_wait_for_together() -> None:
    loader = SharedLoader(load_fn=Together(Shelf().read))
    waiting = [asyncio.ensure_future(loader.load("a")) for _ in range(2)]

    waiting[0].cancel()

    assert await waiting[1] == "A"
