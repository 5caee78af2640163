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
"""Checks that may fail in a passed test: without change notifications bookings are polled."""


class CheckOutcome(StrEnum):
    PASSED = "PASSED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: FAILED has an issue, SKIPPED says why in `note`."""

    name: CheckName
    outcome: CheckOutcome
    duration: timedelta = timedelta(0)
    issue: Issue | None = None
    note: str | None = None

    @property
    def required(self) -> bool:
        """Whether the test fails with it."""
        return self.name not in OPTIONAL

    def to_json(self) -> dict[str, Any]:
        issue = self.issue
        return {
            "name": self.name.value,
            "outcome": self.outcome.value,
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
        issue = data["issue"]
        return cls(
            name=CheckName(data["name"]),
            outcome=CheckOutcome(data["outcome"]),
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
        IssueCode.ROOM_DIRECTORY_NOT_APPROVED,
    }
)
"""Issues of the tenant as a whole, which stay until somebody acts there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReport:
    """One run: every check in the order of `CheckName`, and when it ended, in UTC."""

    __test__: ClassVar[bool] = False  # the name is the product's, not a test's

    checks: tuple[Check, ...]
    at: datetime

    @property
    def passed(self) -> bool:
        """Whether no required check failed."""
        return not any(check.required and check.outcome is CheckOutcome.FAILED for check in self.checks)

    @property
    def issues(self) -> tuple[Issue, ...]:
        return tuple(check.issue for check in self.checks if check.issue is not None)

    @property
    def health(self) -> IntegrationHealth:
        """What this run says of an enabled integration."""
        if self.passed:
            return IntegrationHealth.DEGRADED if self.issues else IntegrationHealth.HEALTHY
        if any(issue.code in _BREAKING for issue in self.issues):
            return IntegrationHealth.BROKEN
        return IntegrationHealth.DEGRADED

    def failing(self, name: CheckName, issue: Issue) -> "TestReport":
        """The same run with one check failed."""
        checks = tuple(
            replace(check, outcome=CheckOutcome.FAILED, issue=issue, note=None) if check.name is name else check
            for check in self.checks
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
