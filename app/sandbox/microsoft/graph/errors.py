"""Graph's refusals: status, code and message, and which failure of the mailboxes becomes which.

https://learn.microsoft.com/graph/errors
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.sandbox.microsoft.mailboxes.answers import IsOrganizerError
from app.sandbox.microsoft.mailboxes.ids import MalformedIdError
from app.sandbox.microsoft.mailboxes.limits import RETRY_AFTER, MailboxBusyError
from app.sandbox.microsoft.mailboxes.mailbox import ItemNotFoundError
from app.sandbox.microsoft.mailboxes.scheduling import NotOrganizerError, OccurrenceCrossingBoundaryError
from app.sandbox.microsoft.mailboxes.subscriptions import (
    EndpointValidationError,
    InsecureNotificationUrlError,
    SubscriptionNotFoundError,
    TooManySubscriptionsError,
)
from app.sandbox.microsoft.mailboxes.zones import UnknownTimeZoneError


@dataclass(eq=False)
class GraphError(Exception):
    """A refusal as it goes on the wire."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


def bad_request(code: str, message: str) -> GraphError:
    """400."""
    return GraphError(400, code, message)


def invalid_request(message: str) -> GraphError:
    """400 with Exchange's general code."""
    return bad_request("ErrorInvalidRequest", message)


def invalid_property(message: str) -> GraphError:
    """400 for a value that a property cannot have."""
    return bad_request("ErrorPropertyValidationFailure", message)


def unreadable(message: str) -> GraphError:
    """400 for a body that does not fit the resource's description."""
    return bad_request("RequestBodyRead", message)


def access_denied() -> GraphError:
    """403 for a missing permission, or somebody else's mailbox."""
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def not_found(message: str = "The specified object was not found in the store.") -> GraphError:
    """404 for an item."""
    return GraphError(404, "ErrorItemNotFound", message)


def no_mailbox() -> GraphError:
    """404 for an account without a mailbox in the cloud."""
    return GraphError(404, "MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox.")


def changed_meanwhile() -> GraphError:
    """412 for an If-Match that does not match any more."""
    return GraphError(
        412,
        "ErrorIrresolvableConflict",
        "The send or update operation could not be performed because the change key passed in the request does "
        "not match the current change key for the item.",
    )


_TRANSLATIONS: dict[type[Exception], GraphError] = {
    ItemNotFoundError: not_found(),
    MalformedIdError: bad_request("ErrorInvalidIdMalformed", "Id is malformed."),
    IsOrganizerError: invalid_request(
        "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer."
    ),
    NotOrganizerError: invalid_request(
        "Your request can't be completed. You need to be an organizer to cancel a meeting."
    ),
    OccurrenceCrossingBoundaryError: bad_request(
        "ErrorOccurrenceCrossingBoundary",
        "Modified occurrence is crossing or overlapping adjacent occurrence.",
    ),
    MailboxBusyError: GraphError(
        429,
        "ApplicationThrottled",
        "Application is over its MailboxConcurrency limit.",
        {"Retry-After": str(int(RETRY_AFTER.total_seconds()))},
    ),
    SubscriptionNotFoundError: GraphError(404, "ResourceNotFound", "The object was not found."),
    InsecureNotificationUrlError: bad_request(
        "InvalidRequest", "Subscription notification URL must use the https scheme."
    ),
    EndpointValidationError: bad_request(
        "InvalidRequest",
        "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.",
    ),
    TooManySubscriptionsError: GraphError(403, "ExtensionError", "The mailbox has reached its limit of subscriptions."),
}


def translate(error: Exception) -> GraphError | None:
    """What Graph says to a failure of the mailboxes; None for what is a bug."""
    if isinstance(error, GraphError):
        return error
    if isinstance(error, UnknownTimeZoneError):
        return bad_request(
            "TimeZoneNotSupportedException",
            f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{error.name}'.",
        )
    return _TRANSLATIONS.get(type(error))
