"""Further addresses of members' mailboxes: learned with their consent, replaced as a whole, gone with the consent."""

from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext

from app.connections.models import CalendarConnection
from app.errors import IntegrationUnavailable
from app.identity.aliases import forget_aliases, replace_aliases
from app.identity.models import Member, MemberAlias, Organisation
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys, Vault
from app.suites import errors as suite_errors
from tests.connections.stack import Stack, make_connection, make_integration
from tests.support.people import make_member, make_organisation, principal_of


@pytest.fixture
async def organisation(database: TortoiseContext) -> Organisation:
    return await make_organisation()


@pytest.fixture
async def ada(organisation: Organisation) -> Member:
    return await make_member(organisation)


@pytest.fixture
def stack(keys: Keys, vault: Vault) -> Stack:
    return Stack(keys, vault)


@pytest.fixture
async def integration(organisation: Organisation) -> Integration:
    return await make_integration(organisation)


async def _known(member: Member) -> list[str]:
    aliases = MemberAlias.of(member.organisation_id).filter(member_id=member.id).order_by("address")
    return [alias.address for alias in await aliases]


def _has(stack: Stack, member: Member, *addresses: str) -> None:
    """What the suite says that the member's mailbox is called besides."""
    stack.suite.mailboxes[member.address].further_addresses = addresses


class TestLearning:
    async def test_a_mailboxes_further_addresses_are_learned_when_its_owner_connects(
        self, stack: Stack, ada: Member, integration: Integration
    ) -> None:
        _has(stack, ada, "ada@tidewater.example", "workplace@tidewater.example")

        await make_connection(stack, ada, integration)

        assert await _known(ada) == ["ada@tidewater.example", "workplace@tidewater.example"]

    async def test_reconnecting_replaces_them_as_a_whole(
        self, stack: Stack, ada: Member, integration: Integration
    ) -> None:
        _has(stack, ada, "ada@tidewater.example", "former@tidewater.example")
        await make_connection(stack, ada, integration)
        _has(stack, ada, "ada@tidewater.example", "a.vos@tidewater.example")

        await make_connection(stack, ada, integration)

        assert await _known(ada) == ["a.vos@tidewater.example", "ada@tidewater.example"]

    async def test_those_known_stay_where_the_suite_does_not_tell_them_now(
        self, stack: Stack, ada: Member, integration: Integration
    ) -> None:
        _has(stack, ada, "ada@tidewater.example")
        await make_connection(stack, ada, integration)
        stack.suite.fail_next("addresses", suite_errors.SuiteUnavailable())

        connection = await make_connection(stack, ada, integration)

        assert await _known(ada) == ["ada@tidewater.example"]
        assert connection.address == ada.address

    async def test_none_are_stored_with_a_consent_that_is_refused(
        self, stack: Stack, ada: Member, integration: Integration
    ) -> None:
        _has(stack, ada, "ada@tidewater.example")
        await Integration.filter(id=integration.id).update(status=IntegrationStatus.NOT_CONFIGURED)

        with pytest.raises(IntegrationUnavailable):
            await make_connection(stack, ada, integration)

        assert await MemberAlias.all().count() == 0


class TestWhoseTheyAre:
    async def test_the_main_address_of_another_member_is_left_to_them(self, ada: Member) -> None:
        ben = await make_member(await ada.organisation, "Ben Kok")

        await replace_aliases(ada.organisation_id, ada.id, [ada.address, ben.address, "ada@tidewater.example"])

        assert await _known(ada) == ["ada@tidewater.example"]

    async def test_an_address_that_moved_to_another_mailbox_is_its_owners(self, ada: Member) -> None:
        ben = await make_member(await ada.organisation, "Ben Kok")
        await replace_aliases(ada.organisation_id, ada.id, ["desk@tidewater.example", "ada@tidewater.example"])

        await replace_aliases(ada.organisation_id, ben.id, ["desk@tidewater.example"])

        assert (await _known(ada), await _known(ben)) == (["ada@tidewater.example"], ["desk@tidewater.example"])

    async def test_another_organisation_knows_the_same_address_as_its_own(self, ada: Member) -> None:
        eve = await make_member(await make_organisation("Newbridge"), "Eve Roe")
        await replace_aliases(ada.organisation_id, ada.id, ["desk@tidewater.example"])

        await replace_aliases(eve.organisation_id, eve.id, ["desk@tidewater.example"])

        assert await _known(ada) == await _known(eve) == ["desk@tidewater.example"]

    async def test_what_is_no_address_is_left_out_and_case_does_not_matter(self, ada: Member) -> None:
        told = ["Ada@Tidewater.example", "ada@tidewater.example", "no address", "", "ada\x00@tidewater.example"]

        await replace_aliases(ada.organisation_id, ada.id, told)

        assert await _known(ada) == ["ada@tidewater.example"]


class TestForgetting:
    async def test_they_go_when_their_owner_disconnects_and_nobody_elses_do(
        self, stack: Stack, ada: Member, integration: Integration
    ) -> None:
        ben = await make_member(await ada.organisation, "Ben Kok")
        for member in (ada, ben):
            _has(stack, member, f"alias.{member.address}")
            await make_connection(stack, member, integration)

        await stack.connections.disconnect(principal_of(ada))

        assert (await _known(ada), await _known(ben)) == ([], [f"alias.{ben.address}"])

    async def test_they_stay_while_another_consent_of_theirs_is_kept(
        self, stack: Stack, ada: Member, integration: Integration
    ) -> None:
        _has(stack, ada, "ada@tidewater.example")
        connection = await make_connection(stack, ada, integration)

        await forget_aliases(ada.organisation_id, [ada.id, uuid4()])
        kept = await _known(ada)
        await CalendarConnection.of(ada.organisation_id).filter(id=connection.id).delete()
        await forget_aliases(ada.organisation_id, [ada.id, uuid4()])

        assert (kept, await _known(ada)) == (["ada@tidewater.example"], [])
