"""Writing what a test found into the integration's row: its report, and the status or the health that follow.

An enabled integration keeps its status. Its health follows what the test says of the organisation: a run that the
asking administrator's own dead consent ended tells nothing of it, and leaves the health and its reason as they were.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.audit.models import AuditAction, AuditOutcome
from app.errors import IntegrationStatusConflict
from app.events_bus.bus import EventsBus
from app.integrations import issues
from app.integrations.health import HealthKeeper, tell_if_worse
from app.integrations.issues import MENDED_BY_APPROVAL, IssueCode
from app.integrations.lookup import retained_integrations
from app.integrations.models import Integration, IntegrationHealth
from app.integrations.report import CheckName, TestReport
from app.integrations.status import IntegrationStatus
from app.integrations.test_flow import TestRun
from app.integrations.transitions import Act, TenantInUse, Transitions
from app.notifications.models import Notification

_S = IntegrationStatus

ATTEMPTS = 5
"""How often a change is decided anew because somebody else was faster."""

TESTABLE = frozenset(IntegrationStatus) - {_S.NOT_CONFIGURED}

ActOf = Callable[[TestReport], Act]
"""How a run stands in the audit log, by what it found."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The integration after a run, and the run as it was written."""

    integration: Integration
    run: TestRun


class Reporting:
    """Settles runs of the test flow."""

    def __init__(self, transitions: Transitions, bus: EventsBus) -> None:
        self._transitions = transitions
        self._health = HealthKeeper(bus)

    async def settle(
        self, tested: Integration, run: TestRun, act_of: ActOf, *, within: Collection[IntegrationStatus] = TESTABLE
    ) -> Settled:
        """Write what the run found, onto whatever the status has become meanwhile.

        Raises IntegrationStatusConflict where that is none of `within`.
        """
        for _ in range(ATTEMPTS):
            present = await Integration.of(tested.organisation_id).get(id=tested.id)
            if present.status not in within:
                break
            try:
                written = _written(tested, present, run.report)
                return Settled(await self._write(present, run.report, act_of(run.report), written), run)
            except IntegrationStatusConflict:
                continue  # somebody was faster: decide again on what is there now
            except TenantInUse:
                issue = issues.TENANT_RETAINED if await _is_retained(present) else issues.TENANT_IN_USE
                run = TestRun(report=run.report.failing(CheckName.RIGHT_TENANT, issue))
        raise IntegrationStatusConflict(present.status, "tested")

    async def _write(self, present: Integration, report: TestReport, act: Act, written: dict[str, Any]) -> Integration:
        if present.status in (_S.ENABLED, _S.DISABLED):
            return await self._write_health(present, report, act, written)
        following = _S.TESTED if report.passed else _S.TEST_FAILED
        if following is present.status:
            return await self._transitions.amend(present, act, **written)
        return await self._transitions.move(present, following, act, **written)

    async def _write_health(
        self, present: Integration, report: TestReport, act: Act, written: dict[str, Any]
    ) -> Integration:
        told: list[Notification] = []
        health, trouble = report.lasting.health, None
        if not report.tells_of_organisation:
            health, trouble = present.health, _reason_of(present)

        async def tell(before: Integration) -> None:
            told.extend(await tell_if_worse(before, health))

        amended = await self._transitions.amend(present, act, alongside=tell, health=health, trouble=trouble, **written)
        await self._health.tell(told)
        return amended


def _written(tested: Integration, present: Integration, report: TestReport) -> dict[str, Any]:
    """The report; and an approval that the run missed is none any more, unless it was given while the run went on."""
    missed = any(issue.code in MENDED_BY_APPROVAL for issue in report.issues)
    given = present.admin_approval_given_at
    is_news = given != tested.admin_approval_given_at
    return {"test_report": report.to_json(), "admin_approval_given_at": None if missed and not is_news else given}


def asked_by(actor_id: UUID | None) -> ActOf:
    """An administrator's own test, which is recorded with what it found."""

    def act_of(report: TestReport) -> Act:
        return Act(
            action=AuditAction.TEST_FLOW_RUN,
            actor_id=actor_id,
            attempt="tested",
            outcome=AuditOutcome.SUCCEEDED if report.passed else AuditOutcome.FAILED,
            details={"passed": report.passed, "issues": [issue.code.value for issue in report.issues]},
        )

    return act_of


def asked_by_nobody(report: TestReport) -> Act:
    """A check that became due: nobody decided anything, and what it found stands in the report and in notifications."""
    return Act(action=None, actor_id=None, attempt="checked")


def _reason_of(present: Integration) -> IssueCode | None:
    """Why the health is what it is, carried over a report that does not say."""
    if present.trouble is not None or present.health is IntegrationHealth.HEALTHY or present.test_report is None:
        return present.trouble
    found = TestReport.from_json(present.test_report).lasting.issues
    return found[0].code if found else None


async def _is_retained(integration: Integration) -> bool:
    """Whether the tenant is held by an integration of the organisation's own that was disabled."""
    own = await retained_integrations(integration.organisation_id)
    return any(row.suite is integration.suite and row.tenant == integration.tenant for row in own)
