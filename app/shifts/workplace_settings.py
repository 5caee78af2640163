"""What an organisation has settled about where its people work: who may see it, and how long shifts are kept."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.audit.models import AuditAction
from app.errors import InvalidInput
from app.identity.models import LocationSharing, Organisation
from app.identity.organisation_settings import settle
from app.identity.principal import Principal
from app.shifts.sharing import is_wider

SHIFT_RETENTION_PERIOD = timedelta(days=90)
"""How long past shifts are kept where the organisation has set nothing."""
LONGEST_SHIFT_RETENTION = timedelta(days=3650)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkplaceSettings:
    """What holds for every member of an organisation."""

    default_sharing: LocationSharing
    widest_sharing: LocationSharing
    shift_retention: timedelta


class WorkplaceSettingsService:
    """Reads and changes them."""

    async def get(self, organisation_id: UUID) -> WorkplaceSettings:
        """What holds now."""
        return settings_of(await Organisation.get(id=organisation_id))

    async def change(
        self,
        principal: Principal,
        *,
        default_sharing: LocationSharing | None = None,
        widest_sharing: LocationSharing | None = None,
        shift_retention_days: int | None = None,
    ) -> WorkplaceSettings:
        """Change what is given and leave the rest. Raises InvalidInput, Forbidden for no administrator any more."""
        _check_retention(shift_retention_days)
        wanted = {
            "default_sharing": default_sharing,
            "widest_sharing": widest_sharing,
            "shift_retention_days": shift_retention_days,
        }

        def check(settled: Organisation) -> None:
            _check_sharing(settled, names_default=default_sharing is not None)

        return settings_of(await settle(principal, AuditAction.WORKPLACE_SETTINGS_CHANGED, wanted, check))


def settings_of(organisation: Organisation) -> WorkplaceSettings:
    """What the organisation's row says."""
    days = organisation.shift_retention_days
    return WorkplaceSettings(
        default_sharing=organisation.default_sharing,
        widest_sharing=organisation.widest_sharing,
        shift_retention=SHIFT_RETENTION_PERIOD if days is None else days * _DAY,
    )


def _check_retention(days: int | None) -> None:
    longest = LONGEST_SHIFT_RETENTION // _DAY
    if days is not None and not 1 <= days <= longest:
        raise InvalidInput("shiftRetentionDays", f"Give a number of days from 1 to {longest:,}.")


def _check_sharing(settled: Organisation, *, names_default: bool) -> None:
    """The default is never wider than what is allowed; whoever lowers the one lowers the other with it."""
    default, widest = settled.default_sharing, settled.widest_sharing
    if is_wider(default, widest):
        raise InvalidInput(
            "defaultLocationSharing" if names_default else "widestLocationSharing",
            f"Members who chose nothing would share with {default.value}, which is wider than {widest.value}.",
            remedy="Give a default that is no wider than the widest sharing, both in one request where need be.",
        )
