"""The people that the sandbox's Google begins with."""

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.clock import SandboxClock
from app.sandbox.google.directory import AppAccess, GoogleDirectory, User
from app.sandbox.google.seed import BROOKSIDE, FARFIELD, FERNHILL, application_of, seed_directory, sub_of
from app.sandbox.state import Addresses, SandboxState

ADDRESSES = Addresses(pages="http://127.0.0.1:1", tls="https://127.0.0.1:2")
LONGEST_LOCAL_PART = 64


def seeded() -> GoogleDirectory:
    state = SandboxState(addresses=ADDRESSES, clock=SandboxClock())
    seed_directory(state, application_of("secret", ("http://127.0.0.1:8000/back",)))
    return state.google.directory


def someone(directory: GoogleDirectory, address: str) -> User:
    user = directory.user_by_address(address)
    assert user is not None, address
    return user


def test_the_agreed_people_are_there_with_the_agreed_parts() -> None:
    directory = seeded()

    administrators = {user.address for user in directory.users() if user.is_administrator}
    ordinary = [f"{name}@{FERNHILL}" for name in ("hugo.brandt", "lena.fischer", "omar.haddad", "yuki.sato")]
    assert administrators == {
        f"iris.moreau@{FERNHILL}",
        f"theo.lindgren@{FERNHILL}",
        f"nell.byrne@{BROOKSIDE}",
        f"pat.doyle@{BROOKSIDE}",
        f"marko.bondar@{FARFIELD}",
    }
    assert not any(someone(directory, address).suspended for address in ordinary)
    assert [user.address for user in directory.users() if user.suspended] == [f"pim.verhoeven@{FERNHILL}"]


def test_one_customer_trusts_the_application_one_blocks_it_and_one_has_not_decided() -> None:
    access = {customer.domain: customer.app_access for customer in seeded().customers()}

    assert access == {FERNHILL: AppAccess.TRUSTED, BROOKSIDE: AppAccess.BLOCKED, FARFIELD: AppAccess.UNCONFIGURED}


def test_everybody_but_the_consumer_belongs_to_the_customer_of_their_address() -> None:
    directory = seeded()

    for user in directory.users():
        domain = user.address.partition("@")[2]
        assert directory.domain_of(user) == (None if domain == "mail.example" else domain)
    assert [user.address for user in directory.users() if user.customer_id is None] == ["sam.rivers@mail.example"]


def test_names_and_time_zones_are_as_varied_as_peoples_are() -> None:
    people = [user for user in seeded().users() if user.address.endswith(FERNHILL)]

    assert any("佐藤" in user.display_name for user in people)
    assert any(not user.family_name for user in people)
    assert any(not user.display_name.isascii() and user.address.isascii() for user in people)
    assert len({ZoneInfo(user.time_zone).key for user in people}) >= 8


def test_every_address_is_one_that_mail_systems_take() -> None:
    assert all(len(user.address.partition("@")[0]) <= LONGEST_LOCAL_PART for user in seeded().users())


def test_the_numbers_of_people_are_the_same_in_every_sandbox_and_nobody_shares_one() -> None:
    first, second = [[user.sub for user in seeded().users()] for _ in range(2)]

    assert first == second
    assert len(set(first)) == len(first)


@given(st.text())
def test_a_number_always_has_twenty_one_digits(address: str) -> None:
    sub = sub_of(address)

    assert (len(sub), sub.isdecimal(), sub[0] != "0") == (21, True, True)
