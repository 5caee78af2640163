"""The product's enums as clients see them: the same classes, with a description for every value.

Resolvers hand the product's own values on, so nothing is converted and nothing can be forgotten: `describe` refuses an
enum that has a value without a description.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import cast

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from app.bookings.models import BookingKind
from app.bookings.status import BookingReason, BookingState
from app.connections.models import ConnectionReason, ConnectionStatus
from app.identity.models import LocationSharing, Role
from app.integrations.models import IntegrationHealth
from app.integrations.status import IntegrationStatus
from app.rooms.models import RoomPairing, RoomSyncState
from app.shifts.models import ShiftEnd, WorkKind
from app.shifts.spans import Slot
from app.suites.events import (
    AttendeeKind,
    Availability,
    EventKind,
    EventStatus,
    Frequency,
    Response,
    Sensitivity,
    ShowAs,
    Weekday,
)
from app.suites.protocol import PermissionVariant, Purpose, SuiteName


def describe(enum: type[StrEnum], description: str, values: Mapping[StrEnum, str], *, name: str | None = None) -> None:
    """Make an enum of the product known to the schema. Raises ValueError where a value has no description."""
    strawberry.enum(enum, name=name, description=description)
    definition = cast("StrawberryEnumDefinition", enum.__strawberry_definition__)  # type: ignore[attr-defined]  # just set
    if set(values) != set(enum):
        raise ValueError(f"{enum.__name__} needs a description for each of its values, and for nothing else.")
    for value in definition.values:
        value.description = values[enum(value.value)]


describe(
    SuiteName,
    "A calendar suite that this server speaks with.",
    {
        SuiteName.MICROSOFT_365: "Microsoft 365: Entra ID for sign-in, Exchange Online for calendars and rooms.",
        SuiteName.GOOGLE_WORKSPACE: "Google Workspace: Google accounts, Google Calendar and its resources.",
    },
)
describe(
    Purpose,
    "What a permission is for, so that it is clear what is lost without it.",
    {
        Purpose.SIGN_IN: "Signing in with the work account and reading one's own profile.",
        Purpose.CALENDAR: "Reading and writing the events of the member who consents.",
        Purpose.AVAILABILITY: "Seeing when rooms and people are free or busy, without any detail.",
        Purpose.ROOM_DIRECTORY: "Listing the tenant's meeting rooms, to complete their email addresses.",
        Purpose.OWNED_CALENDARS: "Finding the further calendars that a member owns.",
    },
    name="PermissionPurpose",
)
describe(
    PermissionVariant,
    "Which set of permissions an organisation chooses to grant.",
    {
        PermissionVariant.FULL: "Every permission that the product can make use of.",
        PermissionVariant.WITHOUT_ROOM_DIRECTORY: (
            "No permission to list the tenant's rooms: they are entered by email address, nothing else is lost."
        ),
    },
)
describe(
    IntegrationStatus,
    "Where an organisation stands on its way to a working integration.",
    {
        IntegrationStatus.NOT_CONFIGURED: "Nothing is joined yet. `startIntegration` begins.",
        IntegrationStatus.AWAITING_CONSENT: (
            "An administrator was sent to the suite to consent and has not come back yet; the suite may have asked for "
            "admin approval instead, so the ways to approve are offered here too."
        ),
        IntegrationStatus.AWAITING_ADMIN_APPROVAL: (
            "The suite's tenant wants one of its administrators to approve first. Expected, never expires."
        ),
        IntegrationStatus.TEST_FAILED: "The last test found issues; settle them and run the test flow again.",
        IntegrationStatus.TESTED: "Every check passed: `enableForAllUsers` may follow.",
        IntegrationStatus.ENABLED: "In use: members can connect their calendars.",
        IntegrationStatus.DISABLED: "Switched off; the consents are kept until `retainedUntil`.",
    },
)
describe(
    IntegrationHealth,
    "How an enabled integration fares.",
    {
        IntegrationHealth.HEALTHY: "Everything works as of the last check.",
        IntegrationHealth.DEGRADED: "Some things fail or are late; the issues say which.",
        IntegrationHealth.BROKEN: "Nothing works until somebody acts on the issues.",
    },
)
describe(
    ConnectionStatus,
    "How a member's calendar access stands.",
    {
        ConnectionStatus.NOT_CONNECTED: "The member has not consented: no agenda and no room bookings.",
        ConnectionStatus.CONNECTED: "The consent works.",
        ConnectionStatus.RECONNECT_REQUIRED: "The suite ended the consent; connecting again keeps everything.",
        ConnectionStatus.BLOCKED: "The suite keeps the member out until an administrator changes something there.",
        ConnectionStatus.SUSPENDED: "The organisation's integration is disabled; the consent is kept for a while.",
    },
    name="CalendarAccessStatus",
)
describe(
    ConnectionReason,
    "Why a member's calendar access does not work.",
    {
        ConnectionReason.CONSENT_NEEDED: "A consent is missing, or lacks a permission that was asked for.",
        ConnectionReason.CONSENT_WITHDRAWN: "The consent was withdrawn inside the suite.",
        ConnectionReason.EXPIRED: "The consent expired, or a changed password ended it.",
        ConnectionReason.MFA: "The suite wants the member to prove themself with a second factor again.",
        ConnectionReason.ACCOUNT_DISABLED: "The member's account is disabled in the suite.",
        ConnectionReason.CONDITIONAL_ACCESS: "A policy of the tenant blocks this application or this member.",
        ConnectionReason.NOT_ASSIGNED: "The tenant lets only assigned people use the application.",
        ConnectionReason.NO_MAILBOX: "The account has no mailbox in the suite's cloud.",
        ConnectionReason.INTEGRATION_DISABLED: "The organisation's integration is disabled.",
    },
    name="CalendarAccessReason",
)
describe(
    Role,
    "What a member may do in their organisation.",
    {
        Role.MEMBER: "Uses agenda and rooms.",
        Role.SUBSCRIPTION_ADMINISTRATOR: "A member who also switches the integration on and off and manages rooms.",
    },
)
describe(
    LocationSharing,
    "Who may see where a member works.",
    {
        LocationSharing.EVERYONE: "Everybody in the organisation.",
        LocationSharing.PEOPLE_I_MEET: "Only inside an event that the member organises or has visibly accepted.",
        LocationSharing.NOBODY: "Nobody.",
    },
)
describe(
    BookingState,
    "What the room of a booking has said so far.",
    {
        BookingState.PENDING: "Asked, not answered; a booking is a request until the room accepts.",
        BookingState.ACCEPTED: "The room accepted. It may still decline later, for instance when an approver acts.",
        BookingState.REJECTED: "The room is not available for this event; the reason says how that came.",
        BookingState.CANCELLED: "Given up by its owner, or the event is gone. Nothing follows.",
    },
)
describe(
    BookingReason,
    "Why a booking is in its state.",
    {
        BookingReason.NOT_ANSWERED: "The room has not answered yet.",
        BookingReason.AWAITING_APPROVAL: "Somebody has to approve the request in the suite.",
        BookingReason.DECLINED: "The room declined.",
        BookingReason.REMOVED: (
            "The room is not on the event any more: a person took it off, or the suite did by itself, as some do once "
            "nearly everybody has declined. The event does not tell which. On a cancelled booking: an administrator "
            "removed the room from the organisation's rooms."
        ),
        BookingReason.REPLACED: (
            "Another room stands in the place of the one that was asked for. `ACCEPTED`: the suite swapped it by "
            "itself, and `room` is the new one. `REJECTED`: which of the rooms came for this one cannot be told, or "
            "this suite swaps none by itself."
        ),
        BookingReason.RELEASED: "The room itself gave the slot up: it had accepted, and then declined.",
        BookingReason.EVENT_GONE: "The event was cancelled or deleted.",
    },
)
describe(
    BookingKind,
    "What a booking covers.",
    {BookingKind.EVENT: "One event.", BookingKind.SERIES: "Every occurrence of a recurring event."},
)
describe(
    RoomPairing,
    "Whether a room is tied to a resource of the suite.",
    {
        RoomPairing.PAIRED: "Tied by its email address: it can be booked.",
        RoomPairing.UNPAIRED: "Not tied: its details are kept, its schedule is out of reach and it cannot be booked.",
    },
)
describe(
    RoomSyncState,
    "How a run that reads the suite's room directory stands.",
    {
        RoomSyncState.DUE: "Asked for, not begun.",
        RoomSyncState.RUNNING: "Under way.",
        RoomSyncState.SUCCEEDED: "Finished: our rooms match the directory.",
        RoomSyncState.FAILED: "Given up; `failureCode` says why. Rooms read so far are kept.",
    },
)
describe(
    Availability,
    "What the suite says of a room in a window of time.",
    {
        Availability.FREE: "Nothing is in its calendar. The room may still decline: its booking rules cannot be read.",
        Availability.BUSY: "Taken for at least a part of the window.",
        Availability.UNKNOWN: "The suite could not tell.",
    },
)
describe(
    EventKind,
    "Whether an event stands alone or belongs to a series.",
    {
        EventKind.SINGLE: "It happens once.",
        EventKind.OCCURRENCE: "One date of a series, as the series says.",
        EventKind.EXCEPTION: "One date of a series that was changed.",
        EventKind.SERIES: "The series itself.",
    },
)
describe(
    EventStatus,
    "Whether an event takes place.",
    {
        EventStatus.CONFIRMED: "It takes place.",
        EventStatus.TENTATIVE: "It may take place.",
        EventStatus.CANCELLED: "It was cancelled and is still in the calendar.",
    },
)
describe(
    Sensitivity,
    "How private the organiser marked an event.",
    {
        Sensitivity.NORMAL: "Not marked.",
        Sensitivity.PERSONAL: "Marked as personal.",
        Sensitivity.PRIVATE: "Marked as private: others who see the calendar see only that time is taken.",
        Sensitivity.CONFIDENTIAL: "Marked as confidential.",
    },
)
describe(
    ShowAs,
    "How the time of an event is shown to others in the viewer's calendar.",
    {
        ShowAs.FREE: "As free.",
        ShowAs.TENTATIVE: "As taken with reservation.",
        ShowAs.BUSY: "As taken.",
        ShowAs.OUT_OF_OFFICE: "As out of office.",
        ShowAs.WORKING_ELSEWHERE: "As working elsewhere.",
        ShowAs.UNKNOWN: "The suite does not say.",
    },
)
describe(
    Response,
    "What a person answered to an invitation.",
    {
        Response.ORGANISER: "Organises the event, so was never asked.",
        Response.ACCEPTED: "Accepted.",
        Response.TENTATIVELY_ACCEPTED: "Accepted with reservation.",
        Response.DECLINED: "Declined.",
        Response.NOT_RESPONDED: "Not answered, or the suite does not tell this viewer.",
    },
    name="EventResponse",
)
describe(
    AttendeeKind,
    "How an attendee is invited.",
    {
        AttendeeKind.REQUIRED: "Their presence is asked for.",
        AttendeeKind.OPTIONAL: "They may come.",
        AttendeeKind.ROOM: "A room or another resource.",
    },
)
describe(
    Frequency,
    "How often a recurring event repeats.",
    {
        Frequency.DAILY: "Every so many days.",
        Frequency.WEEKLY: "Every so many weeks, on the given weekdays.",
        Frequency.MONTHLY_BY_DATE: "Every so many months, on its start's day of the month or a shorter month's last.",
        Frequency.MONTHLY_BY_WEEKDAY: "Every so many months, on one weekday of one week, such as the second Tuesday.",
    },
    name="RecurrenceFrequency",
)
describe(
    Weekday,
    "A day of the week, in the time zone of the event, or of the building.",
    {
        day: f"Every {day.value.capitalize()}; of a recurring event, each that the recurrence reaches."
        for day in Weekday
    },
)
describe(
    Slot,
    "Which part of a day somebody works, in the time zone of the place.",
    {
        Slot.WHOLE_DAY: "From midnight to midnight, whatever the opening hours.",
        Slot.MORNING: "From midnight until the building's afternoon starts, which is 13:00 where there is no building.",
        Slot.AFTERNOON: "From when the building's afternoon starts, 13:00 where there is no building, until midnight.",
        Slot.TIMES: "From one time to another, as whoever books says.",
    },
)
describe(
    WorkKind,
    "Where a member works in a shift.",
    {
        WorkKind.AT_OFFICE: "In a building of the organisation, on one of its floors or in one of its areas.",
        WorkKind.REMOTE: "Elsewhere, such as at home.",
        WorkKind.NOT_WORKING: "Nowhere: the member does not work then.",
    },
    name="ShiftKind",
)
describe(
    ShiftEnd,
    "Why a shift was cancelled.",
    {
        ShiftEnd.CANCELLED_BY_MEMBER: "The member cancelled it.",
        ShiftEnd.CANCELLED_BY_ADMINISTRATOR: "An administrator cancelled it for the member.",
        ShiftEnd.NO_LONGER_FITS: "Its building was changed or removed, and the shift did not fit any more.",
        ShiftEnd.MERGED: "Two members turned out to be one, who had another shift at that time.",
    },
    name="ShiftEndReason",
)
