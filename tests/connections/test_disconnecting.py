"""Disconnecting: erased here whatever the suite says, and ended there where it can be told."""

from dataclasses import replace

import pytest

from app.connections.models import (
    CalendarConnection,
)
from app.errors import (
    ConnectionRequired,
)
from app.events_bus.bus import MessageKind
from app.identity.models import Organisation
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.suites import errors as suite_errors
from tests.connections.stack import Stack, make_connection
from tests.support.people import TENANT, make_member, principal_of
from tests.support.suites import FakeSuite


async def test_disconnecting_erases_the_credentials_even_while_the_suite_is_down(
    stack: Stack, principal: Principal, connection: CalendarConnection
) -> None:
    stack.suite.fail_next("refresh", suite_errors.SuiteUnavailable(), times=5)

    outcome = await stack.connections.disconnect(principal)

    assert not outcome.told_suite
    assert await CalendarConnection.all().count() == 0
    assert stack.bus.kinds == [MessageKind.CONNECTION_CHANGED]


@pytest.fixture
def revocable(stack: Stack) -> FakeSuite:
    """The suite, one that can be told that a consent is over."""
    stack.suite.capabilities = replace(stack.suite.capabilities, revocable_by_us=True)
    return stack.suite


async def test_disconnecting_ends_the_consent_at_a_suite_that_can_be_told(
    stack: Stack, revocable: FakeSuite, principal: Principal, connection: CalendarConnection
) -> None:
    credentials = stack.tokens.opened(connection)

    outcome = await stack.connections.disconnect(principal)

    assert outcome.told_suite
    with pytest.raises(suite_errors.ReconnectRequired):
        await revocable.refresh(credentials, TENANT)


@pytest.mark.parametrize("error", [suite_errors.SuiteUnavailable(), TimeoutError()])
async def test_a_suite_that_does_not_take_note_of_the_disconnection_keeps_nothing_from_being_erased(
    stack: Stack, revocable: FakeSuite, principal: Principal, connection: CalendarConnection, error: Exception
) -> None:
    revocable.fail_next("revoke", error)

    outcome = await stack.connections.disconnect(principal)

    assert not outcome.told_suite
    assert await CalendarConnection.all().count() == 0


async def test_disconnecting_what_is_not_connected_says_so_and_changes_nothing(
    stack: Stack, principal: Principal, connection: CalendarConnection
) -> None:
    await stack.connections.disconnect(principal)

    with pytest.raises(ConnectionRequired):
        await stack.connections.disconnect(principal)

    assert stack.bus.kinds == [MessageKind.CONNECTION_CHANGED]


async def test_disconnecting_leaves_colleagues_connected(
    stack: Stack,
    organisation: Organisation,
    integration: Integration,
    principal: Principal,
    connection: CalendarConnection,
) -> None:
    colleague = await make_member(organisation, "Bo Lind")
    await make_connection(stack, colleague, integration)

    await stack.connections.disconnect(principal)

    await stack.connections.connected(principal_of(colleague))
