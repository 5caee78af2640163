"""A member of an organisation whose integration is enabled, and their connection."""

import pytest
from tortoise.context import TortoiseContext

from app.connections.models import (
    CalendarConnection,
)
from app.identity.models import Member, Organisation
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.keys import Keys, Vault
from tests.connections.stack import Stack, make_connection, make_integration
from tests.support.people import make_member, make_organisation, principal_of


@pytest.fixture
def stack(keys: Keys, vault: Vault, database: TortoiseContext) -> Stack:
    return Stack(keys, vault)


@pytest.fixture
async def organisation(database: TortoiseContext) -> Organisation:
    return await make_organisation()


@pytest.fixture
async def member(organisation: Organisation) -> Member:
    return await make_member(organisation)


@pytest.fixture
def principal(member: Member) -> Principal:
    return principal_of(member)


@pytest.fixture
async def integration(organisation: Organisation) -> Integration:
    return await make_integration(organisation)


@pytest.fixture
async def connection(stack: Stack, member: Member, integration: Integration) -> CalendarConnection:
    connection = await make_connection(stack, member, integration)
    stack.bus.published.clear()
    return connection
