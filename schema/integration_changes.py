"""What is told of the integration while it is under way: how it stands, and how far a test or a room sync has come."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import strawberry

from app.events_bus.bus import MessageKind, member_topic, organisation_topic
from app.integrations.condition import IntegrationCondition
from app.integrations.models import Integration as IntegrationRow
from app.integrations.progress import told
from app.integrations.report import CheckName, CheckOutcome
from app.rooms.models import RoomSync as RoomSyncRow
from app.rooms.models import RoomSyncState
from schema.context import Context, Info
from schema.integrations import Integration, RoomSync, integration_of, room_sync_of
from schema.listening import listening, states
from schema.permissions import administrator_subscription, member_subscription

_OPEN = frozenset({RoomSyncState.DUE, RoomSyncState.RUNNING})


@strawberry.type(description="How far a room sync has come.")
class RoomSyncProgress:
    sync: RoomSync = strawberry.field(description="The run as it stands.")
    done: int = strawberry.field(description="Rooms read so far; back at 0 where the run had to begin anew.")
    total: int | None = strawberry.field(
        description=(
            "How many rooms there are in all, as Microsoft 365 tells with the first page; null at Google Workspace, "
            "which does not tell, until the run has succeeded."
        )
    )


@strawberry.type(description="A check of a test flow that is under way.")
class TestFlowProgress:
    __test__ = False  # the name is the product's, not a test's

    name: CheckName = strawberry.field(description="What was looked at.")
    outcome: CheckOutcome = strawberry.field(description="How it went; the report says why.")
    duration_milliseconds: int = strawberry.field(description="How long it took.")


@strawberry.type
class IntegrationSubscription:
    @member_subscription(
        description=(
            "The current integration at once, and again whenever its status changes, for subscription administrators "
            "its health, its issues, its last test and its approval too, and when a room sync is asked for. It stays "
            "open when the integration is disabled, erased or begun anew."
        ),
        tells_all=True,
    )
    async def integration_changed(self, info: Info) -> AsyncGenerator[Integration, None]:
        return _integrations(info.context)

    @administrator_subscription(
        description=(
            "Each check of a test flow that the viewer runs, as soon as it is over. What was over before is not told "
            "again: what counts is the report, which `runTestFlow` answers with."
        )
    )
    async def test_flow_progress(self, info: Info) -> AsyncGenerator[TestFlowProgress, None]:
        return _checks(info.context)

    @administrator_subscription(
        description=(
            "The room sync that is under way, or the last one: how far it has come, at once and after each page, until "
            "it has ended. Before the first one it waits."
        )
    )
    async def room_sync_progress(self, info: Info) -> AsyncGenerator[RoomSyncProgress, None]:
        return _Progress(info.context).items()


@dataclass(frozen=True, slots=True)
class _Seen:
    """The integration at one moment; the condition and the latest room sync are looked up for administrators only."""

    row: IntegrationRow | None
    condition: IntegrationCondition | None
    room_sync_id: UUID | None


async def _integrations(context: Context) -> AsyncGenerator[Integration, None]:
    services, organisation_id = context.services, context.member.organisation_id
    is_administrator = context.member.is_administrator

    async def look() -> _Seen:
        row = await services.integrations.current_for_many(organisation_id)
        if row is None or not is_administrator:
            return _Seen(row, None, None)
        run = await services.room_syncs.latest(organisation_id)
        return _Seen(row, await services.integrations.condition(row), run.id if run else None)

    kinds = {MessageKind.INTEGRATION_CHANGED}
    if is_administrator:
        kinds.add(MessageKind.ROOM_SYNC_PROGRESSED)
    async with aclosing(states(services, organisation_topic(organisation_id), kinds, look, _visible)) as seen:
        async for present in seen:
            yield integration_of(context, present.row)


def _visible(seen: _Seen) -> object:
    """What tells one state from another, as far as the viewer may see it."""
    row, condition = seen.row, seen.condition
    if row is None:
        return None
    status = (row.id, row.status, row.status_since, row.retained_until)
    return (
        status if condition is None else (*status, row.version, condition.health, condition.issues, seen.room_sync_id)
    )


async def _checks(context: Context) -> AsyncGenerator[TestFlowProgress, None]:
    async with listening(context.services, member_topic(context.member.member_id)) as messages:
        async for message in messages:
            if message is not None and message.kind is MessageKind.TEST_PROGRESSED:
                check = told(message)
                yield TestFlowProgress(
                    name=check.name,
                    outcome=check.outcome,
                    duration_milliseconds=round(check.duration / timedelta(milliseconds=1)),
                )


class _Progress:
    """One subscription: it follows one run to its end, whatever is asked for meanwhile."""

    def __init__(self, context: Context) -> None:
        self._services = context.services
        self._organisation_id = context.member.organisation_id
        self._followed: UUID | None = None

    async def items(self) -> AsyncGenerator[RoomSyncProgress, None]:
        topic, kinds = organisation_topic(self._organisation_id), {MessageKind.ROOM_SYNC_PROGRESSED}
        async with aclosing(states(self._services, topic, kinds, self._look, _standing)) as runs:
            async for run in runs:
                if run is not None:
                    yield _progress_of(run)
                if self._followed is not None and (run is None or run.state not in _OPEN):
                    return

    async def _look(self) -> RoomSyncRow | None:
        """The followed run; None before there is one, and once it is gone."""
        if self._followed is not None:
            return await self._services.room_syncs.get(self._organisation_id, self._followed)
        run = await self._services.room_syncs.latest(self._organisation_id)
        self._followed = None if run is None else run.id
        return run


def _standing(run: RoomSyncRow | None) -> object:
    return run and (run.state, run.rooms_read, run.rooms_added, run.rooms_total)


def _progress_of(run: RoomSyncRow) -> RoomSyncProgress:
    total = run.rooms_read if run.state is RoomSyncState.SUCCEEDED else run.rooms_total
    return RoomSyncProgress(sync=room_sync_of(run), done=run.rooms_read, total=total)
