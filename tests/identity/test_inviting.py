"""Invitations that administrators hand out: shown once, single-use, for a day, and recorded."""

from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.errors import Forbidden, IdempotencyKeyReused, InvalidInput, NotFound
from app.events_bus.memory import MemoryBus
from app.identity.invitations import InvitationNotValid, InvitationService
from app.identity.inviting import InvitingService
from app.identity.models import Invitation, Member, Organisation, Role
from app.identity.sign_in import SignInRefused, SignInService
from app.keys import Keys
from app.suites.protocol import SuiteIdentity, SuiteName
from tests.support.people import make_member, make_organisation, principal_of

ADMINISTRATOR = Role.SUBSCRIPTION_ADMINISTRATOR
PUBLIC_URL = "http://127.0.0.1:8000"
NEWCOMER = SuiteIdentity(
    suite=SuiteName.MICROSOFT_365,
    tenant="somewhere",
    subject="a newcomer",
    address="cy.moss@tidewater.example",
    name="Cy Moss",
)


@pytest.fixture
def inviting(keys: Keys, database: TortoiseContext) -> InvitingService:
    return InvitingService(keys, public_url=PUBLIC_URL)


@pytest.fixture
async def organisation(database: TortoiseContext) -> Organisation:
    return await make_organisation()


@pytest.fixture
async def administrator(organisation: Organisation) -> Member:
    return await make_member(organisation, "Bo Lind", role=ADMINISTRATOR)


async def _invitation(link: str | None) -> Invitation:
    assert link is not None
    return await InvitationService().open(link.removeprefix(f"{PUBLIC_URL}/auth/invitation/"))


@pytest.mark.parametrize("role", list(Role))
async def test_whoever_opens_the_link_and_signs_in_has_the_role_that_it_names(
    inviting: InvitingService, administrator: Member, role: Role
) -> None:
    sent = await inviting.invite(principal_of(administrator), role, None, "a key")
    invitation = await _invitation(sent.link)

    newcomer = await SignInService(MemoryBus()).complete(NEWCOMER, invitation.id)

    assert (newcomer.organisation_id, newcomer.role) == (administrator.organisation_id, role)
    assert sent.row.expires_at - sent.row.created_at == timedelta(hours=24)


async def test_the_link_works_once_and_for_a_day(inviting: InvitingService, administrator: Member) -> None:
    sent = await inviting.invite(principal_of(administrator), Role.MEMBER, None, "a key")
    late = await inviting.invite(principal_of(administrator), Role.MEMBER, None, "another key")
    invitation = await _invitation(sent.link)
    await SignInService(MemoryBus()).complete(NEWCOMER, invitation.id)

    with pytest.raises(InvitationNotValid):
        await _invitation(sent.link)
    with clock.use(lambda: late.row.expires_at), pytest.raises(InvitationNotValid):
        await _invitation(late.link)
    with clock.use(lambda: late.row.expires_at), pytest.raises(SignInRefused):
        await SignInService(MemoryBus()).complete(NEWCOMER, late.row.id)


async def test_a_repeated_request_answers_anew_without_the_link_and_makes_no_second(
    inviting: InvitingService, administrator: Member
) -> None:
    first = await inviting.invite(principal_of(administrator), Role.MEMBER, None, "a key")

    again = await inviting.invite(principal_of(administrator), Role.MEMBER, None, "a key")

    assert (again.row.id, again.link) == (first.row.id, None)
    assert await Invitation.all().count() == 1
    assert await AuditEntry.filter(action=AuditAction.MEMBER_INVITED).count() == 1


async def test_a_key_names_one_invitation_only(
    inviting: InvitingService, organisation: Organisation, administrator: Member
) -> None:
    member = await make_member(organisation)
    await inviting.invite(principal_of(administrator), Role.MEMBER, None, "a key")

    for role, member_id in ((ADMINISTRATOR, None), (Role.MEMBER, member.id)):
        with pytest.raises(IdempotencyKeyReused):
            await inviting.invite(principal_of(administrator), role, member_id, "a key")
    with pytest.raises(InvalidInput):
        await inviting.invite(principal_of(administrator), Role.MEMBER, None, "")

    assert await Invitation.all().count() == 1


async def test_the_database_holds_only_the_hash_of_the_link(inviting: InvitingService, administrator: Member) -> None:
    sent = await inviting.invite(principal_of(administrator), Role.MEMBER, None, "a key")

    assert sent.link is not None
    assert sent.link.rpartition("/")[2] not in str(await Invitation.all().values())


async def test_an_invitation_is_recorded_with_who_sent_it_and_what_for(
    inviting: InvitingService, organisation: Organisation, administrator: Member
) -> None:
    member = await make_member(organisation)

    sent = await inviting.invite(principal_of(administrator), Role.MEMBER, member.id, "a key")

    entry = await AuditEntry.of(organisation.id).get(action=AuditAction.MEMBER_INVITED)
    assert (entry.actor_id, entry.target_id) == (administrator.id, sent.row.id)
    assert entry.details == {"role": "MEMBER", "member": str(member.id)}
    assert (await Invitation.of(organisation.id).get()).invited_by_id == administrator.id


async def test_whoever_lost_the_role_since_the_request_began_invites_nobody(
    inviting: InvitingService, administrator: Member
) -> None:
    principal = principal_of(administrator)
    await Member.of(administrator.organisation_id).filter(id=administrator.id).update(role=Role.MEMBER)

    with pytest.raises(Forbidden):
        await inviting.invite(principal, ADMINISTRATOR, None, "a key")

    assert await Invitation.all().count() == 0


async def test_nobody_elsewhere_and_nobody_who_was_merged_can_be_named(
    inviting: InvitingService, organisation: Organisation, administrator: Member
) -> None:
    stranger = await make_member(await make_organisation("Newbridge"), "Nora Berg")
    shell = await make_member(organisation)
    await Member.of(organisation.id).filter(id=shell.id).update(merged_into_id=administrator.id)

    for somebody in (stranger, shell):
        with pytest.raises(NotFound):
            await inviting.invite(principal_of(administrator), Role.MEMBER, somebody.id, f"for {somebody.id}")

    assert await Invitation.all().count() == 0


async def test_accepting_as_a_member_already_raises_the_role_never_lowers_it_and_is_recorded(
    inviting: InvitingService, organisation: Organisation, administrator: Member
) -> None:
    sign_in = SignInService(MemoryBus())
    principal = principal_of(administrator)
    first = await inviting.invite(principal, Role.MEMBER, None, "first")
    up = await inviting.invite(principal, ADMINISTRATOR, None, "up")
    down = await inviting.invite(principal, Role.MEMBER, None, "down")

    for sent in (first, up, down):
        member = await sign_in.complete(NEWCOMER, sent.row.id)

    assert (await Member.of(organisation.id).get(id=member.id)).role is ADMINISTRATOR
    [change] = await AuditEntry.of(organisation.id).filter(action=AuditAction.ROLE_CHANGED)
    assert (change.actor_id, change.target_id) == (member.id, member.id)
