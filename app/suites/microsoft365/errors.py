"""The one table from Microsoft's error codes to our errors.

Entra answers `error` with AADSTS numbers (https://learn.microsoft.com/entra/identity-platform/reference-error-codes),
Graph a status with `error.code` (https://learn.microsoft.com/graph/errors). Descriptions are never read, with one
exception: an authorise redirect carries its number nowhere else, so the number alone is taken from there.
"""

import re
from collections.abc import Callable, Iterable, Mapping

import orjson

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

_Make = Callable[[str, str | None], SuiteError]


def _plain(kind: type[SuiteError]) -> _Make:
    return lambda code, correlation: kind(code, correlation=correlation)


def _reconnect(reason: ReconnectReason) -> _Make:
    return lambda code, correlation: ReconnectRequired(reason, code, correlation=correlation)


def _blocked(reason: BlockReason) -> _Make:
    return lambda code, correlation: MemberBlocked(reason, code, correlation=correlation)


_CONSENT_NEEDED = _plain(ConsentNeeded)
_APPROVAL = _plain(AdminApprovalNeeded)
_DECLINED = _plain(ConsentDeclined)
_EXPIRED = _reconnect(ReconnectReason.EXPIRED)
_MFA = _reconnect(ReconnectReason.MFA)
_POLICY = _blocked(BlockReason.CONDITIONAL_ACCESS)
_WRONG_ACCOUNT = _plain(WrongAccount)
_APPLICATION = _plain(ApplicationBlocked)
_OPERATOR = _plain(OperatorMustAct)
_START_AGAIN = _plain(FlowExpired)
_LATER = _plain(SuiteUnavailable)
_SLOWER = _plain(SuiteThrottled)

_ENTRA_NUMBERS: Mapping[int, _Make] = {
    65001: _CONSENT_NEEDED,
    90008: _CONSENT_NEEDED,
    90093: _APPROVAL,
    90094: _APPROVAL,
    90095: _APPROVAL,
    900941: _APPROVAL,
    65004: _DECLINED,
    50105: _blocked(BlockReason.NOT_ASSIGNED),
    50057: _blocked(BlockReason.ACCOUNT_DISABLED),
    700082: _EXPIRED,
    70008: _EXPIRED,
    50173: _EXPIRED,
    70000: _EXPIRED,
    50089: _EXPIRED,
    50132: _EXPIRED,
    50133: _EXPIRED,
    70043: _EXPIRED,
    50072: _MFA,
    50074: _MFA,
    50076: _MFA,
    50078: _MFA,
    50079: _MFA,
    53000: _POLICY,
    53001: _POLICY,
    53002: _POLICY,
    53003: _POLICY,
    53004: _POLICY,
    530032: _POLICY,
    50020: _WRONG_ACCOUNT,
    50034: _WRONG_ACCOUNT,
    16000: _WRONG_ACCOUNT,
    90072: _WRONG_ACCOUNT,
    500213: _WRONG_ACCOUNT,
    500011: _APPLICATION,
    700016: _APPLICATION,
    650052: _APPLICATION,
    650056: _APPLICATION,
    7000112: _APPLICATION,
    70001: _APPLICATION,
    90002: _APPLICATION,
    7000215: _OPERATOR,
    7000222: _OPERATOR,
    50011: _OPERATOR,
    500113: _OPERATOR,
    900971: _OPERATOR,
    65005: _OPERATOR,
    70011: _OPERATOR,
    700022: _OPERATOR,
    54005: _START_AGAIN,
    501481: _START_AGAIN,
    700005: _START_AGAIN,
    90006: _LATER,
    90024: _LATER,
    90033: _LATER,
    50033: _LATER,
    90055: _SLOWER,
    50196: _SLOWER,
}

_ENTRA_SUBERRORS: Mapping[str, _Make] = {"consent_required": _CONSENT_NEEDED}

_ENTRA_ERRORS: Mapping[str, _Make] = {
    "access_denied": _DECLINED,
    "consent_required": _CONSENT_NEEDED,
    "interaction_required": _MFA,
    "login_required": _MFA,
    "invalid_grant": _EXPIRED,
    "invalid_client": _OPERATOR,
    "unauthorized_client": _APPLICATION,
    "invalid_request": _OPERATOR,
    "invalid_scope": _OPERATOR,
    "invalid_resource": _OPERATOR,
    "unsupported_grant_type": _OPERATOR,
    "unsupported_response_type": _OPERATOR,
    "server_error": _LATER,
    "temporarily_unavailable": _LATER,
}

_GRAPH_CODES: Mapping[str, _Make] = {
    "MailboxNotEnabledForRESTAPI": _blocked(BlockReason.NO_MAILBOX),
    "MailboxNotSupportedForRESTAPI": _blocked(BlockReason.NO_MAILBOX),
    "ErrorDuplicateTransactionId": _plain(DuplicateCommand),
    "ErrorIrresolvableConflict": _plain(ChangedMeanwhile),
    "ErrorCalendarIsNotOrganizer": _plain(NotOrganiser),
    "ErrorItemNotFound": _plain(NotFound),
    "ErrorInvalidIdMalformed": _plain(NotFound),
    "ResourceNotFound": _plain(NotFound),
    "ErrorAccessDenied": _plain(MissingScope),
    "Authorization_RequestDenied": _plain(MissingScope),
}

_GRAPH_STATUSES: Mapping[int, _Make] = {
    400: _plain(InvalidRequest),
    403: _plain(MissingScope),
    404: _plain(NotFound),
    410: _plain(NotFound),
    412: _plain(ChangedMeanwhile),
    423: _LATER,
}

_AADSTS = re.compile(r"AADSTS(\d{4,9})\b", re.ASCII)
_SAFE_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}", re.ASCII)
_SAFE_CORRELATION = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)


def redirect_error(parameters: Mapping[str, str]) -> SuiteError:
    """What an error redirect from the authorise or admin-consent page means."""
    found = _AADSTS.match(parameters.get("error_description", ""))
    numbers = [int(found[1])] if found else []
    return _entra_error(parameters.get("error"), parameters.get("error_subcode"), numbers, None)


def token_error(answer: Mapping[str, object]) -> SuiteError:
    """What an error from the token endpoint means, by its `error`, `error_codes` and `suberror`."""
    codes = answer.get("error_codes")
    numbers = [code for code in codes if isinstance(code, int)] if isinstance(codes, list) else []
    return _entra_error(answer.get("error"), answer.get("suberror"), numbers, answer.get("correlation_id"))


def graph_error(response: SuiteResponse) -> SuiteError:
    """What a Graph answer of status 400 or more means."""
    codes = _graph_codes(response.body)
    code = codes[0] if codes else f"HTTP{response.status}"
    correlation = _matching(_SAFE_CORRELATION, response.headers.get("request-id"))
    if response.status == 429:
        return SuiteThrottled(code, correlation=correlation, retry_after=response.retry_after)
    if response.status >= 500:
        return SuiteUnavailable(code, correlation=correlation)
    if not codes:
        # Somebody between us and Graph said no: a proxy's 404 must not make a meeting vanish.
        return SuiteUnavailable(code, correlation=correlation)
    for known in codes:
        if make := _GRAPH_CODES.get(known):
            return make(known, correlation)
    return _GRAPH_STATUSES.get(response.status, _plain(InvalidRequest))(code, correlation)


def _entra_error(error: object, suberror: object, numbers: Iterable[int], correlation: object) -> SuiteError:
    numbers = list(numbers)
    name = _matching(_SAFE_CODE, error)
    code = f"AADSTS{numbers[0]}" if numbers else name or "unknown"
    where = _matching(_SAFE_CORRELATION, correlation)
    for number in numbers:
        if make := _ENTRA_NUMBERS.get(number):
            return make(f"AADSTS{number}", where)
    make = _ENTRA_SUBERRORS.get(suberror) if isinstance(suberror, str) else None
    make = make or _ENTRA_ERRORS.get(name or "")
    return (make or _LATER)(code, where)


def _graph_codes(body: bytes) -> list[str]:
    """The codes of an error body, the outermost first; none where the body is not of that form."""
    codes: list[str] = []
    try:
        level = orjson.loads(body)
    except orjson.JSONDecodeError:
        return codes
    level = level.get("error") if isinstance(level, dict) else None
    while isinstance(level, dict) and len(codes) < 5:
        if code := _matching(_SAFE_CODE, level.get("code")):
            codes.append(code)
        level = level.get("innerError", level.get("innererror"))
    return codes


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    """The value where it is a text of that pattern: nothing else of the provider's may reach a log."""
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
