"""Refusals as Google's older APIs word them.

https://developers.google.com/workspace/calendar/api/guides/errors
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CANONICAL_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    410: "FAILED_PRECONDITION",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
WITH_CANONICAL_STATUS = frozenset({401, 403})
"""Where Calendar adds the canonical name beside the code."""


@dataclass(eq=False)
class GoogleError(Exception):
    """A refusal as it goes on the wire; ``location`` names the parameter, header or member at fault."""

    status: int
    reason: str
    message: str
    domain: str = "global"
    location: str | None = None
    location_type: str = "parameter"
    details: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The body of the answer."""
        first: dict[str, Any] = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.location is not None:
            first |= {"locationType": self.location_type, "location": self.location}
        error: dict[str, Any] = {"errors": [first], "code": self.status, "message": self.message}
        if self.status in WITH_CANONICAL_STATUS or self.details:
            error["status"] = CANONICAL_STATUS[self.status]
        if self.details:
            error["details"] = [dict(one) for one in self.details]
        return {"error": error}


def invalid(message: str, location: str | None = None) -> GoogleError:
    """400 for a value that cannot be."""
    return GoogleError(400, "invalid", message, location=location)


def required(location: str, message: str = "Required") -> GoogleError:
    """400 for something that is missing."""
    return GoogleError(400, "required", message, location=location)


def parse_error() -> GoogleError:
    """400 for a body that is no JSON object."""
    return GoogleError(400, "parseError", "Parse Error")


def empty_time_range(location: str | None = None) -> GoogleError:
    """400 for an end that is not after its start."""
    return GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", "calendar", location)


def invalid_credentials() -> GoogleError:
    """401 for a bearer that is missing, unknown or past its hour."""
    return GoogleError(
        401,
        "authError",
        "Invalid Credentials",
        location="Authorization",
        location_type="header",
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'},
    )


def insufficient_scopes(accepted: frozenset[str], service: str, method: str) -> GoogleError:
    """403 for a token whose scopes do not open this call."""
    wanted = " ".join(sorted(accepted))
    challenge = f'Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="{wanted}"'
    return GoogleError(
        403,
        "insufficientPermissions",
        "Insufficient Permission",
        details=(
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
                "metadata": {"service": service, "method": method},
            },
        ),
        headers={"WWW-Authenticate": challenge},
    )


def not_a_calendar_user() -> GoogleError:
    """403 for someone for whom the Calendar service is switched off."""
    return GoogleError(403, "notACalendarUser", "The user must be signed up for Google Calendar.", "calendar")


def forbidden(message: str = "Forbidden") -> GoogleError:
    """403 for a lack of rights."""
    return GoogleError(403, "forbidden", message)


def requires_writer() -> GoogleError:
    """403 for a calendar that the caller may only read."""
    return GoogleError(403, "requiredAccessLevel", "You need to have writer access to this calendar.", "calendar")


def only_organizer() -> GoogleError:
    """403 for a guest who changes what is everybody's."""
    return GoogleError(
        403,
        "forbiddenForNonOrganizer",
        "Shared properties can only be changed by the organizer of the event.",
        "calendar",
    )


def not_found() -> GoogleError:
    """404; also what somebody sees who may not know that the thing is there."""
    return GoogleError(404, "notFound", "Not Found")


def duplicate_id() -> GoogleError:
    """409 for an id that is or was in use."""
    return GoogleError(409, "duplicate", "The requested identifier already exists.")


def already_deleted() -> GoogleError:
    """410 for deleting once more."""
    return GoogleError(410, "deleted", "Resource has been deleted")


def full_sync_required() -> GoogleError:
    """410 for a sync token that means nothing any more."""
    return GoogleError(
        410,
        "fullSyncRequired",
        "Sync token is no longer valid, a full sync is required.",
        "calendar",
        location="syncToken",
    )


def condition_not_met() -> GoogleError:
    """412 for an If-Match that does not match any more."""
    return GoogleError(412, "conditionNotMet", "Precondition Failed", location="If-Match", location_type="header")
