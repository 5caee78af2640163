"""The one table from what a suite refused to what a member is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from app import errors
from app.connections.models import CalendarConnection
from app.errors import Actor, ProblemCode, ProblemError
from app.suites import errors as suite_errors
from app.suites.errors import BlockReason, SuiteError
from app.suites.protocol import CalendarSuite, Purpose

_THEN_RECONNECT = "; then connect your calendar again."
BLOCK_REMEDIES: dict[BlockReason, str] = {
    BlockReason.ACCOUNT_DISABLED: "An administrator of your calendar suite enables your account" + _THEN_RECONNECT,
    BlockReason.CONDITIONAL_ACCESS: "An administrator of your calendar suite allows this application in the"
    " Conditional Access policy that stops it" + _THEN_RECONNECT,
    BlockReason.NOT_ASSIGNED: "An administrator of your calendar suite assigns you to this application"
    + _THEN_RECONNECT,
    BlockReason.NO_MAILBOX: "An administrator of your calendar suite gives your account a cloud mailbox"
    + _THEN_RECONNECT,
}


def problem_of(error: SuiteError) -> ProblemError:
    """The problem for this refusal, by its class or the nearest class above it."""
    for kind in type(error).__mro__:
        make = _TABLE.get(kind)
        if make is not None:
            return make(error)
    raise TypeError(f"{type(error).__name__} is not a SuiteError")


def _unavailable(_: SuiteError) -> ProblemError:
    return errors.SuiteUnavailable()


def _throttled(error: suite_errors.SuiteThrottled) -> ProblemError:
    return errors.SuiteUnavailable(retry_after=error.retry_after, code=ProblemCode.SUITE_THROTTLED)


def _reconnect(error: suite_errors.ReconnectRequired) -> ProblemError:
    return errors.ReconnectRequired(error.reason.value)


def _consent_needed(_: SuiteError) -> ProblemError:
    return errors.ReconnectRequired("CONSENT_NEEDED")


def _approval(_: SuiteError) -> ProblemError:
    return errors.PermissionMissing(
        "Your calendar suite wants an administrator's approval before this application may read your calendar.",
        scopes=(),
        remedy="A tenant administrator approves the application; then try again.",
    )


def _blocked(error: suite_errors.MemberBlocked) -> ProblemError:
    return errors.ConnectionBlocked(error.reason.value, BLOCK_REMEDIES[error.reason])


def _tenant_administrator(_: SuiteError) -> ProblemError:
    return errors.SuiteUnavailable(
        message="Your calendar suite does not accept this application in your organisation.",
        remedy="A tenant administrator enables or approves the application again; a subscription administrator then"
        " runs the test flow.",
        who_acts=Actor.TENANT_ADMINISTRATOR,
        retryable=False,
    )


def _operator(_: SuiteError) -> ProblemError:
    return errors.SuiteUnavailable(
        message="This server's registration with your calendar suite is not in order.",
        remedy="The operator checks the application's registration; your own connection is kept.",
        who_acts=Actor.OPERATOR,
        retryable=False,
    )


def _not_found(_: SuiteError) -> ProblemError:
    return errors.NotFound("event")


_LEFT_OUT: dict[Purpose, str] = {
    Purpose.AVAILABILITY: "When rooms are free is unknown: the permission to see free and busy times is missing.",
    Purpose.OWNED_CALENDARS: "Only your default calendar is shown: the permission to list the others is missing.",
}


@contextmanager
def needing(purpose: Purpose, suite: CalendarSuite, connection: CalendarConnection) -> Iterator[None]:
    """Around a call that an optional permission is for: a member who left it out is told which, and how to add it."""
    try:
        yield
    except suite_errors.MissingScope as error:
        granted = {scope.casefold() for scope in connection.scopes}
        scopes = tuple(
            item.scope
            for item in suite.permissions
            if item.purpose is purpose and not item.required and item.scope.casefold() not in granted
        )
        if not scopes or purpose not in _LEFT_OUT:
            raise
        raise errors.PermissionMissing(
            _LEFT_OUT[purpose],
            scopes=scopes,
            remedy="Connect your calendar again and tick it on the suite's page.",
            who_acts=Actor.MEMBER,
        ) from error


def _scope(_: SuiteError) -> ProblemError:
    return errors.PermissionMissing(
        "The calendar suite has not granted a permission that this needs.",
        scopes=(),
        remedy="A subscription administrator runs the test flow: it names the permission and who can grant it.",
    )


def _changed(_: SuiteError) -> ProblemError:
    return errors.EventChanged()


def _key_reused(_: SuiteError) -> ProblemError:
    return errors.IdempotencyKeyReused()


def _organiser(_: SuiteError) -> ProblemError:
    return errors.NotOrganiser()


def _invalid(_: SuiteError) -> ProblemError:
    return errors.InvalidInput(
        "input",
        "Your calendar suite did not accept the values of this request.",
        remedy="Check addresses, times and recurrence, then try again.",
    )


_TABLE: dict[type[Any], Callable[[Any], ProblemError]] = {
    suite_errors.SuiteError: _unavailable,
    suite_errors.Retriable: _unavailable,
    suite_errors.SuiteUnavailable: _unavailable,
    suite_errors.SuiteThrottled: _throttled,
    suite_errors.MemberMustAct: _consent_needed,
    suite_errors.ReconnectRequired: _reconnect,
    suite_errors.ConsentNeeded: _consent_needed,
    suite_errors.ConsentDeclined: _consent_needed,
    suite_errors.AdministratorMustAct: _tenant_administrator,
    suite_errors.AdminApprovalNeeded: _approval,
    suite_errors.MemberBlocked: _blocked,
    suite_errors.ApplicationBlocked: _tenant_administrator,
    suite_errors.OperatorMustAct: _operator,
    suite_errors.WrongAccount: _consent_needed,
    suite_errors.FlowExpired: _consent_needed,
    suite_errors.Refused: _unavailable,
    suite_errors.NotFound: _not_found,
    suite_errors.MissingScope: _scope,
    suite_errors.ChangedMeanwhile: _changed,
    suite_errors.DuplicateCommand: _key_reused,
    suite_errors.NotOrganiser: _organiser,
    suite_errors.InvalidRequest: _invalid,
    suite_errors.NotificationsRefused: _unavailable,
}
