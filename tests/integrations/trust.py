"""The table of errors: for each code of a suite, who is told what and what becomes of connection and integration.

What concerns one call alone is told to whoever made it and stands elsewhere: an event that is gone, changed meanwhile
or somebody else's, and a command that was sent twice (`tests/contract`, `tests/bookings`).
"""

from dataclasses import dataclass

CONNECTED = ("CONNECTED", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What a refusal shows when it is met while somebody's consent is in use."""

    issue: tuple[str, str]
    """In an administrator's report: its code and who acts."""
    problem: tuple[str, str]
    """What a member is told: its code and who acts."""
    access: tuple[str, str | None] = CONNECTED
    """Status and reason of the connection afterwards."""
    health: str = "HEALTHY"
    """Of the integration afterwards."""
    remedy: str
    """Words of the report's remedy."""

    @property
    def is_personal(self) -> bool:
        """Whether it concerns the person's own consent alone."""
        return self.access != CONNECTED


def _reconnect(issue: str, reason: str) -> Met:
    return Met(
        issue=(issue, "SUBSCRIPTION_ADMINISTRATOR"),
        problem=("RECONNECT_REQUIRED", "MEMBER"),
        access=("RECONNECT_REQUIRED", reason),
        remedy="Go on at the calendar suite once more",
    )


def _blocked(reason: str, remedy: str) -> Met:
    return Met(
        issue=(reason, "TENANT_ADMINISTRATOR"),
        problem=("CONNECTION_BLOCKED", "TENANT_ADMINISTRATOR"),
        access=("BLOCKED", reason),
        remedy=remedy,
    )


CONSENT_NEEDED = _reconnect("CONSENT_WITHDRAWN", "CONSENT_WITHDRAWN")
EXPIRED = _reconnect("CONSENT_EXPIRED", "EXPIRED")
MFA = _reconnect("MFA_REQUIRED", "MFA")
NOT_ASSIGNED = _blocked("NOT_ASSIGNED", "assigns the members to the application")
CONDITIONAL_ACCESS = _blocked("CONDITIONAL_ACCESS", "excludes this application from the policy")
ACCOUNT_DISABLED = _blocked("ACCOUNT_DISABLED", "enables the account")
NO_MAILBOX = _blocked("NO_MAILBOX", "a licence with a mailbox")
APPROVAL = Met(
    issue=("ADMIN_APPROVAL_NEEDED", "TENANT_ADMINISTRATOR"),
    problem=("PERMISSION_MISSING", "TENANT_ADMINISTRATOR"),
    health="BROKEN",
    remedy="consents on behalf of the organisation",
)
APPLICATION = Met(
    issue=("APPLICATION_BLOCKED", "TENANT_ADMINISTRATOR"),
    problem=("SUITE_UNAVAILABLE", "TENANT_ADMINISTRATOR"),
    health="BROKEN",
    remedy="adds or enables the application",
)
OUR_SECRET = Met(
    issue=("OPERATOR_SETUP", "OPERATOR"),
    problem=("SUITE_UNAVAILABLE", "OPERATOR"),
    health="DEGRADED",
    remedy="the client secret's expiry",
)

MICROSOFT: dict[int, Met] = {
    65001: CONSENT_NEEDED,
    **dict.fromkeys((90093, 90094, 90095, 900941), APPROVAL),
    50105: NOT_ASSIGNED,
    **dict.fromkeys((700082, 70008, 50173, 70000, 50089, 50132, 50133, 70043), EXPIRED),
    **dict.fromkeys((50076, 50079, 50074, 50078), MFA),
    **dict.fromkeys((53003, 53000, 53001, 53002, 530032), CONDITIONAL_ACCESS),
    50057: ACCOUNT_DISABLED,
    **dict.fromkeys((500011, 700016, 650052, 650056), APPLICATION),
    **dict.fromkeys((7000112, 70001), APPLICATION),
    **dict.fromkeys((7000215, 7000222), OUR_SECRET),
}
"""By AADSTS number, as the token endpoint answers it to a refresh."""

PASSING = (90033, 90006, 90055, 50033, 90024)
"""AADSTS numbers that go by themselves."""

GOOGLE: dict[str, Met] = {
    "invalid_grant": EXPIRED,
    "interaction_required": MFA,
    "admin_policy_enforced": APPROVAL,
    "org_internal": APPLICATION,
    "invalid_client": OUR_SECRET,
    "deleted_client": OUR_SECRET,
}
"""By OAuth error, as the token endpoint answers it to a refresh."""

_NEED_APPROVAL = ("An administrator has to approve first", "AWAITING_ADMIN_APPROVAL")
_DECLINED = ("Nothing was accepted", "AWAITING_CONSENT")
_INCOMPLETE = ("Calendar access was not granted", "AWAITING_CONSENT")
_KEPT_OUT = ("Your calendar suite keeps you out", "AWAITING_CONSENT")
_START_AGAIN = ("This sign-in cannot be completed", "AWAITING_CONSENT")
_UNAVAILABLE = ("The application is not available in your organisation", "AWAITING_CONSENT")
_SET_UP = ("This server is not set up correctly", "AWAITING_CONSENT")
_LATER = ("Your calendar suite does not answer", "AWAITING_CONSENT")
_WRONG_TENANT = ("belongs to another organisation", "AWAITING_CONSENT")

VISITS: dict[int, tuple[str, str]] = {
    65001: _INCOMPLETE,
    **dict.fromkeys((90093, 90094, 90095, 900941), _NEED_APPROVAL),
    65004: _DECLINED,
    50105: _KEPT_OUT,
    **dict.fromkeys((53003, 53000, 53001, 53002, 530032), _KEPT_OUT),
    50057: _KEPT_OUT,
    **dict.fromkeys((700082, 70008, 50173, 70000, 50089, 50132, 50133, 70043), _START_AGAIN),
    **dict.fromkeys((50076, 50079, 50074, 50078), _START_AGAIN),
    **dict.fromkeys((50020, 50034, 16000, 90072, 500213), _WRONG_TENANT),
    **dict.fromkeys((500011, 700016, 650052, 650056), _UNAVAILABLE),
    **dict.fromkeys((7000112, 70001), _UNAVAILABLE),
    **dict.fromkeys((7000215, 7000222), _SET_UP),
    **dict.fromkeys((50011, 500113, 900971), _SET_UP),
    **dict.fromkeys((54005, 501481, 700005), _START_AGAIN),
    **dict.fromkeys(PASSING, _LATER),
}
"""By AADSTS number, where a visit of an administrator who starts the integration ends: the page and the status."""


def names_code(code: int) -> bool:
    """Whether the page shows the suite's own code: where starting again is all there is to do, nobody needs it."""
    return VISITS[code] not in (_START_AGAIN, _WRONG_TENANT)


GOOGLE_VISITS: dict[str, tuple[str, str]] = {
    "access_denied": _DECLINED,
    "admin_policy_enforced": _NEED_APPROVAL,
    "org_internal": _UNAVAILABLE,
    "invalid_client": _SET_UP,
    "redirect_uri_mismatch": _SET_UP,
    "deleted_client": _SET_UP,
    "interaction_required": _START_AGAIN,
}
"""By OAuth error."""
