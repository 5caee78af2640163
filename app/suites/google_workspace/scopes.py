"""What the application asks of a Google Workspace domain, and why.

Names and effects: https://developers.google.com/identity/protocols/oauth2/scopes
"""

from app.suites.protocol import Capabilities, Permission, Purpose

CALENDAR_EVENTS = "https://www.googleapis.com/auth/calendar.events"
FREE_BUSY = "https://www.googleapis.com/auth/calendar.freebusy"
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
        why="Lists the domain's meeting rooms, so that their email addresses need not be typed.",
    ),
)

CAPABILITIES = Capabilities(
    admin_approval_link=False,
    directory_by_application=False,
    room_answer_for_attendees=True,
    revocable_by_us=True,
    rotates_refresh_tokens=False,
    replaces_rooms=True,
    availability_batch=50,
)
