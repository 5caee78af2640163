"""Nothing breaks the clients of the last release, and whatever goes says when, in time."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from graphql import build_schema, validate_schema

from app import clock
from schema.export import SDL
from schema.release import DEPRECATION, NOTICE, RELEASED, breaks, dangers, deprecations, hurried, main, overdue

TODAY = date(2027, 3, 1)
GONE, GONE_TOMORROW = "Gone on 2027-03-01: use it.", "Gone on 2027-03-02: use it."
BEFORE = f"""
enum Colour {{
  RED
  GREEN @deprecated(reason: "{GONE}")
  BLUE @deprecated(reason: "{GONE_TOMORROW}")
}}
enum Mood {{ CALM }}
interface Named {{ name: String }}
type Bird implements Named {{ name: String plumage: Plumage @deprecated(reason: "{GONE}") }}
type Fish {{ name: String }}
type Plumage {{ colour: Colour feathers: [Feather!]! }}
type Feather {{ mood: Mood }}
type Weather {{ mood: Mood }}
union Animal = Bird | Fish
input Search {{
  text: String! = "all"
  depth: Int = 1
  colour: Colour @deprecated(reason: "{GONE}")
  mood: Mood @deprecated(reason: "{GONE_TOMORROW}")
}}
type Query {{
  name: String
  title: String @deprecated(reason: "{GONE}")
  label: String @deprecated(reason: "{GONE_TOMORROW}")
  colour: Colour
  animals(first: Int! = 50, kind: String @deprecated(reason: "{GONE}"), like: String): [Animal!]
  found(by: Search): [Animal!]
  weather(at: Int): Weather @deprecated(reason: "{GONE}")
}}
"""


def _changed(*changes: tuple[str, str]) -> str:
    after = BEFORE
    for text, replacement in changes:
        assert text in after
        after = after.replace(text, replacement)
    return after


def _deprecated(text: str, day: str = GONE) -> str:
    return f'{text} @deprecated(reason: "{day}")'


def test_the_schema_of_these_tests_is_a_valid_one() -> None:
    assert validate_schema(build_schema(BEFORE)) == []


def test_nothing_breaks_the_clients_of_the_last_release() -> None:
    released, now = build_schema(RELEASED.read_text()), build_schema(SDL.read_text())

    assert breaks(released, now, clock.now().date()) == []


def test_arguments_and_fields_of_inputs_that_are_deprecated_are_found_as_fields_and_values_are() -> None:
    reasons = deprecations(build_schema(BEFORE))

    assert reasons == {
        "Colour.GREEN": GONE,
        "Colour.BLUE": GONE_TOMORROW,
        "Bird.plumage": GONE,
        "Search.colour": GONE,
        "Search.mood": GONE_TOMORROW,
        "Query.title": GONE,
        "Query.label": GONE_TOMORROW,
        "Query.animals.kind": GONE,
        "Query.weather": GONE,
    }


def test_whatever_is_deprecated_says_when_it_goes_and_what_to_use() -> None:
    reasons = deprecations(build_schema(SDL.read_text()))

    assert [name for name, reason in reasons.items() if not DEPRECATION.match(reason)] == []
    for reason in reasons.values():
        date.fromisoformat(reason.removeprefix("Gone on ")[:10])


@pytest.mark.parametrize(
    "changes",
    [
        [(f"  {_deprecated('title: String')}\n", "")],
        [(f"  {_deprecated('GREEN')}\n", "")],
        [(f", {_deprecated('kind: String')}", "")],
        [(f"  {_deprecated('colour: Colour')}\n", "")],
        [(f"  {_deprecated('weather(at: Int): Weather')}\n", ""), ("type Weather { mood: Mood }\n", "")],
        [
            (f" {_deprecated('plumage: Plumage')}", ""),
            ("type Plumage { colour: Colour feathers: [Feather!]! }\n", ""),
            ("type Feather { mood: Mood }\n", ""),
        ],
    ],
    ids=["field", "value", "argument", "field of an input", "last use of a type", "type that leads to a type"],
)
def test_what_was_deprecated_may_go_once_its_day_has_come_and_takes_along_what_only_it_led_to(
    changes: list[tuple[str, str]],
) -> None:
    before, after = build_schema(BEFORE), build_schema(_changed(*changes))

    assert breaks(before, after, TODAY) == []
    assert breaks(before, after, TODAY - timedelta(days=1)) != []


@pytest.mark.parametrize(
    ("text", "replacement", "name"),
    [
        (f"  {_deprecated('label: String', GONE_TOMORROW)}\n", "", "Query.label"),
        (f"  {_deprecated('BLUE', GONE_TOMORROW)}\n", "", "Colour.BLUE"),
        (f"  {_deprecated('mood: Mood', GONE_TOMORROW)}\n", "", "Search.mood"),
        ("  name: String\n", "", "Query.name"),
        ("  name: String\n", "  name: Int\n", "Query.name"),
        ("  title: String", "  title: Int", "Query.title"),
        (", like: String", "", "Query.animals(like:)"),
        (", like: String", ", like: Int", "Query.animals(like:)"),
        ("  colour: Colour\n", "  colour(of: ID!): Colour\n", "Query.colour"),
        ("  depth: Int = 1\n", "", "Search.depth"),
        ("  depth: Int = 1\n", "  depth: Int = 1\n  width: Int!\n", "Search.width"),
        ("first: Int! = 50", "first: Int!", "Query.animals.first"),
        ('text: String! = "all"', "text: String!", "Search.text"),
        ("Bird | Fish", "Bird", "Fish"),
        ("type Bird implements Named", "type Bird", "Named"),
        ("type Fish {", "interface Fish {", "Fish"),
    ],
)
def test_nothing_else_may_go_or_be_asked_for_or_be_another(text: str, replacement: str, name: str) -> None:
    before, after = build_schema(BEFORE), build_schema(_changed((text, replacement)), assume_valid=True)

    told = breaks(before, after, TODAY)

    assert [sentence for sentence in told if name in sentence] != []


def test_a_type_stays_for_as_long_as_anything_else_leads_to_it() -> None:
    weather, plumage = f"  {_deprecated('weather(at: Int): Weather')}\n", f" {_deprecated('plumage: Plumage')}"
    after = _changed((weather, ""), (plumage, ""), ("enum Mood { CALM }\n", ""), ("mood: Mood", "mood: String"))

    told = breaks(build_schema(BEFORE), build_schema(after), TODAY)

    assert "Mood was removed." in " ".join(told)


@pytest.mark.parametrize(
    ("text", "replacement", "name"),
    [
        ("enum Mood { CALM }", "enum Mood { CALM MERRY }", "Mood.MERRY"),
        ("Bird | Fish", "Bird | Fish | Feather", "Feather"),
        ("  depth: Int = 1\n", "  depth: Int = 1\n  width: Int = 2\n", "Search.width"),
        ("  depth: Int = 1\n", "  depth: Int = 2\n", "Search.depth"),
        ("first: Int! = 50", "first: Int! = 20", "Query.animals(first:)"),
        (", like: String", ", like: String, within: Int", "Query.animals(within:)"),
        ("type Fish {", "type Fish implements Named {", "Named"),
    ],
)
def test_what_may_surprise_a_careless_client_is_told_and_allowed(text: str, replacement: str, name: str) -> None:
    before, after = build_schema(BEFORE), build_schema(_changed((text, replacement)))

    [told] = dangers(before, after)

    assert name in told
    assert breaks(before, after, TODAY) == []


def test_what_is_only_more_surprises_nobody() -> None:
    after = build_schema(_changed(("  name: String\n", "  name: String!\n  nickname: Nickname\n")) + "scalar Nickname")

    assert dangers(build_schema(BEFORE), after) == []
    assert breaks(build_schema(BEFORE), after, TODAY) == []


def test_what_is_deprecated_stays_for_half_a_year_and_longer_where_that_was_told() -> None:
    soon, late = TODAY + NOTICE - timedelta(days=1), TODAY + NOTICE
    fish = "type Fish { name: String"
    before = build_schema(BEFORE)

    def told(text: str, day: date) -> list[str]:
        return hurried(before, build_schema(_changed((text, _deprecated(text, f"Gone on {day}: use it.")))), TODAY)

    assert told(fish, soon) == [f"Fish.name may not be gone before {late}."]
    assert told(fish, late) == []
    assert hurried(before, before, TODAY) == []
    sooner = build_schema(_changed((GONE_TOMORROW, GONE)))
    assert {line.split()[0] for line in hurried(before, sooner, TODAY)} == {"Colour.BLUE", "Search.mood", "Query.label"}


def test_what_should_be_gone_by_now_is_told() -> None:
    before, after = build_schema(BEFORE), build_schema(_changed((f"  {_deprecated('title: String')}\n", "")))

    assert overdue(before, after, TODAY) == [
        "Bird.plumage",
        "Colour.GREEN",
        "Query.animals.kind",
        "Query.weather",
        "Search.colour",
    ]
    assert overdue(before, after, TODAY - timedelta(days=1)) == []


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The schema of the last release, and where that of now is to be."""
    released, now = tmp_path / "released.graphql", tmp_path / "schema.graphql"
    released.write_text(BEFORE)
    return released, now


def test_a_release_keeps_its_schema(files: tuple[Path, Path]) -> None:
    released, now = files
    now.write_text(_changed(("enum Mood { CALM }", "enum Mood { CALM MERRY }")))

    main([], released, now)

    assert released.read_text() == now.read_text()


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_a_release_that_breaks_something_is_refused(
    arguments: list[str], files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    released, now = files
    now.write_text(_changed(("  name: String\n", "")))

    with pytest.raises(SystemExit) as stopped:
        main(arguments, released, now)

    assert stopped.value.code not in {0, None}
    assert "Query.name" in f"{stopped.value.code}{capsys.readouterr().out}"
    assert released.read_text() == BEFORE


def test_a_check_tells_what_is_allowed_and_keeps_nothing(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    released, now = files
    now.write_text(_changed(("enum Mood { CALM }", "enum Mood { CALM MERRY }")))

    with pytest.raises(SystemExit) as stopped:
        main(["--check"], released, now)

    assert stopped.value.code == 0
    assert "Mood.MERRY" in capsys.readouterr().out
    assert released.read_text() == BEFORE
