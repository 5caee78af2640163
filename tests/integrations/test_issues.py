"""Every error of a suite has its words."""

import inspect

import pytest

from app.errors import Actor
from app.integrations.issues import IssueCode, issue_of
from app.suites import errors
from app.suites.errors import (
    BlockReason,
    MemberBlocked,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
)

ERRORS: list[SuiteError] = [
    *(
        kind("CODE", correlation="c-1")
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, SuiteError) and kind not in (MemberBlocked, ReconnectRequired)
    ),
    *(MemberBlocked(reason, "CODE", correlation="c-1") for reason in BlockReason),
    *(ReconnectRequired(reason, "CODE", correlation="c-1") for reason in ReconnectReason),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{type(error).__name__} {getattr(error, 'reason', '')}")
def test_every_error_of_a_suite_has_a_message_a_remedy_and_its_own_code(error: SuiteError) -> None:
    issue = issue_of(error)

    assert issue.message
    assert issue.remedy
    assert (issue.provider_code, issue.correlation) == ("CODE", "c-1")


@pytest.mark.parametrize(
    ("error", "code", "who_acts"),
    [
        (errors.ConsentNeeded(), IssueCode.CONSENT_NEEDED, Actor.SUBSCRIPTION_ADMINISTRATOR),
        (errors.AdminApprovalNeeded(), IssueCode.ADMIN_APPROVAL_NEEDED, Actor.TENANT_ADMINISTRATOR),
        (errors.ConsentDeclined(), IssueCode.CONSENT_DECLINED, Actor.SUBSCRIPTION_ADMINISTRATOR),
        (MemberBlocked(BlockReason.NOT_ASSIGNED), IssueCode.NOT_ASSIGNED, Actor.TENANT_ADMINISTRATOR),
        (ReconnectRequired(ReconnectReason.EXPIRED), IssueCode.CONSENT_EXPIRED, Actor.SUBSCRIPTION_ADMINISTRATOR),
        (ReconnectRequired(ReconnectReason.MFA), IssueCode.MFA_REQUIRED, Actor.SUBSCRIPTION_ADMINISTRATOR),
        (MemberBlocked(BlockReason.CONDITIONAL_ACCESS), IssueCode.CONDITIONAL_ACCESS, Actor.TENANT_ADMINISTRATOR),
        (MemberBlocked(BlockReason.ACCOUNT_DISABLED), IssueCode.ACCOUNT_DISABLED, Actor.TENANT_ADMINISTRATOR),
        (MemberBlocked(BlockReason.NO_MAILBOX), IssueCode.NO_MAILBOX, Actor.TENANT_ADMINISTRATOR),
        (errors.WrongAccount(), IssueCode.WRONG_TENANT, Actor.SUBSCRIPTION_ADMINISTRATOR),
        (errors.ApplicationBlocked(), IssueCode.APPLICATION_BLOCKED, Actor.TENANT_ADMINISTRATOR),
        (errors.OperatorMustAct(), IssueCode.OPERATOR_SETUP, Actor.OPERATOR),
        (errors.FlowExpired(), IssueCode.FLOW_EXPIRED, Actor.SUBSCRIPTION_ADMINISTRATOR),
        (errors.SuiteUnavailable(), IssueCode.SUITE_UNAVAILABLE, Actor.SUBSCRIPTION_ADMINISTRATOR),
        (errors.NotFound(), IssueCode.NOT_FOUND, Actor.TENANT_ADMINISTRATOR),
        (errors.NotificationsRefused(), IssueCode.NOTIFICATIONS_REFUSED, Actor.OPERATOR),
        (errors.InvalidRequest(), IssueCode.REQUEST_REFUSED, Actor.OPERATOR),
        (errors.SuiteError(), IssueCode.UNKNOWN, Actor.OPERATOR),
    ],
)
def test_an_issue_names_who_has_to_act(error: SuiteError, code: IssueCode, who_acts: Actor) -> None:
    issue = issue_of(error)

    assert (issue.code, issue.who_acts) == (code, who_acts)
