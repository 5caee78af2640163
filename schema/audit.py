"""The audit log as administrators read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app.audit import models
from app.audit.models import AuditAction, AuditOrigin, AuditOutcome
from app.identity.models import Member as MemberRow
from schema.context import Info
from schema.enums import describe
from schema.fields import context_field, loaded_field
from schema.ids import NodeIds, NodeKind
from schema.members import Member, member_of
from schema.node import Node
from schema.optional import when_present
from schema.paging import After, Connection, First, connection_of, page_request
from schema.permissions import administrator_field

_AUDIT_LOG = "auditLog"

describe(
    AuditAction,
    "An act that is recorded in the audit log.",
    {
        AuditAction.ORGANISATION_CREATED: "The operator created the organisation.",
        AuditAction.INVITATION_ACCEPTED: "Somebody followed an invitation and signed in.",
        AuditAction.INTEGRATION_STARTED: "An integration was begun, or begun again.",
        AuditAction.INTEGRATION_CANCELLED: "An integration that was not enabled yet was given up.",
        AuditAction.ADMIN_APPROVAL_AWAITED: "The suite asked for admin approval.",
        AuditAction.ADMIN_APPROVAL_GIVEN: "The admin approval was found to be given.",
        AuditAction.TEST_FLOW_RUN: "The test flow was run; a test that did not pass has the outcome `FAILED`.",
        AuditAction.INTEGRATION_ENABLED: "The integration was enabled for all users.",
        AuditAction.INTEGRATION_DISABLED: "The integration was disabled.",
        AuditAction.INTEGRATION_PURGED: "What a disabled integration had kept was erased.",
        AuditAction.CONSENTS_REVOKED: "Members' consents were ended at the suite too.",
        AuditAction.PERMISSIONS_CHANGED: "Another set of permissions was chosen.",
        AuditAction.MEMBER_INVITED: "An invitation was made.",
        AuditAction.ROLE_CHANGED: "A member was given another role.",
        AuditAction.IDENTITY_LINKED: "Another account of a suite was linked to a member.",
        AuditAction.MEMBER_DATA_EXPORTED: "The operator wrote out everything that is kept about a member.",
        AuditAction.MEMBER_ERASED: (
            "The operator erased a member with all that was kept of them; `details` say how much that was."
        ),
        AuditAction.BACKUP_RESTORED: (
            "The operator put an older state of the server's data back: what was done after it is undone and not in "
            "this log, and everybody was signed out. `details` say how many members were asked to connect anew."
        ),
        AuditAction.ROOM_SYNC_REQUESTED: "A room sync was asked for.",
        AuditAction.ROOM_CREATED: "A room was entered by hand.",
        AuditAction.ROOM_UPDATED: "Details of a room were overridden, or overrides taken back; `details` name them.",
        AuditAction.ROOM_PAIRED: "A room was paired by hand.",
        AuditAction.ROOM_UNPAIRED: "A room was unpaired by hand.",
        AuditAction.ROOM_REMOVED: "A room was removed, and its bookings closed.",
        AuditAction.BUILDING_CREATED: "A building was entered.",
        AuditAction.BUILDING_UPDATED: "A building was changed; `details` say how many shifts that cancelled.",
        AuditAction.BUILDING_REMOVED: "A building was removed, and its coming shifts cancelled.",
        AuditAction.SHIFTS_BOOKED_FOR_MEMBER: "An administrator booked shifts for a member.",
        AuditAction.SHIFTS_CHANGED_FOR_MEMBER: "An administrator changed shifts of a member.",
        AuditAction.SHIFTS_CANCELLED_FOR_MEMBER: "An administrator cancelled shifts of a member.",
        AuditAction.WORKPLACE_SETTINGS_CHANGED: "What holds for shifts and who sees them was settled anew.",
        AuditAction.NOTIFICATION_SETTINGS_CHANGED: "What members are told, and how, was settled anew.",
        AuditAction.ACCESS_TOKEN_CREATED: "A member made an access token.",
        AuditAction.ACCESS_TOKEN_REVOKED: "A member's access token was ended.",
        AuditAction.ATTEMPT_REFUSED: (
            "An act for administrators was tried and refused; at most one entry a minute for each member, operation "
            "and code, which `details` name."
        ),
    },
)
describe(
    AuditOrigin,
    "By which way an act came in.",
    {
        AuditOrigin.SESSION: "A browser that was signed in.",
        AuditOrigin.ACCESS_TOKEN: "A front end or a script with an access token.",
        AuditOrigin.SUITE_VISIT: "A browser that came back from a page of the suite.",
        AuditOrigin.COMMAND_LINE: "The operator's command line, on the server's own machine.",
        AuditOrigin.SERVER: "Nobody: the server itself did what had become due.",
    },
)
describe(
    AuditOutcome,
    "What became of an act.",
    {
        AuditOutcome.SUCCEEDED: "It was carried out.",
        AuditOutcome.FAILED: "It was carried out, and what it tried did not pass.",
        AuditOutcome.REFUSED: "It was not carried out, so nothing changed.",
    },
)

_TARGETS = {
    AuditAction.INTEGRATION_STARTED: NodeKind.INTEGRATION,
    AuditAction.INTEGRATION_CANCELLED: NodeKind.INTEGRATION,
    AuditAction.ADMIN_APPROVAL_AWAITED: NodeKind.INTEGRATION,
    AuditAction.ADMIN_APPROVAL_GIVEN: NodeKind.INTEGRATION,
    AuditAction.TEST_FLOW_RUN: NodeKind.INTEGRATION,
    AuditAction.INTEGRATION_ENABLED: NodeKind.INTEGRATION,
    AuditAction.INTEGRATION_DISABLED: NodeKind.INTEGRATION,
    AuditAction.INTEGRATION_PURGED: NodeKind.INTEGRATION,
    AuditAction.CONSENTS_REVOKED: NodeKind.INTEGRATION,
    AuditAction.PERMISSIONS_CHANGED: NodeKind.INTEGRATION,
    AuditAction.ROLE_CHANGED: NodeKind.MEMBER,
    AuditAction.IDENTITY_LINKED: NodeKind.MEMBER,
    AuditAction.MEMBER_DATA_EXPORTED: NodeKind.MEMBER,
    AuditAction.ROOM_CREATED: NodeKind.ROOM,
    AuditAction.ROOM_UPDATED: NodeKind.ROOM,
    AuditAction.ROOM_PAIRED: NodeKind.ROOM,
    AuditAction.ROOM_UNPAIRED: NodeKind.ROOM,
    AuditAction.ROOM_REMOVED: NodeKind.ROOM,
    AuditAction.ACCESS_TOKEN_CREATED: NodeKind.ACCESS_TOKEN,
    AuditAction.ACCESS_TOKEN_REVOKED: NodeKind.ACCESS_TOKEN,
}
"""What an act's target is; those of other acts have no id in the schema."""

_MEMBERS = frozenset({"member", "merged_member"})
"""Details that are members' ids."""


@strawberry.type(description="One thing that is known of an act: a code, a count or an id, never content or addresses.")
class AuditDetail:
    name: str = strawberry.field(description="What it tells, such as `suite` or `status_before`.")
    value: str = strawberry.field(
        description="A code, a number or the id of a node as text; several are separated by commas."
    )


@strawberry.type(
    description=(
        "One administrative act, or the attempt at one. Entries are never removed; they change only once a member is "
        "erased, and then no longer say who it was."
    )
)
class AuditEntry(Node):
    row: strawberry.Private[models.AuditEntry]
    action: AuditAction = strawberry.field(description="What was done, or tried.")
    outcome: AuditOutcome = strawberry.field(description="What became of it.")
    at: datetime = strawberry.field(description="When it happened, an instant in UTC.")
    origin: AuditOrigin | None = strawberry.field(
        description="By which way it came in; null for entries from before this was kept."
    )
    network_address: str | None = strawberry.field(
        description=(
            "The IP address that the request came from, as our server saw it; null where no request was sent, and once "
            "whoever sent it was erased."
        )
    )

    @context_field(
        description=(
            "The id of what it was done to: an integration, a room, a member or an access token, each by `node` while "
            "it is there. Null where the target has no id of its own, and for attempts that were refused."
        )
    )
    def target_id(self, info: Info) -> strawberry.ID | None:
        return _target(info.context.ids, self.row.action, self.row.target_id)

    @context_field(description="What else is known of it, by name.")
    def details(self, info: Info) -> list[AuditDetail]:
        return _details(info.context.ids, self.row.details)

    @loaded_field(
        description="Who did it; null for the operator and for the server itself, and once that member is gone.",
        key=lambda entry: entry.row.actor_id,
        loader=lambda loaders: loaders.members,
    )
    def actor(self, row: MemberRow | None) -> Member | None:
        return when_present(row, member_of)

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.AUDIT_ENTRY, self.row.id)


@strawberry.type
class AuditQueries:
    @administrator_field(
        description="What administrators did and tried, and what the server did by itself, the newest first."
    )
    async def audit_log(self, info: Info, first: First = 50, after: After = None) -> Connection[AuditEntry]:
        context = info.context
        request = page_request(info, _AUDIT_LOG, first, after)
        page = await context.services.audit.page(context.member, request)
        return connection_of(_AUDIT_LOG, page, audit_entry_of)


def audit_entry_of(row: models.AuditEntry) -> AuditEntry:
    """An entry as an administrator sees it."""
    return AuditEntry(
        row=row,
        action=row.action,
        outcome=row.outcome,
        at=row.at,
        origin=row.origin,
        network_address=row.network_address,
    )


def _target(ids: NodeIds, action: AuditAction, target_id: UUID | None) -> strawberry.ID | None:
    kind = _TARGETS.get(action)
    return None if kind is None or target_id is None else ids.seal(kind, target_id)


def _details(ids: NodeIds, details: Mapping[str, Any]) -> list[AuditDetail]:
    """What an act said of itself; what it left open is left out, and so are ids that mean nothing to a client."""
    texts = {name: _text(ids, name, value) for name, value in sorted(details.items())}
    return [AuditDetail(name=name, value=text) for name, text in texts.items() if text is not None]


def _text(ids: NodeIds, name: str, value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(str(item) for item in value)
        case str() if (row_id := _row_id(value)) is not None:
            return ids.seal(NodeKind.MEMBER, row_id) if name in _MEMBERS else None
        case _:
            return str(value)


def _row_id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
