"""What is known of Microsoft 365 before it is set up."""

from collections.abc import Sequence
from datetime import timedelta

from app.findings import Finding
from app.suites.description import SuiteDescription
from app.suites.microsoft365.scopes import CAPABILITIES, PERMISSIONS
from app.suites.microsoft365.settings import Microsoft365Settings
from app.suites.protocol import ApprovalWay, ApprovalWayKind, CalendarSuite, SuiteName
from app.suites.surroundings import Surroundings


def _build(settings: Microsoft365Settings, timeout: timedelta, surroundings: Surroundings) -> CalendarSuite:
    from app.suites.microsoft365.suite import Microsoft365  # msal takes its time to load

    return Microsoft365(settings, timeout, surroundings=surroundings)


async def _examine(settings: Microsoft365Settings, timeout: timedelta, tenant: str | None) -> Sequence[Finding]:
    from app.suites.microsoft365.examination import examine  # nobody but an operator asks for it

    return await examine(settings, timeout, tenant)


MICROSOFT_365 = SuiteDescription(
    name=SuiteName.MICROSOFT_365,
    permissions=PERMISSIONS,
    capabilities=CAPABILITIES,
    approval_ways=(
        ApprovalWay(
            kind=ApprovalWayKind.CONSENT_FOR_ORGANISATION,
            title="You are a tenant administrator yourself.",
            instructions="Go on at Microsoft 365, sign in there with that account, and tick “Consent on behalf of your "
            "organization” when you accept. If that is not the account that you use here, come back and go on "
            "once more with your own.",
        ),
        ApprovalWay(
            kind=ApprovalWayKind.ADMIN_APPROVAL_LINK,
            title="Somebody else is.",
            instructions="Give them the direct admin approval link: it lists every permission, and they need no "
            "account here. Only this link also approves reading the list of rooms.",
        ),
        ApprovalWay(
            kind=ApprovalWayKind.SUITE_REQUEST,
            title="Your organisation takes requests.",
            instructions="Write why you need this on the page where Microsoft asked for approval, and send the "
            "request; an administrator decides there. Then go on at Microsoft 365.",
        ),
    ),
    consent_removal="Microsoft keeps every consent until somebody removes it there. A tenant administrator deletes "
    "this application under Enterprise applications in the Microsoft Entra admin center, which ends all of them; a "
    "member removes their own at myapps.microsoft.com.",
    webhook_path="/webhooks/microsoft365",
    handshake_parameter="validationToken",
    settings=Microsoft365Settings,
    build=_build,
    examine=_examine,
)
