"""What a bucket gives, and when: the same in one process and in Redis."""

from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.rates.buckets import MINUTE, Buckets, Holder, Scarce, Take, full_after, wait_for
from app.rates.memory import MemoryBuckets
from tests.rates.moving import Moving

MICROSECOND = timedelta(microseconds=1)


def a_take(amount: int = 1, per_minute: int = 6, holder_id: str | None = None) -> Take:
    holder_id = holder_id or f"test-{uuid4()}"
    return Take(holder=Holder.MEMBER, holder_id=holder_id, scarce=Scarce.REQUESTS, per_minute=per_minute, amount=amount)


async def test_a_whole_minutes_worth_may_be_taken_at_once_and_no_more(buckets: Buckets, present: Moving) -> None:
    take = a_take(per_minute=6)

    answers = [await buckets.take([take]) for _ in range(8)]

    assert [answer is None for answer in answers] == [True] * 6 + [False] * 2


async def test_whoever_is_refused_took_nothing_and_hears_the_moment_from_which_there_is_enough(
    buckets: Buckets, present: Moving
) -> None:
    take = a_take(per_minute=6)
    for _ in range(6):
        await buckets.take([take])

    refused = [await buckets.take([take]) for _ in range(50)]

    assert {each.wait for each in refused if each} == {timedelta(seconds=10)}
    present.advance(timedelta(seconds=10) - MICROSECOND)
    assert await buckets.take([take]) is not None
    present.advance(MICROSECOND)
    assert await buckets.take([take]) is None
    assert await buckets.take([take]) is not None


async def test_a_bucket_that_is_left_alone_is_full_again_after_a_minute_and_never_fuller(
    buckets: Buckets, present: Moving
) -> None:
    take = a_take(per_minute=6)
    for _ in range(6):
        await buckets.take([take])
    present.advance(timedelta(hours=5))

    answers = [await buckets.take([take]) for _ in range(7)]

    assert [answer is None for answer in answers] == [True] * 6 + [False]


async def test_where_one_bucket_holds_too_little_nothing_is_taken_from_the_others(
    buckets: Buckets, present: Moving
) -> None:
    empty, full = a_take(per_minute=1), a_take(per_minute=3)
    await buckets.take([empty])

    refusals = [await buckets.take([full, empty]) for _ in range(5)]

    assert [refusal.take for refusal in refusals if refusal] == [empty] * 5
    assert [await buckets.take([full]) is None for _ in range(4)] == [True, True, True, False]


async def test_of_two_buckets_that_hold_too_little_the_one_that_takes_longer_says_when(
    buckets: Buckets, present: Moving
) -> None:
    soon, late = a_take(per_minute=6), a_take(per_minute=2)
    for _ in range(6):
        await buckets.take([soon])
    for _ in range(2):
        await buckets.take([late])

    refusal = await buckets.take([soon, late])

    assert refusal is not None
    assert (refusal.take, refusal.wait) == (late, timedelta(seconds=30))


async def test_more_than_a_bucket_holds_counts_as_all_of_it(buckets: Buckets, present: Moving) -> None:
    holder_id = f"test-{uuid4()}"
    huge, small = a_take(100, 6, holder_id), a_take(1, 6, holder_id)

    answers = [await buckets.take([huge]), await buckets.take([small])]

    assert answers[0] is None
    assert answers[1] is not None
    present.advance(answers[1].wait)
    assert await buckets.take([small]) is None


async def test_a_clock_that_once_ran_far_ahead_shuts_nobody_out(buckets: Buckets, present: Moving) -> None:
    take = a_take(per_minute=1)
    present.advance(timedelta(days=400))
    await buckets.take([take])
    present.advance(-timedelta(days=400))

    assert await buckets.take([take]) is None


async def test_a_process_whose_clock_is_a_little_behind_gives_no_more_for_it(buckets: Buckets, present: Moving) -> None:
    take = a_take(per_minute=1)
    await buckets.take([take])
    present.advance(-timedelta(seconds=30))

    refusal = await buckets.take([take])

    assert refusal is not None
    assert refusal.wait == timedelta(seconds=90)


async def test_strangers_without_end_fill_no_memory_and_who_took_most_is_remembered(present: Moving) -> None:
    buckets, greedy = MemoryBuckets(most=100), a_take(6, 6)
    await buckets.take([greedy])

    for _ in range(1_000):
        await buckets.take([a_take()])

    assert len(buckets) <= 101
    assert await buckets.take([greedy]) is not None


@given(
    per_minute=st.integers(1, 5_000),
    steps=st.lists(st.tuples(st.integers(0, 90_000_000), st.integers(1, 6_000)), max_size=40),
)
def test_what_is_given_between_any_two_moments_is_a_minutes_worth_and_what_filled_up_meanwhile(
    per_minute: int, steps: list[tuple[int, int]]
) -> None:
    now = full_at = 0
    given_at: list[tuple[int, int]] = []
    for pause, amount in steps:
        now += pause
        take = a_take(amount, per_minute)
        after = full_after(full_at, take.time, now)
        if wait_for(after, now) <= 0:
            full_at = after
            given_at.append((now, min(amount, per_minute)))

    rounding = len(given_at)  # microseconds: each take is rounded down to a whole one
    for first, (begin, _) in enumerate(given_at):
        total = 0
        for moment, amount in given_at[first:]:
            total += amount
            assert total <= Fraction(per_minute * (MINUTE + moment - begin + rounding), MINUTE)


@given(full_at=st.integers(0, 10**8 + 2 * MINUTE), amount=st.integers(1, 200), per_minute=st.integers(1, 100))
def test_after_the_wait_the_same_take_is_given_and_not_before(full_at: int, amount: int, per_minute: int) -> None:
    now = 10**8
    take = a_take(amount, per_minute)

    wait = max(0, wait_for(full_after(full_at, take.time, now), now))

    assert wait_for(full_after(full_at, take.time, now + wait), now + wait) <= 0
    if wait:
        assert wait_for(full_after(full_at, take.time, now + wait - 1), now + wait - 1) > 0
