"""Every code that Microsoft is known to answer, and who has to act on it."""

import orjson
import pytest

from app.suites.errors import (
    AdminApprovalNeeded,
    ApplicationBlocked,
    BlockReason,
    ChangedMeanwhile,
    ConsentDeclined,
    ConsentNeeded,
    DuplicateCommand,
    FlowExpired,
    InvalidRequest,
    MemberBlocked,
    MissingScope,
    NotFound,
    OperatorMustAct,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
    SuiteThrottled,
    SuiteUnavailable,
    WrongAccount,
)
from app.suites.http import SuiteResponse
from app.suites.microsoft365.errors import graph_error, redirect_error, token_error

ENTRA: dict[type[SuiteError], list[int]] = {
    ConsentNeeded: [65001],
    AdminApprovalNeeded: [90093, 90094, 90095, 900941],
    ConsentDeclined: [65004],
    WrongAccount: [50020, 50034, 16000, 90072, 500213],
    ApplicationBlocked: [500011, 700016, 650052, 650056, 7000112, 70001],
    OperatorMustAct: [7000215, 7000222, 50011, 500113, 900971],
    FlowExpired: [54005, 501481, 700005],
    SuiteUnavailable: [90033, 90006, 50033, 90024],
    SuiteThrottled: [90055],
}
RECONNECT = {
    ReconnectReason.EXPIRED: [700082, 70008, 50173, 70000, 50089, 50132, 50133, 70043],
    ReconnectReason.MFA: [50076, 50079, 50074, 50078],
}
BLOCKED = {
    BlockReason.NOT_ASSIGNED: [50105],
    BlockReason.CONDITIONAL_ACCESS: [53003, 53000, 53001, 53002, 530032],
    BlockReason.ACCOUNT_DISABLED: [50057],
}


def token_answer(error: str, *numbers: int, **more: object) -> dict[str, object]:
    return {"error": error, "error_codes": list(numbers), "error_description": "AADSTS65004: canary", **more}


def graph_answer(status: int, code: str, **headers: str) -> SuiteResponse:
    return SuiteResponse(status, headers, orjson.dumps({"error": {"code": code, "message": "canary"}}))


@pytest.mark.parametrize(("kind", "number"), [(kind, number) for kind, numbers in ENTRA.items() for number in numbers])
def test_a_number_of_the_token_endpoint_says_who_acts(kind: type[SuiteError], number: int) -> None:
    error = token_error(token_answer("invalid_grant", number))

    assert type(error) is kind
    assert error.provider_code == f"AADSTS{number}"


@pytest.mark.parametrize(
    ("reason", "number"), [(reason, number) for reason, numbers in RECONNECT.items() for number in numbers]
)
def test_a_dead_grant_says_why_to_reconnect(reason: ReconnectReason, number: int) -> None:
    error = token_error(token_answer("invalid_grant", number))

    assert isinstance(error, ReconnectRequired)
    assert error.reason is reason


@pytest.mark.parametrize(
    ("reason", "number"), [(reason, number) for reason, numbers in BLOCKED.items() for number in numbers]
)
def test_a_kept_out_member_says_why(reason: BlockReason, number: int) -> None:
    error = token_error(token_answer("invalid_grant", number))

    assert isinstance(error, MemberBlocked)
    assert error.reason is reason


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("invalid_grant", ReconnectRequired),
        ("interaction_required", ReconnectRequired),
        ("invalid_client", OperatorMustAct),
        ("unauthorized_client", ApplicationBlocked),
        ("invalid_scope", OperatorMustAct),
        ("temporarily_unavailable", SuiteUnavailable),
        ("server_error", SuiteUnavailable),
    ],
)
def test_an_unknown_number_falls_back_on_the_error_itself(name: str, kind: type[SuiteError]) -> None:
    assert type(token_error(token_answer(name, 99999999))) is kind


def test_a_token_error_is_never_judged_by_its_description() -> None:
    error = token_error({"error": "invalid_grant", "error_description": "AADSTS65004: declined"})

    assert isinstance(error, ReconnectRequired)


def test_a_suberror_tells_missing_consent_from_a_dead_grant() -> None:
    assert isinstance(token_error(token_answer("invalid_grant", suberror="consent_required")), ConsentNeeded)


def test_an_unknown_error_keeps_the_credentials_and_names_a_correlation() -> None:
    error = token_error({"error": "novel", "error_codes": "none", "correlation_id": "b0a4-11"})

    assert type(error) is SuiteUnavailable
    assert (error.provider_code, error.correlation) == ("novel", "b0a4-11")


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ({"error": "access_denied", "error_description": "AADSTS65004: User declined"}, ConsentDeclined),
        ({"error": "access_denied", "error_description": "AADSTS90094: approval"}, AdminApprovalNeeded),
        ({"error": "access_denied", "error_description": "said AADSTS90094 somewhere"}, ConsentDeclined),
        ({"error": "access_denied", "admin_consent": "True"}, ConsentDeclined),
        ({"error": "consent_required"}, ConsentNeeded),
        ({"error": "server_error"}, SuiteUnavailable),
        ({"error": "invalid_request", "error_description": "AADSTS50011: reply"}, OperatorMustAct),
        ({}, SuiteUnavailable),
    ],
)
def test_an_error_redirect_is_judged_by_its_leading_number_then_its_error(
    parameters: dict[str, str], kind: type[SuiteError]
) -> None:
    assert type(redirect_error(parameters)) is kind


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "ErrorInvalidRequest", InvalidRequest),
        (400, "ErrorTimeIntervalTooBig", InvalidRequest),
        (400, "ErrorInvalidIdMalformed", NotFound),
        (400, "ErrorDuplicateTransactionId", DuplicateCommand),
        (409, "ErrorDuplicateTransactionId", DuplicateCommand),
        (403, "ErrorAccessDenied", MissingScope),
        (403, "Authorization_RequestDenied", MissingScope),
        (404, "ErrorItemNotFound", NotFound),
        (404, "MailboxNotEnabledForRESTAPI", MemberBlocked),
        (410, "syncStateNotFound", NotFound),
        (412, "ErrorIrresolvableConflict", ChangedMeanwhile),
        (423, "Locked", SuiteUnavailable),
        (429, "ApplicationThrottled", SuiteThrottled),
        (500, "ErrorInternalServerError", SuiteUnavailable),
        (503, "ServiceUnavailable", SuiteUnavailable),
    ],
)
def test_a_graph_error_is_judged_by_code_and_status(status: int, code: str, kind: type[SuiteError]) -> None:
    error = graph_error(graph_answer(status, code))

    assert type(error) is kind
    assert error.provider_code == code


def test_a_code_nested_deeper_counts_where_the_outer_one_says_nothing() -> None:
    body = {"error": {"code": "UnknownError", "message": "", "innerError": {"code": "ErrorItemNotFound"}}}

    assert isinstance(graph_error(SuiteResponse(400, {}, orjson.dumps(body))), NotFound)


def test_throttling_says_for_how_long() -> None:
    error = graph_error(graph_answer(429, "TooManyRequests", **{"Retry-After": "17", "request-id": "0e5a"}))

    assert isinstance(error, SuiteThrottled)
    assert error.retry_after is not None
    assert (error.retry_after.total_seconds(), error.correlation) == (17, "0e5a")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "canary text"}', b'{"error": {"code": 7}}'])
def test_a_no_that_is_not_graphs_own_is_never_believed(body: bytes) -> None:
    error = graph_error(SuiteResponse(404, {}, body))

    assert type(error) is SuiteUnavailable
    assert error.provider_code == "HTTP404"


def test_prose_in_place_of_a_code_goes_nowhere() -> None:
    errors = [
        graph_error(graph_answer(400, "canary text with ada@tidewater.test")),
        token_error({"error": "canary text with a token"}),
        redirect_error({"error": "canary <script>", "error_description": "canary"}),
    ]

    assert all("canary" not in f"{error} {error.provider_code}" for error in errors)
