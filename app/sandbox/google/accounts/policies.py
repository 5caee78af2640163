"""Which rules of an organisation stand between a person and an application.

https://support.google.com/a/answer/7281227
"""

from app.sandbox.google.accounts.errors import Policy
from app.sandbox.google.accounts.scopes import SIGN_IN
from app.sandbox.google.directory import AppAccess, Application, Customer, GoogleDirectory, UnconfiguredApps, User


def policy_against(
    directory: GoogleDirectory, application: Application, user: User, scopes: frozenset[str]
) -> Policy | None:
    """The rule that forbids these scopes; None when there is none. Signing in is never blocked by a customer."""
    if application.internal_to is not None and user.customer_id != application.internal_to:
        return Policy.ORG_INTERNAL
    customer = directory.customer(user.customer_id)
    if customer is not None and _blocks(customer) and not scopes <= SIGN_IN:
        return Policy.ADMIN_POLICY_ENFORCED
    return None


def _blocks(customer: Customer) -> bool:
    match customer.app_access:
        case AppAccess.TRUSTED:
            return False
        case AppAccess.UNCONFIGURED:
            return customer.unconfigured_apps is UnconfiguredApps.SIGN_IN_ONLY
        case AppAccess.BLOCKED:
            return True
