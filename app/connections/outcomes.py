"""How a visit to a suite can end: a page for each outcome, and what it says."""

from dataclasses import dataclass
from enum import StrEnum

from app.connections.models import FlowPurpose
from app.errors import ProblemError
from app.identity.linking import LinkOutcome
from app.integrations.report import TestReport
from app.suites.protocol import Permission, SuiteName


class ResultPage(StrEnum):
    """The pages that a visit to a suite, or a link of ours, can end on."""

    SIGNED_IN = "SIGNED_IN"
    IDENTITY_LINKED = "IDENTITY_LINKED"
    CONNECTED = "CONNECTED"
    INTEGRATION_TESTED = "INTEGRATION_TESTED"
    INTEGRATION_TEST_FAILED = "INTEGRATION_TEST_FAILED"
    EXPIRED = "EXPIRED"
    DECLINED = "DECLINED"
    NEED_ADMIN_APPROVAL = "NEED_ADMIN_APPROVAL"
    CONSENT_INCOMPLETE = "CONSENT_INCOMPLETE"
    WRONG_ACCOUNT = "WRONG_ACCOUNT"
    CONSENT_OF_ANOTHER = "CONSENT_OF_ANOTHER"
    WRONG_TENANT = "WRONG_TENANT"
    NOT_INVITED = "NOT_INVITED"
    ANOTHER_ORGANISATION = "ANOTHER_ORGANISATION"
    BOTH_IN_USE = "BOTH_IN_USE"
    OTHER_SESSION = "OTHER_SESSION"
    INVITATION_NOT_VALID = "INVITATION_NOT_VALID"
    NO_LONGER_ADMINISTRATOR = "NO_LONGER_ADMINISTRATOR"
    BLOCKED = "BLOCKED"
    APPLICATION_BLOCKED = "APPLICATION_BLOCKED"
    MISCONFIGURED = "MISCONFIGURED"
    SUITE_UNAVAILABLE = "SUITE_UNAVAILABLE"
    PROBLEM = "PROBLEM"
    FAILED = "FAILED"


SUCCESSES = frozenset(
    {ResultPage.SIGNED_IN, ResultPage.IDENTITY_LINKED, ResultPage.CONNECTED, ResultPage.INTEGRATION_TESTED}
)
"""After these the browser goes on to where it was asked to return."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackOutcome:
    """What to show and where to go on; `session_cookie` is the value of a new session's cookie."""

    page: ResultPage
    suite: SuiteName
    purpose: FlowPurpose | None = None
    return_to: str | None = None
    session_cookie: str | None = None
    member_name: str | None = None
    organisation_name: str | None = None
    link: LinkOutcome | None = None
    problem: ProblemError | None = None
    provider_code: str | None = None
    approval_link: str | None = None
    report: TestReport | None = None
    is_enabled: bool = False
    """Whether the tested integration is enabled already, so that only its permissions were asked for."""
    left_out: tuple[Permission, ...] = ()
    """What the person was asked for and did without."""
