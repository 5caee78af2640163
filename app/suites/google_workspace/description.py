"""What is known of Google Workspace before it is set up."""

from collections.abc import Sequence
from datetime import timedelta

from app.findings import Finding
from app.suites.description import SuiteDescription
from app.suites.google_workspace.scopes import CAPABILITIES, PERMISSIONS
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.protocol import ApprovalWay, ApprovalWayKind, CalendarSuite, SuiteName
from app.suites.surroundings import Surroundings


def _build(settings: GoogleWorkspaceSettings, timeout: timedelta, surroundings: Surroundings) -> CalendarSuite:
    from app.suites.google_workspace.suite import GoogleWorkspace  # aiogoogle takes its time to load

    return GoogleWorkspace(settings, timeout, surroundings=surroundings)


async def _examine(settings: GoogleWorkspaceSettings, timeout: timedelta, tenant: str | None) -> Sequence[Finding]:
    from app.suites.google_workspace.examination import examine  # nobody but an operator asks for it

    return await examine(settings, timeout, tenant)


GOOGLE_WORKSPACE = SuiteDescription(
    name=SuiteName.GOOGLE_WORKSPACE,
    permissions=PERMISSIONS,
    capabilities=CAPABILITIES,
    approval_ways=(
        ApprovalWay(
            kind=ApprovalWayKind.TRUSTED_APPLICATION,
            title="A Workspace administrator trusts this application.",
            instructions="In the Google Admin console, under Security, Access and data control, API controls, Manage "
            "third-party app access, they configure this application as a new app by its client id, and set it to "
            "Trusted. Google has no link for this. Then go on at Google Workspace.",
        ),
        ApprovalWay(
            kind=ApprovalWayKind.SUITE_REQUEST,
            title="Your organisation takes requests.",
            instructions="Where Google's page offers to request access, write why you need this and send it; a "
            "Workspace administrator decides in the Admin console. Then go on at Google Workspace.",
        ),
    ),
    consent_removal="Google keeps every consent until it is revoked. A Workspace administrator blocks this application "
    "under Security, Access and data control, API controls, Manage app access in the Google Admin console, or revokes "
    "it for one person under Directory, Users; a member removes their own at myaccount.google.com/connections.",
    webhook_path="/webhooks/google",
    handshake_parameter=None,
    settings=GoogleWorkspaceSettings,
    build=_build,
    examine=_examine,
)
