"""The permissions the sandbox knows, with the words in which its pages ask for them.

Names and identifiers: https://learn.microsoft.com/graph/permissions-reference
"""

from dataclasses import dataclass
from enum import StrEnum

GRAPH_RESOURCE = "https://graph.microsoft.com"
"""The resource that scopes are asked of; the address at which this sandbox answers is another matter."""


class PermissionKind(StrEnum):
    """On whose behalf a permission is used."""

    DELEGATED = "delegated"
    APPLICATION = "application"


class Consenter(StrEnum):
    """Who may give a permission, by its nature; a tenant's policy can only be stricter."""

    ANYBODY = "anybody"
    """Low impact: part of signing in."""

    USER = "user"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One permission: ``title`` and ``explanation`` are what a person reads before accepting."""

    name: str
    kind: PermissionKind
    consenter: Consenter
    title: str
    explanation: str


def _delegated(name: str, consenter: Consenter, title: str, explanation: str) -> Permission:
    return Permission(
        name=name,
        kind=PermissionKind.DELEGATED,
        consenter=consenter,
        title=title,
        explanation=explanation,
    )


_DELEGATED = (
    _delegated("openid", Consenter.ANYBODY, "Sign you in", "The application learns which account is yours."),
    _delegated("profile", Consenter.ANYBODY, "See your basic profile", "Your name and your user name."),
    _delegated("email", Consenter.ANYBODY, "See your email address", "The address of this account."),
    _delegated(
        "offline_access",
        Consenter.ANYBODY,
        "Keep the access you have given it",
        "It may use what you allow here while you are away, until you or an administrator withdraw it.",
    ),
    _delegated(
        "User.Read",
        Consenter.ANYBODY,
        "Sign you in and read your profile",
        "Your profile, and basic information about your organisation.",
    ),
    _delegated(
        "Calendars.ReadBasic",
        Consenter.USER,
        "See when you are busy",
        "Events in your calendar without their text, attachments or extensions.",
    ),
    _delegated("Calendars.Read", Consenter.USER, "Read your calendars", "Every event in your calendars."),
    _delegated(
        "Calendars.ReadWrite",
        Consenter.USER,
        "Have full access to your calendars",
        "Read, create, change and delete events in your calendars.",
    ),
    _delegated("MailboxSettings.Read", Consenter.USER, "Read your mailbox settings", "Time zone and working hours."),
    _delegated(
        "Place.Read.All",
        Consenter.ADMINISTRATOR,
        "List the organisation's places",
        "Rooms, room lists and buildings of your organisation.",
    ),
)

_APPLICATION = (
    Permission(
        name="Place.Read.All",
        kind=PermissionKind.APPLICATION,
        consenter=Consenter.ADMINISTRATOR,
        title="List the organisation's places, without a signed-in person",
        explanation="Rooms, room lists and buildings of your organisation. No calendar is opened by this.",
    ),
)

DELEGATED = {permission.name: permission for permission in _DELEGATED}
APPLICATION = {permission.name: permission for permission in _APPLICATION}

OPENID_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
"""Scopes that belong to no resource: they may accompany any one."""


def canonical_scope(scope: str) -> str | None:
    """A scope's short, rightly spelt name (``https://graph.microsoft.com/user.read`` is ``User.Read``).

    ``.default`` stays as it is; None when the sandbox knows no such scope.
    """
    name = scope.removeprefix(GRAPH_RESOURCE + "/")
    if name.lower() == ".default":
        return ".default"
    return next((known for known in DELEGATED if known.lower() == name.lower()), None)
