"""What administrators settle about telling the members of their organisation."""

from datetime import timedelta
from typing import Annotated

import strawberry

from app.notifications import preferences
from schema.context import Info
from schema.errors import InvalidInput
from schema.permissions import administrator_field, administrator_mutation


@strawberry.type(description="What holds for every member of the organisation.")
class NotificationSettings:
    mails_subjects: bool = strawberry.field(
        description=(
            "Whether a mail about a room may name the meeting's subject, read from the suite for that mail alone. "
            "Otherwise mails name the room and nothing of any calendar. A private meeting's subject is never named."
        )
    )
    no_answer_after_minutes: int = strawberry.field(
        description="After how many minutes of silence a pending room is told to have no answer."
    )


@strawberry.input(description="What to settle anew; what is null stays as it is.")
class SetNotificationSettingsInput:
    mails_subjects: bool | None = strawberry.field(
        description="Whether mails may name the subjects of meetings.", default=None
    )
    no_answer_after_minutes: int | None = strawberry.field(
        description="How many minutes a pending room may be silent, 1 to 10,080; 15 where nobody set it.", default=None
    )


@strawberry.type(description="What was given holds from now on.")
class NotificationSettingsSet:
    settings: NotificationSettings = strawberry.field(description="Everything as it is now.")


SetNotificationSettingsResult = Annotated[
    NotificationSettingsSet | InvalidInput,
    strawberry.union("SetNotificationSettingsResult", description="The settings, or why they stay as they were."),
]


@strawberry.type
class NotificationSettingsQueries:
    @administrator_field(description="What is settled about telling members, by mail and of rooms that are silent.")
    async def notification_settings(self, info: Info) -> NotificationSettings:
        context = info.context
        return _settings_of(await context.services.notification_settings.get(context.member.organisation_id))


@strawberry.type
class NotificationSettingsMutations:
    @administrator_mutation(
        description="Settle whether mails may name subjects, and when a room's silence is told. Audited."
    )
    async def set_notification_settings(
        self,
        info: Info,
        command: Annotated[
            SetNotificationSettingsInput | None,
            strawberry.argument(name="input", description="What to settle; null changes nothing."),
        ] = None,
    ) -> SetNotificationSettingsResult:
        wanted = command or SetNotificationSettingsInput()
        settings = await info.context.services.notification_settings.change(
            info.context.member,
            mails_subjects=wanted.mails_subjects,
            no_answer_after_minutes=wanted.no_answer_after_minutes,
        )
        return NotificationSettingsSet(settings=_settings_of(settings))


def _settings_of(settings: preferences.NotificationSettings) -> NotificationSettings:
    return NotificationSettings(
        mails_subjects=settings.mails_subjects,
        no_answer_after_minutes=settings.no_answer_after // timedelta(minutes=1),
    )
