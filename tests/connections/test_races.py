"""What happens at once, happens once: on both databases, with a connection to the database for each caller."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from app.connections.flows import FlowRefused
from app.connections.models import AuthorisationFlow, CalendarConnection, FlowPurpose
from app.errors import IntegrationUnavailable
from app.identity.idempotency import IdempotencyService
from app.identity.models import AccessToken, Member
from app.identity.principal import Principal
from app.identity.sign_in import SignInRefused
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys, Vault
from app.suites.protocol import Grant, SuiteName
from tests.connections.stack import Stack, account_of, make_integration
from tests.identity.test_sign_in import ADA
from tests.support.database import open_database, sqlite_url, temporary_postgresql, until_somebody_waits_for_a_lock
from tests.support.people import make_member, make_organisation, principal_of

MICROSOFT = SuiteName.MICROSOFT_365


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def either_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TortoiseContext]:
    if request.param == "sqlite":
        async with open_database(sqlite_url(tmp_path)) as context:
            yield context
        return
    async with temporary_postgresql() as url, open_database(url) as context:
        yield context


@pytest.fixture
def stack(keys: Keys, vault: Vault, either_database: TortoiseContext) -> Stack:
    return Stack(keys, vault)


@pytest.fixture
async def principal(either_database: TortoiseContext) -> Principal:
    return principal_of(await make_member(await make_organisation()))


async def test_of_many_who_use_an_invitation_at_once_one_comes_in(
    stack: Stack,
) -> None:
    organisation, token = await stack.invitations.create_organisation("Tidewater")
    invitation_id = (await stack.invitations.open(token)).id
    people = [replace(ADA, subject=f"person-{number}") for number in range(8)]

    results = await asyncio.gather(
        *(stack.sign_in.complete(person, invitation_id) for person in people), return_exceptions=True
    )

    assert sum(isinstance(result, Member) for result in results) == 1
    assert sum(isinstance(result, SignInRefused) for result in results) == 7
    assert await Member.of(organisation.id).count() == 1


async def test_two_first_sign_ins_at_once_make_one_member(stack: Stack) -> None:
    await make_integration(await make_organisation())

    members = await asyncio.gather(*(stack.sign_in.complete(ADA) for _ in range(10)))

    assert len({member.id for member in members}) == 1
    assert await Member.all().count() == 1


async def test_of_many_simultaneous_uses_exactly_one_is_new(stack: Stack, principal: Principal) -> None:
    service = IdempotencyService(stack.keys)

    claims = await asyncio.gather(*(service.claim(principal, "bookRoom", "key", b"a") for _ in range(20)))

    assert sum(claim.is_new for claim in claims) == 1
    assert len({claim.record.id for claim in claims}) == 1


async def test_one_request_for_a_token_sent_many_times_at_once_makes_one_token(
    stack: Stack, principal: Principal
) -> None:
    created = await asyncio.gather(
        *(stack.access_tokens.create(principal, "script", timedelta(days=7), "key") for _ in range(10))
    )

    assert await AccessToken.all().count() == 1
    assert sum(one.token is not None for one in created) == 1


async def test_a_ticket_opened_many_times_at_once_opens_once(stack: Stack) -> None:
    url = await stack.flows.start(FlowPurpose.SIGN_IN, suite=MICROSOFT, scopes=frozenset({"openid"}))
    ticket = url.rpartition("/")[2]

    results = await asyncio.gather(*(stack.flows.open(ticket) for _ in range(10)), return_exceptions=True)

    assert sum(isinstance(result, FlowRefused) for result in results) == 9


async def test_an_answer_that_arrives_many_times_at_once_makes_one_token_call(stack: Stack) -> None:
    url = await stack.flows.start(FlowPurpose.SIGN_IN, suite=MICROSOFT, scopes=frozenset({"openid"}))
    opened = await stack.flows.open(url.rpartition("/")[2])
    member = await make_member(await make_organisation())
    answer = stack.suite.approve(opened.redirect_url, await account_of(member))

    await asyncio.gather(
        *(stack.callback.complete(MICROSOFT, answer, opened.flow_cookie_value, None) for _ in range(10))
    )

    assert stack.suite.token_calls == 1


async def test_two_visits_finished_at_once_make_one_connection(stack: Stack) -> None:
    organisation = await make_organisation()
    member = await make_member(organisation)
    integration = await make_integration(organisation)
    account = await account_of(member)
    flow = AuthorisationFlow(
        organisation_id=organisation.id, member_id=member.id, suite=MICROSOFT, purpose=FlowPurpose.CONNECT_CALENDAR
    )
    grants = [Grant(account.identity(MICROSOFT), stack.suite.credentials_of(account)) for _ in range(4)]

    await asyncio.gather(*(stack.connections.connect(flow, grant, integration) for grant in grants))

    stored = await CalendarConnection.of(organisation.id).get()
    kept = stack.tokens.opened(stored)
    assert kept in [grant.credentials for grant in grants]
    assert stored.generation == len(grants)


@pytest.mark.postgresql
async def test_a_consent_that_arrives_while_the_integration_is_given_up_is_not_kept(
    postgresql_url: str, keys: Keys, vault: Vault
) -> None:
    async with open_database(postgresql_url):
        stack = Stack(keys, vault)
        organisation = await make_organisation()
        member = await make_member(organisation)
        integration = await make_integration(organisation, IntegrationStatus.TESTED)
        account = await account_of(member)
        grant = Grant(account.identity(MICROSOFT), stack.suite.credentials_of(account))
        flow = AuthorisationFlow(
            organisation_id=organisation.id, member_id=member.id, suite=MICROSOFT, purpose=FlowPurpose.START_INTEGRATION
        )

        is_given_up, may_commit = asyncio.Event(), asyncio.Event()

        async def give_up() -> None:
            given_up = Integration.of(organisation.id).filter(id=integration.id)
            async with in_transaction():
                await given_up.update(status=IntegrationStatus.NOT_CONFIGURED, active_slot=None, claimed_tenant=None)
                await CalendarConnection.of(organisation.id).filter(integration_id=integration.id).delete()
                is_given_up.set()
                await may_commit.wait()

        giving_up = asyncio.create_task(give_up())
        await is_given_up.wait()
        connecting = asyncio.create_task(stack.connections.connect(flow, grant, integration))
        await until_somebody_waits_for_a_lock()
        may_commit.set()
        await giving_up
        with pytest.raises(IntegrationUnavailable):
            await connecting

        assert await CalendarConnection.all().count() == 0
