"""What clients and the log are told of errors."""

from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from app.graphql import ErrorCode, GraphQLFailure
from app.graphql.masking import Masking, names_in
from tests.graphql.server import Served
from tests.graphql.world import SECRET

DEFECTS = ["broken", "unsaid", "nullWhereNoneMayBe", "item { broken }"]


@pytest.mark.parametrize("field", DEFECTS)
async def test_a_defect_is_answered_with_a_correlation_id_and_no_detail(served: Served, field: str) -> None:
    reply = await served.query(f"{{ {field} }}")

    error = reply.json["errors"][0]
    assert error["extensions"] == {"code": "INTERNAL", "correlationId": "correlation-1"}
    assert error["path"][0] == field.partition(" ")[0]
    assert SECRET.encode() not in reply.body


@pytest.mark.parametrize("field", DEFECTS)
async def test_the_log_of_a_defect_has_no_text_of_it_and_nothing_that_the_client_sent(
    served: Served, field: str, log: Any
) -> None:
    await served.query(f"query Alias_canary($v: String) {{ canary: {field} hello(name: $v) }}", v=SECRET)

    assert len(log) == 1
    assert log[0]["correlation_id"] == "correlation-1"
    assert SECRET not in str(log)
    assert "canary" not in str(log)


def test_one_defect_that_many_fields_meet_is_logged_once(log: Any) -> None:
    masking = Masking(lambda: "correlation-1", frozenset())
    defect = RuntimeError(SECRET)

    shown = masking.field_errors([GraphQLError(SECRET, path=[n], original_error=defect) for n in range(50)])

    assert len(shown) == 50
    assert len(log) == 1


@pytest.mark.parametrize(
    "outage", [ConnectionError(SECRET), ExceptionGroup("", [ValueError(), ConnectionError(SECRET)])]
)
def test_an_outage_is_told_with_the_time_to_come_again_and_is_no_defect(outage: Exception, log: Any) -> None:
    masking = Masking(lambda: "correlation-1", frozenset(), outages=(ConnectionError,))

    (of_field,) = masking.field_errors([GraphQLError(SECRET, path=["viewer"], original_error=outage)])
    elsewhere = masking.defect(outage)

    expected = {"code": "UNAVAILABLE", "correlationId": "correlation-1", "retryAfterSeconds": 5}
    assert of_field["extensions"] == elsewhere["extensions"] == expected
    assert of_field["path"] == ["viewer"]
    assert SECRET not in str(of_field) + str(elsewhere) + str(log)
    assert {entry["event"] for entry in log} == {"graphql.outage"}


def test_no_client_and_no_code_of_ours_can_claim_an_outage_on_purpose() -> None:
    masking = Masking(lambda: "correlation-1", frozenset())
    claimed = GraphQLError(SECRET, extensions={"code": "UNAVAILABLE"})

    (shown,) = masking.field_errors([claimed])

    assert shown["extensions"] == {"code": "INTERNAL", "correlationId": "correlation-1"}


@given(st.text())
def test_no_message_is_shown_at_length(text: str) -> None:
    masking = Masking(lambda: "correlation-1", frozenset())

    (shown,) = masking.request_errors([GraphQLError(text * 50)])

    assert len(str(shown["message"])) <= 401


async def test_the_log_names_the_type_its_cause_and_the_place_in_our_own_code(served: Served, log: Any) -> None:
    await served.query("{ broken }")

    assert log[0]["exception"] == "builtins.RuntimeError"
    assert log[0]["cause"] == "tests.graphql.world.Provider"
    assert log[0]["location"].startswith("tests.graphql.world:")
    assert log[0]["location"].endswith(" in broken")


async def test_a_failure_raised_on_purpose_passes_unchanged(served: Served, log: Any) -> None:
    reply = await served.query("{ refused }")

    error = reply.json["errors"][0]
    assert (error["message"], error["extensions"]) == ("Only administrators may.", {"code": "FORBIDDEN"})
    assert log == []


def test_a_failure_may_carry_details() -> None:
    failure = GraphQLFailure(ErrorCode.BAD_USER_INPUT, "Too late.", field="from")

    assert failure.extensions == {"code": "BAD_USER_INPUT", "field": "from"}


async def test_a_variable_that_does_not_fit_is_bad_input_and_not_echoed_at_length(served: Served) -> None:
    long = "x" * 5_000

    reply = await served.query("query ($to: Int!) { items(first: $to) { edges { node { id } } } }", to=long)

    assert reply.codes == ["BAD_USER_INPUT"]
    assert len(reply.body) < 400


async def test_a_literal_that_does_not_fit_is_bad_input_and_not_echoed_at_length(served: Served) -> None:
    reply = await served.query(f'{{ item(at: "{"x" * 5_000}") {{ id }} }}')

    assert reply.codes == ["BAD_USER_INPUT"]
    assert len(reply.body) < 500


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_quote_without_end_is_one_quote_so_that_a_text_of_quotes_is_read_once(quote: str) -> None:
    masking = Masking(lambda: "an id", frozenset())
    error = GraphQLError(f"This is no number: {quote}" + f"\\{quote}" * 5_000)

    (shown,) = masking.request_errors([error])

    assert shown["message"] == f"This is no number: {quote}" + f"\\{quote}" * 20 + f"…{quote}"


def test_only_what_stands_in_quotes_is_shortened() -> None:
    masking = Masking(lambda: "an id", frozenset())
    message = "Variable '$a' isn't what 'SomeInput' asks for, and this sentence between two quotes is long: 'b'."

    (shown,) = masking.request_errors([GraphQLError(message)])

    assert shown["message"] == message


def test_names_that_the_client_did_not_send_are_left_out_where_it_is_said_what_it_sent() -> None:
    masking = Masking(lambda: "an id", frozenset())
    error = GraphQLError("Cannot query field 'rol' on type 'Viewer'. Did you mean 'role'?")

    (shown,) = masking.request_errors([error], names_in("{ viewer { rol } }"))

    assert shown["message"] == "Cannot query field 'rol' on type '…'."


async def test_a_null_for_an_argument_that_may_only_be_left_out_is_bad_input(served: Served) -> None:
    reply = await served.query("query ($n: String = null) { hello(name: $n) }", n=None)

    assert set(reply.codes) == {"BAD_USER_INPUT"}


async def test_suggestions_are_off_unless_switched_on(served: Served, serving_with: Any) -> None:
    off = await served.query("{ helo }")
    async with serving_with(suggestions=True) as open_served:
        on = await open_served.query("{ helo }")

    assert b"Did you mean" not in off.body
    assert b"Did you mean" in on.body
