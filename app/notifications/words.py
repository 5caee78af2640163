"""What a notification says to people. Rooms are named, since they are ours; of a calendar it knows nothing."""

from app.notifications.models import NotificationKind


def words_for(kind: NotificationKind, room: str | None, former_room: str | None) -> str:
    """One or two sentences; a room that is not known any more, or that was never one alone, goes without its name."""
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
        case NotificationKind.RECONNECT_REQUIRED:
            return "Your calendar has to be connected again. Everything that you had is kept."
        case NotificationKind.INTEGRATION_UNHEALTHY:
            return "The calendar integration does not work as it should. Its issues say what to settle, and who can."
