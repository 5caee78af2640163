"""What a member is told of each refusal, and what each does to connection and integration."""

import inspect

import pytest

from app import errors
from app.connections.models import ConnectionReason, ConnectionStatus
from app.connections.problems import BLOCK_REMEDIES, problem_of
from app.connections.standing import status_after
from app.errors import Actor, ProblemCode, ProblemError
from app.integrations.health import health_after
from app.integrations.models import IntegrationHealth
from app.suites import errors as suite_errors
from app.suites.errors import BlockReason, ReconnectReason, SuiteError

ALL = [
    kind
    for _, kind in inspect.getmembers(suite_errors, inspect.isclass)
    if issubclass(kind, SuiteError) and kind.__module__ == suite_errors.__name__
]


def _made(kind: type[SuiteError]) -> SuiteError:
    if issubclass(kind, suite_errors.ReconnectRequired):
        return kind(ReconnectReason.EXPIRED, "code")
    if issubclass(kind, suite_errors.MemberBlocked):
        return kind(BlockReason.NO_MAILBOX, "code")
    return kind("code")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_refusal_of_a_suite_is_a_problem_in_words(kind: type[SuiteError]) -> None:
    problem = problem_of(_made(kind))

    assert isinstance(problem, ProblemError)
    assert problem.message.endswith(".")
    assert problem.retryable or problem.remedy
    assert "code" not in problem.message


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (suite_errors.SuiteUnavailable(), errors.SuiteUnavailable),
        (suite_errors.ReconnectRequired(ReconnectReason.MFA), errors.ReconnectRequired),
        (suite_errors.ConsentNeeded(), errors.ReconnectRequired),
        (suite_errors.AdminApprovalNeeded(), errors.PermissionMissing),
        (suite_errors.MissingScope(), errors.PermissionMissing),
        (suite_errors.MemberBlocked(BlockReason.NOT_ASSIGNED), errors.ConnectionBlocked),
        (suite_errors.NotFound(), errors.NotFound),
        (suite_errors.NotOrganiser(), errors.NotOrganiser),
        (suite_errors.ChangedMeanwhile(), errors.EventChanged),
        (suite_errors.DuplicateCommand(), errors.IdempotencyKeyReused),
        (suite_errors.InvalidRequest(), errors.InvalidInput),
        (suite_errors.OperatorMustAct(), errors.SuiteUnavailable),
        (suite_errors.ApplicationBlocked(), errors.SuiteUnavailable),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_each_refusal_has_its_own_problem(error: SuiteError, expected: type[ProblemError]) -> None:
    assert type(problem_of(error)) is expected


def test_a_throttled_suite_says_so_and_may_be_asked_again() -> None:
    problem = problem_of(suite_errors.SuiteThrottled())

    assert (problem.code, problem.retryable) == (ProblemCode.SUITE_THROTTLED, True)


@pytest.mark.parametrize(
    ("error", "actor"),
    [(suite_errors.OperatorMustAct(), Actor.OPERATOR), (suite_errors.ApplicationBlocked(), Actor.TENANT_ADMINISTRATOR)],
)
def test_what_the_member_cannot_mend_names_who_can(error: SuiteError, actor: Actor) -> None:
    problem = problem_of(error)

    assert (problem.who_acts, problem.retryable) == (actor, False)


def test_every_way_of_being_blocked_has_a_remedy() -> None:
    assert set(BLOCK_REMEDIES) == set(BlockReason)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_only_a_dead_grant_a_missing_consent_or_a_block_touches_a_connection(kind: type[SuiteError]) -> None:
    touched = status_after(_made(kind))

    if issubclass(kind, suite_errors.ReconnectRequired):
        assert touched == (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.EXPIRED)
    elif issubclass(kind, suite_errors.ConsentNeeded):
        assert touched == (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.CONSENT_NEEDED)
    elif issubclass(kind, suite_errors.MemberBlocked):
        assert touched == (ConnectionStatus.BLOCKED, ConnectionReason.NO_MAILBOX)
    else:
        assert touched is None


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_only_our_registration_and_the_tenants_word_on_the_application_touch_the_health(kind: type[SuiteError]) -> None:
    health = health_after(_made(kind))

    if issubclass(kind, suite_errors.OperatorMustAct):
        assert health is IntegrationHealth.DEGRADED
    elif issubclass(kind, suite_errors.ApplicationBlocked | suite_errors.AdminApprovalNeeded):
        assert health is IntegrationHealth.BROKEN
    else:
        assert health is None
