"""Telling a member, and the audit log, what somebody else did with the member's shifts; own acts are nobody's news."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.audit import service as audit
from app.audit.models import AuditAction
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.identity.principal import Principal
from app.notifications.models import Notification, NotificationKind
from app.shifts import entries
from app.shifts.models import Shift
from app.shifts.ports import Notify


@dataclass(frozen=True, slots=True)
class Act:
    """What was done, as a notification and as an entry of the audit log."""

    kind: NotificationKind
    action: AuditAction
    occasion: str


BOOKED = Act(NotificationKind.SHIFTS_BOOKED, AuditAction.SHIFTS_BOOKED_FOR_MEMBER, "shifts-booked")
CHANGED = Act(NotificationKind.SHIFTS_CHANGED, AuditAction.SHIFTS_CHANGED_FOR_MEMBER, "shifts-changed")
CANCELLED = Act(NotificationKind.SHIFTS_CANCELLED, AuditAction.SHIFTS_CANCELLED_FOR_MEMBER, "shifts-cancelled")


async def follow_up(
    principal: Principal, act: Act, change_id: UUID, shifts: Sequence[Shift], notify: Notify
) -> Notification | None:
    """What follows from a change of one member's shifts, in the transaction of that change.

    Their calendar follows. Where somebody else acted the member is told once, and the audit log has an entry.
    """
    await entries.follow(shifts)
    member_id = shifts[0].member_id
    if member_id == principal.member_id:
        return None
    await audit.record(
        principal.organisation_id, act.action, actor_id=principal.member_id, target_id=member_id, shifts=len(shifts)
    )
    return await notify(
        principal.organisation_id, member_id, act.kind, subject_id=change_id, occasion=f"{act.occasion}:{change_id}"
    )


async def announce(bus: EventsBus, notification: Notification | None) -> None:
    """Wake the job that keeps calendars, and the member's clients; call after the transaction."""
    await entries.announce(bus)
    if notification is not None:
        message = Message(MessageKind.NOTIFICATION_ADDED, notification.id)
        await bus.publish(member_topic(notification.member_id), message)
