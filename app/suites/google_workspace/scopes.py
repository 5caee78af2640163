"""What the application asks of a Google Workspace domain, and why.

Names and effects: https://developers.google.com/identity/protocols/oauth2/scopes
"""

from app.suites.protocol import Capabilities, Permission, PermissionVariant, Purpose

CALENDAR_EVENTS = "https://www.googleapis.com/auth/calendar.events"
FREE_BUSY = "https://www.googleapis.com/auth/calendar.freebusy"
CALENDAR_LIST = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
RESOURCES = "https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly"

PERMISSIONS = (
    Permission(
        scope=CALENDAR_EVENTS,
        delegated=True,
        purpose=Purpose.CALENDAR,
        why="Shows members their agenda and books, changes and cancels rooms in their own calendar.",
    ),
    Permission(
        scope=FREE_BUSY,
        delegated=True,
        purpose=Purpose.AVAILABILITY,
        why="Tells when rooms are free, without any detail of what takes place there.",
        required=False,
    ),
    Permission(
        scope=CALENDAR_LIST,
        delegated=True,
        purpose=Purpose.OWNED_CALENDARS,
        why="Names the further calendars that a member owns, so that their agenda can show those too.",
        required=False,
    ),
    Permission(
        scope="openid",
        delegated=True,
        purpose=Purpose.SIGN_IN,
        why="Lets members sign in with their work account.",
    ),
    Permission(
        scope="email",
        delegated=True,
        purpose=Purpose.SIGN_IN,
        why="Reads the address of the account, to find the member's calendar.",
    ),
    Permission(
        scope="profile",
        delegated=True,
        purpose=Purpose.SIGN_IN,
        why="Tells the member's name.",
    ),
    Permission(
        scope=RESOURCES,
        delegated=True,
        purpose=Purpose.ROOM_DIRECTORY,
        why="Lists the domain's meeting rooms, so that their email addresses need not be typed. Works where the "
        "administrator who consents may also see the rooms in the Google Admin console.",
        required=False,
        administrators_only=True,
    ),
)

SIGN_IN_SCOPES = frozenset({"openid", "email", "profile"})

CAPABILITIES = Capabilities(
    admin_approval_link=False,
    directory_by_application=False,
    room_answer_for_attendees=True,
    revocable_by_us=True,
    rotates_refresh_tokens=False,
    replaces_rooms=True,
    room_answer_for_dates=True,
    tells_awaiting_approval=False,
    availability_batch=50,
)


def delegated(variant: PermissionVariant, *, administrator: bool) -> frozenset[str]:
    """The scopes to ask for: the room directory of administrators only, since their consent carries it for all."""
    asked = SIGN_IN_SCOPES | {CALENDAR_EVENTS, FREE_BUSY, CALENDAR_LIST}
    return asked | {RESOURCES} if administrator and variant is PermissionVariant.FULL else asked
