"""Whoever watches the integration is woken when an administrator's consent comes, goes or shrinks."""

import pytest
from tortoise.context import TortoiseContext

from app.connections.models import (
    CalendarConnection,
)
from app.errors import (
    ReconnectRequired,
)
from app.events_bus.bus import Message, MessageKind, organisation_topic
from app.identity.models import Identity, Member, Organisation, Role
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys, Vault
from app.rooms.carriers import remember_refusal
from app.suites import errors as suite_errors
from app.suites.errors import ReconnectReason
from app.suites.protocol import SuiteName
from tests.connections.stack import Stack, make_connection, make_integration, stored_row
from tests.support.carried import CarriedSuite
from tests.support.people import make_member, principal_of


class TestWakingWhoeverWatchesTheIntegration:
    """Where only an administrator's consent lists the rooms, its coming and going bears upon the integration."""

    @pytest.fixture
    def stack(self, keys: Keys, vault: Vault, database: TortoiseContext) -> Stack:
        return Stack(keys, vault, suite=CarriedSuite())

    @pytest.fixture
    async def member(self, organisation: Organisation) -> Member:
        return await _at_google(await make_member(organisation, role=Role.SUBSCRIPTION_ADMINISTRATOR))

    @pytest.fixture
    async def integration(self, organisation: Organisation) -> Integration:
        return await make_integration(organisation, suite=SuiteName.GOOGLE_WORKSPACE)

    async def test_an_administrator_who_connects_is_told_of(
        self, stack: Stack, member: Member, integration: Integration
    ) -> None:
        await make_connection(stack, member, integration)

        assert _of_integration(stack, integration) == 1

    async def test_an_administrator_who_disconnects_is_told_of(
        self, stack: Stack, principal: Principal, connection: CalendarConnection, integration: Integration
    ) -> None:
        await stack.connections.disconnect(principal)

        assert _of_integration(stack, integration) == 1

    async def test_an_administrators_dead_consent_is_told_of_once(
        self, stack: Stack, connection: CalendarConnection, integration: Integration
    ) -> None:
        for _ in range(2):
            with pytest.raises(ReconnectRequired):
                async with stack.connections.use(connection):
                    raise suite_errors.ReconnectRequired(ReconnectReason.EXPIRED)

        assert _of_integration(stack, integration) == 1

    async def test_a_grant_that_shrinks_at_a_refresh_is_told_of(
        self, stack: Stack, member: Member, integration: Integration
    ) -> None:
        connection = await make_connection(stack, member, integration, scopes=frozenset({"calendar", "rooms"}))
        stack.bus.published.clear()
        assert isinstance(stack.suite, CarriedSuite)
        stack.suite.withdrawn_scopes = frozenset({"rooms"})

        for _ in range(2):
            await stack.tokens.refreshed(connection, stack.tokens.opened(connection).access_token)

        assert (await stored_row(connection)).scopes == ["calendar"]
        assert _of_integration(stack, integration) == 1

    async def test_consenting_anew_forgets_that_the_suite_refused_its_rooms(
        self, stack: Stack, member: Member, connection: CalendarConnection, integration: Integration
    ) -> None:
        await remember_refusal(connection)

        await make_connection(stack, member, integration)

        assert (await stored_row(connection)).directory_refused_at is None

    async def test_a_member_who_is_no_administrator_wakes_nobody(
        self, stack: Stack, organisation: Organisation, integration: Integration
    ) -> None:
        colleague = await _at_google(await make_member(organisation, "Bo Lind"))

        await make_connection(stack, colleague, integration)
        await stack.connections.disconnect(principal_of(colleague))

        assert _of_integration(stack, integration) == 0

    async def test_while_the_integration_is_being_set_up_nobody_has_to_know(
        self, stack: Stack, organisation: Organisation, member: Member
    ) -> None:
        integration = await make_integration(organisation, IntegrationStatus.TESTED, suite=SuiteName.GOOGLE_WORKSPACE)

        await make_connection(stack, member, integration)

        assert _of_integration(stack, integration) == 0


async def test_where_the_application_lists_rooms_an_administrators_connection_wakes_nobody(
    stack: Stack, organisation: Organisation, integration: Integration
) -> None:
    administrator = await make_member(organisation, "Bo Lind", role=Role.SUBSCRIPTION_ADMINISTRATOR)

    await make_connection(stack, administrator, integration)

    assert _of_integration(stack, integration) == 0


async def _at_google(member: Member) -> Member:
    await Identity.of(member.organisation_id).filter(member_id=member.id).update(suite=SuiteName.GOOGLE_WORKSPACE)
    return member


def _of_integration(stack: Stack, integration: Integration) -> int:
    """How often the organisation was told that its integration changed."""
    changed = Message(MessageKind.INTEGRATION_CHANGED, integration.id)
    return stack.bus.published.count((organisation_topic(integration.organisation_id), changed))
