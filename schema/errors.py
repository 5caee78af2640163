"""Problems as clients see them, and the one mapping from the product's errors to them.

A field whose result union lists a problem answers with it. A problem that a field's type has no place for becomes an
error of the request that still carries its code and words (see `schema.permissions`).
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from app import errors as domain
from app.connections.models import ConnectionReason
from app.errors import Actor, ProblemCode, ProblemError
from app.graphql.failures import ErrorCode, GraphQLFailure
from app.integrations.status import IntegrationStatus
from schema.enums import describe

if TYPE_CHECKING:
    from app.shifts.nearby import FullPlace
    from schema.affected_shifts import AffectedShift
    from schema.shift_problems import FullDay
    from schema.shifts import Shift

_MOST_SHIFTS = 100


def _told_field(*, description: str, name: str | None = None) -> Callable[[Callable[..., Any]], Any]:
    """A field of a problem that says more. Whoever sees the problem was admitted by the field that answers with it."""
    decorate: Callable[[Callable[..., Any]], Any] = strawberry.field(name=name, description=description)
    return decorate


describe(
    Actor,
    "Who can mend a problem.",
    {
        Actor.MEMBER: "Whoever sent the request.",
        Actor.SUBSCRIPTION_ADMINISTRATOR: "An administrator of the organisation in this product.",
        Actor.TENANT_ADMINISTRATOR: "An administrator of the suite's own directory.",
        Actor.OPERATOR: "Whoever runs this server.",
    },
)
describe(
    ProblemCode,
    "What went wrong, for programs. A type of problem can have several codes, and new codes may come.",
    {
        ProblemCode.WINDOW_REVERSED: "The window ends before it starts.",
        ProblemCode.WINDOW_TOO_LONG: "The window is longer than it may be; the message says how long that is.",
        ProblemCode.UNKNOWN_TIME_ZONE: "No time zone has this name.",
        ProblemCode.EVENT_IN_THE_PAST: "The event would start in the past.",
        ProblemCode.SUBJECT_TOO_LONG: "The subject is longer than the suite takes.",
        ProblemCode.BODY_TOO_LONG: "The body is longer than the suite takes.",
        ProblemCode.TOO_MANY_ATTENDEES: "More attendees than an event can have.",
        ProblemCode.MALFORMED_EMAIL: "Not an email address.",
        ProblemCode.MALFORMED_ID: "Not an id.",
        ProblemCode.MALFORMED_CURSOR: "The cursor belongs to another list, or its item is gone.",
        ProblemCode.INVALID_VALUE: "A value outside what its field allows; the message says what that is.",
        ProblemCode.NOT_FOUND: "Unknown, removed, or not the viewer's: all the same to whoever asks.",
        ProblemCode.IDEMPOTENCY_KEY_REUSED: "The idempotency key was used for a request with other content.",
        ProblemCode.LAST_ADMINISTRATOR: "The organisation would be left without an administrator.",
        ProblemCode.SUITE_NOT_CONFIGURED: "This server is not set up for the suite.",
        ProblemCode.SWITCH_CONFIRMATION_REQUIRED: "Another suite or tenant is active and would be disabled.",
        ProblemCode.CONFIRMATION_REQUIRED: "What this does has to be confirmed first.",
        ProblemCode.CONFIRMATION_STALE: "What was confirmed has changed meanwhile, or was shown too long ago.",
        ProblemCode.SHIFTS_NO_LONGER_FIT: "Shifts would be cancelled, which has to be confirmed first.",
        ProblemCode.INTEGRATION_STATUS_CONFLICT: "The integration's present status does not allow it.",
        ProblemCode.TEST_NOT_PASSED: "The integration's test has not passed.",
        ProblemCode.INTEGRATION_UNAVAILABLE: "The organisation has no enabled integration.",
        ProblemCode.CONNECTION_REQUIRED: "The member has not connected their calendar.",
        ProblemCode.RECONNECT_REQUIRED: "The suite ended the member's consent.",
        ProblemCode.CONNECTION_BLOCKED: "The suite keeps the member out.",
        ProblemCode.PERMISSION_MISSING: "A permission that this needs was not granted.",
        ProblemCode.SUITE_UNAVAILABLE: "The suite does not answer.",
        ProblemCode.SUITE_THROTTLED: "The suite asks us to slow down.",
        ProblemCode.ROOM_NOT_PAIRED: "The room is not tied to the suite.",
        ProblemCode.ROOM_NOT_BOOKABLE: "The suite reserves the room.",
        ProblemCode.ROOM_ADDRESS_TAKEN: "Another room has this email address.",
        ProblemCode.ROOM_ADDRESS_UNKNOWN: "The suite does not know this email address, or does not tell about it.",
        ProblemCode.ROOM_TIMES_UNKNOWN: "The suite does not tell when this room is taken.",
        ProblemCode.NOT_ORGANISER: "Only the event's organiser may do this.",
        ProblemCode.EVENT_CHANGED: "The event changed at the same time.",
        ProblemCode.BOOKING_CLOSED: "The booking is over or was cancelled.",
        ProblemCode.DAY_IN_THE_PAST: "The day, or the part of it that was asked for, is over where the shift is.",
        ProblemCode.DAY_TOO_FAR_AHEAD: "The day is more than 366 days ahead.",
        ProblemCode.BUILDING_CLOSED: "The building is closed on that day.",
        ProblemCode.OUTSIDE_OPENING_HOURS: "The building is not open at all of these times.",
        ProblemCode.SLOT_NOT_OFFERED: "The building cannot be booked for this part of a day.",
        ProblemCode.SHIFTS_OVERLAP: "The member has shifts at that time already.",
        ProblemCode.CAPACITY_REACHED: "A building, a floor or an area is full.",
        ProblemCode.SHIFT_OVER: "The shift is over.",
        ProblemCode.SUGGESTIONS_SWITCHED_OFF: "The member has not switched suggestions of shifts on.",
        ProblemCode.WORKING_LOCATIONS_NOT_TOLD: "The suite does not tell where the member works.",
        ProblemCode.SHARING_NOT_ALLOWED: "The organisation lets nobody share where they work so widely.",
    },
)


@strawberry.interface(
    description=(
        "Why something that was asked for was not done, in words that can be shown to a member. A client can show a "
        "problem that it has never heard of."
    )
)
class Problem:
    code: ProblemCode = strawberry.field(description="What went wrong, for programs.")
    message: str = strawberry.field(description="What went wrong, in one sentence for people.")
    remedy: str | None = strawberry.field(description="What to do about it; null where nothing helps.")
    retryable: bool = strawberry.field(description="Whether the same request may succeed later with nobody acting.")
    who_acts: Actor = strawberry.field(description="Who can mend it.")


@strawberry.type(description="A value of the input is wrong.")
class InvalidInput(Problem):
    field: str = strawberry.field(description="The path of the value in the input, such as `attendees.3.email`.")


@strawberry.type(description="Nothing that the viewer may see has this id: unknown, removed or somebody else's.")
class NotFound(Problem):
    pass


@strawberry.type(description="The idempotency key was used before, for a request with other content.")
class IdempotencyKeyReused(Problem):
    pass


@strawberry.type(description="The organisation would be left without a subscription administrator; nothing was done.")
class LastAdministrator(Problem):
    pass


@strawberry.type(description="This server is not set up for the calendar suite.")
class SuiteNotConfigured(Problem):
    pass


@strawberry.type(description="Another suite or tenant is active: switching disables it, which has to be confirmed.")
class SwitchConfirmationRequired(Problem):
    consequences: list[str] = strawberry.field(description="What the switch does, a sentence each.")
    confirmation: str = strawberry.field(description="Sent back with the same request, it confirms what was shown.")


@strawberry.type(description="What was asked for has consequences that have to be confirmed: nothing was done.")
class ConfirmationRequired(Problem):
    consequences: list[str] = strawberry.field(description="What it would do now, a sentence each.")
    confirmation: str = strawberry.field(description="Confirms what is shown here, within ten minutes.")


@strawberry.type(description="What was confirmed has changed meanwhile, or was shown too long ago: nothing was done.")
class ConfirmationStale(Problem):
    consequences: list[str] = strawberry.field(description="The consequences as they are now, a sentence each.")
    confirmation: str = strawberry.field(description="Confirms what is shown here, within ten minutes.")


@strawberry.type(
    description=(
        "Changing or removing a building so would cancel the shifts that no longer fit it, which has to be confirmed: "
        "nothing was done. The code is `CONFIRMATION_STALE` where something was confirmed that is not what stands "
        "there now, or more than ten minutes ago. Removing a building is asked back even where no shift goes with it."
    )
)
class ShiftsNoLongerFit(Problem):
    consequences: list[str] = strawberry.field(description="What would happen now, a sentence each.")
    confirmation: str = strawberry.field(description="Confirms what is shown here, within ten minutes.")
    affected: strawberry.Private[Sequence[Any]]
    total_count: int = strawberry.field(description="How many shifts would be cancelled, those not listed included.")

    @_told_field(description="The first 100 of the shifts that would be cancelled, in order of time.")
    def shifts(self) -> list[Annotated["AffectedShift", strawberry.lazy("schema.affected_shifts")]]:
        from schema.affected_shifts import affected_shift_of  # members are built on problems

        return [affected_shift_of(shift) for shift in self.affected]


@strawberry.type(description="The integration's present status does not allow what was asked.")
class IntegrationStatusConflict(Problem):
    status: IntegrationStatus = strawberry.field(description="The status that does not allow it.")


@strawberry.type(description="The integration can be enabled only after its test has passed.")
class TestNotPassed(Problem):
    __test__ = False  # the name is the product's, not a test's


@strawberry.type(description="The organisation's calendar integration is not enabled.")
class IntegrationUnavailable(Problem):
    status: IntegrationStatus = strawberry.field(description="Where the integration stands instead.")


@strawberry.type(description="The member has not connected their calendar; `connectCalendar` does.")
class ConnectionRequired(Problem):
    pass


@strawberry.type(description="The suite ended the member's consent; connecting again keeps everything they had.")
class ReconnectRequired(Problem):
    reason: ConnectionReason | None = strawberry.field(
        description="How the consent ended; null where the suite did not say."
    )


@strawberry.type(description="The suite keeps the member out until one of its administrators changes something.")
class ConnectionBlocked(Problem):
    reason: ConnectionReason | None = strawberry.field(
        description="What keeps the member out; null where the suite did not say."
    )


@strawberry.type(description="A permission that this needs was not granted.")
class PermissionMissing(Problem):
    scopes: list[str] = strawberry.field(description="The permissions that are missing, by the suite's own names.")


@strawberry.type(description="The calendar suite gives no usable answer at the moment.")
class SuiteUnavailable(Problem):
    retry_after: strawberry.Private[timedelta | None]

    @_told_field(description="Seconds after which to try again; null where the suite did not say.")
    def retry_after_seconds(self) -> int | None:
        return None if self.retry_after is None else -(-self.retry_after // timedelta(seconds=1))


@strawberry.type(description="The room is not tied to a resource of the suite, so it cannot be booked.")
class RoomNotPaired(Problem):
    room_name: str = strawberry.field(description="What the room is called, to be shown to the member.")


@strawberry.type(description="The suite reserves the room so that nobody can book it.")
class RoomNotBookable(Problem):
    room_name: str = strawberry.field(description="What the room is called, to be shown to the member.")


@strawberry.type(description="Another room of the organisation has this email address.")
class RoomAddressTaken(Problem):
    room_name: str = strawberry.field(description="What the other room is called.")


@strawberry.type(description="The suite knows no room with this email address, or does not tell about it.")
class RoomAddressUnknown(Problem):
    pass


@strawberry.type(description="The suite was asked, and does not tell when this room is taken.")
class RoomTimesUnknown(Problem):
    suite_code: str | None = strawberry.field(
        description="The suite's own code for it, for its support; null where it gave none."
    )


@strawberry.type(description="Only the organiser of the event may change its rooms.")
class NotOrganiser(Problem):
    pass


@strawberry.type(description="Somebody else changed the event at the same time; nothing was done.")
class EventChanged(Problem):
    pass


@strawberry.type(description="The booking is over or was cancelled already.")
class BookingClosed(Problem):
    pass


@strawberry.type(description="The member has shifts at that time already, and nobody works in two places at once.")
class ShiftsOverlap(Problem):
    shift_ids: strawberry.Private[Sequence[UUID]]

    @_told_field(
        description=(
            "The shifts that are in the way, at most 100 of them. Of another member's, those that the viewer may see."
        )
    )
    async def shifts(
        self, info: strawberry.Info[Any, Any]
    ) -> list[Annotated["Shift", strawberry.lazy("schema.shifts")]]:
        from schema.shifts import shift_of  # shifts have fields that answer with problems

        context = info.context
        rows = await context.loaders.shifts.load_many(self.shift_ids[:_MOST_SHIFTS])
        return [shift_of(row) for row in rows if row is not None]


@strawberry.type(description="A building, a floor or an area takes no more people on some of the days.")
class CapacityReached(Problem):
    full_days: strawberry.Private[Sequence["FullPlace"]]

    @_told_field(name="fullDays", description="The days on which it is full, and what is left on each of them.")
    def days(self) -> list[Annotated["FullDay", strawberry.lazy("schema.shift_problems")]]:
        from schema.shift_problems import full_day_of  # places have fields that answer with problems

        return [full_day_of(row) for row in self.full_days]


@strawberry.type(description="The shift is over, and stays as it was.")
class ShiftOver(Problem):
    pass


@strawberry.type(description="Nothing can be suggested from the viewer's own calendar; the code says why.")
class ShiftsNotSuggested(Problem):
    pass


CalendarProblem = (
    ConnectionRequired
    | ReconnectRequired
    | ConnectionBlocked
    | IntegrationUnavailable
    | SuiteNotConfigured
    | PermissionMissing
    | SuiteUnavailable
)
"""What can stand between a member and their calendar: part of every union whose field reads it."""

PROBLEM_TYPES: dict[type[ProblemError], type[Problem]] = {
    domain.InvalidInput: InvalidInput,
    domain.NotFound: NotFound,
    domain.IdempotencyKeyReused: IdempotencyKeyReused,
    domain.LastAdministrator: LastAdministrator,
    domain.SuiteNotConfigured: SuiteNotConfigured,
    domain.SwitchConfirmationRequired: SwitchConfirmationRequired,
    domain.ConfirmationRequired: ConfirmationRequired,
    domain.ConfirmationStale: ConfirmationStale,
    domain.ShiftsNoLongerFit: ShiftsNoLongerFit,
    domain.IntegrationStatusConflict: IntegrationStatusConflict,
    domain.TestNotPassed: TestNotPassed,
    domain.IntegrationUnavailable: IntegrationUnavailable,
    domain.ConnectionRequired: ConnectionRequired,
    domain.ReconnectRequired: ReconnectRequired,
    domain.ConnectionBlocked: ConnectionBlocked,
    domain.PermissionMissing: PermissionMissing,
    domain.SuiteUnavailable: SuiteUnavailable,
    domain.RoomNotPaired: RoomNotPaired,
    domain.RoomNotBookable: RoomNotBookable,
    domain.RoomAddressTaken: RoomAddressTaken,
    domain.RoomAddressUnknown: RoomAddressUnknown,
    domain.RoomTimesUnknown: RoomTimesUnknown,
    domain.NotOrganiser: NotOrganiser,
    domain.EventChanged: EventChanged,
    domain.BookingClosed: BookingClosed,
    domain.ShiftsOverlap: ShiftsOverlap,
    domain.CapacityReached: CapacityReached,
    domain.ShiftOver: ShiftOver,
    domain.ShiftsNotSuggested: ShiftsNotSuggested,
}
"""The one mapping: each error of the product and the type that tells of it. A test finds one that is left out."""

_DETAILS: dict[type[Problem], tuple[str, ...]] = {
    InvalidInput: ("field",),
    SwitchConfirmationRequired: ("consequences", "confirmation"),
    ConfirmationRequired: ("consequences", "confirmation"),
    ConfirmationStale: ("consequences", "confirmation"),
    ShiftsNoLongerFit: ("consequences", "confirmation", "affected", "total_count"),
    IntegrationStatusConflict: ("status",),
    IntegrationUnavailable: ("status",),
    ReconnectRequired: ("reason",),
    ConnectionBlocked: ("reason",),
    PermissionMissing: ("scopes",),
    SuiteUnavailable: ("retry_after",),
    RoomNotPaired: ("room_name",),
    RoomNotBookable: ("room_name",),
    RoomAddressTaken: ("room_name",),
    RoomTimesUnknown: ("suite_code",),
    ShiftsOverlap: ("shift_ids",),
    CapacityReached: ("full_days",),
}
"""What a type says beyond the interface, by the names that the error uses too."""

_VALUES: dict[str, Callable[[Any], object]] = {
    "status": IntegrationStatus,
    "reason": lambda reason: ConnectionReason(reason) if reason else None,
}


def problem_of(error: ProblemError) -> Problem:
    """The problem that tells a client of this error."""
    kind = PROBLEM_TYPES[type(error)]
    details = {name: getattr(error, name) for name in _DETAILS.get(kind, ())}
    return kind(
        code=error.code,
        message=error.message,
        remedy=error.remedy,
        retryable=error.retryable,
        who_acts=error.who_acts,
        **{name: _VALUES[name](value) if name in _VALUES else value for name, value in details.items()},
    )


def failure_of(error: ProblemError) -> GraphQLFailure:
    """The request error for a problem that the field's type has no place for."""
    return GraphQLFailure(ErrorCode.BAD_USER_INPUT, error.message, problem=error.code.value)


class ProblemHandler:
    """Answers one error of the product with its problem, on fields whose union lists it."""

    def __init__(self, exception_type: type[ProblemError], error_type: type[Problem]) -> None:
        self.exception_type = exception_type
        self.error_type = error_type

    def handle(self, exception: ProblemError, *, field: StrawberryField, info: strawberry.Info[Any, Any]) -> Problem:
        return problem_of(exception)


EXCEPTION_HANDLERS = tuple(ProblemHandler(error, kind) for error, kind in PROBLEM_TYPES.items())
