"""The garbage collector leaves alone what the start made, and finds what is garbage later."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from app.serving import collector


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


class Knot:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


def test_it_rests_while_modules_are_imported_and_even_where_that_fails() -> None:
    resting: list[bool] = []

    def fail() -> None:
        resting.append(not gc.isenabled())
        raise ImportError

    with pytest.raises(ImportError), collector.resting():
        fail()

    assert resting == [True]
    assert gc.isenabled()


def test_what_is_there_is_set_apart() -> None:
    gc.collect()  # what is garbage already is set free, not apart
    there = len(gc.get_objects())
    collector.set_apart()

    assert gc.get_freeze_count() >= there
    assert len(gc.get_objects()) < 1_000
    assert gc.isenabled()


def test_what_becomes_garbage_later_is_found() -> None:
    collector.set_apart()
    knot = weakref.ref(Knot())
    gc.collect()

    assert knot() is None
