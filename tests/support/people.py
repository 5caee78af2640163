"""Organisations and members for tests that begin where identity is already settled."""

from datetime import timedelta
from uuid import uuid4

from app import clock
from app.identity.models import Identity, Member, Organisation, Role
from app.identity.principal import CredentialKind, Principal
from app.suites.protocol import SuiteName

TENANT = "5f0a1d1e-0000-4000-8000-00000000a001"


async def make_organisation(name: str = "Tidewater") -> Organisation:
    return await Organisation.create(name=name, created_at=clock.now())


async def make_member(
    organisation: Organisation,
    name: str = "Ada Vos",
    *,
    role: Role = Role.MEMBER,
    tenant: str = TENANT,
    address: str | None = None,
) -> Member:
    """A member with one Microsoft 365 identity in `tenant`."""
    address = address or f"{name.lower().replace(' ', '.')}@tidewater.example"
    member = await Member.create(
        organisation=organisation, name=name, address=address, role=role, created_at=clock.now()
    )
    await Identity.create(
        organisation=organisation,
        member=member,
        suite=SuiteName.MICROSOFT_365,
        tenant=tenant,
        subject=str(uuid4()),
        address=address,
        created_at=clock.now(),
    )
    return member


def principal_of(member: Member, organisation_name: str = "Tidewater") -> Principal:
    """The member as a request with an access token would show them."""
    return Principal(
        member_id=member.id,
        organisation_id=member.organisation_id,
        organisation_name=organisation_name,
        role=member.role,
        name=member.name,
        address=member.address,
        credential_kind=CredentialKind.ACCESS_TOKEN,
        credential_id=uuid4(),
        expires_at=clock.now() + timedelta(days=1),
    )
