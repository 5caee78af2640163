"""The people a sandbox begins with."""

from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.clock import SandboxClock
from app.sandbox.microsoft.directory import ConsentPolicy, Directory, User
from app.sandbox.seed import ELSEWHERE, HARBOURSIDE, NEWBRIDGE, TIDEWATER, address_of, application_of, seed_directory
from app.sandbox.state import Addresses, SandboxState

ADDRESSES = Addresses(pages="http://127.0.0.1:1", tls="https://127.0.0.1:2")


def seeded() -> Directory:
    state = SandboxState(addresses=ADDRESSES, clock=SandboxClock())
    seed_directory(state, application_of("an-application", "secret", ("http://127.0.0.1:8000/back",)))
    return state.directory


def someone(directory: Directory, address: str) -> User:
    user = directory.user_by_address(address)
    assert user is not None, address
    return user


def test_the_agreed_people_are_there_with_the_agreed_parts() -> None:
    directory = seeded()

    members = ["ada.vos", "ben.kok", "chloe.martin", "daniel.osei", "eva.lindqvist", "farid.haddad", "grace.oconnor"]
    assert not any(someone(directory, f"{name}@{TIDEWATER}").is_administrator for name in members)
    assert someone(directory, f"tess.okafor@{TIDEWATER}").is_administrator
    assert not someone(directory, f"nora.berg@{NEWBRIDGE}").is_administrator
    assert someone(directory, f"tomas.silva@{NEWBRIDGE}").is_administrator
    assert (
        someone(directory, f"olga.petrova@{ELSEWHERE}").tenant_id
        != someone(directory, f"ada.vos@{TIDEWATER}").tenant_id
    )


def test_there_is_a_tenant_of_each_consent_policy() -> None:
    policies = {tenant.domain: tenant.consent_policy for tenant in seeded().tenants()}

    assert policies == {
        TIDEWATER: ConsentPolicy.USERS_MAY_CONSENT,
        NEWBRIDGE: ConsentPolicy.ADMINISTRATOR_APPROVAL_REQUIRED,
        ELSEWHERE: ConsentPolicy.USERS_MAY_CONSENT,
        HARBOURSIDE: ConsentPolicy.USER_CONSENT_DISABLED,
    }


def test_identifiers_are_the_same_in_every_sandbox() -> None:
    assert [user.oid for user in seeded().users()] == [user.oid for user in seeded().users()]


def test_odd_names_have_plain_addresses() -> None:
    assert address_of("Grace", "O'Connor", TIDEWATER) == "grace.oconnor@tidewater.example"
    assert address_of("Jürgen", "Weiß", TIDEWATER) == "jurgen.weiss@tidewater.example"
    assert address_of("Sasha", "Żółć", TIDEWATER) == "sasha.zolc@tidewater.example"
    assert address_of("Sukarno", "", TIDEWATER) == "sukarno@tidewater.example"


@given(st.text(), st.text())
def test_an_address_is_always_plain_lower_case_ascii(given_name: str, surname: str) -> None:
    local = address_of(given_name, surname, TIDEWATER).partition("@")[0]

    assert local.isascii()
    assert local == local.lower()
    assert all(part.isalnum() for part in local.split(".") if part)
