"""What a member says about who may see where they work, and what holds for them because of it."""

from dataclasses import dataclass

from app.errors import InvalidInput, ProblemCode
from app.identity.models import LocationSharing, Member, Organisation
from app.identity.principal import Principal
from app.shifts.sharing import in_force, is_wider


@dataclass(frozen=True, slots=True)
class OwnSharing:
    """A member's own word, and what it comes to."""

    chosen: LocationSharing | None
    """Null where they follow the organisation's default."""
    in_force: LocationSharing
    """Never wider than the organisation allows. A word that was given while it allowed more is kept, and holds again
    once it does."""


class LocationSharingService:
    """Reads and changes it, for the member themselves alone."""

    async def get(self, principal: Principal) -> OwnSharing:
        """What holds for the asking member now."""
        return _own_sharing(await _member(principal))

    async def choose(self, principal: Principal, sharing: LocationSharing | None) -> OwnSharing:
        """Give one's word, or take it back (null). Raises InvalidInput for more than the organisation allows."""
        member = await _member(principal)
        widest = member.organisation.widest_sharing
        if sharing is not None and is_wider(sharing, widest):
            allowed = [each for each in LocationSharing if not is_wider(each, widest)]
            raise InvalidInput(
                "sharing",
                f"Your organisation lets nobody share where they work with more than {widest.value}.",
                code=ProblemCode.SHARING_NOT_ALLOWED,
                remedy=f"Choose {' or '.join(allowed)}, or null to follow the organisation's default.",
            )
        member.chose_sharing = sharing is not None
        member.location_sharing = sharing or LocationSharing.PEOPLE_I_MEET
        await member.save(update_fields=["chose_sharing", "location_sharing"])
        return _own_sharing(member)


async def keep_the_narrower_word(emptied: Member, survivor: Member) -> None:
    """Two members are one: what the one hid is not shown because it is the other's now. Call with both rows locked."""
    rows = Member.of(survivor.organisation_id).select_related("organisation")
    theirs, own = await rows.get(id=emptied.id), await rows.get(id=survivor.id)
    if theirs.chose_sharing and is_wider(_own_sharing(own).in_force, theirs.location_sharing):
        own.chose_sharing, own.location_sharing = True, theirs.location_sharing
        await own.save(update_fields=["chose_sharing", "location_sharing"])


async def _member(principal: Principal) -> Member:
    return await Member.of(principal.organisation_id).select_related("organisation").get(id=principal.member_id)


def _own_sharing(member: Member) -> OwnSharing:
    organisation: Organisation = member.organisation
    return OwnSharing(
        chosen=member.location_sharing if member.chose_sharing else None,
        in_force=in_force(
            member.location_sharing,
            chose=member.chose_sharing,
            default=organisation.default_sharing,
            widest=organisation.widest_sharing,
        ),
    )
