"""What the application asks a Microsoft 365 tenant for, and why.

Names and effects: https://learn.microsoft.com/graph/permissions-reference
"""

from app.suites.protocol import Capabilities, Permission, PermissionVariant, Purpose

OFFLINE_ACCESS = "offline_access"
CALENDARS = "Calendars.ReadWrite"
PLACES = "Place.Read.All"

PROTOCOL_SCOPES = frozenset({"openid", "profile", "email", OFFLINE_ACCESS})
"""Scopes of OpenID Connect itself; the others belong to Graph. `email` is never asked for, only told of in answers."""

SIGN_IN_SCOPES = frozenset({"openid", "profile", "User.Read"})
MEMBER_SCOPES = SIGN_IN_SCOPES | {OFFLINE_ACCESS, CALENDARS}

GRAPH_RESOURCE = "https://graph.microsoft.com/"
APPLICATION_SCOPE = GRAPH_RESOURCE + ".default"
"""Everything the registration lists for Graph: the only way to ask for application permissions."""

PERMISSIONS = (
    Permission(
        scope=OFFLINE_ACCESS,
        delegated=True,
        purpose=Purpose.CALENDAR,
        why="Keeps a member's connection working without a new sign-in each time.",
    ),
    Permission(
        scope=CALENDARS,
        delegated=True,
        purpose=Purpose.CALENDAR,
        why="Shows members their agenda and books, changes and cancels rooms in their own calendar.",
    ),
    Permission(
        scope="openid",
        delegated=True,
        purpose=Purpose.SIGN_IN,
        why="Lets members sign in with their work account.",
    ),
    Permission(
        scope="profile",
        delegated=True,
        purpose=Purpose.SIGN_IN,
        why="Tells which account signed in, and the member's name.",
    ),
    Permission(
        scope="User.Read",
        delegated=True,
        purpose=Purpose.SIGN_IN,
        why="Reads the member's own profile to find their mailbox address.",
    ),
    Permission(
        scope=PLACES,
        delegated=False,
        purpose=Purpose.ROOM_DIRECTORY,
        why="Lists the tenant's meeting rooms, so that their email addresses need not be typed.",
        required=False,
    ),
)

CAPABILITIES = Capabilities(
    admin_approval_link=True,
    directory_by_application=True,
    room_answer_for_attendees=False,
    revocable_by_us=False,
    rotates_refresh_tokens=True,
    replaces_rooms=False,
    room_answer_for_dates=False,
    tells_awaiting_approval=True,
    availability_batch=100,
)


def delegated(variant: PermissionVariant) -> frozenset[str]:
    """The scopes that members consent to: the same in both variants, since the directory is the application's."""
    match variant:
        case PermissionVariant.FULL | PermissionVariant.WITHOUT_ROOM_DIRECTORY:
            return MEMBER_SCOPES


def graph_scopes(scopes: frozenset[str]) -> frozenset[str]:
    """Those of `scopes` that belong to Graph, as plain names."""
    return frozenset(scope.removeprefix(GRAPH_RESOURCE) for scope in scopes) - PROTOCOL_SCOPES
