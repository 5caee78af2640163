"""Who comes in: by tenant and subject, by invitation, or not at all."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.errors import InvalidInput
from app.events_bus.memory import MemoryBus
from app.identity.identities import add_identity
from app.identity.invitations import INVITATION_LIFETIME, InvitationNotValid, InvitationService
from app.identity.models import Identity, Invitation, Member, Organisation, Role
from app.identity.sign_in import SignInRefusal, SignInRefused, SignInService
from app.integrations.status import IntegrationStatus
from app.suites.protocol import SuiteIdentity, SuiteName
from tests.connections.stack import account_of, make_integration
from tests.identity.queries import counted_queries
from tests.support.people import TENANT, make_member, make_organisation

OTHER_TENANT = "5f0a1d1e-0000-4000-8000-00000000b002"
ADA = SuiteIdentity(
    suite=SuiteName.MICROSOFT_365,
    tenant=TENANT,
    subject="0b0e8f2c-0000-4000-8000-000000000001",
    address="Ada.Vos@Tidewater.example",
    name="Ada Vos",
)


@pytest.fixture
def sign_in(database: TortoiseContext) -> SignInService:
    return SignInService(MemoryBus())


@pytest.fixture
def invitations(database: TortoiseContext) -> InvitationService:
    return InvitationService()


async def _invited(invitations: InvitationService, name: str = "Tidewater") -> tuple[Organisation, UUID]:
    organisation, token = await invitations.create_organisation(name)
    return organisation, (await invitations.open(token)).id


async def test_an_invitation_binds_whoever_signs_in_with_it_as_the_first_administrator(
    sign_in: SignInService, invitations: InvitationService
) -> None:
    organisation, invitation_id = await _invited(invitations)

    member = await sign_in.complete(ADA, invitation_id)

    assert member.organisation_id == organisation.id
    assert member.role is Role.SUBSCRIPTION_ADMINISTRATOR
    assert (member.name, member.address) == ("Ada Vos", "ada.vos@tidewater.example")
    identity = await Identity.of(organisation.id).get(member_id=member.id)
    assert (identity.tenant, identity.subject) == (ADA.tenant, ADA.subject)
    actions = [entry.action for entry in await AuditEntry.of(organisation.id).order_by("at")]
    assert actions == [AuditAction.ORGANISATION_CREATED, AuditAction.INVITATION_ACCEPTED]


async def test_an_invitation_works_once(sign_in: SignInService, invitations: InvitationService) -> None:
    organisation, token = await invitations.create_organisation("Tidewater")
    invitation = await invitations.open(token)
    await sign_in.complete(ADA, invitation.id)

    with pytest.raises(SignInRefused) as refused:
        await sign_in.complete(replace(ADA, subject="somebody-else"), invitation.id)
    with pytest.raises(InvitationNotValid):
        await invitations.open(token)

    assert refused.value.reason is SignInRefusal.INVITATION_NOT_VALID
    assert await Member.of(organisation.id).count() == 1


async def test_an_invitation_lasts_24_hours(sign_in: SignInService, invitations: InvitationService) -> None:
    _, token = await invitations.create_organisation("Tidewater")
    invitation = await invitations.open(token)
    end = invitation.created_at + INVITATION_LIFETIME

    with clock.use(lambda: end - timedelta(milliseconds=1)):
        await invitations.open(token)
    with clock.use(lambda: end):
        with pytest.raises(InvitationNotValid):
            await invitations.open(token)
        with pytest.raises(SignInRefused):
            await sign_in.complete(ADA, invitation.id)


@pytest.mark.parametrize("token", ["", "invitation_", "invitation_unknown", "x" * 5000, "ü"])
async def test_what_is_no_invitation_opens_none(invitations: InvitationService, token: str) -> None:
    with pytest.raises(InvitationNotValid):
        await invitations.open(token)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "two\nlines"])
async def test_an_organisation_needs_a_printable_name(invitations: InvitationService, name: str) -> None:
    with pytest.raises(InvalidInput):
        await invitations.create_organisation(name)

    assert await Organisation.all().count() == 0


async def test_the_database_holds_only_the_hash_of_an_invitation(invitations: InvitationService) -> None:
    _, token = await invitations.create_organisation("Tidewater")

    assert token not in str(await Invitation.all().values())


async def test_signing_in_again_finds_the_same_member_and_refreshes_name_and_address(
    sign_in: SignInService, invitations: InvitationService
) -> None:
    _, invitation_id = await _invited(invitations)
    first = await sign_in.complete(ADA, invitation_id)

    second = await sign_in.complete(replace(ADA, name="Ada Vos-Lind", address="ada.lind@tidewater.example"))

    assert second.id == first.id
    stored = await Member.of(first.organisation_id).get(id=first.id)
    assert (stored.name, stored.address) == ("Ada Vos-Lind", "ada.lind@tidewater.example")
    assert stored.role is Role.SUBSCRIPTION_ADMINISTRATOR


async def test_a_linked_account_renames_nobody_who_comes_in_by_it(sign_in: SignInService) -> None:
    member = await make_member(await make_organisation(), "Ada Vos")
    private = replace(ADA, tenant=OTHER_TENANT, subject="a-linked-one", name="adav", address="ada@else.example")
    await add_identity(member, private)

    came_in = await sign_in.complete(replace(private, address="adav@else.example"))

    assert (came_in.id, came_in.name, came_in.address) == (member.id, "Ada Vos", "ada.vos@tidewater.example")
    linked = await Identity.of(member.organisation_id).get(subject="a-linked-one")
    assert linked.address == "adav@else.example"


async def test_the_account_in_the_joined_tenant_describes_its_member_from_their_next_sign_in_by_it(
    sign_in: SignInService,
) -> None:
    organisation = await make_organisation()
    member = await make_member(organisation, "Ada Vos")
    at_work = replace(
        ADA, tenant=OTHER_TENANT, subject="at-the-new-tenant", name="Ada Vos-Berg", address="ada@new.example"
    )
    await add_identity(member, at_work)
    await make_integration(organisation, tenant=OTHER_TENANT)

    came_in = await sign_in.complete(at_work)
    [first] = await Identity.of(organisation.id).filter(member_id=member.id, tenant=TENANT)
    again = await sign_in.complete(replace(ADA, subject=first.subject))

    assert (came_in.name, came_in.address) == ("Ada Vos-Berg", "ada@new.example")
    assert (again.name, again.address) == ("Ada Vos-Berg", "ada@new.example")


async def test_the_same_address_in_another_tenant_is_another_person(
    sign_in: SignInService, invitations: InvitationService
) -> None:
    _, invitation_id = await _invited(invitations)
    await sign_in.complete(ADA, invitation_id)

    with pytest.raises(SignInRefused) as refused:
        await sign_in.complete(replace(ADA, tenant=OTHER_TENANT))

    assert refused.value.reason is SignInRefusal.NOT_INVITED


async def test_the_same_address_with_another_subject_is_another_person(sign_in: SignInService) -> None:
    organisation = await make_organisation()
    member = await make_member(organisation)
    await make_integration(organisation)
    account = await account_of(member)
    reused = replace(ADA, address=account.address, subject="a-new-hire-with-the-old-address")

    newcomer = await sign_in.complete(reused)

    assert newcomer.id != member.id
    assert newcomer.role is Role.MEMBER


@pytest.mark.parametrize("status", [IntegrationStatus.TESTED, IntegrationStatus.ENABLED, IntegrationStatus.DISABLED])
async def test_people_of_a_joined_tenant_come_in_as_members_when_they_first_sign_in(
    sign_in: SignInService, status: IntegrationStatus
) -> None:
    organisation = await make_organisation()
    await make_integration(organisation, status)

    member = await sign_in.complete(ADA)

    assert (member.organisation_id, member.role) == (organisation.id, Role.MEMBER)


async def test_nobody_comes_in_through_a_tenant_that_is_not_proved_yet(sign_in: SignInService) -> None:
    await make_integration(await make_organisation(), IntegrationStatus.AWAITING_CONSENT)

    with pytest.raises(SignInRefused) as refused:
        await sign_in.complete(ADA)

    assert refused.value.reason is SignInRefusal.NOT_INVITED
    assert await Member.all().count() == 0


async def test_somebody_who_belongs_to_another_organisation_cannot_use_an_invitation_nor_uses_it_up(
    sign_in: SignInService, invitations: InvitationService
) -> None:
    _, first = await _invited(invitations, "Tidewater")
    await sign_in.complete(ADA, first)
    newbridge, second = await _invited(invitations, "Newbridge")

    with pytest.raises(SignInRefused) as refused:
        await sign_in.complete(ADA, second)

    assert refused.value.reason is SignInRefusal.ANOTHER_ORGANISATION
    assert (await Invitation.of(newbridge.id).get(id=second)).used_at is None
    assert await Member.of(newbridge.id).count() == 0


async def test_a_member_who_accepts_an_administrators_invitation_becomes_one(
    sign_in: SignInService, invitations: InvitationService
) -> None:
    organisation, invitation_id = await _invited(invitations)
    await make_integration(organisation)
    member = await sign_in.complete(ADA)

    promoted = await sign_in.complete(ADA, invitation_id)

    assert promoted.id == member.id
    assert (await Member.of(organisation.id).get(id=member.id)).role is Role.SUBSCRIPTION_ADMINISTRATOR


async def test_a_sign_in_without_an_invitation_never_writes_a_role_so_none_that_was_taken_away_comes_back(
    sign_in: SignInService,
) -> None:
    await make_integration(await make_organisation())
    await sign_in.complete(ADA)

    async with counted_queries() as statements:
        await sign_in.complete(ADA)

    written = [statement for statement in statements if statement.startswith("UPDATE")]
    assert len(written) == 2
    assert [statement for statement in written if '"role"' in statement] == []


async def test_someone_without_a_name_is_called_by_their_address(sign_in: SignInService) -> None:
    await make_integration(await make_organisation())

    member = await sign_in.complete(replace(ADA, name="  "))

    assert member.name == "ada.vos@tidewater.example"


async def test_control_characters_in_what_the_suite_says_keep_nobody_out_and_are_not_kept(
    sign_in: SignInService,
) -> None:
    await make_integration(await make_organisation())

    member = await sign_in.complete(replace(ADA, name="Ada\x00\r\n Vos\x1b", address="ada\x00@tidewater.example"))

    assert (member.name, member.address) == ("Ada Vos", "ada@tidewater.example")
