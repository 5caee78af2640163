"""What a notification says to people. Rooms and buildings, being ours, are named; of a calendar it knows nothing."""

from dataclasses import dataclass

from app.notifications.models import NotificationKind
from app.notifications.shift_words import ToldShifts


def words_for(
    kind: NotificationKind, room: str | None, former_room: str | None, shifts: ToldShifts | None = None
) -> str:
    """One or two sentences; a room that is not known any more, or that was never one alone, goes without its name.

    So do shifts that were changed again since.
    """
    match kind:
        case NotificationKind.ROOM_REJECTED:
            return f"{room or 'A room that you booked'} is not available for your event. Choose another room."
        case NotificationKind.ROOM_REPLACED:
            former = former_room or "the room that you booked"
            return (
                f"{room or 'Another room'} took the place of {former}: the calendar suite moved your event by itself."
            )
        case NotificationKind.ROOM_NOT_ANSWERING:
            return (
                f"{room or 'A room that you booked'} has not answered yet. It may still do so, or wait for somebody's"
                " approval; to be on the safe side, choose another room."
            )
        case NotificationKind.ROOM_REMOVED:
            return (
                f"{room or 'A room that you booked'} is no longer one of your organisation's rooms. It is still on"
                " your event, but you are not told what it answers: choose another room."
            )
        case NotificationKind.RECONNECT_REQUIRED:
            return "Your calendar has to be connected again. Everything that you had is kept."
        case NotificationKind.SHIFTS_BOOKED:
            return f"An administrator booked {shifts.words if shifts else 'shifts'} for you."
        case NotificationKind.SHIFTS_CHANGED:
            return f"An administrator changed shifts of yours{f': now {shifts.words}' if shifts else ''}."
        case NotificationKind.SHIFTS_CANCELLED:
            return _cancelled(shifts)
        case NotificationKind.INTEGRATION_UNHEALTHY:
            return "The calendar integration does not work as it should. Its issues say what to settle, and who can."


def _cancelled(shifts: ToldShifts | None) -> str:
    if shifts is None:
        return "Shifts of yours were cancelled. Book others."
    because = " Their building was changed or removed, and they do not fit any more." if shifts.no_longer_fit else ""
    return f"Cancelled for you: {shifts.words}.{because} Book others instead."


@dataclass(frozen=True, slots=True)
class MailWords:
    """Everything that one mail says. Another language is another maker of these, chosen by whom the mail is for."""

    language: str
    heading: str
    greeting: str
    message: str
    meeting: str | None
    action: str
    footer: str


def mail_words(
    kind: NotificationKind,
    name: str,
    room: str | None,
    former_room: str | None,
    subject: str | None,
    shifts: ToldShifts | None = None,
) -> MailWords:
    """What a mail says; `subject` is the meeting's, where the organisation lets mails name it."""
    return MailWords(
        language="en",
        heading=heading_for(kind, room),
        greeting=f"Hello {name},",
        message=words_for(kind, room, former_room, shifts),
        meeting=f"It is about “{subject}”." if subject else None,
        action="Open Hybrid Meetings",
        footer="Hybrid Meetings sends this once. What you have read there already is not mailed.",
    )


def heading_for(kind: NotificationKind, room: str | None) -> str:
    """The line by which a mail is recognised in a list."""
    match kind:
        case NotificationKind.ROOM_REJECTED:
            return f"{room or 'A room'} is not available"
        case NotificationKind.ROOM_REPLACED:
            return f"{room or 'Another room'} took another room's place"
        case NotificationKind.ROOM_NOT_ANSWERING:
            return f"{room or 'A room'} has not answered"
        case NotificationKind.ROOM_REMOVED:
            return f"{room or 'A room'} is no longer one of your organisation's rooms"
        case NotificationKind.RECONNECT_REQUIRED:
            return "Your calendar has to be connected again"
        case NotificationKind.SHIFTS_BOOKED:
            return "Shifts were booked for you"
        case NotificationKind.SHIFTS_CHANGED:
            return "Shifts of yours were changed"
        case NotificationKind.SHIFTS_CANCELLED:
            return "Shifts of yours were cancelled"
        case NotificationKind.INTEGRATION_UNHEALTHY:
            return "The calendar integration needs attention"
