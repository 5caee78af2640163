"""The one table from Google's error codes to our errors.

OAuth answers `error`, sometimes with `error_subtype`
(https://developers.google.com/identity/protocols/oauth2/web-server#exchange-errors); the APIs a status with
`errors[].reason` (https://developers.google.com/workspace/calendar/api/guides/errors), newer ones `details[].reason`
too. Messages and descriptions are never read. How Google differs: it throttles with 403 as readily as with 429, and
answers 404 for what may not be seen.
"""

import re
from collections.abc import Callable, Iterator, Mapping

import orjson

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
from app.suites.http import SuiteResponse

_Make = Callable[[str], SuiteError]


def _reconnect(reason: ReconnectReason) -> _Make:
    return lambda code: ReconnectRequired(reason, code)


def _blocked(reason: BlockReason) -> _Make:
    return lambda code: MemberBlocked(reason, code)


_EXPIRED = _reconnect(ReconnectReason.EXPIRED)
_MFA = _reconnect(ReconnectReason.MFA)

_OAUTH_SUBTYPES: Mapping[str, _Make] = {"invalid_rapt": _MFA, "rapt_required": _MFA}

_OAUTH_ERRORS: Mapping[str, _Make] = {
    "access_denied": ConsentDeclined,
    "consent_required": ConsentNeeded,
    "interaction_required": _MFA,
    "login_required": _MFA,
    "account_selection_required": WrongAccount,
    "admin_policy_enforced": AdminApprovalNeeded,
    "org_internal": ApplicationBlocked,
    "invalid_grant": _EXPIRED,
    "invalid_token": _EXPIRED,
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
}

_THROTTLING = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"})
"""Reasons that come as 403 or 429 and pass within seconds."""

_API_REASONS: Mapping[str, _Make] = {
    **dict.fromkeys(_THROTTLING, SuiteThrottled),
    "dailyLimitExceeded": SuiteThrottled,
    "insufficientPermissions": MissingScope,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": MissingScope,
    "forbiddenForNonOrganizer": NotOrganiser,
    "notACalendarUser": _blocked(BlockReason.NO_MAILBOX),
    "accessNotConfigured": OperatorMustAct,
    "SERVICE_DISABLED": OperatorMustAct,
    "push.webhookUrlNotHttps": NotificationsRefused,
    "push.webhookUrlUnauthorized": NotificationsRefused,
    "pushNotSupportedForRequestedResource": NotificationsRefused,
}

_API_STATUSES: Mapping[int, _Make] = {
    400: InvalidRequest,
    401: SuiteUnavailable,
    403: MissingScope,
    404: NotFound,
    409: DuplicateCommand,
    410: NotFound,
    412: ChangedMeanwhile,
}

_SAFE_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}", re.ASCII)


def refusal(parameters: Mapping[str, str]) -> SuiteError:
    """What an error redirect from the authorise page means."""
    return _oauth_error(parameters.get("error"), parameters.get("error_subtype"), "unknown")


def oauth_error(response: SuiteResponse) -> SuiteError:
    """What an answer of status 300 or more from the token or the revocation endpoint means."""
    answer = _parsed(response.body)
    unnamed = f"HTTP{response.status}"
    if response.status == 429 or response.status >= 500:
        return _passing(response, _safe(answer.get("error")) or unnamed)
    return _oauth_error(answer.get("error"), answer.get("error_subtype"), unnamed)


def google_error(response: SuiteResponse) -> SuiteError:
    """What an answer of status 300 or more from Calendar, the Directory or the profile means.

    A refused token is no reason to reconnect by itself: whoever sends renews it first, and raises this the second time.
    """
    reasons = list(_reasons(response.body))
    code = reasons[0] if reasons else f"HTTP{response.status}"
    if response.status == 429 or response.status >= 500:
        return _passing(response, code)
    if not isinstance(_parsed(response.body).get("error"), dict):
        # Somebody between us and Google said no: a proxy's 404 must not make a meeting vanish.
        return SuiteUnavailable(code)
    for reason in reasons:
        if make := _API_REASONS.get(reason):
            return _passing(response, reason) if make is SuiteThrottled else make(reason)
    return _API_STATUSES.get(response.status, InvalidRequest)(code)


def is_throttled(response: SuiteResponse) -> bool:
    """Whether a 403 only asks us to slow down, so that the same call may be sent again."""
    return response.status == 403 and not _THROTTLING.isdisjoint(_reasons(response.body))


def _oauth_error(error: object, subtype: object, unnamed: str) -> SuiteError:
    name, detail = _safe(error), _safe(subtype)
    if detail is not None and (make := _OAUTH_SUBTYPES.get(detail)):
        return make(detail)
    return _OAUTH_ERRORS.get(name or "", SuiteUnavailable)(name or unnamed)


def _passing(response: SuiteResponse, code: str) -> SuiteError:
    if response.status >= 500:
        return SuiteUnavailable(code)
    return SuiteThrottled(code, retry_after=response.retry_after)


def _reasons(body: bytes) -> Iterator[str]:
    """The reasons of an API's error body, the classic ones first; none where the body is not of that form."""
    error = _parsed(body).get("error")
    if not isinstance(error, dict):
        return
    for member in ("errors", "details"):
        entries = error.get(member)
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and (reason := _safe(entry.get("reason"))):
                yield reason


def _parsed(body: bytes) -> Mapping[str, object]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _safe(value: object) -> str | None:
    """The value where it is a code: nothing else of the provider's may reach a log."""
    return value if isinstance(value, str) and _SAFE_CODE.fullmatch(value) else None
