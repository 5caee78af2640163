"""The scopes the sandbox's Google knows, how they are spelt, and the words in which its pages ask for them.

Names and effects: https://developers.google.com/identity/protocols/oauth2/scopes
"""

from collections.abc import Iterable
from dataclasses import dataclass

PREFIX = "https://www.googleapis.com/auth/"
OPENID = "openid"
EMAIL = PREFIX + "userinfo.email"
PROFILE = PREFIX + "userinfo.profile"
SIGN_IN = frozenset({OPENID, EMAIL, PROFILE})
"""Scopes that belong to signing in: no box to tick, and no policy of a customer's stands against them."""

_SHORT_SIGN_IN = {"email": EMAIL, "profile": PROFILE}
_WORDS = {
    "userinfo.email": "See your primary Google Account email address",
    "userinfo.profile": "See your personal info, including any that you have made public",
    "calendar": "See, edit, share and permanently delete all your calendars",
    "calendar.readonly": "See and download all your calendars",
    "calendar.events": "See and change the events of all your calendars",
    "calendar.events.readonly": "See the events of all your calendars",
    "calendar.events.owned": "See, create, change and delete events of the calendars that you own",
    "calendar.events.owned.readonly": "See the events of the calendars that you own",
    "calendar.events.freebusy": "See when calendars that you have access to are free or busy, event by event",
    "calendar.events.public.readonly": "See the events of public calendars",
    "calendar.freebusy": "See when you and others are free or busy",
    "calendar.calendarlist": "See, add and remove the calendars that you subscribe to",
    "calendar.calendarlist.readonly": "See the list of the calendars that you subscribe to",
    "calendar.calendars": "See and change the properties of your calendars, and create others",
    "calendar.calendars.readonly": "See the title, description and time zone of your calendars",
    "calendar.settings": "See and change your calendar settings",
    "calendar.settings.readonly": "See your calendar settings",
    "calendar.acls": "See and change who your calendars are shared with",
    "calendar.acls.readonly": "See who your calendars are shared with",
    "calendar.app.created": "Make further calendars, and see and change what is in those",
    "admin.directory.resource.calendar": "See and manage the calendar resources of your organisation",
    "admin.directory.resource.calendar.readonly": "See the calendar resources of your organisation",
}
KNOWN = frozenset({OPENID} | {PREFIX + name for name in _WORDS})


class UnknownScopeError(ValueError):
    """No scope has one of these names."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(f"unknown scopes: {', '.join(self.names)}")


@dataclass(frozen=True, slots=True)
class ScopeInWords:
    """A scope as a page shows it."""

    name: str
    words: str

    @property
    def short_name(self) -> str:
        """The name without what all have in common."""
        return self.name.removeprefix(PREFIX)


def read_scopes(names: Iterable[str]) -> frozenset[str]:
    """Scopes in Google's long spelling. Raises UnknownScopeError."""
    wanted = tuple(names)
    scopes = tuple(_SHORT_SIGN_IN.get(name, name) for name in wanted)
    unknown = [name for name, scope in zip(wanted, scopes, strict=True) if scope not in KNOWN]
    if unknown:
        raise UnknownScopeError(unknown)
    return frozenset(scopes)


def read_short_scopes(names: Iterable[str]) -> frozenset[str]:
    """The same for names that may lack what all have in common. Raises UnknownScopeError."""
    return read_scopes(PREFIX + name if name in _WORDS else name for name in names)


def spelt_out(scopes: Iterable[str]) -> str:
    """Scopes as an answer lists them: in an order that owes nothing to the request's."""
    return " ".join(sorted(scopes))


def in_words(scopes: Iterable[str]) -> list[ScopeInWords]:
    """Scopes for a page."""
    return [
        ScopeInWords(name, _WORDS.get(name.removeprefix(PREFIX), "Know who you are on Google"))
        for name in sorted(scopes)
    ]
