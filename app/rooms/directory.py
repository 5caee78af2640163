"""Reaching a tenant's room directory with the application's own credentials, and the words for not reaching it.

A tenant administrator approves this once for the whole tenant; nobody has to be signed in. The proof of the approval is
a freshly fetched credential that bears the right. `app.rooms.directories` opens a directory by this way or another.
"""

import asyncio
from datetime import timedelta

from app import clock
from app.errors import Actor, PermissionMissing, ProblemCode, ProblemError
from app.errors import SuiteUnavailable as SuiteUnavailableProblem
from app.integrations.issues import ROOM_DIRECTORY_UNCARRIED
from app.suites.errors import (
    AdminApprovalNeeded,
    ApplicationBlocked,
    ConsentNeeded,
    MissingScope,
    OperatorMustAct,
    SuiteError,
    SuiteThrottled,
)
from app.suites.protocol import CalendarSuite, Credentials, Purpose

EXPIRY_LEEWAY = timedelta(minutes=2)

NOT_APPROVED = (MissingScope, AdminApprovalNeeded, ConsentNeeded, ApplicationBlocked)
"""What a suite answers where nobody has approved the application in the tenant."""


class ApplicationTokens:
    """Implements `AccessTokens` with the application's credentials in one tenant."""

    def __init__(self, suite: CalendarSuite, tenant: str, credentials: Credentials | None = None) -> None:
        self._suite = suite
        self._tenant = tenant
        self._credentials = credentials
        self._lock = asyncio.Lock()

    async def current(self) -> str:
        async with self._lock:
            if self._credentials is None or self._credentials.expires_at - EXPIRY_LEEWAY <= clock.now():
                self._credentials = await self._suite.application_tokens(self._tenant)
            return self._credentials.access_token

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        async with self._lock:
            if self._credentials is None or self._credentials.access_token == rejected:
                self._credentials = await self._suite.application_tokens(self._tenant)
            return self._credentials.access_token


async def is_approved(suite: CalendarSuite, tenant: str) -> bool:
    """Whether a credential fetched just now bears the right to read the directory. Raises SuiteError."""
    try:
        credentials = await suite.application_tokens(tenant)
    except NOT_APPROVED:
        return False
    return suite.grants_room_directory(credentials)


class DirectoryUncarried(MissingScope):
    """No administrator's consent lists the rooms any more."""


def directory_problem(suite: CalendarSuite, error: SuiteError) -> ProblemError:
    """What a member is told when the directory cannot be read."""
    if isinstance(error, DirectoryUncarried):
        return directory_uncarried(suite)
    if isinstance(error, NOT_APPROVED):
        return directory_not_granted(suite)
    if isinstance(error, SuiteThrottled):
        return SuiteUnavailableProblem(retry_after=error.retry_after, code=ProblemCode.SUITE_THROTTLED)
    problem = SuiteUnavailableProblem()
    if isinstance(error, OperatorMustAct):
        problem.who_acts = Actor.OPERATOR
        problem.retryable = False
        problem.remedy = "The operator checks this server's registration at the calendar suite."
    return problem


def directory_not_granted(suite: CalendarSuite) -> PermissionMissing:
    """The right to read the directory was refused, or not asked for."""
    if suite.capabilities.directory_by_application:
        who_acts, remedy = Actor.TENANT_ADMINISTRATOR, "A tenant administrator approves reading the room directory"
    else:
        who_acts = Actor.SUBSCRIPTION_ADMINISTRATOR
        remedy = "A subscription administrator sets the integration up anew with the room directory"
    return PermissionMissing(
        "The room directory may not be read.",
        scopes=_scopes(suite),
        remedy=f"{remedy}, or rooms are entered by email address.",
        who_acts=who_acts,
    )


def directory_uncarried(suite: CalendarSuite) -> PermissionMissing:
    """Nobody's consent carries the directory."""
    return PermissionMissing(
        ROOM_DIRECTORY_UNCARRIED.message,
        scopes=_scopes(suite),
        remedy=ROOM_DIRECTORY_UNCARRIED.remedy,
        who_acts=ROOM_DIRECTORY_UNCARRIED.who_acts,
    )


def _scopes(suite: CalendarSuite) -> tuple[str, ...]:
    return tuple(item.scope for item in suite.permissions if item.purpose is Purpose.ROOM_DIRECTORY)
