"""Merging beside whatever else the same people do at that moment, on the database that really lets them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from app import clock
from app.bookings.models import RoomBooking
from app.connections.models import AuthorisationFlow, CalendarConnection, FlowPurpose
from app.connections.outcomes import CallbackOutcome, ResultPage
from app.errors import NotFound, Unauthenticated
from app.identity.linking import Linked
from app.identity.models import Identity, Member, Organisation, Role
from app.identity.principal import Principal
from app.identity.roles import RoleService
from app.keys import Keys, Vault
from app.rooms.models import Room
from app.suites.protocol import SuiteIdentity, SuiteName
from tests.bookings.house import House, Ticker, make_house
from tests.connections.stack import Stack, account_of, make_integration
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation, principal_of

pytestmark = pytest.mark.postgresql

INTERLEAVINGS = 50
MICROSOFT = SuiteName.MICROSOFT_365


@pytest.fixture
async def stack(postgresql_url: str, keys: Keys, vault: Vault) -> AsyncIterator[Stack]:
    async with open_database(postgresql_url):
        yield Stack(keys, vault)


async def _link(stack: Stack, member: Member, other: Identity) -> Linked:
    """The member links the account that leads to somebody else."""
    flow = AuthorisationFlow(
        organisation_id=member.organisation_id, member_id=member.id, suite=MICROSOFT, purpose=FlowPurpose.LINK_IDENTITY
    )
    proved = SuiteIdentity(
        suite=other.suite, tenant=other.tenant, subject=other.subject, address=other.address, name="Ada"
    )
    return await stack.linking.link(flow, proved)


async def _account(member: Member) -> Identity:
    return await Identity.of(member.organisation_id).get(member_id=member.id)


def _unexpected(results: Sequence[object], *expected: type[BaseException]) -> list[object]:
    return [result for result in results if isinstance(result, BaseException) and not isinstance(result, expected)]


async def _pair(turn: int, role: Role = Role.MEMBER) -> tuple[Organisation, Member, Member]:
    organisation = await make_organisation(f"Organisation {turn}")
    tenant = f"tenant-{turn}"
    first = await make_member(organisation, "Ada Vos", tenant=tenant, role=role)
    return organisation, first, await make_member(organisation, "Ada Lind", tenant=tenant, role=role)


async def test_two_who_link_each_others_account_at_once_are_one_member_and_not_none(stack: Stack) -> None:
    for turn in range(INTERLEAVINGS):
        organisation, first, second = await _pair(turn, Role.SUBSCRIPTION_ADMINISTRATOR)
        accounts = await _account(first), await _account(second)

        results = await asyncio.gather(
            _link(stack, first, accounts[1]), _link(stack, second, accounts[0]), return_exceptions=True
        )

        assert _unexpected(results, NotFound) == []
        [left] = await Member.of(organisation.id).filter(merged_into_id=None)
        assert left.role is Role.SUBSCRIPTION_ADMINISTRATOR
        assert {row.member_id for row in await Identity.of(organisation.id)} == {left.id}


async def test_merging_an_administrator_while_the_other_steps_down_leaves_one(stack: Stack) -> None:
    for turn in range(INTERLEAVINGS):
        organisation, survivor, emptied = await _pair(turn)
        leaving = await make_member(organisation, "Bo Lind", role=Role.SUBSCRIPTION_ADMINISTRATOR)
        await Member.of(organisation.id).filter(id=emptied.id).update(role=Role.SUBSCRIPTION_ADMINISTRATOR)

        results = await asyncio.gather(
            _link(stack, survivor, await _account(emptied)),
            RoleService(stack.bus).set(principal_of(leaving), leaving.id, Role.MEMBER),
            return_exceptions=True,
        )

        assert _unexpected(results) == []
        administrators = await Member.of(organisation.id).filter(role=Role.SUBSCRIPTION_ADMINISTRATOR)
        assert [(row.id, row.merged_into_id) for row in administrators] == [(survivor.id, None)]


async def test_whoever_signs_in_while_they_are_merged_is_the_survivor_or_nobody(stack: Stack) -> None:
    for turn in range(INTERLEAVINGS):
        _, survivor, emptied = await _pair(turn)

        results = await asyncio.gather(
            _link(stack, survivor, await _account(emptied)), _sign_in(stack, emptied), return_exceptions=True
        )

        assert _unexpected(results) == []
        principal = await _principal(stack, results[1])
        assert principal is None or principal.member_id == survivor.id


async def _sign_in(stack: Stack, member: Member) -> str:
    signed_in = await stack.sign_in.complete((await account_of(member)).identity(MICROSOFT))
    _, cookie = await stack.sessions.create(signed_in)
    return cookie


async def _principal(stack: Stack, cookie: object) -> Principal | None:
    assert isinstance(cookie, str)
    try:
        return await stack.sessions.authenticate(cookie)
    except Unauthenticated:
        return None


async def test_a_consent_that_comes_while_its_member_is_merged_is_the_survivors_or_refused(stack: Stack) -> None:
    for turn in range(INTERLEAVINGS):
        organisation, survivor, emptied = await _pair(turn)
        await make_integration(organisation, tenant=f"tenant-{turn}")
        url = await stack.connections.start_connecting(principal_of(emptied))
        opened = await stack.flows.open(url.rpartition("/")[2])
        answer = stack.suite.approve(opened.redirect_url, await account_of(emptied))

        results = await asyncio.gather(
            stack.callback.complete(MICROSOFT, answer, opened.flow_cookie_value, None),
            _link(stack, survivor, await _account(emptied)),
            return_exceptions=True,
        )

        assert _unexpected(results) == []
        assert isinstance(results[0], CallbackOutcome)
        owners = [connection.member_id for connection in await CalendarConnection.of(organisation.id)]
        assert owners == ([survivor.id] if results[0].page is ResultPage.CONNECTED else [])


async def test_a_booking_that_is_made_while_its_member_is_merged_is_the_survivors(
    postgresql_url: str, keys: Keys, vault: Vault
) -> None:
    ticker = Ticker()
    async with open_database(postgresql_url):
        with clock.use(ticker):
            house = await make_house(keys, vault, ticker)
            room = await house.room()
            for _ in range(INTERLEAVINGS):
                ticker.advance(timedelta(minutes=1))
                await _booked_while_merged(house, room)


async def _booked_while_merged(house: House, room: Room) -> None:
    """The member of the house changes with every merge: the survivor is who books next."""
    survivor, emptied = await make_member(house.organisation, "Ada Lind"), house.member
    identity = await Identity.of(house.organisation.id).get(id=house.connection.identity_id)

    results = await asyncio.gather(house.book(room), _link(house.stack, survivor, identity), return_exceptions=True)

    assert _unexpected(results) == []
    assert await RoomBooking.of(house.organisation.id).filter(member_id=emptied.id).count() == 0
    house.member, house.principal = survivor, principal_of(survivor)
