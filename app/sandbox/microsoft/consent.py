"""Who may consent to what: the tenant's policy, the kind of permission, and the person asking."""

from collections.abc import Iterable

from app.sandbox.microsoft.directory import ConsentPolicy, Tenant, User
from app.sandbox.microsoft.permissions import DELEGATED, Consenter


def needs_administrator(tenant: Tenant, user: User, scopes: Iterable[str]) -> bool:
    """Whether this person meets "Need admin approval" when asked for these delegated scopes."""
    if user.is_administrator:
        return False
    consenters = {DELEGATED[scope].consenter for scope in scopes}
    match tenant.consent_policy:
        case ConsentPolicy.USERS_MAY_CONSENT:
            return Consenter.ADMINISTRATOR in consenters
        case ConsentPolicy.ADMINISTRATOR_APPROVAL_REQUIRED:
            return bool(consenters - {Consenter.ANYBODY})
        case ConsentPolicy.USER_CONSENT_DISABLED:
            return bool(consenters)
