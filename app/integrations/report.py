"""What a test flow found, and its form in the integration's row: checks, codes and durations, no calendar data."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from app.errors import Actor
from app.integrations.issues import Issue, IssueCode
from app.integrations.models import IntegrationHealth


class CheckName(StrEnum):
    """The checks of the test flow, in the order they are shown."""

    TOKEN = "TOKEN"  # noqa: S105  # a check's name
    GRANTED_SCOPES = "GRANTED_SCOPES"
    RIGHT_TENANT = "RIGHT_TENANT"
    PROFILE = "PROFILE"
    CALENDAR_READ = "CALENDAR_READ"
    ROOM_DIRECTORY = "ROOM_DIRECTORY"
    FREE_BUSY = "FREE_BUSY"
    CHANGE_NOTIFICATIONS = "CHANGE_NOTIFICATIONS"


OPTIONAL = frozenset({CheckName.CHANGE_NOTIFICATIONS})
"""Checks that never fail a test: without change notifications bookings are polled."""


class CheckOutcome(StrEnum):
    PASSED = "PASSED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: FAILED has an issue, SKIPPED says why in `note`."""

    name: CheckName
    outcome: CheckOutcome
    required: bool
    """Whether the test fails where this check failed so: what can be done without fails nothing."""
    duration: timedelta = timedelta(0)
    issue: Issue | None = None
    note: str | None = None

    @classmethod
    def skipped(cls, name: CheckName, note: str) -> "Check":
        """A check that was not tried."""
        return cls(name=name, outcome=CheckOutcome.SKIPPED, required=name not in OPTIONAL, note=note)

    def to_json(self) -> dict[str, Any]:
        issue = self.issue
        return {
            "name": self.name.value,
            "outcome": self.outcome.value,
            "required": self.required,
            "milliseconds": round(self.duration / timedelta(milliseconds=1)),
            "note": self.note,
            "issue": issue
            and {
                "code": issue.code.value,
                "message": issue.message,
                "who_acts": issue.who_acts.value,
                "remedy": issue.remedy,
                "provider_code": issue.provider_code,
                "correlation": issue.correlation,
            },
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Check":
        issue, name = data["issue"], CheckName(data["name"])
        return cls(
            name=name,
            outcome=CheckOutcome(data["outcome"]),
            # Reports that were written before this was said of each outcome lack it.
            required=data.get("required", name not in OPTIONAL),
            duration=timedelta(milliseconds=data["milliseconds"]),
            note=data["note"],
            issue=issue
            and Issue(
                code=IssueCode(issue["code"]),
                message=issue["message"],
                who_acts=Actor(issue["who_acts"]),
                remedy=issue["remedy"],
                provider_code=issue["provider_code"],
                correlation=issue["correlation"],
            ),
        )


_BREAKING = frozenset(
    {
        IssueCode.APPLICATION_BLOCKED,
        IssueCode.WRONG_TENANT,
        IssueCode.ADMIN_APPROVAL_NEEDED,
    }
)
"""Issues of the tenant as a whole, without whose settling nobody is served. A room directory is done without."""

_PERSONAL = frozenset(
    {
        IssueCode.CONSENT_NEEDED,
        IssueCode.CONSENT_DECLINED,
        IssueCode.CONSENT_EXPIRED,
        IssueCode.CONSENT_WITHDRAWN,
        IssueCode.MFA_REQUIRED,
        IssueCode.ACCOUNT_DISABLED,
        IssueCode.CONDITIONAL_ACCESS,
        IssueCode.NOT_ASSIGNED,
        IssueCode.NO_MAILBOX,
    }
)
"""Issues of the asking administrator's own account, which say nothing of anybody else's."""

_PASSING = frozenset({IssueCode.SUITE_UNAVAILABLE, IssueCode.SUITE_THROTTLED, IssueCode.TIMED_OUT})
"""Issues that go by themselves."""


def _is_personal(check: Check) -> bool:
    return check.issue is not None and check.issue.code in _PERSONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReport:
    """One run: every check in the order of `CheckName`, and when it ended, in UTC."""

    __test__: ClassVar[bool] = False  # the name is the product's, not a test's

    checks: tuple[Check, ...]
    at: datetime

    @property
    def passed(self) -> bool:
        """Whether something was tried, and no check failed that the integration cannot do without."""
        tried = any(check.outcome is CheckOutcome.PASSED for check in self.checks)
        return tried and not any(check.required and check.outcome is CheckOutcome.FAILED for check in self.checks)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What the checks ran into, each once however many of them met it."""
        met: dict[tuple[IssueCode, str], Issue] = {}
        for check in self.checks:
            if check.issue is not None:
                met.setdefault((check.issue.code, check.issue.message), check.issue)
        return tuple(met.values())

    @property
    def health(self) -> IntegrationHealth:
        """What this run says of an enabled integration."""
        if self.passed:
            return IntegrationHealth.DEGRADED if self.issues else IntegrationHealth.HEALTHY
        if any(issue.code in _BREAKING for issue in self.issues):
            return IntegrationHealth.BROKEN
        return IntegrationHealth.DEGRADED

    @property
    def lasting(self) -> "TestReport":
        """The same run without what it says of the asking administrator's own account and rights.

        Whether another administrator's consent carries the room directory is looked up whenever it matters.
        """
        own = (CheckName.ROOM_DIRECTORY, CheckOutcome.FAILED, False)
        checks = (check for check in self.checks if (check.name, check.outcome, check.required) != own)
        return replace(self, checks=tuple(check for check in checks if not _is_personal(check)))

    @property
    def tells_of_organisation(self) -> bool:
        """Whether something was tried that says more than how the asking administrator's own account stands."""
        return any(check.outcome is not CheckOutcome.SKIPPED and not _is_personal(check) for check in self.checks)

    @property
    def is_personal(self) -> bool:
        """Whether the asking administrator's own account stood in the way of a check."""
        return any(_is_personal(check) for check in self.checks)

    @property
    def only_has_to_wait(self) -> bool:
        """Whether all that is wrong goes by itself."""
        return bool(self.issues) and all(issue.code in _PASSING for issue in self.issues)

    def failing(self, name: CheckName, issue: Issue) -> "TestReport":
        """The same run with one check failed."""
        failed = Check(name=name, outcome=CheckOutcome.FAILED, required=name not in OPTIONAL, issue=issue)
        checks = tuple(
            replace(failed, duration=check.duration) if check.name is name else check for check in self.checks
        )
        return replace(self, checks=checks)

    def to_json(self) -> dict[str, Any]:
        """For the row."""
        return {"at": self.at.isoformat(), "checks": [check.to_json() for check in self.checks]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "TestReport":
        """From the row."""
        checks = tuple(Check.from_json(check) for check in data["checks"])
        return cls(checks=checks, at=datetime.fromisoformat(data["at"]))
