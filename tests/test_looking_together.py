"""Many who ask the same at the same moment share one look."""

import asyncio

from app.looking_together import LookingTogether


class Window:
    """Something to look at, which takes until it is let go on."""

    def __init__(self) -> None:
        self.looks: list[str] = []
        self.seen = 0
        self.began = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def look(self, key: str) -> int:
        self.looks.append(key)
        self.began.set()
        seen = self.seen
        await self.may_go_on.wait()
        return seen


async def test_all_who_ask_before_a_look_has_begun_share_it() -> None:
    window = Window()
    together = LookingTogether(window.look)

    seen = await asyncio.gather(*(together.at("a") for _ in range(1_000)), together.at("b"))

    assert seen == [0] * 1_001
    assert window.looks == ["a", "b"]
    assert len(together) == 0


async def test_whoever_asks_while_a_look_is_under_way_is_told_what_is_true_later() -> None:
    window = Window()
    together = LookingTogether(window.look)
    window.may_go_on.clear()
    first = asyncio.create_task(together.at("a"))
    await window.began.wait()
    window.seen = 1

    later = [asyncio.create_task(together.at("a")) for _ in range(3)]
    await asyncio.sleep(0)
    window.may_go_on.set()

    assert await first == 0
    assert await asyncio.gather(*later) == [1, 1, 1]
    assert window.looks == ["a", "a"]


async def test_whoever_gives_up_takes_the_answer_from_nobody_else() -> None:
    window = Window()
    together = LookingTogether(window.look)
    window.may_go_on.clear()
    impatient, patient = asyncio.create_task(together.at("a")), asyncio.create_task(together.at("a"))
    await window.began.wait()

    impatient.cancel()
    window.may_go_on.set()

    assert await patient == 0
    assert window.looks == ["a"]


async def test_a_look_that_fails_fails_for_all_who_share_it_and_the_next_one_is_taken_anew() -> None:
    failures = [OSError("away")]

    async def look(_: str) -> int:
        if failures:
            raise failures.pop()
        return 7

    together = LookingTogether(look)

    told = await asyncio.gather(together.at("a"), together.at("a"), return_exceptions=True)

    assert [type(one) for one in told] == [OSError, OSError]
    assert await together.at("a") == 7
    assert len(together) == 0
