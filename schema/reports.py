"""What a test flow found: its checks, and the issues that somebody has to settle."""

from datetime import datetime, timedelta

import strawberry

from app.errors import Actor
from app.integrations import issues, report
from app.integrations.issues import IssueCode
from app.integrations.report import CheckName, CheckOutcome
from schema.enums import describe
from schema.fields import computed_field
from schema.optional import when_present

describe(
    CheckName,
    "A check of the test flow.",
    {
        CheckName.TOKEN: "The suite gives an access token for the administrator's consent.",
        CheckName.GRANTED_SCOPES: "Every permission that nothing works without was granted.",
        CheckName.RIGHT_TENANT: "The account belongs to the organisation's own tenant.",
        CheckName.PROFILE: "The administrator's profile can be read.",
        CheckName.CALENDAR_READ: "The administrator's calendar can be read.",
        CheckName.ROOM_DIRECTORY: (
            "The tenant's rooms can be listed; where only an administrator's own consent lists them, by the one who "
            "asks, and the test passes without."
        ),
        CheckName.FREE_BUSY: (
            "The suite tells when rooms and people are free; the test passes where that permission was not ticked."
        ),
        CheckName.CHANGE_NOTIFICATIONS: "The suite sends change notifications to this server; the test passes without.",
    },
    name="TestCheckName",
)
describe(
    CheckOutcome,
    "How a check went.",
    {
        CheckOutcome.PASSED: "As it should be.",
        CheckOutcome.FAILED: "Not as it should be; the issue says why.",
        CheckOutcome.SKIPPED: "Not tried; the note says why.",
    },
    name="TestCheckOutcome",
)
describe(
    IssueCode,
    "What a check ran into, or what the integration lacks, for programs. New codes may come.",
    {
        IssueCode.CONSENT_NEEDED: "A consent is missing, or a permission in it was not ticked.",
        IssueCode.CONSENT_DECLINED: "The consent was declined, or the suite's page was left.",
        IssueCode.CONSENT_EXPIRED: "The consent expired.",
        IssueCode.CONSENT_WITHDRAWN: "The consent was withdrawn in the suite.",
        IssueCode.MFA_REQUIRED: "The suite wants a second factor again.",
        IssueCode.ADMIN_APPROVAL_NEEDED: "The tenant wants an administrator's approval first.",
        IssueCode.ROOM_DIRECTORY_NOT_APPROVED: "Nobody approved reading the tenant's rooms.",
        IssueCode.ROOM_DIRECTORY_NOT_TICKED: "The asking administrator did not tick the permission to list the rooms.",
        IssueCode.ROOM_DIRECTORY_REFUSED: "The suite does not let the asking administrator list its rooms.",
        IssueCode.ROOM_DIRECTORY_UNCARRIED: (
            "No connected administrator's consent lists the rooms; they stay bookable and are entered by email address."
        ),
        IssueCode.ACCOUNT_DISABLED: "The account is disabled in the suite.",
        IssueCode.CONDITIONAL_ACCESS: "A policy of the tenant blocks the application or the account.",
        IssueCode.NOT_ASSIGNED: "The tenant lets only assigned people use the application.",
        IssueCode.NO_MAILBOX: "The account has no mailbox in the suite's cloud.",
        IssueCode.APPLICATION_BLOCKED: "The application is missing from the tenant, or switched off there.",
        IssueCode.OPERATOR_SETUP: "The suite does not accept this server's own registration.",
        IssueCode.WRONG_TENANT: "The account belongs to another tenant or person.",
        IssueCode.TENANT_IN_USE: "Another organisation here has this tenant already.",
        IssueCode.FLOW_EXPIRED: "The sign-in took too long or was used already.",
        IssueCode.SUITE_UNAVAILABLE: "The suite did not answer.",
        IssueCode.SUITE_THROTTLED: "The suite asks us to slow down.",
        IssueCode.TIMED_OUT: "The check took longer than a test may take.",
        IssueCode.NOT_FOUND: "The suite does not find what the check asked for.",
        IssueCode.PERMISSION_MISSING: "A permission that the check needs was not granted.",
        IssueCode.FREE_BUSY_UNKNOWN: "The suite could not tell about anybody it was asked about.",
        IssueCode.NOTIFICATIONS_REFUSED: "The suite does not send change notifications to this server's address.",
        IssueCode.REQUEST_REFUSED: "The suite found the request wrong.",
        IssueCode.UNKNOWN: "The suite answered with something that we do not know.",
    },
)


@strawberry.type(description="Something that somebody has to settle before the integration works as it should.")
class Issue:
    code: IssueCode = strawberry.field(description="What it is, for programs.")
    message: str = strawberry.field(description="What it is, in words for people.")
    who_acts: Actor = strawberry.field(description="Who can settle it.")
    remedy: str = strawberry.field(description="What to do.")
    suite_code: str | None = strawberry.field(description="The suite's own code, for its support; null without one.")
    suite_correlation_id: str | None = strawberry.field(
        description="The suite's own id of the failed call, for its support; null where it gave none."
    )


@strawberry.type(description="One check of a test.")
class TestCheck:
    __test__ = False  # the name is the product's, not a test's

    name: CheckName = strawberry.field(description="What was looked at.")
    outcome: CheckOutcome = strawberry.field(description="How it went.")
    is_required: bool = strawberry.field(
        description="Whether the whole test fails where this check fails so; what can be done without fails no test."
    )
    duration: strawberry.Private[timedelta]
    note: str | None = strawberry.field(description="Why it was skipped; null otherwise.")
    issue: Issue | None = strawberry.field(description="What has to be settled; null unless it failed.")

    @computed_field(description="How long it took, in milliseconds.")
    def duration_milliseconds(self) -> int:
        return round(self.duration / timedelta(milliseconds=1))


@strawberry.type(description="One run of the test flow. It holds nothing of any calendar.")
class TestReport:
    __test__ = False  # the name is the product's, not a test's

    at: datetime = strawberry.field(description="When the run ended.")
    passed: bool = strawberry.field(description="Whether no check failed that the integration cannot do without.")
    checks: list[TestCheck] = strawberry.field(description="Every check, always in the same order.")
    issues: list[Issue] = strawberry.field(description="The issues of all checks.")


def report_of(source: report.TestReport) -> TestReport:
    """A report as an administrator sees it."""
    return TestReport(
        at=source.at,
        passed=source.passed,
        checks=[_check_of(check) for check in source.checks],
        issues=[issue_of(issue) for issue in source.issues],
    )


def issue_of(source: issues.Issue) -> Issue:
    """An issue as an administrator sees it."""
    return Issue(
        code=source.code,
        message=source.message,
        who_acts=source.who_acts,
        remedy=source.remedy,
        suite_code=source.provider_code,
        suite_correlation_id=source.correlation,
    )


def _check_of(check: report.Check) -> TestCheck:
    return TestCheck(
        name=check.name,
        outcome=check.outcome,
        is_required=check.required,
        duration=check.duration,
        note=check.note,
        issue=when_present(check.issue, issue_of),
    )
