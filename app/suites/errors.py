"""What can go wrong between us and a calendar suite, in one tree.

    SuiteError                     the root; carries no text of the provider
    ├── Retriable                  nobody has to do anything but wait
    │   ├── SuiteUnavailable       no answer, a 5xx, a time-out, or the breaker is open
    │   └── SuiteThrottled         the suite asked us to slow down
    ├── MemberMustAct              the member has to sign in or consent again
    │   ├── ReconnectRequired      the grant is dead
    │   ├── ConsentNeeded          there is no grant yet, or it lacks a scope that was asked
    │   └── ConsentDeclined        the member said no, or left the page
    ├── AdministratorMustAct       somebody with rights in the suite has to act
    │   ├── AdminApprovalNeeded    the tenant wants an administrator's approval first
    │   ├── MemberBlocked          policy, assignment, licence or a disabled account stops this member
    │   └── ApplicationBlocked     the application is missing or disabled in the tenant
    ├── OperatorMustAct            our own registration is wrong: secret, redirect address, scopes
    ├── WrongAccount               another tenant or another person than the one expected
    ├── FlowExpired                the sign-in has to be started again
    └── Refused                    the suite understood and said no to this call
        ├── NotFound               gone, or not visible with these credentials
        ├── MissingScope           the credentials lack a permission for this call
        ├── ChangedMeanwhile       the item changed since it was read
        ├── DuplicateCommand       the same command id was used with other content
        ├── NotOrganiser           only the organiser may do this
        ├── InvalidRequest         the suite found the request wrong
        ├── NotificationsRefused   the suite would not send change notifications
        └── WorkingLocationsRefused  the suite, in this edition, does not tell where its people work

Each error says what the suite's own code was (`provider_code`, such as `AADSTS65001` or `ErrorItemNotFound`);
the provider's prose is never kept: it can contain addresses, subjects and tokens.
"""

from datetime import timedelta
from enum import StrEnum


class SuiteError(Exception):
    """A calendar suite did not do what it was asked."""

    def __init__(self, provider_code: str | None = None, *, correlation: str | None = None) -> None:
        super().__init__(provider_code or type(self).__name__)
        self.provider_code = provider_code
        self.correlation = correlation


class Retriable(SuiteError):
    """The same call may succeed later; nobody has to act."""


class SuiteUnavailable(Retriable):
    """The suite gave no usable answer in time."""


class SuiteThrottled(Retriable):
    """The suite asked us to wait; `retry_after` says how long, where it told."""

    def __init__(
        self,
        provider_code: str | None = None,
        *,
        correlation: str | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(provider_code, correlation=correlation)
        self.retry_after = retry_after


class MemberMustAct(SuiteError):
    """The member has to sign in or consent again."""


class ReconnectReason(StrEnum):
    """Why a member has to reconnect."""

    EXPIRED = "EXPIRED"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    MFA = "MFA"


class ReconnectRequired(MemberMustAct):
    """The grant is dead: only the member's own sign-in mends it."""

    def __init__(
        self, reason: ReconnectReason, provider_code: str | None = None, *, correlation: str | None = None
    ) -> None:
        super().__init__(provider_code, correlation=correlation)
        self.reason = reason


class ConsentNeeded(MemberMustAct):
    """No consent is recorded, or it lacks `missing_scopes`."""

    def __init__(
        self,
        provider_code: str | None = None,
        *,
        correlation: str | None = None,
        missing_scopes: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(provider_code, correlation=correlation)
        self.missing_scopes = missing_scopes


class ConsentDeclined(MemberMustAct):
    """The person declined, or left the page (perhaps because it asked for admin approval)."""


class AdministratorMustAct(SuiteError):
    """Somebody with rights in the suite's own directory has to act."""


class AdminApprovalNeeded(AdministratorMustAct):
    """The tenant demands an administrator's approval before anybody can consent."""


class BlockReason(StrEnum):
    """Why the suite keeps a member out."""

    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    CONDITIONAL_ACCESS = "CONDITIONAL_ACCESS"
    NOT_ASSIGNED = "NOT_ASSIGNED"
    NO_MAILBOX = "NO_MAILBOX"


class MemberBlocked(AdministratorMustAct):
    """The suite keeps this member out until an administrator changes something."""

    def __init__(
        self, reason: BlockReason, provider_code: str | None = None, *, correlation: str | None = None
    ) -> None:
        super().__init__(provider_code, correlation=correlation)
        self.reason = reason


class ApplicationBlocked(AdministratorMustAct):
    """Our application is missing from the tenant, or switched off there."""


class OperatorMustAct(SuiteError):
    """Our own registration at the suite is wrong; no member and no administrator can mend it."""


class WrongAccount(SuiteError):
    """The account belongs to another tenant, or is another person than the one expected."""


class FlowExpired(SuiteError):
    """The authorisation was used already or is too old: start again."""


class Refused(SuiteError):
    """The suite understood the call and said no."""


class NotFound(Refused):
    """The item is gone, or these credentials cannot see it."""


class MissingScope(Refused):
    """The credentials lack a permission that this call needs."""


class ChangedMeanwhile(Refused):
    """The item changed since it was read; read it again and decide anew."""


class DuplicateCommand(Refused):
    """The same command id was already used with other content."""


class NotOrganiser(Refused):
    """Only the organiser of the meeting may do this."""


class InvalidRequest(Refused):
    """The suite found the request wrong; sending it again will not help."""


class NotificationsRefused(Refused):
    """The suite would not start change notifications to our address."""


class WorkingLocationsRefused(Refused):
    """The suite does not tell where this person works: its edition lacks that, or an administrator switched it off."""
