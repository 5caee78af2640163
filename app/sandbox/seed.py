"""The people a sandbox begins with: four tenants, an application, and calendars made around today.

Addresses follow one rule: given name, dot, surname, without accents, apostrophes, hyphens or spaces, in lower
case, at the tenant's domain (Grace O'Connor of Tidewater is ``grace.oconnor@tidewater.example``); someone with a
single name has just that. Identifiers are derived from addresses, so they are the same in every sandbox.
"""

import unicodedata
import uuid
from dataclasses import dataclass

from app.sandbox.microsoft.directory import Application, ConsentPolicy, Tenant, User
from app.sandbox.microsoft.graph.seed import seed_calendars
from app.sandbox.microsoft.permissions import APPLICATION
from app.sandbox.state import SandboxState

NAMESPACE = uuid.UUID("6f0f7a4e-53c1-4a2f-9a53-5d0c9f4b8a11")
DEFAULT_CLIENT_ID = str(uuid.uuid5(NAMESPACE, "application"))
APPLICATION_NAME = "Hybrid Meetings"
DELEGATED_SCOPES = frozenset({"openid", "profile", "offline_access", "User.Read", "Calendars.ReadWrite"})
"""What the registration lists, as operators are told to make theirs: the approval page asks for all of it."""
LETTERS_WITHOUT_ACCENT = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "æ": "ae", "đ": "d", "þ": "th"}
)

TIDEWATER = "tidewater.example"
NEWBRIDGE = "newbridge.example"
ELSEWHERE = "elsewhere.example"
HARBOURSIDE = "harbourside.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One seeded account, before it has an address; ``shown_as`` is for names that are not given + surname."""

    given_name: str
    surname: str = ""
    shown_as: str | None = None
    job_title: str
    time_zone: str = "Europe/Amsterdam"
    is_administrator: bool = False
    enabled: bool = True
    assigned: bool = True
    has_mailbox: bool = True
    further_addresses: tuple[str, ...] = ()


TENANTS = (
    Tenant(
        id=str(uuid.uuid5(NAMESPACE, TIDEWATER)),
        domain=TIDEWATER,
        display_name="Tidewater",
        consent_policy=ConsentPolicy.USERS_MAY_CONSENT,
    ),
    Tenant(
        id=str(uuid.uuid5(NAMESPACE, NEWBRIDGE)),
        domain=NEWBRIDGE,
        display_name="Newbridge",
        consent_policy=ConsentPolicy.ADMINISTRATOR_APPROVAL_REQUIRED,
        takes_approval_requests=True,
    ),
    Tenant(
        id=str(uuid.uuid5(NAMESPACE, ELSEWHERE)),
        domain=ELSEWHERE,
        display_name="Elsewhere",
        consent_policy=ConsentPolicy.USERS_MAY_CONSENT,
    ),
    Tenant(
        id=str(uuid.uuid5(NAMESPACE, HARBOURSIDE)),
        domain=HARBOURSIDE,
        display_name="Harbourside",
        consent_policy=ConsentPolicy.USER_CONSENT_DISABLED,
        takes_approval_requests=True,
    ),
)

PEOPLE = {
    TIDEWATER: (
        Person(
            given_name="Ada",
            surname="Vos",
            job_title="Workplace manager",
            further_addresses=("ada@tidewater.example", "workplace@tidewater.example"),
        ),
        Person(given_name="Tess", surname="Okafor", job_title="IT administrator", is_administrator=True),
        Person(
            given_name="Ben", surname="Kok", job_title="Engineer", further_addresses=("benjamin.kok@tidewater.example",)
        ),
        Person(given_name="Chloé", surname="Martin", job_title="Designer", time_zone="Europe/Paris"),
        Person(given_name="Daniel", surname="Osei", job_title="Account manager", time_zone="Europe/London"),
        Person(given_name="Eva", surname="Lindqvist", job_title="Researcher", time_zone="Europe/Stockholm"),
        Person(given_name="Farid", surname="Haddad", job_title="Finance", time_zone="Asia/Dubai"),
        Person(given_name="Grace", surname="O'Connor", job_title="Counsel", time_zone="Europe/Dublin"),
        Person(
            given_name="Haruto",
            surname="Tanaka",
            shown_as="田中 陽翔 (Haruto Tanaka)",
            job_title="Engineer",
            time_zone="Asia/Tokyo",
        ),
        Person(given_name="İpek", surname="Çağlayan", job_title="Analyst", time_zone="Europe/Istanbul"),
        Person(
            given_name="María de los Ángeles",
            surname="Fernández-Castellanos y Rodríguez de Villanueva",
            job_title="Director of International Partnerships and Public Affairs",
            time_zone="America/Mexico_City",
        ),
        Person(given_name="Jürgen", surname="Weiß", job_title="Facilities", time_zone="Europe/Berlin"),
        Person(given_name="Sukarno", job_title="Reception", time_zone="Asia/Kolkata"),
        Person(given_name="Noor", surname="Bakker", job_title="Trainee", assigned=False),
        Person(given_name="Sasha", surname="Żółć", job_title="Warehouse", has_mailbox=False),
        Person(given_name="Wim", surname="Jansen", job_title="Left in spring", enabled=False),
    ),
    NEWBRIDGE: (
        Person(given_name="Nora", surname="Berg", job_title="Office manager", time_zone="Europe/Oslo"),
        Person(given_name="Tomás", surname="Silva", job_title="IT administrator", is_administrator=True),
        Person(given_name="Mia", surname="Chen", job_title="Product manager", time_zone="America/New_York"),
        Person(given_name="Lars", surname="Holm", job_title="Architect", time_zone="Europe/Copenhagen"),
        Person(given_name="Priya", surname="Nair", job_title="Engineer", time_zone="Asia/Kolkata"),
        Person(given_name="Seán", surname="Ó Ceallaigh", job_title="Support", time_zone="Europe/Dublin"),
    ),
    ELSEWHERE: (
        Person(given_name="Olga", surname="Petrova", job_title="Consultant", time_zone="Europe/Riga"),
        Person(given_name="Ivan", surname="Petrov", job_title="IT administrator", is_administrator=True),
    ),
    HARBOURSIDE: (
        Person(given_name="Freya", surname="Dahl", job_title="Office manager", time_zone="Europe/Copenhagen"),
        Person(given_name="Rui", surname="Tavares", job_title="IT administrator", is_administrator=True),
        Person(given_name="Emil", surname="Kjær", job_title="Engineer", time_zone="Europe/Copenhagen"),
        Person(given_name="Anouk", surname="Perrin", job_title="Designer", time_zone="Europe/Paris"),
    ),
}


def address_of(given_name: str, surname: str, domain: str) -> str:
    """The address that the rule gives to a name."""
    parts = [part for part in (_plain(given_name), _plain(surname)) if part]
    return f"{'.'.join(parts)}@{domain}"


def seed(state: SandboxState, application: Application) -> None:
    """Fill an empty sandbox."""
    seed_directory(state, application)
    seed_calendars(state)


def seed_directory(state: SandboxState, application: Application) -> None:
    """The application, the tenants and their people, without calendars."""
    state.directory.add_application(application)
    for tenant in TENANTS:
        state.directory.add_tenant(tenant)
        for person in PEOPLE[tenant.domain]:
            state.directory.add_user(_user(tenant, person))


def application_of(client_id: str, secret: str, redirect_uris: tuple[str, ...]) -> Application:
    """The product's registration, as its manifest would list it."""
    return Application(
        client_id=client_id.lower(),
        secret=secret,
        display_name=APPLICATION_NAME,
        redirect_uris=redirect_uris,
        delegated_scopes=DELEGATED_SCOPES,
        app_roles=frozenset(APPLICATION),
    )


def _user(tenant: Tenant, person: Person) -> User:
    address = address_of(person.given_name, person.surname, tenant.domain)
    return User(
        oid=str(uuid.uuid5(NAMESPACE, address)),
        tenant_id=tenant.id,
        display_name=person.shown_as or f"{person.given_name} {person.surname}".strip(),
        given_name=person.given_name,
        surname=person.surname,
        address=address,
        job_title=person.job_title,
        time_zone=person.time_zone,
        is_administrator=person.is_administrator,
        enabled=person.enabled,
        assigned=person.assigned,
        has_mailbox=person.has_mailbox,
        further_addresses=person.further_addresses,
    )


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.lower().translate(LETTERS_WITHOUT_ACCENT))
    return "".join(letter for letter in folded.lower() if letter.isascii() and letter.isalnum())
