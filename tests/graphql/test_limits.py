"""What a document may ask for."""

from dataclasses import replace
from typing import Any

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from app.graphql import Cost, Limits
from app.graphql.documents import Documents, Operation
from app.graphql.measuring import CostBook, Measured
from tests.graphql.conftest import Serving
from tests.graphql.server import Served
from tests.graphql.world import LIMITS, schema

PAGE = "edges { node { id } }"


def documents(limits: Limits = LIMITS, **options: bool) -> Documents:
    return Documents(schema, limits, introspection=options.get("introspection", True), suggestions=False)


def refusals(text: str, variables: dict[str, object] | None = None, limits: Limits = LIMITS) -> list[dict[str, Any]]:
    """The extensions of the errors with which a document is refused."""
    reader = documents(limits)
    chosen = reader.choose(reader.read(text), None, variables or {})
    return [] if isinstance(chosen, Operation) else [dict(error.extensions or {}) for error in chosen]


def too_costly(limit: str, allowed: int, found: int) -> list[dict[str, Any]]:
    return [{"code": "QUERY_TOO_COSTLY", "limit": limit, "allowed": allowed, "found": found}]


def nested(depth: int) -> str:
    """A query with `depth` levels of fields."""
    return "{ item " + "{ child " * (depth - 2) + "{ id }" + " }" * (depth - 2) + " }"


def chain(fragments: int, spreads: int) -> str:
    """Fragments that spread the next one `spreads` times each."""
    spread = [f"{{ {' '.join([f'...F{n + 1}'] * spreads)} }}" for n in range(fragments)]
    bodies = "".join(f"fragment F{n} on Item {{ child {spread[n]} }}" for n in range(fragments))
    return f"{{ item {{ ...F0 }} }} {bodies} fragment F{fragments} on Item {{ id }}"


# -- the text


@pytest.mark.parametrize(("levels", "refused"), [(15, []), (16, too_costly("depth", 15, 16))])
def test_fields_nest_15_levels_deep(levels: int, refused: object) -> None:
    assert refusals(nested(levels)) == refused


def test_depth_counts_through_fragments() -> None:
    assert refusals(chain(14, 1)) == too_costly("depth", 15, 16)


@pytest.mark.parametrize(("count", "refused"), [(15, []), (16, too_costly("aliases", 15, 16))])
def test_a_document_has_at_most_15_aliases(count: int, refused: object) -> None:
    query = "{" + " ".join(f"a{n}: hello" for n in range(count)) + "}"

    assert refusals(query) == refused


def test_aliases_in_a_fragment_count_wherever_it_is_spread() -> None:
    aliases = " ".join(f"a{n}: id" for n in range(8))
    query = f"{{ item {{ ...F child {{ ...F }} }} }} fragment F on Item {{ {aliases} }}"

    assert refusals(query) == too_costly("aliases", 15, 16)


@pytest.mark.parametrize(("count", "refused"), [(50, []), (51, too_costly("directives", 50, 51))])
def test_a_document_has_at_most_50_directives(count: int, refused: object) -> None:
    query = "{" + " ".join(["hello @skip(if: false)"] * count) + "}"

    assert refusals(query, limits=replace(LIMITS, repeats=100)) == refused


@pytest.mark.parametrize(("fields", "refused"), [(998, False), (999, True)])
def test_a_document_has_at_most_1000_tokens(fields: int, refused: bool) -> None:
    limits = replace(LIMITS, repeats=2_000)

    found = refusals("{" + " hello" * fields + "}", limits=limits)

    assert (too_costly("tokens", 1000, 1001) == found) is refused


def test_comments_are_limited_as_tokens_are() -> None:
    assert refusals("#\n" * 1_001 + "{ hello }") == too_costly("tokens", 1000, 1001)


@pytest.mark.parametrize("count", [200, 1_000])
def test_the_same_field_many_times_over_is_refused_before_all_pairs_are_compared(count: int) -> None:
    codes = [refusal["code"] for refusal in refusals("{" + "item{id}" * count + "}")]

    assert codes == ["QUERY_TOO_COSTLY"]


def test_the_message_says_what_is_allowed_and_what_was_found() -> None:
    errors = documents().read(nested(20)).errors

    assert [error.message for error in errors] == ["The document asks for 20 levels of fields; at most 15 are allowed."]


# -- introspection


def test_the_introspection_of_usual_tools_passes() -> None:
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )

    assert refusals(query) == []


def test_introspection_may_not_run_in_circles() -> None:
    query = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"

    assert refusals(query) == too_costly("introspectionLists", 2, 3)


def test_introspection_has_a_depth_of_its_own() -> None:
    query = '{ __type(name: "Item") ' + "{ ofType " * 20 + "{ name }" + " }" * 20 + " }"

    assert refusals(query) == too_costly("introspectionDepth", 20, 22)


def test_introspection_may_not_be_repeated() -> None:
    query = '{ __typename a: __schema { description } b: __schema { description } __type(name: "Item") { name } }'

    assert refusals(query) == too_costly("introspections", 2, 3)


def test_introspection_can_be_switched_off_without_hiding_the_name_of_a_type() -> None:
    reader = documents(introspection=False)

    assert reader.read("{ __schema { description } }").errors
    assert reader.read('{ __type(name: "Item") { name } }').errors
    assert not reader.read("{ __typename item { __typename } }").errors


# -- page sizes and calls


@pytest.mark.parametrize(("first", "refused"), [(1, []), (100, []), (101, too_costly("pageSize", 100, 101))])
def test_a_page_has_1_to_100_items(first: int, refused: object) -> None:
    assert refusals(f"{{ items(first: {first}) {{ {PAGE} }} }}") == refused


@pytest.mark.parametrize("first", [0, -1])
def test_a_page_without_items_is_bad_input(first: int) -> None:
    assert refusals(f"{{ items(first: {first}) {{ {PAGE} }} }}") == [{"code": "BAD_USER_INPUT"}]


@pytest.mark.parametrize("digits", [12, 5_000])
def test_a_page_size_of_any_length_is_refused(digits: int) -> None:
    assert refusals("{ items(first: " + "9" * digits + f") {{ {PAGE} }} }}") != []


@pytest.mark.parametrize(
    ("variables", "refused"),
    [
        ({"n": 100}, []),
        ({"n": 101}, too_costly("pageSize", 100, 101)),
        ({"n": 101.0}, too_costly("pageSize", 100, 101)),
        ({"n": 0}, [{"code": "BAD_USER_INPUT"}]),
        ({}, []),
    ],
)
def test_page_sizes_given_by_variables_are_checked_too(variables: dict[str, object], refused: object) -> None:
    query = f"query ($n: Int! = 10) {{ items(first: $n) {{ {PAGE} }} }}"

    assert refusals(query, variables) == refused


def priced(text: str, variables: dict[str, object] | None = None) -> tuple[int, int]:
    """The points and calls of a query."""
    document = parse(text)
    measured = Measured(document, CostBook(schema._schema, LIMITS))
    price = measured.price(document.definitions[0], variables or {})  # type: ignore[arg-type]  # it is an operation
    return price.points, price.calls


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ("{ hello }", 0),
        ("{ item { id } }", 1),
        (f"{{ items(first: 10) {{ {PAGE} }} }}", 1 + 10 * 2),
        (f"{{ items {{ {PAGE} }} }}", 1 + 50 * 2),
        (f"{{ items(first: 10) {{ edges {{ node {{ items(first: 4) {{ {PAGE} }} }} }} }} }}", 1 + 10 * (2 + 1 + 4 * 2)),
        (f"{{ items(first: 10) {{ ...P }} }} fragment P on ItemConnection {{ {PAGE} }}", 1 + 10 * 2),
        (f"{{ items(first: 10) {{ ... on ItemConnection {{ {PAGE} }} }} }}", 1 + 10 * 2),
        ("{ __schema { types { name } } }", 0),
    ],
)
def test_the_cost_is_the_number_of_objects_that_the_page_sizes_allow(query: str, points: int) -> None:
    assert priced(query) == (points, 0)


def test_one_fragment_costs_by_the_page_it_is_spread_in() -> None:
    query = (
        f"{{ a: items(first: 1) {{ ...P }} b: items(first: 9) {{ ...P }} }} fragment P on ItemConnection {{ {PAGE} }}"
    )

    assert priced(query) == (2 + 1 * 2 + 9 * 2, 0)


def test_variables_decide_the_cost_anew_for_each_request() -> None:
    query = f"query ($n: Int) {{ items(first: $n) {{ {PAGE} }} }}"

    assert [priced(query, {"n": n})[0] for n in (1, 10)] == [3, 21]
    assert priced(query, {})[0] == 1 + 50 * 2
    assert priced(query, {"n": None})[0] == 1 + 100 * 2


def test_calls_are_multiplied_by_the_pages_around_them() -> None:
    assert priced("{ items(first: 30) { edges { node { checked } } } }")[1] == 30


def test_batched_calls_are_not_multiplied() -> None:
    assert priced("{ items(first: 30) { edges { node { broken } } } }")[1] == 1


def test_a_document_that_costs_too_much_is_refused_with_what_it_costs() -> None:
    limits = replace(LIMITS, cost=20, calls=5)

    assert refusals(f"{{ items(first: 10) {{ {PAGE} }} }}", limits=limits) == too_costly("cost", 20, 21)
    assert refusals("{ items(first: 6) { edges { node { checked } } } }", limits=limits) == too_costly("calls", 5, 6)


def test_subscriptions_are_limited_as_queries_are() -> None:
    query = "subscription { count(to: 1) { items(first: 101) { edges { node { id } } } } }"

    assert refusals(query) == too_costly("pageSize", 100, 101)


def test_a_cost_for_a_field_that_does_not_exist_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match=r"Query\.agenda"):
        documents(Limits(costs={("Query", "agenda"): Cost(calls=1)}))


# -- fragments


def steps(text: str) -> int:
    """How many selections are looked at to measure and price a document."""
    document = parse(text)
    measured = Measured(document, CostBook(schema._schema, LIMITS))
    measured.price(document.definitions[0], {})  # type: ignore[arg-type]  # it is an operation
    return measured.steps


@pytest.mark.parametrize("spreads", [2, 4])
def test_nested_fragments_cost_time_only_by_the_length_of_the_text(spreads: int) -> None:
    short, middle, long = (steps(chain(fragments, spreads)) for fragments in (20, 40, 60))

    assert long - middle == middle - short
    assert long < len(chain(60, spreads))


def test_fragments_spread_backwards_cost_no_more() -> None:
    def backwards(count: int) -> str:
        definitions = [f"fragment F{n} on Item {{ child {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(count)]
        last = f"fragment F{count} on Item {{ id }}"
        return "{ item { ...F0 } }" + last + "".join(reversed(definitions))

    assert steps(backwards(40)) == steps(chain(40, 2))


def test_a_bomb_of_580_bytes_is_refused_for_what_it_would_answer() -> None:
    bomb = "{item{...A}}" + "".join(
        f"fragment {chr(65 + n)} on Item{{a:child{{...{chr(66 + n)}}}b:child{{...{chr(66 + n)}}}}}" for n in range(10)
    )
    bomb += "fragment K on Item{id}"

    assert len(bomb) < 580
    assert too_costly("aliases", 15, 2046)[0] in refusals(bomb)


def test_fragments_in_a_circle_are_refused() -> None:
    query = "{ item { ...A } } fragment A on Item { child { ...B } } fragment B on Item { child { ...A } }"

    (error,) = documents().read(query).errors
    assert "Cannot spread fragment 'A' within itself" in error.message


@given(st.text(alphabet="{}()abBF.@:$ ", max_size=60).map("{ item {".__add__))
def test_no_text_breaks_the_reading(text: str) -> None:
    document = documents().read(text)

    assert document.errors or document.operations


# -- the cache


def test_the_same_text_is_read_once() -> None:
    reader = documents()

    assert reader.read("{ hello }") is reader.read("{ hello }")
    assert len(reader) == 1


def test_the_cache_forgets_what_was_not_asked_for_longest() -> None:
    reader = Documents(schema, LIMITS, introspection=True, suggestions=False, capacity=2)
    first = reader.read("{ a: hello }")
    reader.read("{ b: hello }")
    reader.read("{ a: hello }")
    reader.read("{ c: hello }")

    assert len(reader) == 2
    assert reader.read("{ a: hello }") is first


def test_long_texts_are_not_kept() -> None:
    reader = documents()

    reader.read("{ hello }" + " " * 20_000)

    assert len(reader) == 0


# -- through the server


async def test_a_refusal_names_the_limit_to_the_client(served: Served) -> None:
    reply = await served.query("query ($n: Int!) { items(first: $n) { edges { node { id } } } }", n=1_000)

    (error,) = reply.json["errors"]
    assert error["extensions"] == too_costly("pageSize", 100, 1000)[0]
    assert error["message"] == "`first` is at most 100."


async def test_limits_are_the_products_to_set(serving_with: Serving) -> None:
    async with serving_with(limits=Limits(depth=1)) as served:
        reply = await served.query("{ item { id } }")

    assert reply.codes == ["QUERY_TOO_COSTLY"]
