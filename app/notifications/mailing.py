"""The job that mails what members were told, where the operator has a mail server.

Each notification is mailed once: its row is claimed by a compare-and-swap on `next_mail_at`, and let go when the server
has the mail. What was read meanwhile is not mailed, and what could not be for a day is given up. A process that dies
between handing a mail in and writing that down leaves it to be mailed again, under the same Message-ID.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog
from tortoise.queryset import QuerySet

from app import clock
from app.database.backlog import Backlog, backlog_of
from app.identity.models import Member, Organisation, Role
from app.notifications.mails import Letter, MailRoom
from app.notifications.models import Notification, NotificationKind
from app.notifications.shift_words import ABOUT_SHIFTS, ToldShifts, told_shifts
from app.notifications.smtp import Handover, MailDeferred, MailRefused, MailServerUnavailable, Post
from app.notifications.words import mail_words
from app.rooms.models import Room
from app.shifts.models import Shift

READING_TIME = timedelta(minutes=1)
"""Whoever is at their screen has seen it by then, and needs no mail."""
GIVEN_UP_AFTER = timedelta(days=1)
CLAIM_PERIOD = timedelta(minutes=2)
FIRST_BACK_OFF = timedelta(minutes=1)
LONGEST_BACK_OFF = timedelta(hours=1)
BATCH = 50

_ABOUT_BOOKINGS = frozenset(
    {
        NotificationKind.ROOM_REJECTED,
        NotificationKind.ROOM_REPLACED,
        NotificationKind.ROOM_NOT_ANSWERING,
        NotificationKind.ROOM_REMOVED,
    }
)

_log = structlog.get_logger(__name__)


class Subjects(Protocol):
    """Reads what a booked meeting is called."""

    async def of(self, organisation_id: UUID, booking_id: UUID) -> str | None:
        """With its owner's consent, and kept nowhere; None where it cannot be read now, and for a private one."""
        ...


class Mailing:
    """Mails notifications that nobody has read."""

    name = "mailing"

    def __init__(self, post: Post, mail_room: MailRoom, subjects: Subjects) -> None:
        self._post = post
        self._mail_room = mail_room
        self._subjects = subjects

    async def run_due(self) -> datetime | None:
        """Mail what is due; answers when something is due next."""
        now = clock.now()
        due = await _due(now)
        if due:
            try:
                async with self._post.open() as hand_over:
                    for row in due:
                        await self._attend(row, hand_over)
            except MailServerUnavailable:
                _log.warning("mail_server_unavailable")
                await _put_off(due, now)
        return await _next_due()

    async def backlog(self) -> Backlog:
        return await backlog_of(_due_rows(clock.now()), "next_mail_at", after=READING_TIME)

    async def _attend(self, row: Notification, hand_over: Handover) -> None:
        """Mail one, unless somebody else does or it is not wanted any more. Raises MailServerUnavailable."""
        lease = clock.now() + CLAIM_PERIOD
        claimed = _open(row).filter(next_mail_at=row.next_mail_at)
        if not await claimed.update(next_mail_at=lease):
            return
        row.next_mail_at = lease
        letter = await self._letter(row)
        if letter is None:
            await _open(row).update(next_mail_at=None)
            return
        try:
            message = self._mail_room.write(letter, clock.now())
            await hand_over(message)
        except (MailRefused, ValueError):
            _log.warning("mail_refused", notification=str(row.id))
            await _open(row).update(next_mail_at=None)
        except MailDeferred:
            await _put_off([row], clock.now())
        else:
            await _open(row).update(mailed_at=clock.now(), next_mail_at=None)

    async def _letter(self, row: Notification) -> Letter | None:
        """What to write; None where there is nobody to write to, or no time left for it to be news."""
        if row.read_at is not None or clock.now() - row.created_at >= GIVEN_UP_AFTER:
            return None
        organisation_id = row.organisation_id
        member = await Member.of(organisation_id).get_or_none(id=row.member_id, merged_into_id=None)
        is_for_administrators = row.kind is NotificationKind.INTEGRATION_UNHEALTHY
        if member is None or (is_for_administrators and member.role is not Role.SUBSCRIPTION_ADMINISTRATOR):
            return None
        room, former_room = await _room_name(row, row.room_id), await _room_name(row, row.former_room_id)
        subject, shifts = await self._subject(row), await _told_shifts(row)
        words = mail_words(row.kind, member.name, room, former_room, subject, shifts)
        return Letter(notification_id=row.id, name=member.name, address=member.address, words=words)

    async def _subject(self, row: Notification) -> str | None:
        if row.kind not in _ABOUT_BOOKINGS or not (await Organisation.get(id=row.organisation_id)).mails_subjects:
            return None
        return await self._subjects.of(row.organisation_id, row.subject_id)


def _due_rows(now: datetime) -> QuerySet[Notification]:
    """In every organisation: the job serves them all."""
    return Notification.filter(next_mail_at__lte=now - READING_TIME)


async def _due(now: datetime) -> Sequence[Notification]:
    return await _due_rows(now).order_by("next_mail_at", "id").limit(BATCH)


async def _next_due() -> datetime | None:
    row = await Notification.filter(next_mail_at__isnull=False).order_by("next_mail_at").first()
    return row.next_mail_at + READING_TIME if row is not None and row.next_mail_at is not None else None


async def _room_name(row: Notification, room_id: UUID | None) -> str | None:
    room = await Room.of(row.organisation_id).get_or_none(id=room_id) if room_id is not None else None
    return room.name if room is not None else None


async def _told_shifts(row: Notification) -> ToldShifts | None:
    """The member's shifts that the notification is about, as far as they were not changed again since."""
    if row.kind not in ABOUT_SHIFTS:
        return None
    theirs = Shift.of(row.organisation_id).filter(member_id=row.member_id, last_change_id=row.subject_id)
    shifts = await theirs.order_by("starts_at", "id").select_related("building")
    names = {shift.building.id: shift.building.name for shift in shifts if shift.building is not None}
    return told_shifts(shifts, names)


async def _put_off(rows: Sequence[Notification], now: datetime) -> None:
    """What was not mailed of these comes later, with longer and longer pauses; what is too old does not."""
    for row in rows:
        is_over = now - row.created_at >= GIVEN_UP_AFTER
        back_off = min(FIRST_BACK_OFF * 2 ** min(row.mail_attempts, 16), LONGEST_BACK_OFF)
        following = None if is_over else now + back_off
        claimed = _open(row).filter(next_mail_at=row.next_mail_at)
        await claimed.update(next_mail_at=following, mail_attempts=row.mail_attempts + 1)


def _open(row: Notification) -> QuerySet[Notification]:
    """The row, while nothing was mailed about it."""
    return Notification.of(row.organisation_id).filter(id=row.id, mailed_at__isnull=True)
