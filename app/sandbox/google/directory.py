"""Who is at Google: customers with their domains, people, and the application's registration.

A person is known by ``sub``, a number in text that never changes; a customer's people bear its domain as ``hd``.
Someone without a customer has a consumer account, and no ``hd``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class AppAccess(StrEnum):
    """What a customer's administrators say of an application, in the Admin console under API controls."""

    TRUSTED = "TRUSTED"
    """People consent as they like; unticking single scopes is still theirs."""

    UNCONFIGURED = "UNCONFIGURED"
    """Nobody has decided: the customer's rule for such applications holds."""

    BLOCKED = "BLOCKED"
    """Scopes beyond signing in meet ``admin_policy_enforced``, at the page and at each refresh."""


class UnconfiguredApps(StrEnum):
    """What a customer lets people do with applications that no administrator has decided on."""

    EVERYTHING = "EVERYTHING"
    """As with a trusted application; the default."""

    SIGN_IN_ONLY = "SIGN_IN_ONLY"
    """Sign in; every further scope is blocked until an administrator trusts the application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One Workspace customer; ``id`` is Google's own (``C0…``)."""

    id: str
    domain: str
    display_name: str
    app_access: AppAccess = AppAccess.TRUSTED
    unconfigured_apps: UnconfiguredApps = UnconfiguredApps.EVERYTHING
    calendar_service: bool = True
    """Whether the Calendar service is switched on for its people."""
    working_locations: bool = True
    """Whether its edition lets people say where they work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account. ``address`` is the sign-in name and the id of the primary calendar, ``time_zone`` an IANA name."""

    sub: str
    customer_id: str | None
    address: str
    display_name: str
    given_name: str
    family_name: str
    time_zone: str = "Europe/Amsterdam"
    is_administrator: bool = False
    """May list the customer's calendar resources."""
    suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The OAuth client; with ``internal_to`` only that customer's people may use it (``org_internal`` for others)."""

    client_id: str
    secret: str
    display_name: str
    redirect_uris: tuple[str, ...]
    internal_to: str | None = None


@dataclass(slots=True)
class GoogleDirectory:
    """Customers, people and applications; values are frozen, a change replaces them."""

    _customers: dict[str, Customer] = field(default_factory=dict)
    _users: dict[str, User] = field(default_factory=dict)
    _by_address: dict[str, User] = field(default_factory=dict)
    _by_customer: dict[str | None, dict[str, User]] = field(default_factory=dict)
    _applications: dict[str, Application] = field(default_factory=dict)
    _deleted_clients: set[str] = field(default_factory=set)

    def customers(self) -> Iterator[Customer]:
        """Every customer."""
        return iter(tuple(self._customers.values()))

    def customer(self, key: str | None) -> Customer | None:
        """The customer with this id or domain."""
        found = self._customers.get(key or "")
        return found or next((one for one in self._customers.values() if one.domain == key), None)

    def save_customer(self, customer: Customer) -> Customer:
        """Add a customer, or put this in the place of the one with its id."""
        self._customers[customer.id] = customer
        return customer

    def users(self, customer_id: str | None = None) -> Iterator[User]:
        """Everybody, or one customer's people."""
        known = self._users if customer_id is None else self._by_customer.get(customer_id, {})
        return iter(tuple(known.values()))

    def first_of(self, customer_id: str) -> User | None:
        """The first of a customer's people."""
        return next(iter(self._by_customer.get(customer_id, {}).values()), None)

    def user(self, sub: str | None) -> User | None:
        """The account with this ``sub``."""
        return self._users.get(sub or "")

    def user_by_address(self, address: str) -> User | None:
        """The account with this address, whatever the case."""
        return self._by_address.get(address.lower())

    def save_user(self, user: User) -> User:
        """Add an account, or put this in the place of the one with its ``sub``."""
        before = self._users.get(user.sub)
        if before is not None and before.address.lower() != user.address.lower():
            self._by_address.pop(before.address.lower(), None)
        if before is not None and before.customer_id != user.customer_id:
            del self._by_customer[before.customer_id][user.sub]
        self._users[user.sub] = self._by_address[user.address.lower()] = user
        self._by_customer.setdefault(user.customer_id, {})[user.sub] = user
        return user

    def change_user(self, sub: str, **changes: Any) -> User:
        """The account with these fields changed."""
        return self.save_user(replace(self._users[sub], **changes))

    def remove_user(self, sub: str) -> None:
        """Delete an account."""
        gone = self._users.pop(sub, None)
        if gone is not None:
            self._by_address.pop(gone.address.lower(), None)
            del self._by_customer[gone.customer_id][sub]

    def domain_of(self, user: User) -> str | None:
        """``hd`` of this person; None for a consumer account."""
        customer = self._customers.get(user.customer_id or "")
        return customer.domain if customer else None

    def applications(self) -> Iterator[Application]:
        """Every OAuth client."""
        return iter(tuple(self._applications.values()))

    def application(self, client_id: str | None) -> Application | None:
        """The OAuth client with this id."""
        return self._applications.get(client_id or "")

    def save_application(self, application: Application) -> Application:
        """Add an OAuth client, or put this in the place of the one with its id."""
        self._applications[application.client_id] = application
        return application

    def delete_application(self, client_id: str) -> None:
        """Delete an OAuth client; that there was one stays known."""
        if self._applications.pop(client_id, None) is not None:
            self._deleted_clients.add(client_id)

    def was_deleted(self, client_id: str) -> bool:
        """Whether this is the id of a client that is no more."""
        return client_id in self._deleted_clients

    def clear(self) -> None:
        """Forget everybody."""
        self._deleted_clients.clear()
        self._customers.clear()
        self._users.clear()
        self._by_address.clear()
        self._by_customer.clear()
        self._applications.clear()
