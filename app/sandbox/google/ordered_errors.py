"""The bodies of errors that are ordered for Google's hosts without a body of their own.

https://developers.google.com/workspace/calendar/api/guides/errors
"""

from typing import Any

from app.sandbox.google.calendar_api.errors import CANONICAL_STATUS, GoogleError

_REASONS = {
    400: "badRequest",
    401: "authError",
    403: "userRateLimitExceeded",
    404: "notFound",
    409: "duplicate",
    410: "deleted",
    412: "conditionNotMet",
    429: "rateLimitExceeded",
}
_UNNAMED = "backendError"
_DOMAINS = {
    **dict.fromkeys(
        ("userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "accessNotConfigured"),
        "usageLimits",
    ),
    **dict.fromkeys(
        (
            "timeRangeEmpty",
            "timeRangeTooLong",
            "fullSyncRequired",
            "updatedMinTooLongAgo",
            "forbiddenForNonOrganizer",
            "cannotChangeOrganizerOfInstance",
            "notACalendarUser",
            "requiredAccessLevel",
        ),
        "calendar",
    ),
}
_MESSAGES = {
    "authError": "Invalid Credentials",
    "userRateLimitExceeded": "User Rate Limit Exceeded",
    "rateLimitExceeded": "Rate Limit Exceeded",
    "quotaExceeded": "Calendar usage limits exceeded.",
    "insufficientPermissions": "Insufficient Permission",
    "forbidden": "Forbidden",
    "notFound": "Not Found",
    "duplicate": "The requested identifier already exists.",
    "deleted": "Resource has been deleted",
    "fullSyncRequired": "Sync token is no longer valid, a full sync is required.",
    "conditionNotMet": "Precondition Failed",
    "backendError": "Backend Error",
}
_OAUTH = {400: "invalid_grant", 401: "invalid_client", 403: "access_denied", 503: "temporarily_unavailable"}


def api_error(status: int, reason: str | None) -> dict[str, Any]:
    """The body of Calendar and the Directory; without a reason, the usual one for the status."""
    known = reason or _REASONS.get(status, _UNNAMED)
    refused = GoogleError(
        status, known, _MESSAGES.get(known, "Ordered fault."), domain=_DOMAINS.get(known, "global")
    ).as_json()
    refused["error"].setdefault("status", CANONICAL_STATUS.get(status, "UNKNOWN"))
    return refused


def oauth_error(status: int, code: str | None) -> dict[str, str]:
    """The body of the accounts host; without a code, the usual one for the status."""
    return {"error": code or _OAUTH.get(status, "server_error"), "error_description": "Ordered fault."}
