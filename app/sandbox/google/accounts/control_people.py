"""Control of Google's customers, of their people, and of what those have granted."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, read
from app.sandbox.google.accounts.grants import end_grant
from app.sandbox.google.accounts.scopes import UnknownScopeError, read_short_scopes
from app.sandbox.google.directory import AppAccess, Customer, UnconfiguredApps, User
from app.sandbox.state import SandboxState

SUB_DIGITS = 21


class CustomerChange(Body):
    """Fields to change; what is absent stays."""

    app_access: AppAccess | None = None
    unconfigured_apps: UnconfiguredApps | None = None
    calendar_service: bool | None = None
    working_locations: bool | None = None
    display_name: str | None = None


class NewPerson(Body):
    """An account to create; without ``customer`` it is a consumer's."""

    address: str
    display_name: str
    customer: str | None = None
    given_name: str = ""
    family_name: str = ""
    time_zone: str = "Europe/Amsterdam"
    is_administrator: bool = False
    suspended: bool = False


class PersonChange(Body):
    """Fields to change; what is absent stays."""

    address: str | None = None
    display_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    time_zone: str | None = None
    is_administrator: bool | None = None
    suspended: bool | None = None


class PersonConsent(Body):
    """What one person has granted, instead of what they had."""

    scopes: list[str]


class PeopleControl:
    """Handlers of ``/control/google/customers`` and ``/control/google/users``; ``{customer}`` is an id or a domain,
    ``{user}`` a ``sub`` or an address."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state
        self._google = state.google

    def routes(self) -> Sequence[ControlRoute]:
        """What can be called here."""
        customers, users = "/control/google/customers", "/control/google/users"
        one, user = customers + "/{customer}", users + "/{user}"
        return (
            ControlRoute("GET", customers, "Every Google customer", self.customers),
            ControlRoute("PATCH", one, "Block the application, switch Calendar off …", self.change_customer),
            ControlRoute("GET", users, "Every Google account, with its consent", self.users),
            ControlRoute("POST", users, "Create a Google account", self.create_user),
            ControlRoute("PATCH", user, "Suspend, make an administrator, rename …", self.change_user),
            ControlRoute("DELETE", user, "Delete a Google account", self.delete_user),
            ControlRoute("GET", user + "/consent", "What the person granted", self.consent),
            ControlRoute("PUT", user + "/consent", "Set what the person granted", self.set_consent),
            ControlRoute("DELETE", user + "/consent", "End the grant and its tokens, as the person may", self.withdraw),
            ControlRoute(
                "POST", user + "/revoke-refresh-tokens", "End the refresh tokens, not the consent", self.revoke
            ),
        )

    def find_customer(self, key: str) -> Customer:
        """The customer with this id or domain. Raises ControlError."""
        customer = self._google.directory.customer(key)
        if customer is None:
            raise ControlError(f"no Google customer '{key}'", 404)
        return customer

    async def customers(self, _: Request) -> Answer:
        """Every customer."""
        return [asdict(customer) for customer in self._google.directory.customers()]

    async def change_customer(self, request: Request) -> Answer:
        """Change a customer."""
        customer = self.find_customer(request.path_params["customer"])
        changes = (await read(request, CustomerChange)).model_dump(exclude_none=True)
        return asdict(self._google.directory.save_customer(replace(customer, **changes)))

    async def users(self, _: Request) -> Answer:
        """Every account."""
        return [self._user_json(user) for user in self._google.directory.users()]

    async def create_user(self, request: Request) -> Answer:
        """Create an account, with a ``sub`` that nobody had before."""
        fields = (await read(request, NewPerson)).model_dump()
        customer = fields.pop("customer")
        self._refuse_taken(fields["address"])
        sub = "1" + "".join(secrets.choice("0123456789") for _ in range(SUB_DIGITS - 1))
        user = User(sub=sub, customer_id=None if customer is None else self.find_customer(customer).id, **fields)
        return self._user_json(self._google.directory.save_user(user))

    async def change_user(self, request: Request) -> Answer:
        """Change an account."""
        user = self._user(request)
        changes = (await read(request, PersonChange)).model_dump(exclude_none=True)
        if "address" in changes and changes["address"].lower() != user.address.lower():
            self._refuse_taken(changes["address"])
        return self._user_json(self._google.directory.change_user(user.sub, **changes))

    async def delete_user(self, request: Request) -> Answer:
        """Delete an account; whatever it granted ends too."""
        user = self._user(request)
        self._end_grants(user)
        self._google.directory.remove_user(user.sub)
        return self._user_json(user)

    async def consent(self, request: Request) -> Answer:
        """What one person granted."""
        return self._consent_json(self._user(request))

    async def set_consent(self, request: Request) -> Answer:
        """Set one person's consent; tokens that are out keep no more than that at their next refresh."""
        user = self._user(request)
        scopes = known_scopes((await read(request, PersonConsent)).scopes)
        for application in self._google.directory.applications():
            self._google.accounts.consents.replace(application.client_id, user.sub, scopes)
        return self._consent_json(user)

    async def withdraw(self, request: Request) -> Answer:
        """End one person's grant."""
        return {"revoked": self._end_grants(self._user(request))}

    async def revoke(self, request: Request) -> Answer:
        """End one person's refresh tokens."""
        return {"revoked": self._google.tokens.revoke_refresh(self._user(request).sub)}

    def _end_grants(self, user: User) -> int:
        clients = [application.client_id for application in self._google.directory.applications()]
        return sum(end_grant(self._google, client_id, user.sub) for client_id in clients)

    def _refuse_taken(self, address: str) -> None:
        if self._google.directory.user_by_address(address) is not None:
            raise ControlError(f"there is a Google account '{address}' already", 409)

    def _user(self, request: Request) -> User:
        return find_person(self._state, request.path_params["user"])

    def _user_json(self, user: User) -> dict[str, Any]:
        return {**asdict(user), "hd": self._google.directory.domain_of(user), "consent": self._scopes(user)}

    def _consent_json(self, user: User) -> dict[str, Any]:
        return {"user": user.address, "scopes": self._scopes(user)}

    def _scopes(self, user: User) -> list[str]:
        clients = self._google.directory.applications()
        granted = (self._google.accounts.consents.scopes(client.client_id, user.sub) for client in clients)
        return sorted(frozenset[str]().union(*granted))


def find_person(state: SandboxState, key: str) -> User:
    """The Google account with this ``sub`` or address. Raises ControlError."""
    user = state.google.directory.user(key) or state.google.directory.user_by_address(key)
    if user is None:
        raise ControlError(f"no Google account '{key}'", 404)
    return user


def known_scopes(names: Sequence[str]) -> frozenset[str]:
    """Scopes by their whole or their short names. Raises ControlError."""
    try:
        return read_short_scopes(names)
    except UnknownScopeError as unknown:
        raise ControlError(str(unknown), 422) from None
