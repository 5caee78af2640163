"""GraphQL over HTTP. https://graphql.github.io/graphql-over-http/draft/"""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from app.graphql import GraphQLOptions
from tests.graphql.conftest import Serving
from tests.graphql.server import POST_HEADERS, Served
from tests.graphql.world import SECRET, TOKEN, World

NEWER = "application/graphql-response+json"
PLAIN = "application/json"
TYPENAME = "{ __typename }"
NOT_OBJECTS = ["text", 0, False, ["list"]]
NOT_STRINGS = [{"an": "object"}, 0, False, ["list"]]


def accepting(media_type: str) -> dict[str, str]:
    return {"Accept": media_type}


def get(query: str, **parameters: str) -> str:
    return "?" + urlencode({"query": query, **parameters})


# -- media types


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (NEWER, NEWER),
        (PLAIN, PLAIN),
        ("*/*", PLAIN),
        ("application/*", PLAIN),
        (f"{PLAIN}, {NEWER}", NEWER),
        (f"{NEWER}, {PLAIN};q=0.9", NEWER),
        (f"{NEWER};q=0.5, {PLAIN};q=0.9", PLAIN),
        (f"text/event-stream, {PLAIN}", PLAIN),
    ],
)
async def test_the_answer_has_the_media_type_that_the_client_prefers(
    served: Served, accept: str, answered: str
) -> None:
    reply = await served.query(TYPENAME, accepting(accept))

    assert (reply.status, reply.media_type) == (200, answered)


async def test_a_client_that_says_nothing_gets_plain_json_in_utf_8(served: Served) -> None:
    async with served.http.post(
        served.url, data=json.dumps({"query": TYPENAME}), headers=POST_HEADERS, skip_auto_headers=["Accept"]
    ) as response:
        body = (await response.read()).decode("utf-8")

    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(body) == {"data": {"__typename": "Query"}}


async def test_a_client_that_accepts_neither_media_type_is_refused(served: Served) -> None:
    reply = await served.query(TYPENAME, accepting("image/png"))

    assert (reply.status, reply.codes) == (406, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql"],
)
async def test_a_body_that_is_not_declared_as_json_is_refused(served: Served, content_type: str) -> None:
    reply = await served.post({"query": TYPENAME}, {"Content-Type": content_type})

    assert (reply.status, reply.codes) == (415, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset=UTF-8", 200),
        ("application/json; charset=latin-1", 415),
    ],
)
async def test_json_is_read_in_utf_8_only(served: Served, content_type: str, status: int) -> None:
    reply = await served.post({"query": '{ hello(name: "🏊") }'}, {"Content-Type": content_type})

    assert reply.status == status


async def test_a_body_without_a_charset_is_read_in_utf_8(served: Served) -> None:
    body = '{"query": "{ hello(name: \\"Zoë 🏊\\") }"}'.encode()

    reply = await served.request("POST", data=body, headers=POST_HEADERS)

    assert reply.json == {"data": {"hello": "hello Zoë 🏊"}}


async def test_a_post_without_a_content_type_is_refused(served: Served) -> None:
    reply = await served.request("POST", data=b"{}", headers={}, skip_auto_headers=["Content-Type"])

    assert reply.status == 415


# -- methods


async def test_a_query_may_be_sent_by_get(served: Served) -> None:
    reply = await served.request("GET", get(TYPENAME))

    assert (reply.status, reply.json) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("accept", [PLAIN, NEWER])
async def test_variables_come_in_the_query_string_as_json(served: Served, accept: str) -> None:
    query = "query Greet($name: String!) { hello(name: $name) }"
    path = get(query, variables='{"name": "Ada"}', operationName="Greet", extensions="{}")

    reply = await served.request("GET", path, headers=accepting(accept))

    assert (reply.status, reply.json) == (200, {"data": {"hello": "hello Ada"}})


async def test_variables_in_the_query_string_that_are_not_json_are_refused(served: Served) -> None:
    reply = await served.request("GET", get(TYPENAME, variables="{"), headers=accepting(PLAIN))

    assert (reply.status, reply.codes) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize("accept", [PLAIN, NEWER])
async def test_a_mutation_by_get_is_not_executed(served: Served, accept: str) -> None:
    reply = await served.request("GET", get("mutation { change(to: 1) }"), headers=accepting(accept))

    assert (reply.status, reply.headers["Allow"]) == (405, "GET, POST")
    assert "data" not in reply.json


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_methods_are_refused(served: Served, method: str) -> None:
    reply = await served.request(method)

    assert (reply.status, reply.headers["Allow"]) == (405, "GET, POST")


async def test_a_mutation_by_post_is_executed(served: Served) -> None:
    reply = await served.query("mutation { change(to: 7) }")

    assert reply.json == {"data": {"change": 7}}


@pytest.mark.parametrize(("accept", "status"), [(PLAIN, 400), (NEWER, 400)])
async def test_a_subscription_over_http_says_where_to_go(served: Served, accept: str, status: int) -> None:
    reply = await served.query("subscription { count(to: 1) { id } }", accepting(accept))

    assert reply.status == status
    assert "graphql-transport-ws" in reply.json["errors"][0]["message"]


# -- parameters


@pytest.mark.parametrize("body", [{}, {"notquery": TYPENAME}, {"qeury": TYPENAME}, {"query": None}, 5, None, "text"])
@pytest.mark.parametrize("accept", [PLAIN, NEWER])
async def test_a_request_without_a_query_is_refused(served: Served, accept: str, body: object) -> None:
    reply = await served.post(body, accepting(accept))

    assert (reply.status, reply.codes) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    ("parameter", "wrong"),
    [("query", value) for value in NOT_STRINGS]
    + [("operationName", value) for value in NOT_STRINGS]
    + [("variables", value) for value in NOT_OBJECTS]
    + [("extensions", value) for value in NOT_OBJECTS],
)
async def test_a_parameter_of_the_wrong_type_is_refused(served: Served, parameter: str, wrong: object) -> None:
    reply = await served.post({"query": TYPENAME, parameter: wrong})

    assert (reply.status, reply.codes) == (400, ["BAD_USER_INPUT"])
    assert parameter in reply.json["errors"][0]["message"]


@pytest.mark.parametrize("parameter", ["variables", "operationName", "extensions"])
@pytest.mark.parametrize("accept", [PLAIN, NEWER])
async def test_a_parameter_that_is_null_counts_as_absent(served: Served, accept: str, parameter: str) -> None:
    reply = await served.post({"query": TYPENAME, parameter: None}, accepting(accept))

    assert (reply.status, reply.json) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize(
    "parameters",
    [
        {"operationName": "Q", "query": "query Q { __typename }"},
        {"variables": {"name": "Query"}, "query": "query Q($name: String!) { __type(name: $name) { name } }"},
        {"extensions": {"some": "value"}, "query": TYPENAME},
    ],
)
@pytest.mark.parametrize("accept", [PLAIN, NEWER])
async def test_parameters_of_the_right_type_are_taken(served: Served, accept: str, parameters: object) -> None:
    reply = await served.post(parameters, accepting(accept))

    assert reply.status == 200
    assert "errors" not in reply.json


async def test_the_operation_named_is_the_one_executed(served: Served) -> None:
    body = {"query": "query A { hello } query B { number }", "operationName": "A"}

    reply = await served.post(body)

    assert reply.json == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize("name", [None, "C", ""])
async def test_a_document_of_several_operations_needs_the_name_of_one(served: Served, name: str | None) -> None:
    body = {"query": "query A { hello } query B { number }", "operationName": name}

    reply = await served.post(body, accepting(NEWER))

    assert (reply.status, reply.codes) == (400, ["BAD_USER_INPUT"])


async def test_batches_are_refused(served: Served) -> None:
    reply = await served.post([{"query": TYPENAME}, {"query": TYPENAME}])

    assert reply.status == 400
    assert "one operation" in reply.json["errors"][0]["message"]


# -- bodies


@pytest.mark.parametrize(
    "body", [b"", b'{ "not a JSON', b'{"query": "\xff"}', b'{"query": "\\ud800"}', b"NaN", b"[" * 5000]
)
@pytest.mark.parametrize("accept", [PLAIN, NEWER])
async def test_a_body_that_is_not_json_in_utf_8_is_refused(served: Served, accept: str, body: bytes) -> None:
    reply = await served.request("POST", data=body, headers={**POST_HEADERS, "Accept": accept})

    assert (reply.status, reply.codes) == (400, ["BAD_USER_INPUT"])


async def test_a_body_of_exactly_the_limit_is_read(served: Served, options: GraphQLOptions) -> None:
    start = b'{"query": "{ __typename }"'
    body = start + b" " * (options.body_limit - len(start) - 1) + b"}"

    reply = await served.request("POST", data=body, headers=POST_HEADERS)

    assert (len(body), reply.status) == (100 * 1024, 200)


async def test_a_longer_body_is_refused_before_it_is_parsed(served: Served, options: GraphQLOptions) -> None:
    reply = await served.request("POST", data=b"x" * (options.body_limit + 1), headers=POST_HEADERS)

    assert (reply.status, reply.codes) == (413, ["BAD_USER_INPUT"])


async def test_a_longer_body_of_undeclared_length_is_refused_too(served: Served, options: GraphQLOptions) -> None:
    async def chunks() -> Any:
        yield b"x" * options.body_limit
        yield b"x"

    reply = await served.request("POST", data=chunks(), headers=POST_HEADERS)

    assert (reply.status, reply.codes) == (413, ["BAD_USER_INPUT"])


# -- statuses


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{", {}),
        ("{ doesNotExist }", {}),
        ("query ($id: ID!) { __typename }", {"id": None}),
        ("query ($to: Int!) { hello @skip(if: false) n: hello @include(if: true) } mutation M { __typename }", {}),
    ],
)
async def test_a_document_that_cannot_run_is_a_bad_request_only_to_clients_of_the_newer_type(
    served: Served, query: str, variables: dict[str, object]
) -> None:
    newer = await served.query(query, accepting(NEWER), **variables)
    plain = await served.query(query, accepting(PLAIN), **variables)

    assert (newer.status, plain.status) == (400, 200)
    assert "data" not in newer.json
    assert set(newer.codes) == {"BAD_USER_INPUT"}


async def test_an_answer_with_errors_of_single_fields_is_a_success(served: Served) -> None:
    reply = await served.query("{ hello refused }", accepting(NEWER))

    assert reply.status == 200
    assert reply.json["data"] == {"hello": "hello world", "refused": None}


async def test_answers_are_never_stored(served: Served) -> None:
    good = await served.query(TYPENAME)
    bad = await served.post({})

    for reply in (good, bad):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


# -- callers


async def test_a_wrong_token_is_refused_in_the_shape_of_graphql(served: Served) -> None:
    reply = await served.query(TYPENAME, {"Authorization": "Bearer expired"})

    assert (reply.status, reply.codes) == (401, ["UNAUTHENTICATED"])
    assert reply.headers["WWW-Authenticate"] == "Bearer"


async def test_a_gate_may_refuse_with_another_status(served: Served) -> None:
    reply = await served.query(TYPENAME, {"Authorization": "Bearer forbidden"})

    assert (reply.status, reply.codes) == (403, ["FORBIDDEN"])
    assert "WWW-Authenticate" not in reply.headers


async def test_resolvers_know_who_is_asking(served: Served) -> None:
    reply = await served.query("{ me }", {"Authorization": f"Bearer {TOKEN}"})

    assert reply.json == {"data": {"me": "Ada"}}


async def test_each_request_has_a_context_of_its_own(served: Served) -> None:
    first = await served.query("{ number }")
    second = await served.query("{ number }")

    assert first.json != second.json


async def test_a_gate_that_breaks_is_an_internal_error_without_detail(serving_with: Serving) -> None:
    class BrokenGate:
        async def for_request(self, request: object) -> None:
            raise ConnectionError(SECRET)

    async with serving_with(gate=BrokenGate()) as served:
        reply = await served.query(TYPENAME)

    assert (reply.status, reply.codes) == (500, ["INTERNAL"])
    assert SECRET.encode() not in reply.body


# -- deadlines and encoding


async def test_an_operation_past_its_deadline_is_given_up_and_cleaned_up(
    serving_with: Serving, options: GraphQLOptions, world: World
) -> None:
    async with serving_with(deadline=options.deadline / 1000) as served:
        reply = await served.query("{ slow }", accepting(NEWER))

    assert (reply.status, reply.codes) == (504, ["DEADLINE_EXCEEDED"])
    assert world.closed.is_set()


async def test_a_body_that_does_not_arrive_in_time_is_given_up(serving_with: Serving, options: GraphQLOptions) -> None:
    async with serving_with(deadline=options.deadline / 1000) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        answer = await reader.readline()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 408")


async def test_half_a_surrogate_pair_does_not_break_the_answer(served: Served) -> None:
    reply = await served.query("{ halfACharacter }")

    assert reply.json == {"data": {"halfACharacter": "half \ud83d of one"}}
