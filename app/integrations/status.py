"""The integration's status: an enum, the transitions that exist, and nothing else."""

from enum import StrEnum


class IntegrationStatus(StrEnum):
    """Where an organisation stands on its way to a working integration."""

    NOT_CONFIGURED = "NOT_CONFIGURED"
    AWAITING_CONSENT = "AWAITING_CONSENT"
    AWAITING_ADMIN_APPROVAL = "AWAITING_ADMIN_APPROVAL"
    TEST_FAILED = "TEST_FAILED"
    TESTED = "TESTED"
    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


_S = IntegrationStatus

TRANSITIONS: dict[IntegrationStatus, frozenset[IntegrationStatus]] = {
    _S.NOT_CONFIGURED: frozenset({_S.AWAITING_CONSENT}),
    _S.AWAITING_CONSENT: frozenset({_S.AWAITING_ADMIN_APPROVAL, _S.TESTED, _S.TEST_FAILED, _S.NOT_CONFIGURED}),
    _S.AWAITING_ADMIN_APPROVAL: frozenset({_S.AWAITING_CONSENT, _S.TESTED, _S.TEST_FAILED, _S.NOT_CONFIGURED}),
    _S.TEST_FAILED: frozenset({_S.TESTED, _S.AWAITING_ADMIN_APPROVAL, _S.AWAITING_CONSENT, _S.NOT_CONFIGURED}),
    _S.TESTED: frozenset(
        {_S.TEST_FAILED, _S.AWAITING_ADMIN_APPROVAL, _S.AWAITING_CONSENT, _S.ENABLED, _S.NOT_CONFIGURED}
    ),
    _S.ENABLED: frozenset({_S.DISABLED}),
    _S.DISABLED: frozenset({_S.ENABLED, _S.NOT_CONFIGURED}),
}
"""From each status, those that can follow; a repeated test that ends as before is no transition."""

CANCELLABLE = frozenset({_S.AWAITING_CONSENT, _S.AWAITING_ADMIN_APPROVAL, _S.TEST_FAILED, _S.TESTED})
"""Before ENABLED an administrator can give the integration up."""

CLAIMS_TENANT = frozenset({_S.TESTED, _S.ENABLED, _S.DISABLED})
"""While an integration is in one of these, no other organisation can have its tenant."""


def may_follow(present: IntegrationStatus, following: IntegrationStatus) -> bool:
    """Whether `following` can come after `present`."""
    return following in TRANSITIONS[present]
