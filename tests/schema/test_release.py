"""Nothing breaks the clients of the last release, and whatever goes says when, in time."""

from datetime import date

import pytest
from graphql import build_schema

from app import clock
from schema.export import SDL
from schema.release import DEPRECATION, RELEASED, breaks, deprecations

TODAY = date(2027, 3, 1)
BEFORE = """
enum Colour { RED GREEN @deprecated(reason: "Gone on 2027-03-01: use RED.") }
type Query {
  name: String
  title: String @deprecated(reason: "Gone on 2027-03-01: use name.")
  label: String @deprecated(reason: "Gone on 2027-03-02: use name.")
  colour: Colour
}
"""


def test_nothing_breaks_the_clients_of_the_last_release() -> None:
    released, now = build_schema(RELEASED.read_text()), build_schema(SDL.read_text())

    assert breaks(released, now, clock.now().date()) == []


def test_an_argument_that_is_deprecated_is_found_as_fields_and_values_are() -> None:
    found = deprecations(build_schema('type Query { name(of: ID @deprecated(reason: "soon")): String }'))

    assert found == {"Query.name.of": "soon"}


def test_whatever_is_deprecated_says_when_it_goes_and_what_to_use() -> None:
    reasons = deprecations(build_schema(SDL.read_text()))

    assert [name for name, reason in reasons.items() if not DEPRECATION.match(reason)] == []


@pytest.mark.parametrize(
    ("text", "replacement", "found"),
    [
        ('  title: String @deprecated(reason: "Gone on 2027-03-01: use name.")\n', "", []),
        (' GREEN @deprecated(reason: "Gone on 2027-03-01: use RED.")', "", []),
        ('  label: String @deprecated(reason: "Gone on 2027-03-02: use name.")\n', "", ["Query.label"]),
        ("  name: String\n", "", ["Query.name"]),
        ("  name: String\n", "  name: Int\n", ["Query.name"]),
        ("  colour: Colour\n", "  colour(of: ID!): Colour\n", ["Query.colour"]),
    ],
)
def test_only_what_was_deprecated_may_go_once_its_day_has_come(text: str, replacement: str, found: list[str]) -> None:
    after = BEFORE.replace(text, replacement)

    told = breaks(build_schema(BEFORE), build_schema(after), TODAY)

    assert len(told) == len(found)
    assert all(name in sentence for name, sentence in zip(found, told, strict=True))
