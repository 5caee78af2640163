"""What is asked of the database: everything that waits, whosever it is, and nothing that a process has taken."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from app import clock
from app.bookings.models import BookingIntent, BookingKind, IntentState, RoomBooking
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection, MailboxWatch, WatchStatus
from app.identity.models import IdempotencyRecord
from app.integrations.models import Integration, IntegrationHealth
from app.integrations.status import IntegrationStatus
from app.keys import Keys, Vault
from app.main import Deployment, deployment
from app.notifications.models import Notification, NotificationKind
from app.references.models import EventReference, MailboxReference
from app.rooms.models import RoomSync, RoomSyncState
from app.shifts.models import EntryState, ShiftEntry
from app.telemetry.exposition import Exposition
from app.telemetry.figures import Figures, figures_of
from app.telemetry.metrics import Metrics
from tests.bookings.house import make_room
from tests.connections.stack import Stack, make_connection, make_integration, make_settings
from tests.support import database
from tests.support.people import make_member, make_organisation
from tests.telemetry.everything import JOBS
from tests.telemetry.scraping import Scrape

HOUR = timedelta(hours=1)
CLAIMED = (RoomBooking, BookingIntent, MailboxWatch, ShiftEntry, RoomSync)


@asynccontextmanager
async def _product(database_url: str, **changes: Any) -> AsyncIterator[Deployment]:
    """Everything composed, in a process that runs no job."""
    mails: dict[str, Any] = {"smtp_url": SecretStr("smtp://127.0.0.1:1"), "mail_from": "rooms@mail.example"}
    settings = make_settings().model_copy(update={"database_url": database_url, **mails, **changes})
    await database.migrate(database_url)
    async with deployment(settings, runs_jobs=False) as composed:
        yield composed


async def _told(figures: Figures, composed: Deployment) -> Scrape:
    async def ask() -> Figures:
        return figures

    return Scrape((await Exposition(Metrics(), composed.readiness, ask).text()).decode())


async def _something_due_of_everything() -> None:
    """One row for each job, due for an hour; the moment of each is in the past."""
    now = clock.now()
    ago = now - HOUR
    organisation = await make_organisation()
    integration = await make_integration(organisation)
    await Integration.of(organisation.id).update(next_check_at=ago)
    lapsed = await make_integration(
        await make_organisation("Newbridge"), IntegrationStatus.DISABLED, tenant=str(uuid4())
    )
    await Integration.filter(id=lapsed.id).update(retained_until=ago)
    member = await make_member(organisation)
    connection = await make_connection(Stack(Keys(b"\x02" * 32), Vault((("k1", b"\x02" * 32),))), member, integration)
    mine: dict[str, Any] = {"organisation_id": organisation.id, "created_at": ago}
    record = await IdempotencyRecord.create(
        **mine, member=member, operation="bookRoom", key_hash=uuid4().hex, input_hash="x", result_ids=None
    )
    await BookingIntent.create(
        **mine, connection=connection, record=record, room_ids=[], state=IntentState.OPEN, next_check_at=ago
    )
    await MailboxWatch.create(
        **mine,
        connection=connection,
        status=WatchStatus.RUNNING,
        secret_hash="",
        expires_at=now + timedelta(minutes=5),
        next_attempt_at=ago,
    )
    await ShiftEntry.create(
        **mine,
        connection=connection,
        shift_id=uuid4(),
        command_id=uuid4(),
        state=EntryState.TO_WRITE,
        next_try_at=ago,
    )
    await RoomSync.create(**mine, integration=integration, state=RoomSyncState.DUE, open_slot=1)
    await Notification.create(
        **mine,
        member=member,
        kind=NotificationKind.ROOM_REJECTED,
        subject_id=uuid4(),
        occasion="x",
        next_mail_at=ago - timedelta(minutes=1),
    )
    await _pending_booking(connection, mine)


async def _pending_booking(connection: CalendarConnection, mine: dict[str, Any]) -> None:
    ago = mine["created_at"]
    organisation = await connection.organisation
    event = await EventReference.create(
        **mine, suite=connection.integration.suite, key_hash=uuid4().hex, sealed_key=b"", next_look_at=ago
    )
    in_mailbox = await MailboxReference.create(
        **mine, connection=connection, event_reference=event, id_hash=uuid4().hex, sealed_id=b""
    )
    await RoomBooking.create(
        **mine,
        member_id=connection.member_id,
        connection=connection,
        room=await make_room(organisation, connection.integration, "Lighthouse"),
        event_reference=event,
        mailbox_reference=in_mailbox,
        kind=BookingKind.EVENT,
        state=BookingState.PENDING,
        state_since=ago - HOUR,
        next_check_at=ago,
        live_slot=1,
    )


async def test_whatever_is_due_is_told_with_how_late_it_is(database_url: str) -> None:
    async with _product(database_url) as composed:
        await _something_due_of_everything()

        told = await _told(await figures_of(composed.jobs), composed)

    names = {job.name for job in JOBS}
    assert {labels["job_name"]: told.value("job_due_rows", **labels) for labels in told.labels("job_due_rows")} == (
        dict.fromkeys(names, 1)
    )
    late = [told.value("job_oldest_due_age_seconds", job_name=name) for name in names]
    assert all(HOUR.total_seconds() <= seconds < HOUR.total_seconds() + 60 for seconds in late), late
    assert told.value("pending_bookings") == 1
    assert 2 * HOUR.total_seconds() <= told.value("oldest_pending_booking_age_seconds") < 2 * HOUR.total_seconds() + 60
    assert told.value("waiting_mails") == 1
    assert told.value("watches", status="RUNNING") == told.value("watches_lapsing") == 1
    assert told.value("integrations", health="HEALTHY") == told.value("integrations") == 1


async def test_what_a_process_has_taken_or_what_is_not_due_yet_is_not_late(database_url: str) -> None:
    later = clock.now() + HOUR
    async with _product(database_url) as composed:
        await _something_due_of_everything()
        for model in CLAIMED:
            await model.all().update(claimed_until=later)
        await EventReference.all().update(look_claimed_until=later)
        await Integration.all().update(next_check_at=later)
        await Integration.filter(retained_until__isnull=False).update(retained_until=later)
        await Notification.all().update(next_mail_at=later)

        told = await _told(await figures_of(composed.jobs), composed)

    assert told.value("job_due_rows") == told.value("job_oldest_due_age_seconds") == 0
    assert told.value("pending_bookings") == 1
    assert told.value("waiting_mails") == 1, "a mail that is put off waits all the same"


async def test_an_integration_is_counted_by_its_health(database_url: str) -> None:
    async with _product(database_url) as composed:
        await _something_due_of_everything()
        await Integration.filter(status=IntegrationStatus.ENABLED).update(health=IntegrationHealth.BROKEN)

        told = await _told(await figures_of(composed.jobs), composed)

    assert told.value("integrations", health="BROKEN") == told.value("integrations") == 1


@pytest.mark.parametrize("changes", [{"smtp_url": None}, {"change_notifications": False}])
async def test_what_a_deployment_does_not_do_is_never_late(tmp_path: Any, changes: dict[str, Any]) -> None:
    async with _product(database.sqlite_url(tmp_path), **changes) as composed:
        await _something_due_of_everything()

        told = await _told(await figures_of(composed.jobs), composed)

    if "smtp_url" in changes:
        assert told.labels("waiting_mails") == []
        assert "mailing" not in {labels["job_name"] for labels in told.labels("job_due_rows")}
    else:
        assert told.value("job_due_rows", job_name="watches") == 0
