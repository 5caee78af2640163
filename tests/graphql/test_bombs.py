"""Documents built to keep a server busy: what reading one may take is counted in calls of functions, not in seconds."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from app.graphql.documents import Documents
from tests.graphql.server import POST_HEADERS, Served
from tests.graphql.world import LIMITS, schema

MOST_CALLS = 350_000
"""About a tenth of a second; an ordinary document takes some ten thousand."""
LONGEST = 100_000
"""A body has at most 100 KB, and with it a document."""

Bomb = Callable[[int], str]

WIDE: dict[str, Bomb] = {
    "one field over and over": lambda n: "{" + "item{id}" * n + "}",
    "inline fragments around one field": lambda n: "{" + "...{item{child{id}}}" * n + "}",
    "inline fragments in inline fragments": lambda n: "{" + "...{item{...{child{id}}}}" * n + "}",
    "inline fragments around one leaf": lambda n: "{item{" + "...{id}" * n + "}}",
    "fragments with one field": lambda n: (
        "{"
        + "".join(f"...F{i} " for i in range(n))
        + "}"
        + "".join(f"fragment F{i} on Query{{item{{id}}}}" for i in range(n))
    ),
    "fragments that each spread all after them": lambda n: (
        "{...F0}"
        + "".join(
            f"fragment F{i} on Query{{{''.join(f'...F{j} ' for j in range(i + 1, n))} item{{id}}}}" for i in range(n)
        )
    ),
    "fragments in circles": lambda n: (
        "{...F0}" + "".join(f"fragment F{i} on Query{{{''.join(f'...F{j} ' for j in range(n))}}}" for i in range(n))
    ),
    "unused fragments": lambda n: "{hello}" + "".join(f"fragment F{i} on Query{{hello}}" for i in range(n)),
    "operations": lambda n: "".join(f"query A{i}{{...F}}" for i in range(n)) + "fragment F on Query{item{id}}",
    "operations without a name": lambda n: "{hello}" * n,
    "operations that reach a chain of fragments": lambda n: (
        "".join(f"query A{i}{{...F0}}" for i in range(n))
        + "".join(f"fragment F{i} on Query{{...F{i + 1}}}" for i in range(n))
        + f"fragment F{n} on Query{{hello}}"
    ),
    "operations with a variable that a fragment uses": lambda n: (
        "".join(f"query A{i}($a:String!){{...F}}" for i in range(n))
        + "fragment F on Query{"
        + "hello(name:$a)" * min(n, 40)
        + "}"
    ),
    "variables": lambda n: "query(" + "".join(f"$v{i}:Int " for i in range(n)) + "){hello}",
    "one variable over and over": lambda n: "query(" + "$v:Int " * n + "){hello}",
    "arguments": lambda n: "{hello(" + "".join(f"a{i}:1 " for i in range(n)) + ")}",
    "one argument over and over": lambda n: "{hello(" + "name:1 " * n + ")}",
    "keys of an object": lambda n: "{filtered(filter:{" + "".join(f"a{i}:1 " for i in range(n)) + "})}",
    "one key over and over": lambda n: "{filtered(filter:{" + "name:1 " * n + "})}",
    "items of a list": lambda n: "{hello(name:[" + "1 " * n + "])}",
    "unknown fields": lambda n: "{" + "".join(f"a{i} " for i in range(n)) + "}",
    "directives": lambda n: "{hello" + "@skip(if:false)" * n + "}",
    "definitions of types": lambda n: "type A{a:Int}" * n,
    "values of an enum": lambda n: "enum E{" + "".join(f"A{i} " for i in range(n)) + "}",
}

LONG: dict[str, str] = {
    "a name": "{" + "a" * LONGEST + "}",
    "an alias": "{" + "a" * LONGEST + ":hello}",
    "a text": '{hello(name:"' + "a" * LONGEST + '")}',
    "a text of escapes": '{hello(name:"' + "\\u0041" * (LONGEST // 6) + '")}',
    "a block of lines": '{hello(name:"""' + "\n" * LONGEST + '""")}',
    "a block of carriage returns": '{hello(name:"""' + "\r" * LONGEST + '""")}',
    "a block of quotes": '{hello(name:"""' + '\\"""' * (LONGEST // 4) + '""")}',
    "a number": "{items(first:" + "9" * LONGEST + "){edges{node{id}}}}",
    "a fraction": "{items(first:0." + "9" * LONGEST + "){edges{node{id}}}}",
    "an exponent": "{items(first:1e" + "9" * LONGEST + "){edges{node{id}}}}",
    "a comment": "#" + "a" * LONGEST + "\n{hello}",
    "comments": "#\n" * (LONGEST // 2) + "{hello}",
    "byte order marks": "\ufeff" * LONGEST + "{hello}",
    "commas": "," * LONGEST + "{hello}",
    "lines": "\n" * LONGEST + "{hello}",
}

DEEP: dict[str, Bomb] = {
    "fields": lambda n: "{item" + "{child" * n + "}" * n + "}",
    "inline fragments": lambda n: "{" + "...{" * n + "hello" + "}" * n + "}",
    "fragments": lambda n: (
        "{" + "...{" * n + "...F" + "}" * n + "}" + "fragment F on Query{" + "...{" * n + "hello" + "}" * n + "}"
    ),
    "lists": lambda n: "{hello(name:" + "[" * n + "]" * n + ")}",
    "objects": lambda n: "{hello(name:" + "{a:" * n + "1" + "}" * n + ")}",
    "types of lists": lambda n: "query($a:" + "[" * n + "Int" + "]" * n + "){hello}",
}


def calls(text: str) -> int:
    """How many functions are called to read a document."""
    reader = Documents(schema, LIMITS, introspection=True, suggestions=False, capacity=1)
    count = 0

    def see(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        reader.read(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("bomb", WIDE.values(), ids=WIDE)
def test_no_document_within_the_limit_of_tokens_keeps_the_server_busy(bomb: Bomb) -> None:
    assert max(calls(bomb(n)) for n in (25, 50, 100, 200, 400)) < MOST_CALLS


@pytest.mark.parametrize("bomb", WIDE.values(), ids=WIDE)
def test_the_work_grows_with_the_length_of_a_document_and_not_with_its_square(bomb: Bomb) -> None:
    """What the standard rules compare in pairs is kept so little that it stays well below the square."""
    short, middle, long = (calls(bomb(n)) / len(bomb(n)) for n in (10, 20, 40))

    assert middle < 1.7 * short
    assert long < 1.7 * middle


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_nothing_that_is_long_is_looked_at_more_than_a_few_times(text: str) -> None:
    assert calls(text) < MOST_CALLS


@pytest.mark.parametrize("depth", [90, 110, 165, 190, 240, 400, 5_000])
@pytest.mark.parametrize("bomb", DEEP.values(), ids=DEEP)
async def test_nothing_that_is_deep_is_a_defect(served: Served, bomb: Bomb, depth: int) -> None:
    reply = await served.query(bomb(depth))

    assert reply.status == 200
    assert set(reply.codes) <= {"BAD_USER_INPUT", "QUERY_TOO_COSTLY"}


@pytest.mark.parametrize(("levels", "refused"), [(60, False), (61, True)])
def test_fragments_nest_60_levels_deep(levels: int, refused: bool) -> None:
    reader = Documents(schema, LIMITS, introspection=True, suggestions=False)

    errors = reader.read("{" + "...{" * (levels - 1) + "hello" + "}" * (levels - 1) + "}").errors

    assert [error.message for error in errors] == (
        ["The document asks for 61 levels of fields and fragments; at most 60 are allowed."] if refused else []
    )


@pytest.mark.parametrize("depth", [100, 500, 1_000, 30_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"name":', "}")], ids=["lists", "objects"])
async def test_no_variable_that_is_deep_is_a_defect(served: Served, opening: str, closing: str, depth: int) -> None:
    value = opening * depth + "1" + closing * depth
    body = '{"query": "query ($a: Filter!) { filtered(filter: $a) }", "variables": {"a": ' + value[:100_000] + "}}"

    reply = await served.request("POST", data=body.encode(), headers=POST_HEADERS)

    assert reply.status in {200, 400, 413}
    assert set(reply.codes) == {"BAD_USER_INPUT"}


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
def test_a_document_has_at_most_5000_lines(line_end: str) -> None:
    reader = Documents(schema, LIMITS, introspection=True, suggestions=False)

    assert not reader.read(line_end * 4_999 + "{ hello }").errors
    (error,) = reader.read(line_end * 5_000 + "{ hello }").errors
    assert error.extensions == {"code": "QUERY_TOO_COSTLY", "limit": "lines", "allowed": 5_000, "found": 5_001}
    assert error.message == "The document has 5,001 lines; at most 5,000 are allowed."


def test_no_more_than_8_mistakes_of_a_document_are_told() -> None:
    reader = Documents(schema, LIMITS, introspection=True, suggestions=False)

    errors = reader.read("{" + "".join(f"a{n} " for n in range(300)) + "}").errors

    assert len(errors) == 8 + 1
    assert errors[-1].message.startswith("Too many validation errors")
