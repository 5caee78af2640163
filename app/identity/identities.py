"""Identities: what a suite says a person is, and which member of which organisation that leads to.

Only the suite's tenant and subject identify (`tid` and `oid` at Microsoft); name and address describe.
https://learn.microsoft.com/entra/identity-platform/claims-validation
"""

import unicodedata

from app import clock
from app.identity.models import Identity, Member
from app.suites.protocol import SuiteIdentity

_LONGEST_NAME = 256
_LONGEST_ADDRESS = 320


async def known_identity(identity: SuiteIdentity) -> Identity | None:
    """Across organisations: an identity leads to one member in one of them, and we do not know yet in which."""
    return await (
        Identity.filter(suite=identity.suite, tenant=identity.tenant, subject=identity.subject)
        .select_related("member")
        .first()
    )


async def add_identity(member: Member, identity: SuiteIdentity) -> Identity:
    """From now on this identity leads to this member."""
    return await Identity.create(
        organisation_id=member.organisation_id,
        member=member,
        suite=identity.suite,
        tenant=identity.tenant,
        subject=identity.subject,
        address=address_in(identity),
        created_at=clock.now(),
    )


def name_in(identity: SuiteIdentity) -> str:
    """What the suite calls the person, as it can be kept and shown; empty where it says nothing."""
    return _one_line(identity.name)[:_LONGEST_NAME]


def address_in(identity: SuiteIdentity) -> str:
    """Where the suite says the person is written to, lower case."""
    return _one_line(identity.address).lower()[:_LONGEST_ADDRESS]


def _one_line(text: str) -> str:
    """Without control characters: PostgreSQL holds no NUL, and nobody's name has a line break."""
    return "".join(character for character in text if unicodedata.category(character) != "Cc").strip()
