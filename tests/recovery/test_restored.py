"""What was ended since a backup does not come back with it, and what may have changed is looked at at once."""

from datetime import timedelta

from tortoise.context import TortoiseContext

from app import clock
from app.audit.models import AuditAction, AuditEntry, AuditOrigin
from app.audit.origin import Origin, acting_from
from app.connections.models import AuthorisationFlow, CalendarConnection, ConnectionStatus, MailboxWatch
from app.events_bus.memory import MemoryBus
from app.identity.invitations import InvitationService
from app.identity.models import Invitation
from app.keys import Vault
from app.notifications.models import Notification
from app.recovery.restored import make_good
from tests.keyring.filling import A, make_workplace


async def test_links_and_visits_that_may_have_been_used_since_work_no_more(database: TortoiseContext) -> None:
    await InvitationService().create_organisation("Tidewater")
    await make_workplace(Vault((A,)), name="Newbridge")

    made = await make_good(MemoryBus(), reconnect=False)

    assert made.invitations == 1
    assert not await Invitation.filter(expires_at__gt=clock.now()).exists()
    assert not await AuthorisationFlow.filter(expires_at__gt=clock.now()).exists()


async def test_every_watch_is_renewed_now_whoever_had_taken_it(database: TortoiseContext) -> None:
    workplace = await make_workplace(Vault((A,)))
    later = clock.now() + timedelta(days=1)
    await MailboxWatch.filter(id=workplace.watch_id).update(next_attempt_at=later, claimed_until=later)

    made = await make_good(MemoryBus(), reconnect=False)

    assert made.watches == 1
    watch = await MailboxWatch.of(workplace.member.organisation_id).get(id=workplace.watch_id)
    assert watch.next_attempt_at <= clock.now()
    assert watch.claimed_until is None


async def test_unless_it_is_asked_for_nobody_has_to_connect_again(database: TortoiseContext) -> None:
    workplace = await make_workplace(Vault((A,)))

    made = await make_good(MemoryBus(), reconnect=False)

    assert made.to_reconnect == 0
    assert (await _connection(workplace.connection)).status is ConnectionStatus.CONNECTED


async def test_where_it_is_asked_for_everybody_is_told_once_to_connect_again(database: TortoiseContext) -> None:
    workplace = await make_workplace(Vault((A,)))

    made = [await make_good(MemoryBus(), reconnect=True) for _ in range(2)]

    assert [each.to_reconnect for each in made] == [1, 0]
    assert (await _connection(workplace.connection)).status is ConnectionStatus.RECONNECT_REQUIRED
    assert await Notification.filter(member_id=workplace.member.id).count() == 1


async def test_each_organisation_reads_in_its_log_that_its_past_was_put_back(database: TortoiseContext) -> None:
    workplace = await make_workplace(Vault((A,)))
    other, _ = await InvitationService().create_organisation("Tidewater")

    with acting_from(Origin(AuditOrigin.COMMAND_LINE)):
        await make_good(MemoryBus(), reconnect=True)

    entries = await AuditEntry.filter(action=AuditAction.BACKUP_RESTORED)
    asked = {entry.organisation_id: entry.details for entry in entries}
    assert asked == {workplace.member.organisation_id: {"to_reconnect": 1}, other.id: {"to_reconnect": 0}}
    assert {(entry.origin, entry.actor_id) for entry in entries} == {(AuditOrigin.COMMAND_LINE, None)}


async def _connection(connection: CalendarConnection) -> CalendarConnection:
    return await CalendarConnection.of(connection.organisation_id).get(id=connection.id)
