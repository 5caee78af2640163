"""What an organisation has settled about telling its members: what mails may say, and when a room's silence is told."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.audit.models import AuditAction
from app.errors import InvalidInput
from app.identity.models import Organisation
from app.identity.organisation_settings import settle
from app.identity.principal import Principal

NO_ANSWER_AFTER = timedelta(minutes=15)
"""How long a room may be silent where the organisation has set nothing."""
LONGEST_SILENCE = timedelta(days=7)

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """What holds for every member of an organisation."""

    mails_subjects: bool
    no_answer_after: timedelta


class NotificationSettingsService:
    """Reads and changes them."""

    async def get(self, organisation_id: UUID) -> NotificationSettings:
        """What holds now."""
        return settings_of(await Organisation.get(id=organisation_id))

    async def change(
        self, principal: Principal, *, mails_subjects: bool | None = None, no_answer_after_minutes: int | None = None
    ) -> NotificationSettings:
        """Change what is given and leave the rest. Raises InvalidInput, Forbidden for no administrator any more."""
        longest = LONGEST_SILENCE // _MINUTE
        if no_answer_after_minutes is not None and not 1 <= no_answer_after_minutes <= longest:
            raise InvalidInput("noAnswerAfterMinutes", f"Give a number of minutes from 1 to {longest:,}.")
        wanted = {"mails_subjects": mails_subjects, "no_answer_after_minutes": no_answer_after_minutes}
        return settings_of(await settle(principal, AuditAction.NOTIFICATION_SETTINGS_CHANGED, wanted))


def settings_of(organisation: Organisation) -> NotificationSettings:
    """What the organisation's row says."""
    minutes = organisation.no_answer_after_minutes
    return NotificationSettings(
        mails_subjects=organisation.mails_subjects,
        no_answer_after=NO_ANSWER_AFTER if minutes is None else minutes * _MINUTE,
    )
