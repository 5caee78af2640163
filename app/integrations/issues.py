"""The one table from what a suite answered to what an administrator is told: code, words, who acts, what to do.

The rows follow the classes of `app.suites.errors`; the nearest class in an error's ancestry decides, so every error has
a row. Providers' prose is never shown: their own code and correlation id stand beside the issue instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.errors import Actor
from app.suites import errors as suite


class IssueCode(StrEnum):
    """What a check of the test flow ran into, or what an enabled integration lacks."""

    CONSENT_NEEDED = "CONSENT_NEEDED"
    CONSENT_DECLINED = "CONSENT_DECLINED"
    CONSENT_EXPIRED = "CONSENT_EXPIRED"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    MFA_REQUIRED = "MFA_REQUIRED"
    ADMIN_APPROVAL_NEEDED = "ADMIN_APPROVAL_NEEDED"
    ROOM_DIRECTORY_NOT_APPROVED = "ROOM_DIRECTORY_NOT_APPROVED"
    ROOM_DIRECTORY_NOT_TICKED = "ROOM_DIRECTORY_NOT_TICKED"
    ROOM_DIRECTORY_REFUSED = "ROOM_DIRECTORY_REFUSED"
    ROOM_DIRECTORY_UNCARRIED = "ROOM_DIRECTORY_UNCARRIED"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    CONDITIONAL_ACCESS = "CONDITIONAL_ACCESS"
    NOT_ASSIGNED = "NOT_ASSIGNED"
    NO_MAILBOX = "NO_MAILBOX"
    APPLICATION_BLOCKED = "APPLICATION_BLOCKED"
    OPERATOR_SETUP = "OPERATOR_SETUP"
    WRONG_TENANT = "WRONG_TENANT"
    TENANT_IN_USE = "TENANT_IN_USE"
    FLOW_EXPIRED = "FLOW_EXPIRED"
    SUITE_UNAVAILABLE = "SUITE_UNAVAILABLE"
    SUITE_THROTTLED = "SUITE_THROTTLED"
    TIMED_OUT = "TIMED_OUT"
    NOT_FOUND = "NOT_FOUND"
    PERMISSION_MISSING = "PERMISSION_MISSING"
    FREE_BUSY_UNKNOWN = "FREE_BUSY_UNKNOWN"
    NOTIFICATIONS_REFUSED = "NOTIFICATIONS_REFUSED"
    REQUEST_REFUSED = "REQUEST_REFUSED"
    UNKNOWN = "UNKNOWN"


MENDED_BY_APPROVAL = frozenset(
    {IssueCode.ROOM_DIRECTORY_NOT_APPROVED, IssueCode.ADMIN_APPROVAL_NEEDED, IssueCode.APPLICATION_BLOCKED}
)
"""What a tenant administrator's approval puts right; where one of these is met, the approval is missing or gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Why a check did not pass. `provider_code` and `correlation` are the suite's own, for its support."""

    code: IssueCode
    message: str
    who_acts: Actor
    remedy: str
    provider_code: str | None = None
    correlation: str | None = None


_AGAIN = "Go on at the calendar suite once more, with your own account."
_LATER = "Run the test again in a few minutes."


def _row(code: IssueCode, who_acts: Actor, message: str, remedy: str) -> Issue:
    return Issue(code=code, message=message, who_acts=who_acts, remedy=remedy)


_BY_CLASS: Mapping[type[suite.SuiteError], Issue] = {
    suite.SuiteUnavailable: _row(
        IssueCode.SUITE_UNAVAILABLE,
        Actor.SUBSCRIPTION_ADMINISTRATOR,
        "The calendar suite did not answer.",
        _LATER,
    ),
    suite.SuiteThrottled: _row(
        IssueCode.SUITE_THROTTLED,
        Actor.SUBSCRIPTION_ADMINISTRATOR,
        "The calendar suite asked this application to slow down.",
        _LATER,
    ),
    suite.ConsentNeeded: _row(
        IssueCode.CONSENT_NEEDED,
        Actor.SUBSCRIPTION_ADMINISTRATOR,
        "The consent is missing, or a permission in it was not ticked.",
        f"{_AGAIN} Accept every permission on the suite's page.",
    ),
    suite.ConsentDeclined: _row(
        IssueCode.CONSENT_DECLINED,
        Actor.SUBSCRIPTION_ADMINISTRATOR,
        "The consent was declined, or the page was left, perhaps because it asked for an administrator's approval.",
        f"{_AGAIN} If the page asks for approval, send the admin approval link to a tenant administrator.",
    ),
    suite.AdminApprovalNeeded: _row(
        IssueCode.ADMIN_APPROVAL_NEEDED,
        Actor.TENANT_ADMINISTRATOR,
        "The tenant wants an administrator's approval before anybody can consent.",
        "A tenant administrator consents on behalf of the organisation, follows the admin approval link, "
        "or approves the request that the suite's page raised. Then go on at the calendar suite.",
    ),
    suite.ApplicationBlocked: _row(
        IssueCode.APPLICATION_BLOCKED,
        Actor.TENANT_ADMINISTRATOR,
        "This application is missing from the tenant, or switched off there.",
        "A tenant administrator adds or enables the application in the suite's administration.",
    ),
    suite.OperatorMustAct: _row(
        IssueCode.OPERATOR_SETUP,
        Actor.OPERATOR,
        "The calendar suite does not accept this server's own registration. Members' consent is untouched.",
        "The operator checks the registration: client id, the client secret's expiry, redirect addresses.",
    ),
    suite.WrongAccount: _row(
        IssueCode.WRONG_TENANT,
        Actor.SUBSCRIPTION_ADMINISTRATOR,
        "The account that consented belongs to another tenant or to another person.",
        "Go on at the calendar suite once more. Sign in there with your work account of this organisation.",
    ),
    suite.FlowExpired: _row(
        IssueCode.FLOW_EXPIRED,
        Actor.SUBSCRIPTION_ADMINISTRATOR,
        "The sign-in took too long or was used already.",
        _AGAIN,
    ),
    suite.NotFound: _row(
        IssueCode.NOT_FOUND,
        Actor.TENANT_ADMINISTRATOR,
        "The calendar suite does not find what the check asked for.",
        "A tenant administrator checks that the account has a mailbox with a calendar.",
    ),
    suite.MissingScope: _row(
        IssueCode.PERMISSION_MISSING,
        Actor.SUBSCRIPTION_ADMINISTRATOR,
        "A permission that this check needs was not granted.",
        f"{_AGAIN} Accept every permission on the suite's page.",
    ),
    suite.NotificationsRefused: _row(
        IssueCode.NOTIFICATIONS_REFUSED,
        Actor.OPERATOR,
        "The calendar suite cannot send change notifications to this server. Bookings are looked at regularly instead.",
        "The operator makes this server's public address reachable from the suite over https.",
    ),
    suite.Refused: _row(
        IssueCode.REQUEST_REFUSED,
        Actor.OPERATOR,
        "The calendar suite refused the check's request.",
        "The operator looks the suite's code up and reports it.",
    ),
    suite.SuiteError: _row(
        IssueCode.UNKNOWN,
        Actor.OPERATOR,
        "The calendar suite answered with an error that is not known here.",
        "Run the test again; if it stays, the operator gives the suite's support its code and correlation id.",
    ),
}

_BY_RECONNECT_REASON: Mapping[suite.ReconnectReason, Issue] = {
    suite.ReconnectReason.EXPIRED: _row(
        IssueCode.CONSENT_EXPIRED,
        Actor.SUBSCRIPTION_ADMINISTRATOR,
        "The consent has expired or was revoked.",
        _AGAIN,
    ),
    suite.ReconnectReason.CONSENT_WITHDRAWN: _row(
        IssueCode.CONSENT_WITHDRAWN,
        Actor.SUBSCRIPTION_ADMINISTRATOR,
        "The consent was withdrawn in the calendar suite.",
        _AGAIN,
    ),
    suite.ReconnectReason.MFA: _row(
        IssueCode.MFA_REQUIRED,
        Actor.SUBSCRIPTION_ADMINISTRATOR,
        "The calendar suite wants another sign-in with a second factor.",
        _AGAIN,
    ),
}

_BY_BLOCK_REASON: Mapping[suite.BlockReason, Issue] = {
    suite.BlockReason.ACCOUNT_DISABLED: _row(
        IssueCode.ACCOUNT_DISABLED,
        Actor.TENANT_ADMINISTRATOR,
        "The account is disabled in the calendar suite.",
        "A tenant administrator enables the account, or another administrator consents.",
    ),
    suite.BlockReason.CONDITIONAL_ACCESS: _row(
        IssueCode.CONDITIONAL_ACCESS,
        Actor.TENANT_ADMINISTRATOR,
        "A Conditional Access policy keeps this application out.",
        "A tenant administrator excludes this application from the policy, or meets its conditions.",
    ),
    suite.BlockReason.NOT_ASSIGNED: _row(
        IssueCode.NOT_ASSIGNED,
        Actor.TENANT_ADMINISTRATOR,
        "The account is not assigned to this application.",
        "A tenant administrator assigns the members to the application, or lifts the requirement.",
    ),
    suite.BlockReason.NO_MAILBOX: _row(
        IssueCode.NO_MAILBOX,
        Actor.TENANT_ADMINISTRATOR,
        "The account has no mailbox in the cloud.",
        "A tenant administrator gives the account a licence with a mailbox, or another administrator consents.",
    ),
}

ROOM_DIRECTORY_NOT_APPROVED = _row(
    IssueCode.ROOM_DIRECTORY_NOT_APPROVED,
    Actor.TENANT_ADMINISTRATOR,
    "The tenant has not approved reading its room directory. Consenting as a member never grants this.",
    "A tenant administrator follows the admin approval link, or you go on without the room directory: rooms are then "
    "entered by email address. An approval can take a few minutes to take effect.",
)
APPROVAL_WITHDRAWN = _row(
    IssueCode.ADMIN_APPROVAL_NEEDED,
    Actor.TENANT_ADMINISTRATOR,
    "The tenant has withdrawn its approval: consents have ended, and the room directory may not be read any more.",
    "A tenant administrator approves the application again; members then connect their calendars again and find "
    "everything they had.",
)
_WITHOUT_DIRECTORY = "Until then rooms stay bookable and can be entered by email address."
ROOM_DIRECTORY_NOT_TICKED = _row(
    IssueCode.ROOM_DIRECTORY_NOT_TICKED,
    Actor.SUBSCRIPTION_ADMINISTRATOR,
    "The permission to list the rooms was not ticked, so your consent does not carry the room directory.",
    "Connect your calendar again and tick it on the suite's page, or leave it to another administrator who may see "
    f"the rooms in the suite's administration. {_WITHOUT_DIRECTORY}",
)
ROOM_DIRECTORY_REFUSED = _row(
    IssueCode.ROOM_DIRECTORY_REFUSED,
    Actor.TENANT_ADMINISTRATOR,
    "You granted the permission to list the rooms, but the suite does not let your account see them in its "
    "administration.",
    "A tenant administrator gives your account the right to see the rooms, then run the test again; or another "
    f"administrator who has that right connects their calendar. {_WITHOUT_DIRECTORY}",
)
ROOM_DIRECTORY_UNCARRIED = _row(
    IssueCode.ROOM_DIRECTORY_UNCARRIED,
    Actor.SUBSCRIPTION_ADMINISTRATOR,
    "No administrator's consent lists the rooms any more.",
    "An administrator who may see the rooms in the suite's administration connects their calendar and ticks the "
    f"permission to list them. {_WITHOUT_DIRECTORY}",
)
TIMED_OUT = _row(
    IssueCode.TIMED_OUT,
    Actor.SUBSCRIPTION_ADMINISTRATOR,
    "The calendar suite did not answer in time.",
    _LATER,
)
TENANT_IN_USE = _row(
    IssueCode.TENANT_IN_USE,
    Actor.SUBSCRIPTION_ADMINISTRATOR,
    "Another organisation is joined to this tenant, and a tenant belongs to one organisation at a time.",
    "Sign in with an account of another tenant, or have the other organisation give up its integration first.",
)
TENANT_RETAINED = _row(
    IssueCode.TENANT_IN_USE,
    Actor.SUBSCRIPTION_ADMINISTRATOR,
    "Your organisation's own disabled integration still holds this tenant, with the consents that are kept for it.",
    "Cancel this one, then start the integration again naming the tenant: it goes on where it was disabled.",
)
OTHER_TENANT = _BY_CLASS[suite.WrongAccount]
CONSENT_NEEDED = _BY_CLASS[suite.ConsentNeeded]
ADMIN_APPROVAL_NEEDED = _BY_CLASS[suite.AdminApprovalNeeded]
FREE_BUSY_NOT_GRANTED = _row(
    IssueCode.PERMISSION_MISSING,
    Actor.SUBSCRIPTION_ADMINISTRATOR,
    "The permission to see free and busy times was not ticked: for whoever leaves it out, it is unknown when rooms are "
    "free. They can book rooms all the same.",
    "Connect your calendar again and tick it on the suite's page.",
)
FREE_BUSY_UNKNOWN = _row(
    IssueCode.FREE_BUSY_UNKNOWN,
    Actor.TENANT_ADMINISTRATOR,
    "The calendar suite does not tell when a room or this account is free.",
    "A tenant administrator lets members see the free and busy times of rooms.",
)

ROOMS_FREE_BUSY_UNKNOWN = _row(
    IssueCode.FREE_BUSY_UNKNOWN,
    Actor.TENANT_ADMINISTRATOR,
    "The calendar suite does not tell when rooms are free. They can be booked all the same.",
    "A tenant administrator lets members see the free and busy times of rooms.",
)


def scopes_missing(scopes: Sequence[str]) -> Issue:
    """A consent, perhaps an older one, lacks what is asked for now."""
    return replace(
        CONSENT_NEEDED,
        message=f"Your consent lacks a permission that is asked for now: {', '.join(scopes)}.",
        remedy="Consent again and accept every permission on the suite's page. What was granted before stays granted, "
        "and works meanwhile.",
    )


_OF_THE_ROW = {
    issue.code: issue
    for issue in (
        *_BY_RECONNECT_REASON.values(),
        *_BY_BLOCK_REASON.values(),
        ROOM_DIRECTORY_NOT_APPROVED,
        ROOM_DIRECTORY_NOT_TICKED,
        ROOM_DIRECTORY_REFUSED,
        ROOM_DIRECTORY_UNCARRIED,
        TIMED_OUT,
        TENANT_IN_USE,
        TENANT_RETAINED,
        FREE_BUSY_UNKNOWN,
        *_BY_CLASS.values(),
    )
}


def issue_with(code: IssueCode) -> Issue:
    """The words for a code that stands alone in the integration's row."""
    return _OF_THE_ROW[code]


def issue_of(error: suite.SuiteError) -> Issue:
    """What an administrator is told of the suite's error."""
    if isinstance(error, suite.ReconnectRequired):
        issue = _BY_RECONNECT_REASON[error.reason]
    elif isinstance(error, suite.MemberBlocked):
        issue = _BY_BLOCK_REASON[error.reason]
    else:
        issue = next(_BY_CLASS[kind] for kind in type(error).__mro__ if kind in _BY_CLASS)
    return replace(issue, provider_code=error.provider_code, correlation=error.correlation)
