"""The calendar suites: what each is asked for and why, and what it can do, told before anybody consents."""

from collections.abc import Sequence

import strawberry

from app.suites import protocol
from app.suites.protocol import PermissionVariant, Purpose, SuiteName
from schema.context import Info
from schema.permissions import member_field


@strawberry.type(description="One permission that a suite is asked for.")
class Permission:
    scope: str = strawberry.field(description="Its name in the suite.")
    is_delegated: bool = strawberry.field(
        description=(
            "Whether a member grants it for their own data; otherwise a tenant administrator grants it to the "
            "application, with nobody signed in."
        )
    )
    purpose: Purpose = strawberry.field(description="What it is for, and so what is lost without it.")
    why: str = strawberry.field(description="Why it is needed, in words for whoever decides.")
    is_required: bool = strawberry.field(
        description="Whether a consent without it is of no use; without an optional one only its purpose is lost."
    )
    is_for_administrators: bool = strawberry.field(
        description="Whether only subscription administrators are asked for it."
    )


@strawberry.type(description="One set of permissions that an organisation can choose.")
class PermissionChoice:
    variant: PermissionVariant = strawberry.field(description="The choice, as `startIntegration` takes it.")
    scopes: list[str] = strawberry.field(description="The names of the permissions in it.")
    left_out: list[str] = strawberry.field(description="The names of the permissions that it does without.")


@strawberry.type(description="What a suite can and cannot do, so that a client need not guess.")
class SuiteCapabilities:
    admin_approval_link: bool = strawberry.field(
        description="Whether a tenant administrator can approve by following one link."
    )
    directory_by_application: bool = strawberry.field(
        description="Whether rooms are listed with the application's own credentials, with nobody signed in."
    )
    room_answer_for_attendees: bool = strawberry.field(
        description="Whether an attendee's copy of an event shows what its rooms answered."
    )
    revocable_by_us: bool = strawberry.field(
        description="Whether disconnecting also withdraws the consent in the suite; otherwise it stays there."
    )
    replaces_rooms: bool = strawberry.field(
        description="Whether the suite may swap a room by itself; the booking then follows to the other room."
    )
    room_answer_for_dates: bool = strawberry.field(
        description=(
            "Whether each date of a series tells what its room answered to it. Elsewhere a date may only show the "
            "answer to the series: then the room's free and busy times decide whether that is believed."
        )
    )
    tells_awaiting_approval: bool = strawberry.field(
        description=(
            "Whether a room that awaits a person's approval is told from one that has not answered yet; otherwise both "
            "are pending with `NOT_ANSWERED`."
        )
    )


@strawberry.type(description="A calendar suite that an organisation can be joined to.")
class CalendarSuite:
    name: SuiteName = strawberry.field(description="Which suite it is.")
    is_configured: bool = strawberry.field(description="Whether the operator has set this server up for it.")
    permissions: list[Permission] = strawberry.field(description="Everything it is asked for.")
    permission_choices: list[PermissionChoice] = strawberry.field(
        description="The full set and the smaller ones, for organisations that refuse a permission."
    )
    capabilities: SuiteCapabilities = strawberry.field(description="What it can do.")

    @member_field(
        description=(
            "The direct admin approval link, to be sent to a tenant administrator, who needs no account here; null "
            "where the suite has none or is not configured."
        )
    )
    async def admin_approval_link(self, info: Info) -> str | None:
        context = info.context
        return await context.services.integrations.admin_approval_link(context.member.organisation_id, self.name)


@strawberry.type
class SuiteQueries:
    @member_field(description="Every suite this product knows, configured or not, always in the same order.")
    async def calendar_suites(self, info: Info) -> list[CalendarSuite]:
        registry = info.context.services.registry
        return [
            CalendarSuite(
                name=name,
                is_configured=registry.is_configured(name),
                permissions=[_permission_of(entry) for entry in registry.permissions(name)],
                permission_choices=[_choice_of(variant, registry.permissions(name)) for variant in PermissionVariant],
                capabilities=_capabilities_of(registry.capabilities(name)),
            )
            for name in SuiteName
        ]


def _permission_of(entry: protocol.Permission) -> Permission:
    return Permission(
        scope=entry.scope,
        is_delegated=entry.delegated,
        purpose=entry.purpose,
        why=entry.why,
        is_required=entry.required,
        is_for_administrators=entry.administrators_only,
    )


_WITHOUT = {
    PermissionVariant.FULL: frozenset[Purpose](),
    PermissionVariant.WITHOUT_ROOM_DIRECTORY: frozenset({Purpose.ROOM_DIRECTORY}),
}


def _choice_of(variant: PermissionVariant, permissions: Sequence[protocol.Permission]) -> PermissionChoice:
    without = _WITHOUT[variant]
    return PermissionChoice(
        variant=variant,
        scopes=[entry.scope for entry in permissions if entry.purpose not in without],
        left_out=[entry.scope for entry in permissions if entry.purpose in without],
    )


def _capabilities_of(entry: protocol.Capabilities) -> SuiteCapabilities:
    return SuiteCapabilities(
        admin_approval_link=entry.admin_approval_link,
        directory_by_application=entry.directory_by_application,
        room_answer_for_attendees=entry.room_answer_for_attendees,
        revocable_by_us=entry.revocable_by_us,
        replaces_rooms=entry.replaces_rooms,
        room_answer_for_dates=entry.room_answer_for_dates,
        tells_awaiting_approval=entry.tells_awaiting_approval,
    )
