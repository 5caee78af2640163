"""What the product says when it cannot do what was asked: one class for each expected outcome.

    ProblemError                       a typed problem in the answer; the class name is the GraphQL type's
    ├── InvalidInput                   a value of the input is wrong; `field` says which
    ├── NotFound                       unknown, deleted, or another organisation's: all the same to whoever asks
    ├── IdempotencyKeyReused           the key was used for something else
    ├── LastAdministrator              the organisation would be left without an administrator
    ├── SuiteNotConfigured             the operator has not set this suite up
    ├── SwitchConfirmationRequired     another suite is active and has to give way first
    ├── ConfirmationRequired           what this does has to be confirmed first
    ├── ConfirmationStale              what was confirmed is not what stands there now
    ├── ShiftsNoLongerFit              shifts would be cancelled, which has to be confirmed first
    ├── IntegrationStatusConflict      the integration's status does not allow it
    ├── TestNotPassed                  enabling needs a passed test
    ├── IntegrationUnavailable         the organisation's integration is not enabled
    ├── ConnectionRequired             the member has not connected their calendar
    ├── ReconnectRequired              the suite ended the member's consent
    ├── ConnectionBlocked              the suite keeps the member out until an administrator acts
    ├── PermissionMissing              a scope that this needs was not granted
    ├── SuiteUnavailable               the suite gives no usable answer now
    ├── RoomNotPaired                  the room is not tied to the suite
    ├── RoomNotBookable                the suite reserves the room
    ├── RoomAddressTaken               another room has this email address
    ├── RoomAddressUnknown             the suite does not know this email address
    ├── RoomTimesUnknown               the suite does not tell when the room is taken
    ├── NotOrganiser                   only the event's organiser may do this
    ├── EventChanged                   the event changed meanwhile
    ├── BookingClosed                  the booking is over or was cancelled
    ├── ShiftsOverlap                  the member has shifts at that time
    ├── CapacityReached                the place is full
    ├── ShiftOver                      the shift is over
    └── ShiftsNotSuggested             nothing can be suggested from the member's calendar

    AccessError                        no answer at all: the request itself is refused
    ├── Unauthenticated                nobody is signed in, or the credential is not valid any more
    └── Forbidden                      the member's role does not allow it

Each problem says who can mend it (`who_acts`), what to do (`remedy`) and whether the same call may succeed
later without anybody acting (`retryable`).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from app.problem_codes import Actor as Actor
from app.problem_codes import ProblemCode as ProblemCode


class ProblemError(Exception):
    """An expected outcome, told in words a member understands."""

    default_code: ClassVar[ProblemCode]
    default_remedy: ClassVar[str | None] = None
    default_actor: ClassVar[Actor] = Actor.MEMBER
    default_retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        code: ProblemCode | None = None,
        remedy: str | None = None,
        who_acts: Actor | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code or self.default_code
        self.message = message
        self.remedy = remedy if remedy is not None else self.default_remedy
        self.who_acts = who_acts or self.default_actor
        self.retryable = self.default_retryable if retryable is None else retryable


class InvalidInput(ProblemError):
    """A value of the input is wrong; `field` is its path in the input, such as `attendees.3.email`."""

    default_code = ProblemCode.INVALID_VALUE

    def __init__(self, field: str, message: str, *, code: ProblemCode | None = None, remedy: str | None = None) -> None:
        super().__init__(message, code=code, remedy=remedy)
        self.field = field


class NotFound(ProblemError):
    """Nothing that the viewer may see has this id."""

    default_code = ProblemCode.NOT_FOUND
    default_remedy = "Read the list again: it may have been removed meanwhile."

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")
        self.what = what


class IdempotencyKeyReused(ProblemError):
    """The idempotency key was already used with other content."""

    default_code = ProblemCode.IDEMPOTENCY_KEY_REUSED
    default_remedy = "Use a new idempotency key for a new request; repeat one unchanged to read its answer again."

    def __init__(self) -> None:
        super().__init__("This idempotency key was already used for a request with other content.")


class LastAdministrator(ProblemError):
    """The organisation would be left without a subscription administrator."""

    default_code = ProblemCode.LAST_ADMINISTRATOR
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = "Make somebody else a subscription administrator first."

    def __init__(self) -> None:
        super().__init__("An organisation always has a subscription administrator, and this is the only one.")


class SuiteNotConfigured(ProblemError):
    """The operator has not set up this calendar suite."""

    default_code = ProblemCode.SUITE_NOT_CONFIGURED
    default_actor = Actor.OPERATOR

    def __init__(self, suite: str, settings_prefix: str) -> None:
        super().__init__(
            f"This server is not set up for {suite}.",
            remedy=f"The operator sets {settings_prefix}CLIENT_ID and {settings_prefix}CLIENT_SECRET.",
        )


class SwitchConfirmationRequired(ProblemError):
    """Another suite or tenant is active: switching disables it, which has to be confirmed."""

    default_code = ProblemCode.SWITCH_CONFIRMATION_REQUIRED
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = "Read the consequences, then repeat the request with the confirmation."

    def __init__(
        self, message: str, *, consequences: tuple[str, ...], confirmation: str, remedy: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.consequences = consequences
        self.confirmation = confirmation


class ConfirmationRequired(ProblemError):
    """What was asked for has consequences that have to be confirmed; they come along with the confirmation."""

    default_code = ProblemCode.CONFIRMATION_REQUIRED
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = "Read the consequences, then repeat the request with the confirmation."

    def __init__(self, message: str, *, consequences: tuple[str, ...], confirmation: str) -> None:
        super().__init__(message)
        self.consequences = consequences
        self.confirmation = confirmation


class ConfirmationStale(ProblemError):
    """What was confirmed is not what stands there now, or was confirmed too long ago; the fresh figures come along."""

    default_code = ProblemCode.CONFIRMATION_STALE
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = "Read the consequences as they are now, then repeat the request with the fresh confirmation."

    def __init__(self, *, consequences: tuple[str, ...], confirmation: str) -> None:
        super().__init__("What you confirmed has changed meanwhile, or was shown more than ten minutes ago.")
        self.consequences = consequences
        self.confirmation = confirmation


class ShiftsNoLongerFit(ProblemError):
    """Shifts would be cancelled, which has to be confirmed; `affected` are values of `app.buildings.consequences`.

    The code says CONFIRMATION_STALE where something was confirmed that is not what stands there now.
    """

    default_code = ProblemCode.SHIFTS_NO_LONGER_FIT
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = "Read what would happen, then repeat the request with this confirmation."

    def __init__(
        self,
        message: str,
        *,
        consequences: tuple[str, ...],
        confirmation: str,
        affected: Sequence[Any],
        total_count: int,
        code: ProblemCode | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.consequences = consequences
        self.confirmation = confirmation
        self.affected = affected
        self.total_count = total_count


class IntegrationStatusConflict(ProblemError):
    """The integration's status does not allow what was asked."""

    default_code = ProblemCode.INTEGRATION_STATUS_CONFLICT
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = "Read the integration again and go on from its present status."

    def __init__(self, status: str, action: str) -> None:
        super().__init__(f"The integration is {status.replace('_', ' ').lower()}: it cannot be {action} now.")
        self.status = status


class TestNotPassed(ProblemError):
    """Enabling needs a passed test."""

    __test__ = False  # the name is the product's, not a test's
    default_code = ProblemCode.TEST_NOT_PASSED
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = "Run the test flow, settle what it lists, and run it again until it passes."

    def __init__(self) -> None:
        super().__init__("The integration can be enabled only after its test has passed.")


class IntegrationUnavailable(ProblemError):
    """The organisation has no enabled integration."""

    default_code = ProblemCode.INTEGRATION_UNAVAILABLE
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = "A subscription administrator enables the calendar integration."

    def __init__(self, status: str) -> None:
        super().__init__("Your organisation's calendar integration is not enabled.")
        self.status = status


class ConnectionRequired(ProblemError):
    """The member has not connected their calendar."""

    default_code = ProblemCode.CONNECTION_REQUIRED
    default_remedy = "Connect your calendar."

    def __init__(self, remedy: str | None = None) -> None:
        super().__init__("Your calendar is not connected.", remedy=remedy)


class ReconnectRequired(ProblemError):
    """The suite ended the member's consent; `reason` says how."""

    default_code = ProblemCode.RECONNECT_REQUIRED
    default_remedy = "Connect your calendar again: everything you had is kept."

    def __init__(self, reason: str) -> None:
        super().__init__("Your calendar has to be connected again.")
        self.reason = reason


class ConnectionBlocked(ProblemError):
    """The suite keeps the member out; `reason` says why."""

    default_code = ProblemCode.CONNECTION_BLOCKED
    default_actor = Actor.TENANT_ADMINISTRATOR

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__("Your calendar suite does not let this application read your calendar.", remedy=remedy)
        self.reason = reason


class PermissionMissing(ProblemError):
    """A permission that this needs was not granted; `scopes` names it."""

    default_code = ProblemCode.PERMISSION_MISSING
    default_actor = Actor.TENANT_ADMINISTRATOR

    def __init__(self, message: str, *, scopes: tuple[str, ...], remedy: str, who_acts: Actor | None = None) -> None:
        super().__init__(message, remedy=remedy, who_acts=who_acts)
        self.scopes = scopes


class SuiteUnavailable(ProblemError):
    """The calendar suite gives no usable answer now; `retry_after` where it told."""

    default_code = ProblemCode.SUITE_UNAVAILABLE
    default_remedy = "Try again in a moment."
    default_retryable = True

    def __init__(
        self,
        message: str = "Your calendar suite does not answer at the moment.",
        *,
        retry_after: timedelta | None = None,
        code: ProblemCode | None = None,
        remedy: str | None = None,
        who_acts: Actor | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message, code=code, remedy=remedy, who_acts=who_acts, retryable=retryable)
        self.retry_after = retry_after


class RoomNotPaired(ProblemError):
    """The room is not tied to a resource of the suite."""

    default_code = ProblemCode.ROOM_NOT_PAIRED
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = "Choose another room, or ask a subscription administrator to pair this one."

    def __init__(self, room_name: str) -> None:
        super().__init__(f"{room_name} cannot be booked: it is not paired with the calendar suite.")
        self.room_name = room_name


class RoomNotBookable(ProblemError):
    """The suite reserves the room so that nobody can book it."""

    default_code = ProblemCode.ROOM_NOT_BOOKABLE
    default_remedy = "Choose another room."

    def __init__(self, room_name: str) -> None:
        super().__init__(f"{room_name} cannot be booked: the calendar suite reserves it.")
        self.room_name = room_name


class RoomAddressTaken(ProblemError):
    """Another room of the organisation has this email address."""

    default_code = ProblemCode.ROOM_ADDRESS_TAKEN
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = "Use the room that is there, or check the address."

    def __init__(self, room_name: str) -> None:
        super().__init__(f"{room_name} has this email address already.")
        self.room_name = room_name


class RoomAddressUnknown(ProblemError):
    """The suite does not know this email address, or does not tell about it."""

    default_code = ProblemCode.ROOM_ADDRESS_UNKNOWN
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = (
        "Check the address in the suite's administration. If it is right, a tenant administrator lets members see when "
        "the room is free."
    )

    def __init__(self) -> None:
        super().__init__("The calendar suite knows no room with this email address, or does not let you see it.")


class RoomTimesUnknown(ProblemError):
    """The suite answered, but not when this room is taken; `suite_code` is what it said instead."""

    default_code = ProblemCode.ROOM_TIMES_UNKNOWN
    default_actor = Actor.SUBSCRIPTION_ADMINISTRATOR
    default_remedy = (
        "Check the room's address in the suite's administration. If it is right, a tenant administrator lets members "
        "see when the room is free."
    )

    def __init__(self, suite_code: str | None = None) -> None:
        super().__init__("The calendar suite does not tell when this room is taken.")
        self.suite_code = suite_code


class NotOrganiser(ProblemError):
    """Only the event's organiser may do this."""

    default_code = ProblemCode.NOT_ORGANISER
    default_remedy = "Ask the organiser of the event."

    def __init__(self) -> None:
        super().__init__("Only the organiser of the event may change its rooms.")


class EventChanged(ProblemError):
    """The event changed while we were changing it."""

    default_code = ProblemCode.EVENT_CHANGED
    default_remedy = "Read the event again and repeat the request."
    default_retryable = True

    def __init__(self) -> None:
        super().__init__("The event was changed by someone else at the same time.")


class BookingClosed(ProblemError):
    """The booking is over or was cancelled."""

    default_code = ProblemCode.BOOKING_CLOSED

    def __init__(self) -> None:
        super().__init__("This booking is closed.")


class ShiftsOverlap(ProblemError):
    """The member works somewhere else at that time: in these shifts of theirs."""

    default_code = ProblemCode.SHIFTS_OVERLAP
    default_remedy = "Change the shifts that are there with changeShift, or cancel them with cancelShift."

    def __init__(self, shift_ids: tuple[UUID, ...]) -> None:
        # How many there are is no news for an administrator who may not see them.
        super().__init__("The member works somewhere at that time already, and nobody works in two places at once.")
        self.shift_ids = shift_ids


class CapacityReached(ProblemError):
    """Places are full; `full_days` says which, when, and what is left nearby (values of `app.shifts.nearby`)."""

    default_code = ProblemCode.CAPACITY_REACHED
    default_remedy = "Choose another day, or another place."

    def __init__(self, message: str, *, full_days: Sequence[Any], remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.full_days = full_days


class ShiftOver(ProblemError):
    """The shift is over."""

    default_code = ProblemCode.SHIFT_OVER

    def __init__(self) -> None:
        super().__init__("This shift is over: what is past stays as it was.")


class ShiftsNotSuggested(ProblemError):
    """Nothing can be suggested from the member's own calendar: they do not want it, or the suite does not tell."""

    default_code = ProblemCode.SUGGESTIONS_SWITCHED_OFF

    @classmethod
    def not_wanted(cls) -> "ShiftsNotSuggested":
        """The member has not switched suggestions on."""
        return cls(
            "Your calendar suite is not asked where you work: you have not switched suggestions on.",
            remedy="Switch them on with setShiftPreferences.",
        )

    @classmethod
    def not_told(cls) -> "ShiftsNotSuggested":
        """The suite refuses to tell."""
        return cls(
            "Your calendar suite does not tell where you work.",
            code=ProblemCode.WORKING_LOCATIONS_NOT_TOLD,
            remedy="Its edition may lack that, or an administrator switched it off: book your shifts here.",
            who_acts=Actor.TENANT_ADMINISTRATOR,
        )


class AccessError(Exception):
    """The request itself is refused."""


class Unauthenticated(AccessError):
    """Nobody is signed in, or the credential is not valid any more."""


class Forbidden(AccessError):
    """The member's role does not allow it."""
