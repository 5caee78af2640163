"""The suite's own directory: tenants, the people in them, the application, and who granted it what.

Identifiers are GUIDs in lower case, as Entra writes them. Values are frozen; a change replaces the value under
its identifier, so whoever looked someone up keeps what they saw.
Model: https://learn.microsoft.com/entra/identity-platform/permissions-consent-overview
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class ConsentPolicy(StrEnum):
    """What a tenant lets people consent to by themselves."""

    USERS_MAY_CONSENT = "USERS_MAY_CONSENT"
    """Anything that does not by its nature need an administrator."""

    ADMINISTRATOR_APPROVAL_REQUIRED = "ADMINISTRATOR_APPROVAL_REQUIRED"
    """Signing in and reading one's own profile; everything else meets "Need admin approval"."""

    USER_CONSENT_DISABLED = "USER_CONSENT_DISABLED"
    """Nothing: even a first sign-in meets "Need admin approval"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One organisation's directory at the suite."""

    id: str
    domain: str
    display_name: str
    consent_policy: ConsentPolicy = ConsentPolicy.USERS_MAY_CONSENT
    takes_approval_requests: bool = False
    """Whether "Need admin approval" lets people send a request to their administrators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account. ``address`` is both the sign-in name and the mailbox; ``time_zone`` is an IANA name.

    ``further_addresses`` are told by the profile, and stand on invitations from outside; nothing here is delivered to
    one, and nobody signs in with one.
    """

    oid: str
    tenant_id: str
    display_name: str
    given_name: str
    surname: str
    address: str
    job_title: str | None = None
    office_location: str | None = None
    time_zone: str = "Europe/Amsterdam"
    is_administrator: bool = False
    enabled: bool = True
    assigned: bool = True
    has_mailbox: bool = True
    further_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The client registration: what it may ask for is listed here, as in a real manifest."""

    client_id: str
    secret: str
    display_name: str
    redirect_uris: tuple[str, ...]
    delegated_scopes: frozenset[str]
    app_roles: frozenset[str]


@dataclass(slots=True)
class Grants:
    """What has been granted to applications, and by whom; identifiers are (user or tenant, application)."""

    by_user: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    by_tenant: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    app_roles: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    present: set[tuple[str, str]] = field(default_factory=set)
    """Tenants that have the application among theirs: from its first consent until they delete it."""

    def delegated(self, user: User, client_id: str) -> frozenset[str]:
        """The delegated scopes that hold for this person: their own consent and the tenant-wide one."""
        own = self.by_user.get((user.oid, client_id), frozenset())
        return own | self.by_tenant.get((user.tenant_id, client_id), frozenset())

    def roles(self, tenant_id: str, client_id: str) -> frozenset[str]:
        """The application permissions granted in this tenant."""
        return self.app_roles.get((tenant_id, client_id), frozenset())

    def consent(self, user: User, client_id: str, scopes: Iterable[str]) -> None:
        """Add one person's consent to what they gave before (consent is incremental)."""
        key = (user.oid, client_id)
        self.present.add((user.tenant_id, client_id))
        self.by_user[key] = self.by_user.get(key, frozenset()) | frozenset(scopes)

    def consent_for_tenant(
        self, tenant_id: str, client_id: str, scopes: Iterable[str], roles: Iterable[str] = ()
    ) -> None:
        """Add a tenant-wide approval of delegated scopes and of application permissions."""
        key = (tenant_id, client_id)
        self.present.add(key)
        self.by_tenant[key] = self.by_tenant.get(key, frozenset()) | frozenset(scopes)
        self.app_roles[key] = self.app_roles.get(key, frozenset()) | frozenset(roles)

    def withdraw(self, user: User, client_id: str) -> None:
        """Remove what one person consented to; a tenant-wide approval stays."""
        self.by_user.pop((user.oid, client_id), None)

    def withdraw_for_tenant(self, tenant_id: str, client_id: str) -> None:
        """Remove the tenant-wide approval and the application permissions; people's own consents stay."""
        self.by_tenant.pop((tenant_id, client_id), None)
        self.app_roles.pop((tenant_id, client_id), None)

    def remove_application(self, tenant_id: str, client_id: str, users: Iterable[User]) -> None:
        """Delete the application from the tenant, with everything its people and administrators granted."""
        self.withdraw_for_tenant(tenant_id, client_id)
        for user in users:
            self.withdraw(user, client_id)
        self.present.discard((tenant_id, client_id))


class Directory:
    """Every tenant, account and application of the sandbox, in memory."""

    def __init__(self) -> None:
        self.grants = Grants()
        self._tenants: dict[str, Tenant] = {}
        self._users: dict[str, User] = {}
        self._oid_by_address: dict[str, str] = {}
        self._applications: dict[str, Application] = {}

    def clear(self) -> None:
        """Forget everything."""
        self.grants = Grants()
        self._tenants.clear()
        self._users.clear()
        self._oid_by_address.clear()
        self._applications.clear()

    # Tenants

    def add_tenant(self, tenant: Tenant) -> Tenant:
        """Add a tenant, or replace the one with the same identifier."""
        self._tenants[tenant.id] = tenant
        return tenant

    def tenants(self) -> Iterator[Tenant]:
        """All tenants in the order in which they were added."""
        return iter(tuple(self._tenants.values()))

    def tenant(self, id_or_domain: str) -> Tenant | None:
        """The tenant with this GUID or domain (neither minds the case), if there is one."""
        wanted = id_or_domain.lower()
        found = self._tenants.get(wanted)
        return found or next((t for t in self._tenants.values() if t.domain.lower() == wanted), None)

    def change_tenant(self, tenant_id: str, **changes: Any) -> Tenant:
        """Replace fields of a tenant; KeyError when there is none, TypeError for an unknown field."""
        return self.add_tenant(replace(self._tenants[tenant_id], **changes))

    # Accounts

    def add_user(self, user: User) -> User:
        """Add an account, or replace the one with the same ``oid``; ValueError when its address is taken."""
        address = user.address.lower()
        holder = self._oid_by_address.get(address)
        if holder is not None and holder != user.oid:
            raise ValueError(f"{user.address} belongs to another account")
        if (before := self._users.get(user.oid)) is not None:
            del self._oid_by_address[before.address.lower()]
        self._users[user.oid] = user
        self._oid_by_address[address] = user.oid
        return user

    def users(self, tenant_id: str | None = None) -> tuple[User, ...]:
        """All accounts, or those of one tenant, in the order in which they were added."""
        return tuple(u for u in self._users.values() if tenant_id is None or u.tenant_id == tenant_id)

    def user(self, oid: str) -> User | None:
        """The account with this object id, if there is one."""
        return self._users.get(oid.lower())

    def user_by_address(self, address: str) -> User | None:
        """The account with this address (the case does not matter), if there is one."""
        oid = self._oid_by_address.get(address.lower())
        return None if oid is None else self._users[oid]

    def change_user(self, oid: str, **changes: Any) -> User:
        """Replace fields of an account; KeyError when there is none, TypeError for an unknown field."""
        return self.add_user(replace(self._users[oid], **changes))

    def remove_user(self, oid: str) -> None:
        """Delete an account; KeyError when there is none."""
        user = self._users.pop(oid)
        del self._oid_by_address[user.address.lower()]

    # Applications

    def add_application(self, application: Application) -> Application:
        """Register an application, or replace the one with the same client id."""
        self._applications[application.client_id] = application
        return application

    def application(self, client_id: str) -> Application | None:
        """The application with this client id, if it is registered."""
        return self._applications.get(client_id.lower())

    def applications(self) -> tuple[Application, ...]:
        """All registered applications."""
        return tuple(self._applications.values())
