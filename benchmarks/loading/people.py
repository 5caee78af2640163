"""Organisations and members as rows, where what is measured begins long after they came in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from app import clock
from app.identity.access_tokens import TOKEN_PREFIX
from app.identity.models import AccessToken, Identity, Member, Organisation, Role
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import new_token, token_hash
from app.suites.protocol import SuiteName

AT_ONCE = 2_000
"""Rows in one statement."""
LIFETIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Person:
    """A member, the identity they came in with, and a bearer token of theirs."""

    member: Member
    identity: Identity
    token: str


async def make_organisation(name: str, suite: SuiteName = SuiteName.MICROSOFT_365) -> Integration:
    """An organisation with an enabled integration whose tenant no suite knows."""
    now = clock.now()
    organisation = await Organisation.create(name=name, created_at=now)
    tenant = str(uuid4())
    return await Integration.create(
        organisation_id=organisation.id,
        suite=suite,
        tenant=tenant,
        claimed_tenant=tenant,
        status=IntegrationStatus.ENABLED,
        active_slot=1,
        created_at=now,
        status_since=now,
        enabled_at=now,
        next_check_at=now + LIFETIME,
    )


async def make_people(integration: Integration, number: int, role: Role = Role.MEMBER) -> Sequence[Person]:
    """So many members of the integration's organisation, each with a token."""
    people: list[Person] = []
    for first in range(0, number, AT_ONCE):
        some = [_person(integration, place, role) for place in range(first, min(first + AT_ONCE, number))]
        await Member.bulk_create([person.member for person in some])
        await Identity.bulk_create([person.identity for person in some])
        await AccessToken.bulk_create([_token_of(person) for person in some])
        people += some
    return people


def _person(integration: Integration, place: int, role: Role) -> Person:
    now, owner = clock.now(), integration.organisation_id
    address = f"{role.lower()}.{place:06}@{UUID(str(owner)).hex[:8]}.example"
    member = Member(
        id=uuid4(), organisation_id=owner, name=f"Member {place}", address=address, role=role, created_at=now
    )
    identity = Identity(
        id=uuid4(),
        organisation_id=owner,
        member_id=member.id,
        suite=integration.suite,
        tenant=integration.tenant,
        subject=str(uuid4()),
        address=address,
        created_at=now,
    )
    return Person(member, identity, new_token(TOKEN_PREFIX))


def _token_of(person: Person) -> AccessToken:
    now = clock.now()
    return AccessToken(
        id=uuid4(),
        organisation_id=person.member.organisation_id,
        member_id=person.member.id,
        name="Load",
        token_hash=token_hash(person.token),
        created_at=now,
        expires_at=now + LIFETIME,
    )
