"""A member's own word about who may see where they work, when two members turn out to be one."""

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from app.identity import merging, roles
from app.identity.models import LocationSharing, Member
from app.shifts.sharing_choice import LocationSharingService, OwnSharing
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.workplaces import organisation_shares, shares

EVERYONE, PEOPLE_I_MEET, NOBODY = LocationSharing


@pytest.fixture
async def ada(database: TortoiseContext) -> Member:
    return await make_member(await make_organisation())


@pytest.mark.parametrize(
    ("emptied", "survivor", "default", "kept"),
    [
        (NOBODY, EVERYONE, EVERYONE, OwnSharing(NOBODY, NOBODY)),
        (NOBODY, None, EVERYONE, OwnSharing(NOBODY, NOBODY)),
        (PEOPLE_I_MEET, NOBODY, EVERYONE, OwnSharing(NOBODY, NOBODY)),
        (EVERYONE, None, NOBODY, OwnSharing(None, NOBODY)),
        (None, EVERYONE, NOBODY, OwnSharing(EVERYONE, EVERYONE)),
    ],
)
async def test_what_one_of_two_hid_stays_hidden_when_they_turn_out_to_be_one(
    ada: Member,
    emptied: LocationSharing | None,
    survivor: LocationSharing | None,
    default: LocationSharing,
    kept: OwnSharing,
) -> None:
    other = await make_member(await ada.organisation, "A. Vos")
    await organisation_shares(ada.organisation_id, default=default)
    await shares(ada, survivor)
    await shares(other, emptied)

    async with in_transaction():
        await roles.one_at_a_time(ada.organisation_id)
        await merging.merge(other, ada)

    assert await LocationSharingService().get(principal_of(ada)) == kept
