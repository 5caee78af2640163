"""What an organisation has settled about telling its members: what mails may say, and when a room's silence is told."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from tortoise.transactions import in_transaction

from app.audit import service as audit
from app.audit.models import AuditAction
from app.errors import InvalidInput
from app.identity.models import Organisation
from app.identity.principal import Principal
from app.identity.roles import one_at_a_time, require_still_administrator

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
        async with in_transaction():
            await one_at_a_time(principal.organisation_id)
            await require_still_administrator(principal)
            present = await Organisation.get(id=principal.organisation_id)
            changes = {
                name: value for name, value in wanted.items() if value is not None and value != getattr(present, name)
            }
            if changes:
                await Organisation.filter(id=present.id).update(**changes)
                await audit.record(
                    present.id,
                    AuditAction.NOTIFICATION_SETTINGS_CHANGED,
                    actor_id=principal.member_id,
                    settings=[f"{name}={int(value)}" for name, value in changes.items()],
                )
            return settings_of(await Organisation.get(id=present.id))


def settings_of(organisation: Organisation) -> NotificationSettings:
    """What the organisation's row says."""
    minutes = organisation.no_answer_after_minutes
    return NotificationSettings(
        mails_subjects=organisation.mails_subjects,
        no_answer_after=NO_ANSWER_AFTER if minutes is None else minutes * _MINUTE,
    )
