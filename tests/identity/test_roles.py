"""Roles: given at once, recorded, heard by open sockets, and never such that nobody administers."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from app.audit.models import AuditAction, AuditEntry
from app.errors import Forbidden, LastAdministrator, NotFound
from app.events_bus.bus import CREDENTIALS, Message, MessageKind, organisation_topic
from app.identity.invitations import InvitationNotValid, InvitationService
from app.identity.inviting import InvitingService
from app.identity.models import Identity, Member, Organisation, Role
from app.identity.principal import CredentialKind
from app.identity.roles import RoleService
from app.keys import Keys, Vault
from app.suites.protocol import SuiteName
from tests.connections.stack import Stack, make_connection, make_integration
from tests.support.carried import CarriedSuite
from tests.support.people import make_member, make_organisation, principal_of

ADMINISTRATOR = Role.SUBSCRIPTION_ADMINISTRATOR
WEEK = timedelta(days=7)


@pytest.fixture
def stack(keys: Keys, vault: Vault, database: TortoiseContext) -> Stack:
    return Stack(keys, vault, suite=CarriedSuite())


@pytest.fixture
def roles(stack: Stack) -> RoleService:
    return RoleService(stack.bus)


@pytest.fixture
async def organisation(database: TortoiseContext) -> Organisation:
    return await make_organisation()


@pytest.fixture
async def administrator(organisation: Organisation) -> Member:
    return await make_member(organisation, "Bo Lind", role=ADMINISTRATOR)


@pytest.fixture
async def member(organisation: Organisation) -> Member:
    return await make_member(organisation, "Ada Vos")


async def _role_of(member: Member) -> Role:
    return (await Member.of(member.organisation_id).get(id=member.id)).role


async def test_an_administrator_makes_another_and_takes_it_back(
    roles: RoleService, administrator: Member, member: Member
) -> None:
    principal = principal_of(administrator)

    promoted = await roles.set(principal, member.id, ADMINISTRATOR)
    between = await _role_of(member)
    await roles.set(principal, member.id, Role.MEMBER)

    assert (promoted.id, promoted.role, between) == (member.id, ADMINISTRATOR, ADMINISTRATOR)
    assert await _role_of(member) is Role.MEMBER


async def test_each_change_is_recorded_with_who_before_and_after(
    roles: RoleService, administrator: Member, member: Member
) -> None:
    await roles.set(principal_of(administrator), member.id, ADMINISTRATOR)

    entry = await AuditEntry.of(member.organisation_id).get(action=AuditAction.ROLE_CHANGED)
    assert (entry.actor_id, entry.target_id) == (administrator.id, member.id)
    assert entry.details == {"before": "MEMBER", "after": "SUBSCRIPTION_ADMINISTRATOR"}


async def test_the_role_that_somebody_has_is_no_change(
    stack: Stack, roles: RoleService, administrator: Member, member: Member
) -> None:
    await stack.sessions.create(member)

    await roles.set(principal_of(administrator), member.id, Role.MEMBER)

    assert await AuditEntry.of(member.organisation_id).count() == 0
    assert stack.bus.published == []


async def test_the_last_administrator_stays_one(roles: RoleService, administrator: Member, member: Member) -> None:
    with pytest.raises(LastAdministrator):
        await roles.set(principal_of(administrator), administrator.id, Role.MEMBER)

    assert await _role_of(administrator) is ADMINISTRATOR
    assert await AuditEntry.of(member.organisation_id).count() == 0


async def test_an_administrator_of_another_organisation_or_one_who_is_nobody_any_more_does_not_count(
    roles: RoleService, organisation: Organisation, administrator: Member
) -> None:
    await make_member(await make_organisation("Newbridge"), "Nora Berg", role=ADMINISTRATOR)
    shell = await make_member(organisation, "Bo Lind", role=ADMINISTRATOR)
    await Member.of(organisation.id).filter(id=shell.id).update(merged_into_id=administrator.id)

    with pytest.raises(LastAdministrator):
        await roles.set(principal_of(administrator), administrator.id, Role.MEMBER)


async def test_one_of_two_administrators_can_step_down(
    roles: RoleService, organisation: Organisation, administrator: Member
) -> None:
    await make_member(organisation, "Cy Moss", role=ADMINISTRATOR)

    await roles.set(principal_of(administrator), administrator.id, Role.MEMBER)

    assert await _role_of(administrator) is Role.MEMBER


async def test_whoever_lost_the_role_since_the_request_began_changes_nothing(
    roles: RoleService, organisation: Organisation, administrator: Member, member: Member
) -> None:
    other = await make_member(organisation, "Cy Moss", role=ADMINISTRATOR)
    earlier = principal_of(other)
    await roles.set(principal_of(administrator), other.id, Role.MEMBER)

    with pytest.raises(Forbidden):
        await roles.set(earlier, administrator.id, Role.MEMBER)

    assert await _role_of(administrator) is ADMINISTRATOR


async def test_nobody_elsewhere_and_nobody_who_was_merged_is_given_a_role(
    roles: RoleService, organisation: Organisation, administrator: Member, member: Member
) -> None:
    stranger = await make_member(await make_organisation("Newbridge"), "Nora Berg")
    await Member.of(organisation.id).filter(id=member.id).update(merged_into_id=administrator.id)

    for somebody in (stranger, member):
        with pytest.raises(NotFound):
            await roles.set(principal_of(administrator), somebody.id, ADMINISTRATOR)

        assert await _role_of(somebody) is Role.MEMBER


async def test_every_live_credential_of_the_member_is_looked_at_again_and_no_other(
    stack: Stack, roles: RoleService, administrator: Member, member: Member
) -> None:
    session, _ = await stack.sessions.create(member)
    ended, _ = await stack.sessions.create(member)
    await stack.sessions.sign_out(
        replace(principal_of(member), credential_kind=CredentialKind.SESSION, credential_id=ended.id)
    )
    token = (await stack.access_tokens.create(principal_of(member), "Kiosk", WEEK, "k")).row
    await stack.sessions.create(administrator)
    stack.bus.published.clear()

    await roles.set(principal_of(administrator), member.id, ADMINISTRATOR)

    assert sorted(stack.bus.published, key=str) == sorted(
        [(CREDENTIALS, Message(MessageKind.CREDENTIAL_REVOKED, row.id)) for row in (session, token)], key=str
    )


@pytest.mark.parametrize(("before", "after"), [(Role.MEMBER, ADMINISTRATOR), (ADMINISTRATOR, Role.MEMBER)])
async def test_whoever_watches_the_integration_hears_that_a_carrier_of_its_rooms_came_or_went(
    stack: Stack, roles: RoleService, organisation: Organisation, administrator: Member, before: Role, after: Role
) -> None:
    carrier = await make_member(organisation, "Cy Moss", role=before)
    await Identity.of(organisation.id).filter(member_id=carrier.id).update(suite=SuiteName.GOOGLE_WORKSPACE)
    integration = await make_integration(organisation, suite=SuiteName.GOOGLE_WORKSPACE)
    await make_connection(stack, carrier, integration)
    stack.bus.published.clear()

    await roles.set(principal_of(administrator), carrier.id, after)

    told = (organisation_topic(organisation.id), Message(MessageKind.INTEGRATION_CHANGED, integration.id))
    assert stack.bus.published == [told]


async def test_what_an_administrator_handed_out_ends_with_the_role(
    keys: Keys, roles: RoleService, organisation: Organisation, administrator: Member
) -> None:
    other = await make_member(organisation, "Cy Moss", role=ADMINISTRATOR)
    inviting, invitations = InvitingService(keys, public_url="http://127.0.0.1:8000"), InvitationService()
    theirs = await inviting.invite(principal_of(other), ADMINISTRATOR, None, "theirs")
    ours = await inviting.invite(principal_of(administrator), ADMINISTRATOR, None, "ours")
    assert theirs.link is not None
    assert ours.link is not None

    await roles.set(principal_of(administrator), other.id, Role.MEMBER)

    with pytest.raises(InvitationNotValid):
        await invitations.open(theirs.link.rpartition("/")[2])
    assert await invitations.open(ours.link.rpartition("/")[2])
