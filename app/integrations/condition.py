"""How an integration fares: what the last test found, what was met since, and whether anybody lists the rooms now.

The last is looked up at every reading and never stored, so it shows at once and goes by itself.
"""

from dataclasses import dataclass

from app.integrations.issues import ROOM_DIRECTORY_UNCARRIED, Issue, issue_with
from app.integrations.models import Integration, IntegrationHealth
from app.integrations.ports import Suites
from app.integrations.report import TestReport
from app.integrations.status import IntegrationStatus
from app.rooms.carriers import is_uncarried


@dataclass(frozen=True, slots=True)
class IntegrationCondition:
    """Only an enabled integration has a health."""

    health: IntegrationHealth | None
    issues: tuple[Issue, ...]


async def condition_of(integration: Integration, suites: Suites) -> IntegrationCondition:
    """One query more than the row itself, at a suite whose room directory is carried by administrators."""
    report = TestReport.from_json(integration.test_report) if integration.test_report else None
    if integration.status is not IntegrationStatus.ENABLED:
        return IntegrationCondition(None, report.issues if report else ())
    issues = report.lasting.issues if report else ()
    if integration.trouble is not None and integration.trouble not in {issue.code for issue in issues}:
        issues = (*issues, issue_with(integration.trouble))
    if not await is_uncarried(integration, suites):
        return IntegrationCondition(integration.health, issues)
    worse = IntegrationHealth.DEGRADED if integration.health is IntegrationHealth.HEALTHY else integration.health
    return IntegrationCondition(worse, (*issues, ROOM_DIRECTORY_UNCARRIED))
