"""Disabling: its consequences in true numbers, a confirmation bound to them, and what it leaves in peace."""

from datetime import timedelta

import pytest

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.bookings.models import RoomBooking
from app.connections.models import CalendarConnection, ConnectionStatus, MailboxWatch
from app.errors import ConfirmationStale, Forbidden, IntegrationStatusConflict
from app.events_bus.bus import JOBS, MessageKind, organisation_topic
from app.integrations.disabling import CONSENT_RETENTION_PERIOD, Revocation
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.rooms.models import Room, RoomPairing, RoomSync, RoomSyncState
from app.suites.protocol import SuiteName
from tests.bookings.house import Ticker
from tests.integrations.belongings import add_room, furnish
from tests.integrations.doubles import World

S = IntegrationStatus


async def disable(world: World, *, revoke_at_suite: bool = False) -> Integration:
    preview = await world.service.disable_preview(world.administrator)
    ended = await world.service.disable(world.administrator, preview.confirmation, revoke_at_suite=revoke_at_suite)
    return ended.integration


class TestPreview:
    async def test_the_consequences_are_told_in_true_numbers_before_anything_happens(self, world: World) -> None:
        await world.enabled()
        belongings = await furnish(world)
        await add_room(belongings.integration, "Loft", RoomPairing.UNPAIRED)

        preview = await world.service.disable_preview(world.administrator)

        figures = preview.figures
        assert (figures.connected_members, figures.paired_rooms, figures.pending_bookings) == (2, 1, 1)
        assert any("Microsoft 365: 2." in sentence for sentence in preview.consequences)
        assert any("no longer paired: 1." in sentence for sentence in preview.consequences)
        assert any("still pending: 1." in sentence for sentence in preview.consequences)
        assert (await Integration.get(id=belongings.integration.id)).status is S.ENABLED

    async def test_it_says_until_when_consent_would_be_kept(self, world: World) -> None:
        ticker = Ticker()
        with clock.use(ticker):
            await world.enabled()

            preview = await world.service.disable_preview(world.administrator)

            assert preview.retained_until == ticker.moment + timedelta(days=5)
            assert any("17 May 2031, 09:00 UTC" in sentence for sentence in preview.consequences)

    async def test_only_administrators_see_it(self, world: World) -> None:
        await world.enabled()

        with pytest.raises(Forbidden):
            await world.service.disable_preview(world.member)

    async def test_what_is_not_enabled_cannot_be_disabled(self, world: World) -> None:
        await world.tested()

        with pytest.raises(IntegrationStatusConflict) as raised:
            await world.service.disable_preview(world.administrator)

        assert raised.value.status == S.TESTED


class TestConfirmation:
    async def test_a_confirmation_is_stale_once_a_number_has_changed_and_fresh_ones_come_along(
        self, world: World
    ) -> None:
        await world.enabled()
        shown = await world.service.disable_preview(world.administrator)
        await world.connect(world.member)

        with pytest.raises(ConfirmationStale) as raised:
            await world.service.disable(world.administrator, shown.confirmation, revoke_at_suite=False)

        assert any("Microsoft 365: 2." in sentence for sentence in raised.value.consequences)
        assert (await Integration.get()).status is S.ENABLED
        fresh = raised.value.confirmation
        assert (await world.service.disable(world.administrator, fresh, revoke_at_suite=False)).integration.status is (
            S.DISABLED
        )

    async def test_a_confirmation_dies_after_ten_minutes(self, world: World) -> None:
        ticker = Ticker()
        with clock.use(ticker):
            await world.enabled()
            shown = await world.service.disable_preview(world.administrator)
            ticker.advance(timedelta(minutes=10, seconds=1))

            with pytest.raises(ConfirmationStale):
                await world.service.disable(world.administrator, shown.confirmation, revoke_at_suite=False)

    @pytest.mark.parametrize("forged", ["", "x", "WyJhIl0.aaaa.bbbb", "\u0000", "é" * 3_000])
    async def test_what_was_never_shown_confirms_nothing(self, world: World, forged: str) -> None:
        await world.enabled()

        with pytest.raises(ConfirmationStale):
            await world.service.disable(world.administrator, forged, revoke_at_suite=False)

        assert (await Integration.get()).status is S.ENABLED

    async def test_a_confirmation_is_used_once(self, world: World) -> None:
        await world.enabled()
        shown = await world.service.disable_preview(world.administrator)
        await world.service.disable(world.administrator, shown.confirmation, revoke_at_suite=False)

        with pytest.raises(IntegrationStatusConflict):
            await world.service.disable(world.administrator, shown.confirmation, revoke_at_suite=False)


class TestDisabled:
    async def test_it_keeps_its_tenant_and_says_until_when(self, world: World) -> None:
        enabled = await world.enabled()

        disabled = await disable(world)

        assert disabled.status is S.DISABLED
        assert (disabled.tenant, disabled.claimed_tenant) == (enabled.tenant, enabled.tenant)
        assert disabled.disabled_at is not None
        assert disabled.retained_until == disabled.disabled_at + CONSENT_RETENTION_PERIOD
        assert await world.service.current(world.organisation_id) == disabled
        assert [row.id for row in await world.service.retained(world.administrator)] == [disabled.id]

    async def test_connections_rest_with_their_consent_and_nothing_of_them_is_rewritten(self, world: World) -> None:
        await world.enabled()
        belongings = await furnish(world)

        disabled = await disable(world)

        row = await CalendarConnection.get(id=belongings.connection.id)
        assert (row.credentials, row.status) == (belongings.connection.credentials, ConnectionStatus.CONNECTED)
        figures = await world.service.figures(disabled)
        assert (figures.connected_members, figures.suspended_members) == (0, 2)

    async def test_rooms_are_unpaired_and_keep_their_details(self, world: World) -> None:
        await world.enabled()
        belongings = await furnish(world)

        await disable(world)

        room = await Room.get(id=belongings.room.id)
        assert room.pairing is RoomPairing.UNPAIRED
        assert (room.address, room.name) == (belongings.room.address, belongings.room.name)

    async def test_a_room_sync_that_is_under_way_ends(self, world: World) -> None:
        await world.enabled()

        await disable(world)

        run = await RoomSync.get()
        assert (run.state, run.open_slot, run.failure_code) == (RoomSyncState.FAILED, None, "INTEGRATION_DISABLED")
        await world.rooms_sync.run_due()
        assert await Room.all().count() == 0

    async def test_watches_are_due_to_be_stopped_and_pending_bookings_stay(self, world: World) -> None:
        ticker = Ticker()
        with clock.use(ticker):
            await world.enabled()
            belongings = await furnish(world)
            await MailboxWatch.all().update(next_attempt_at=ticker.moment + timedelta(days=1))

            await disable(world)

            assert (await MailboxWatch.get()).next_attempt_at == ticker.moment
            assert await RoomBooking.of(world.organisation_id).filter(id=belongings.booking.id).exists()

    async def test_whoever_watches_hears_of_it_and_the_jobs_are_woken(self, world: World) -> None:
        await world.enabled()

        async with world.bus.subscribe(organisation_topic(world.organisation_id), JOBS) as messages:
            await disable(world)
            heard = [(await anext(messages)).kind, (await anext(messages)).kind]

        assert heard == [MessageKind.INTEGRATION_CHANGED, MessageKind.JOBS_DUE]

    async def test_the_audit_log_says_who_did_it_and_what_it_cost(self, world: World) -> None:
        await world.enabled()
        await furnish(world)

        await disable(world)

        entry = await AuditEntry.get(action=AuditAction.INTEGRATION_DISABLED)
        assert entry.actor_id == world.administrator.member_id
        assert entry.details["connected_members"] == 2
        assert entry.details["status_before"] == "ENABLED"

    async def test_a_suite_that_takes_no_word_from_us_is_told_nothing_and_that_is_said(self, world: World) -> None:
        await world.enabled()
        preview = await world.service.disable_preview(world.administrator)

        ended = await world.service.disable(world.administrator, preview.confirmation, revoke_at_suite=True)

        assert ended.revocation is Revocation.NOT_POSSIBLE
        assert not ended.integration.revokes_consents

    async def test_a_suite_that_takes_our_word_is_told(self, world: World) -> None:
        await world.enabled()
        await Integration.all().update(suite=SuiteName.GOOGLE_WORKSPACE)
        preview = await world.service.disable_preview(world.administrator)

        ended = await world.service.disable(world.administrator, preview.confirmation, revoke_at_suite=True)

        assert ended.revocation is Revocation.UNDER_WAY
        assert ended.integration.revokes_consents
