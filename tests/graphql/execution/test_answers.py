"""What a plan answers with: written as graphql-core's dicts would be, whatever is in it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.graphql.engine import encode
from app.graphql.execution.answers import answer_class, unfolded

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
Event, Person = answer_class("Event", ["subject", "start", "people"]), answer_class("Person", ["name", "class"])


class Marked(str):
    """Text of a class of its own, which the fast encoder does not write."""

    __slots__ = ()


@pytest.mark.parametrize("subject", ["Review", None, "half \ud83d of one", 10**30, Marked("Review")])
def test_an_answer_is_written_as_its_dicts_would_be_in_the_order_of_what_was_asked(subject: Any) -> None:
    answer = {"data": {"event": Event(subject, NOON, [Person("Ada", True), None])}}

    written = encode(answer)

    people = [{"name": "Ada", "class": True}, None]
    expected = {"data": {"event": {"subject": subject, "start": "2026-11-27T12:00:00Z", "people": people}}}
    assert unfolded(answer) == expected
    assert written == encode(expected)


def test_an_object_of_which_nothing_exists_is_an_empty_one() -> None:
    assert encode(answer_class("Event", [])()) == b"{}"
