"""Nobody takes what others have in a memory that all share."""

from hypothesis import given
from hypothesis import strategies as st

from app.graphql.fair_cache import FairCache


def test_everybody_finds_what_anybody_brought() -> None:
    cache: FairCache[str, int] = FairCache(4, 2)
    cache.put("a", 1, "one")

    assert cache.get("a") == 1
    assert cache.get("b") is None


def test_whoever_brings_more_than_their_share_loses_their_own_oldest() -> None:
    cache: FairCache[str, int] = FairCache(10, 2)
    cache.put("a", 1, "one")
    for number in range(100):
        cache.put(f"flood {number}", number, "two")

    assert cache.get("a") == 1
    assert len(cache) == 3
    assert [cache.get(f"flood {number}") for number in (97, 98, 99)] == [None, 98, 99]


def test_what_was_used_longest_ago_goes_where_all_is_full() -> None:
    cache: FairCache[str, int] = FairCache(2, 2)
    cache.put("a", 1, "one")
    cache.put("b", 2, "two")
    cache.get("a")
    cache.put("c", 3, "three")

    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4))))
def test_no_holder_ever_has_more_than_their_share(brought: list[tuple[int, int]]) -> None:
    cache: FairCache[int, int] = FairCache(6, 3)
    owners: dict[int, int] = {}
    for key, holder in brought:
        cache.put(key, key, holder)
        owners[key] = holder

        kept = [key for key in owners if cache.get(key) is not None]
        assert len(cache) == len(kept) <= 6
        assert all([owners[key] for key in kept].count(holder) <= 3 for holder in range(5))
