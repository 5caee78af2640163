"""The people and the registration that the sandbox's Google begins with: three customers and a consumer account.

Addresses follow the rule of `app.sandbox.seed.address_of`. Each ``sub`` is derived from its address, so it is the same
in every sandbox.
"""

import hashlib
from dataclasses import dataclass

from app.sandbox.google.directory import AppAccess, Application, Customer, User
from app.sandbox.seed import address_of
from app.sandbox.state import SandboxState

CLIENT_ID = "104827364518-hybridmeetings.apps.googleusercontent.com"
APPLICATION_NAME = "Hybrid Meetings"

FERNHILL = "fernhill.example"
BROOKSIDE = "brookside.example"
FARFIELD = "farfield.example"
CONSUMER_DOMAIN = "mail.example"
"""Where people without a customer have their addresses."""

SUB_DIGITS = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One seeded account, before it has an address; ``shown_as`` is for names that are not given + family name."""

    given_name: str
    family_name: str = ""
    shown_as: str | None = None
    time_zone: str = "Europe/Amsterdam"
    is_administrator: bool = False
    suspended: bool = False


CUSTOMERS = (
    Customer(id="C03fh7k2q", domain=FERNHILL, display_name="Fernhill"),
    Customer(id="C02bw5n8d", domain=BROOKSIDE, display_name="Brookside", app_access=AppAccess.BLOCKED),
    Customer(id="C04ff9z1m", domain=FARFIELD, display_name="Farfield", app_access=AppAccess.UNCONFIGURED),
)

PEOPLE = {
    FERNHILL: (
        Person(given_name="Iris", family_name="Moreau", is_administrator=True),
        Person(given_name="Theo", family_name="Lindgren", time_zone="Europe/Stockholm", is_administrator=True),
        Person(given_name="Hugo", family_name="Brandt", time_zone="Europe/Berlin"),
        Person(given_name="Lena", family_name="Fischer", time_zone="Europe/Vienna"),
        Person(given_name="Omar", family_name="Haddad", time_zone="Asia/Dubai"),
        Person(given_name="Yuki", family_name="Sato", shown_as="佐藤 優希 (Yuki Sato)", time_zone="Asia/Tokyo"),
        Person(given_name="Zoë", family_name="Ångström", time_zone="Europe/London"),
        Person(given_name="Çiğdem", family_name="Şahin", time_zone="Europe/Istanbul"),
        Person(given_name="Ana Lúcia", family_name="Conceição", time_zone="America/Sao_Paulo"),
        Person(given_name="Caleb", family_name="O'Dowd", time_zone="America/Los_Angeles"),
        Person(
            given_name="Maximiliane Alexandra",
            family_name="von Hohenfels-Wittgenstein zu Königsbrück",
            time_zone="Europe/Zurich",
        ),
        Person(given_name="Ravi", family_name="Menon", time_zone="Asia/Kolkata"),
        Person(given_name="Wahyuni", time_zone="Asia/Jakarta"),
        Person(given_name="Pim", family_name="Verhoeven", suspended=True),
    ),
    BROOKSIDE: (
        Person(given_name="Nell", family_name="Byrne", time_zone="Europe/Dublin", is_administrator=True),
        Person(given_name="Pat", family_name="Doyle", time_zone="Europe/Dublin", is_administrator=True),
        Person(given_name="Mara", family_name="Keane", time_zone="Europe/Dublin"),
        Person(given_name="Finn", family_name="Ó Súilleabháin", time_zone="Europe/Dublin"),
        Person(given_name="Joy", family_name="Adeyemi", time_zone="Africa/Lagos"),
        Person(given_name="Nils", family_name="Østby", time_zone="Europe/Oslo"),
    ),
    FARFIELD: (
        Person(given_name="Olena", family_name="Koval", time_zone="Europe/Kyiv"),
        Person(given_name="Marko", family_name="Bondar", time_zone="Europe/Kyiv", is_administrator=True),
    ),
    CONSUMER_DOMAIN: (Person(given_name="Sam", family_name="Rivers", time_zone="America/New_York"),),
}


def application_of(secret: str, redirect_uris: tuple[str, ...]) -> Application:
    """The product's OAuth client."""
    return Application(client_id=CLIENT_ID, secret=secret, display_name=APPLICATION_NAME, redirect_uris=redirect_uris)


def seed_directory(state: SandboxState, application: Application) -> None:
    """The application, the customers and their people, without calendars."""
    directory = state.google.directory
    directory.save_application(application)
    for customer in CUSTOMERS:
        directory.save_customer(customer)
    for domain, people in PEOPLE.items():
        customer_here = directory.customer(domain)
        for person in people:
            directory.save_user(_user(domain, customer_here.id if customer_here else None, person))


def sub_of(address: str) -> str:
    """The number that stands for a seeded person, derived from the address."""
    smallest = 10 ** (SUB_DIGITS - 1)
    return str(smallest + int.from_bytes(hashlib.sha256(address.encode()).digest()) % smallest)


def _user(domain: str, customer_id: str | None, person: Person) -> User:
    address = address_of(person.given_name, person.family_name, domain)
    return User(
        sub=sub_of(address),
        customer_id=customer_id,
        address=address,
        display_name=person.shown_as or f"{person.given_name} {person.family_name}".strip(),
        given_name=person.given_name,
        family_name=person.family_name,
        time_zone=person.time_zone,
        is_administrator=person.is_administrator,
        suspended=person.suspended,
    )
