"""What connections wait with behaves as asyncio's own does."""

import asyncio

import pytest

from app.serving.waiting import Flag, Inbox


async def test_a_flag_that_is_set_keeps_nobody_waiting() -> None:
    assert await Flag().wait()


async def test_a_flag_that_is_set_again_lets_everybody_on_who_waited() -> None:
    flag = Flag()
    flag.clear()
    waiting = [asyncio.create_task(flag.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    assert not flag.is_set()
    assert not any(task.done() for task in waiting)
    waiting[0].cancel()
    flag.set()

    assert await asyncio.gather(*waiting[1:]) == [True, True]


async def test_messages_are_read_in_the_order_in_which_they_came() -> None:
    inbox = Inbox()
    inbox.put_nowait(1)
    inbox.put_nowait(2)

    assert not inbox.empty()
    assert [await inbox.get(), await inbox.get()] == [1, 2]
    assert inbox.empty()


async def test_a_reader_waits_for_the_next_message() -> None:
    inbox = Inbox()
    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait("late")

    assert await reading == "late"


async def test_a_reader_that_gives_up_takes_no_message_along() -> None:
    inbox = Inbox()
    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    inbox.put_nowait("kept")

    assert await inbox.get() == "kept"
