"""Every code that Google is known to answer, and who has to act on it."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suites.errors import (
    AdminApprovalNeeded,
    ApplicationBlocked,
    BlockReason,
    ChangedMeanwhile,
    ConsentDeclined,
    ConsentNeeded,
    DuplicateCommand,
    InvalidRequest,
    MemberBlocked,
    MissingScope,
    NotFound,
    NotificationsRefused,
    NotOrganiser,
    OperatorMustAct,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
    SuiteThrottled,
    SuiteUnavailable,
    WrongAccount,
)
from app.suites.google_workspace.errors import google_error, is_throttled, oauth_error, refusal
from app.suites.http import SuiteResponse

OAUTH: dict[str, type[SuiteError]] = {
    "access_denied": ConsentDeclined,
    "consent_required": ConsentNeeded,
    "interaction_required": ReconnectRequired,
    "login_required": ReconnectRequired,
    "account_selection_required": WrongAccount,
    "admin_policy_enforced": AdminApprovalNeeded,
    "org_internal": ApplicationBlocked,
    "invalid_grant": ReconnectRequired,
    "invalid_client": OperatorMustAct,
    "deleted_client": OperatorMustAct,
    "disabled_client": OperatorMustAct,
    "unauthorized_client": OperatorMustAct,
    "redirect_uri_mismatch": OperatorMustAct,
    "disallowed_useragent": OperatorMustAct,
    "invalid_request": OperatorMustAct,
    "invalid_scope": OperatorMustAct,
    "unsupported_grant_type": OperatorMustAct,
    "unsupported_response_type": OperatorMustAct,
    "temporarily_unavailable": SuiteUnavailable,
    "server_error": SuiteUnavailable,
    "novel": SuiteUnavailable,
}
THROTTLING = ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"]


def oauth_answer(error: object, status: int = 400, **more: object) -> SuiteResponse:
    return SuiteResponse(status, {}, orjson.dumps({"error": error, "error_description": "canary text", **more}))


def api_answer(status: int, *reasons: str, **headers: str) -> SuiteResponse:
    errors = [{"domain": "global", "reason": reason, "message": "canary text"} for reason in reasons]
    body = {"error": {"code": status, "message": "canary text", "errors": errors}}
    return SuiteResponse(status, headers, orjson.dumps(body))


def detailed_answer(status: int, reason: str) -> SuiteResponse:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}]
    return SuiteResponse(status, {}, orjson.dumps({"error": {"code": status, "details": details}}))


@pytest.mark.parametrize(("name", "kind"), OAUTH.items())
def test_an_oauth_error_says_who_acts_on_the_way_back_and_at_the_token_endpoint(
    name: str, kind: type[SuiteError]
) -> None:
    errors = [refusal({"error": name}), oauth_error(oauth_answer(name))]

    assert [type(error) for error in errors] == [kind, kind]
    assert [error.provider_code for error in errors] == [name, name]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error": "invalid_grant"}, ReconnectReason.EXPIRED),
        ({"error": "invalid_grant", "error_subtype": "novel"}, ReconnectReason.EXPIRED),
        ({"error": "invalid_grant", "error_subtype": "invalid_rapt"}, ReconnectReason.MFA),
        ({"error": "interaction_required"}, ReconnectReason.MFA),
    ],
)
def test_a_dead_grant_says_why_to_reconnect(answer: dict[str, str], reason: ReconnectReason) -> None:
    for error in (refusal(answer), oauth_error(SuiteResponse(400, {}, orjson.dumps(answer)))):
        assert isinstance(error, ReconnectRequired)
        assert error.reason is reason


def test_an_oauth_error_is_never_judged_by_its_description() -> None:
    error = refusal({"error": "invalid_grant", "error_description": "admin_policy_enforced"})

    assert isinstance(error, ReconnectRequired)


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": "invalid_grant"}'])
def test_a_token_endpoint_in_trouble_says_nothing_about_a_grant(status: int, body: bytes) -> None:
    assert type(oauth_error(SuiteResponse(status, {}, body))) is SuiteUnavailable


def test_a_throttling_token_endpoint_says_for_how_long() -> None:
    error = oauth_error(SuiteResponse(429, {"Retry-After": "17"}, b"{}"))

    assert isinstance(error, SuiteThrottled)
    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == 17


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}'])
def test_an_oauth_answer_of_another_form_keeps_the_credentials(body: bytes) -> None:
    error = oauth_error(SuiteResponse(400, {}, body))

    assert type(error) is SuiteUnavailable
    assert error.provider_code == "HTTP400"


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "timeRangeEmpty", InvalidRequest),
        (400, "invalid", InvalidRequest),
        (400, "required", InvalidRequest),
        (400, "cannotChangeOrganizerOfInstance", InvalidRequest),
        (400, "push.webhookUrlNotHttps", NotificationsRefused),
        (400, "pushNotSupportedForRequestedResource", NotificationsRefused),
        (401, "authError", SuiteUnavailable),
        (401, "push.webhookUrlUnauthorized", NotificationsRefused),
        (403, "insufficientPermissions", MissingScope),
        (403, "forbidden", MissingScope),
        (403, "novel", MissingScope),
        (403, "forbiddenForNonOrganizer", NotOrganiser),
        (403, "notACalendarUser", MemberBlocked),
        (403, "accessNotConfigured", OperatorMustAct),
        (403, "dailyLimitExceeded", SuiteThrottled),
        (404, "notFound", NotFound),
        (409, "duplicate", DuplicateCommand),
        (410, "deleted", NotFound),
        (412, "conditionNotMet", ChangedMeanwhile),
        (418, "teapot", InvalidRequest),
        (429, "rateLimitExceeded", SuiteThrottled),
        (500, "backendError", SuiteUnavailable),
        (503, "backendError", SuiteUnavailable),
    ],
)
def test_an_api_error_is_judged_by_status_and_reason(status: int, reason: str, kind: type[SuiteError]) -> None:
    error = google_error(api_answer(status, reason))

    assert type(error) is kind
    assert error.provider_code == reason


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", MissingScope),
        ("SERVICE_DISABLED", OperatorMustAct),
        ("RATE_LIMIT_EXCEEDED", SuiteThrottled),
    ],
)
def test_a_reason_may_stand_in_the_details(reason: str, kind: type[SuiteError]) -> None:
    assert type(google_error(detailed_answer(403, reason))) is kind


def test_the_first_reason_that_means_something_counts() -> None:
    error = google_error(api_answer(403, "forbidden", "forbiddenForNonOrganizer"))

    assert type(error) is NotOrganiser
    assert error.provider_code == "forbiddenForNonOrganizer"


def test_a_member_without_google_calendar_has_no_mailbox() -> None:
    error = google_error(api_answer(403, "notACalendarUser"))

    assert isinstance(error, MemberBlocked)
    assert error.reason is BlockReason.NO_MAILBOX


@pytest.mark.parametrize("reason", THROTTLING)
def test_a_usage_limit_is_throttling_although_it_is_a_403(reason: str) -> None:
    answer = api_answer(403, reason, **{"Retry-After": "3"})

    error = google_error(answer)

    assert is_throttled(answer)
    assert isinstance(error, SuiteThrottled)
    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == 3


@pytest.mark.parametrize(
    "answer",
    [
        api_answer(403, "insufficientPermissions"),
        api_answer(403, "forbidden"),
        api_answer(403, "dailyLimitExceeded"),
        api_answer(403),
        api_answer(400, "rateLimitExceeded"),
        api_answer(200),
        SuiteResponse(403, {}, b"<html>rateLimitExceeded</html>"),
    ],
)
def test_no_other_answer_is_sent_again_for(answer: SuiteResponse) -> None:
    assert not is_throttled(answer)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 502, 503])
@pytest.mark.parametrize("body", [b"<!DOCTYPE html><p>canary text", b"", b"[]", b'{"error": "canary"}'])
def test_a_no_that_is_not_googles_own_is_never_believed(status: int, body: bytes) -> None:
    error = google_error(SuiteResponse(status, {}, body))

    assert type(error) is SuiteUnavailable
    assert error.provider_code == f"HTTP{status}"


def test_prose_in_place_of_a_code_goes_nowhere() -> None:
    errors = [
        refusal({"error": "canary <script>", "error_subtype": "canary text", "error_description": "canary"}),
        oauth_error(oauth_answer("canary text with a token")),
        google_error(api_answer(403, "canary text with ada@fernhill.test")),
        google_error(detailed_answer(403, "canary text")),
    ]

    assert all("canary" not in f"{error} {error.provider_code}" for error in errors)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["reason", "forbidden", "a b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "errors", "details", "reason"]), inner, max_size=3)
    ),
)


@given(status=st.integers(300, 599), body=st.binary(max_size=50) | json_values.map(orjson.dumps))
def test_whatever_google_answers_is_an_error_of_ours_with_a_code(status: int, body: bytes) -> None:
    for error in (google_error(SuiteResponse(status, {}, body)), oauth_error(SuiteResponse(status, {}, body))):
        assert error.provider_code
        assert " " not in error.provider_code
