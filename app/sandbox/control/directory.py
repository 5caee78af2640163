"""Control of tenants, people and what they have consented to."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from starlette.requests import Request

from app.sandbox.control.routing import (
    Answer,
    Body,
    ControlError,
    ControlRoute,
    find_tenant,
    find_user,
    read,
)
from app.sandbox.microsoft.directory import ConsentPolicy, Tenant, User
from app.sandbox.microsoft.permissions import APPLICATION, DELEGATED
from app.sandbox.state import SandboxState


class NewTenant(Body):
    """A tenant to create."""

    domain: str
    display_name: str
    consent_policy: ConsentPolicy = ConsentPolicy.USERS_MAY_CONSENT
    takes_approval_requests: bool = False


class TenantChange(Body):
    """Fields to change; what is absent stays."""

    display_name: str | None = None
    consent_policy: ConsentPolicy | None = None
    takes_approval_requests: bool | None = None


class TenantConsent(Body):
    """A tenant-wide approval; the defaults are all that the application lists."""

    scopes: list[str] | None = None
    roles: list[str] | None = None


class NewUser(Body):
    """An account to create."""

    address: str
    tenant: str
    display_name: str
    given_name: str = ""
    surname: str = ""
    time_zone: str = "Europe/Amsterdam"
    is_administrator: bool = False
    enabled: bool = True
    assigned: bool = True
    has_mailbox: bool = True
    further_addresses: tuple[str, ...] = ()


class UserChange(Body):
    """Fields to change; what is absent stays."""

    address: str | None = None
    display_name: str | None = None
    given_name: str | None = None
    surname: str | None = None
    time_zone: str | None = None
    is_administrator: bool | None = None
    enabled: bool | None = None
    assigned: bool | None = None
    has_mailbox: bool | None = None
    further_addresses: tuple[str, ...] | None = None


class UserConsent(Body):
    """What one person has consented to, instead of what they had."""

    scopes: list[str]


class DirectoryControl:
    """Handlers of ``/control/tenants`` and ``/control/users``; ``{tenant}`` is a GUID or a domain, ``{user}`` an
    object id or an address."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> Sequence[ControlRoute]:
        """What can be called here."""
        tenant, user = "/control/tenants/{tenant}", "/control/users/{user}"
        return (
            ControlRoute("GET", "/control/tenants", "Every tenant, with what it granted", self.tenants),
            ControlRoute("POST", "/control/tenants", "Create a tenant", self.create_tenant),
            ControlRoute("PATCH", tenant, "Change a tenant, its consent policy above all", self.change_tenant),
            ControlRoute("POST", tenant + "/consent", "Approve for the whole tenant", self.approve),
            ControlRoute("DELETE", tenant + "/consent", "Withdraw the tenant-wide approval", self.disapprove),
            ControlRoute("DELETE", tenant + "/application", "Delete the application there", self.remove_application),
            ControlRoute("GET", "/control/users", "Every account, with its consent", self.users),
            ControlRoute("POST", "/control/users", "Create an account", self.create_user),
            ControlRoute("PATCH", user, "Disable, unassign, take the mailbox away, rename …", self.change_user),
            ControlRoute("DELETE", user, "Delete an account", self.delete_user),
            ControlRoute("PUT", user + "/consent", "Set what the person consented to", self.set_consent),
            ControlRoute("DELETE", user + "/consent", "Withdraw the person's consent", self.withdraw),
            ControlRoute("POST", user + "/revoke-refresh-tokens", "Revoke the refresh tokens", self.revoke_refresh),
            ControlRoute("POST", user + "/revoke-sessions", "End every session and token", self.revoke_sessions),
            ControlRoute("POST", user + "/expire-access-tokens", "Expire access tokens", self.expire_access),
        )

    async def tenants(self, _: Request) -> Answer:
        """Every tenant."""
        return [self._tenant_json(tenant) for tenant in self._state.directory.tenants()]

    async def create_tenant(self, request: Request) -> Answer:
        """Create a tenant."""
        body = await read(request, NewTenant)
        if self._state.directory.tenant(body.domain) is not None:
            raise ControlError(f"there is a tenant '{body.domain}' already", 409)
        tenant = Tenant(id=str(uuid.uuid4()), **body.model_dump())
        return self._tenant_json(self._state.directory.add_tenant(tenant))

    async def change_tenant(self, request: Request) -> Answer:
        """Change a tenant."""
        tenant = find_tenant(self._state, request.path_params["tenant"])
        changes = (await read(request, TenantChange)).model_dump(exclude_none=True)
        return self._tenant_json(self._state.directory.change_tenant(tenant.id, **changes))

    async def approve(self, request: Request) -> Answer:
        """Approve for the whole tenant."""
        tenant = find_tenant(self._state, request.path_params["tenant"])
        body = await read(request, TenantConsent)
        for application in self._state.directory.applications():
            scopes = application.delegated_scopes if body.scopes is None else _known(body.scopes, DELEGATED)
            roles = application.app_roles if body.roles is None else _known(body.roles, APPLICATION)
            self._state.directory.grants.consent_for_tenant(tenant.id, application.client_id, scopes, roles)
        return self._tenant_json(tenant)

    async def disapprove(self, request: Request) -> Answer:
        """Withdraw the tenant-wide approval."""
        tenant = find_tenant(self._state, request.path_params["tenant"])
        for application in self._state.directory.applications():
            self._state.directory.grants.withdraw_for_tenant(tenant.id, application.client_id)
        return self._tenant_json(tenant)

    async def remove_application(self, request: Request) -> Answer:
        """Delete the application in the tenant."""
        tenant = find_tenant(self._state, request.path_params["tenant"])
        users = self._state.directory.users(tenant.id)
        for application in self._state.directory.applications():
            self._state.directory.grants.remove_application(tenant.id, application.client_id, users)
        return self._tenant_json(tenant)

    async def users(self, _: Request) -> Answer:
        """Every account."""
        return [self._user_json(user) for user in self._state.directory.users()]

    async def create_user(self, request: Request) -> Answer:
        """Create an account."""
        fields = (await read(request, NewUser)).model_dump()
        tenant = find_tenant(self._state, fields.pop("tenant"))
        return self._save(User(oid=str(uuid.uuid4()), tenant_id=tenant.id, **fields))

    async def change_user(self, request: Request) -> Answer:
        """Change an account."""
        user = self._user(request)
        changes = (await read(request, UserChange)).model_dump(exclude_none=True)
        try:
            return self._user_json(self._state.directory.change_user(user.oid, **changes))
        except ValueError as error:
            raise ControlError(str(error), 409) from None

    async def delete_user(self, request: Request) -> Answer:
        """Delete an account."""
        user = self._user(request)
        self._state.directory.remove_user(user.oid)
        return self._user_json(user)

    async def set_consent(self, request: Request) -> Answer:
        """Set one person's consent."""
        user = self._user(request)
        scopes = _known((await read(request, UserConsent)).scopes, DELEGATED)
        for application in self._state.directory.applications():
            self._state.directory.grants.withdraw(user, application.client_id)
            self._state.directory.grants.consent(user, application.client_id, scopes)
        return self._user_json(user)

    async def withdraw(self, request: Request) -> Answer:
        """Withdraw one person's consent."""
        user = self._user(request)
        for application in self._state.directory.applications():
            self._state.directory.grants.withdraw(user, application.client_id)
        return self._user_json(user)

    async def revoke_refresh(self, request: Request) -> Answer:
        """Revoke one person's refresh tokens."""
        return {"revoked": self._state.tokens.revoke_refresh(self._user(request).oid)}

    async def revoke_sessions(self, request: Request) -> Answer:
        """End one person's sessions: browsers, refresh tokens and access tokens."""
        oid = self._user(request).oid
        self._state.entra.sessions.sign_out_user(oid)
        expired = self._state.tokens.expire_access(oid)
        return {"revoked": self._state.tokens.revoke_refresh(oid), "expired": expired}

    async def expire_access(self, request: Request) -> Answer:
        """Expire one person's access tokens."""
        return {"expired": self._state.tokens.expire_access(self._user(request).oid)}

    def _user(self, request: Request) -> User:
        return find_user(self._state, request.path_params["user"])

    def _save(self, user: User) -> dict[str, Any]:
        try:
            return self._user_json(self._state.directory.add_user(user))
        except ValueError as error:
            raise ControlError(str(error), 409) from None

    def _tenant_json(self, tenant: Tenant) -> dict[str, Any]:
        grants = self._state.directory.grants
        granted = [
            {
                "client_id": application.client_id,
                "present": (tenant.id, application.client_id) in grants.present,
                "scopes": sorted(grants.by_tenant.get((tenant.id, application.client_id), ())),
                "roles": sorted(grants.roles(tenant.id, application.client_id)),
            }
            for application in self._state.directory.applications()
        ]
        return {**asdict(tenant), "granted": granted}

    def _user_json(self, user: User) -> dict[str, Any]:
        grants = self._state.directory.grants
        consent = {
            application.client_id: sorted(grants.by_user.get((user.oid, application.client_id), ()))
            for application in self._state.directory.applications()
        }
        return {**asdict(user), "consent": consent}


def _known(names: Sequence[str], catalogue: dict[str, Any]) -> frozenset[str]:
    unknown = sorted(set(names) - set(catalogue))
    if unknown:
        raise ControlError(f"unknown permissions: {', '.join(unknown)}", 422)
    return frozenset(names)
