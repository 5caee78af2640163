"""The daily look at enabled integrations: when, with whose consent, and what it may and may not say."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.audit.models import AuditEntry
from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.connections.standing import StandingKeeper
from app.events_bus.bus import MessageKind
from app.identity.models import Member, Role
from app.integrations.health_check import CLAIM, HEALTH_CHECK_INTERVAL, JITTER, PAUSE_AFTER_OUTAGE, HealthCheck
from app.integrations.issues import IssueCode
from app.integrations.models import Integration, IntegrationHealth
from app.integrations.report import CheckName, CheckOutcome, TestReport
from app.integrations.status import IntegrationStatus
from app.integrations.test_flow import TestFlow
from app.suites.errors import (
    ApplicationBlocked,
    BlockReason,
    MemberBlocked,
    MissingScope,
    NotificationsRefused,
    OperatorMustAct,
    SuiteError,
    SuiteUnavailable,
)
from app.suites.protocol import PermissionVariant
from tests.integrations.doubles import PUBLIC_URL, MemoryConnections, World, make_world
from tests.integrations.mailboxes import NeverTellsEventsOf, WhileAddressIsAsked
from tests.integrations.watching import RecordingBus, health_of, told
from tests.support.carried import CarriedSuite
from tests.support.database import open_database
from tests.support.suites import FakeSuite

H = IntegrationHealth
EVERYBODY = {"Ada Vos": 1, "Bo Lind": 1}
BEGINNING = clock.now()


class Time:
    """The product's clock in the hands of a test."""

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, duration: timedelta) -> None:
        self.now += duration


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    time = Time()
    with clock.use(time):
        yield time


@pytest.fixture
def bus() -> RecordingBus:
    return RecordingBus()


@pytest.fixture
async def world(database: TortoiseContext, bus: RecordingBus, time: Time) -> World:
    """Enabled by Ada a day ago."""
    world = await make_world(bus=bus)
    await world.enabled()
    return _a_day_later(world, time)


@pytest.fixture
async def carried(database: TortoiseContext, bus: RecordingBus, time: Time) -> World:
    """The same where an administrator's consent lists the rooms."""
    world = await make_world(suite=CarriedSuite(), bus=bus)
    await world.enabled()
    return _a_day_later(world, time)


def _a_day_later(world: World, time: Time) -> World:
    world.suite.calls.clear()
    world.connections.opened_for.clear()
    time.pass_(HEALTH_CHECK_INTERVAL)
    return world


def checking(world: World, deadline: timedelta = timedelta(seconds=8)) -> HealthCheck:
    """The job as one process has it."""
    flow = TestFlow(
        world.registry,
        world.connections,
        world.connections,
        world.directories,
        public_url=PUBLIC_URL,
        change_notifications=True,
        deadline=deadline,
    )
    return HealthCheck(world.registry, flow, world.bus, random=lambda: 1.0)


async def row(world: World) -> Integration:
    return await Integration.of(world.organisation_id).get()


async def report(world: World) -> TestReport:
    stored = (await row(world)).test_report
    assert stored is not None
    return TestReport.from_json(stored)


async def outcomes(world: World) -> dict[CheckName, CheckOutcome]:
    return {check.name: check.outcome for check in (await report(world)).checks}


class TestWhen:
    async def test_an_integration_is_looked_at_a_day_after_it_was_enabled(self, world: World, time: Time) -> None:
        await checking(world).run_due()

        assert (await report(world)).at == time.now
        assert world.suite.calls["events"] > 0

    async def test_one_that_was_enabled_just_now_was_tested_just_now(self, world: World, time: Time) -> None:
        await Integration.of(world.organisation_id).update(enabled_at=time.now)

        due = await checking(world).run_due()

        assert due == time.now + HEALTH_CHECK_INTERVAL
        assert world.suite.calls["events"] == 0

    async def test_one_that_was_enabled_again_is_not_looked_at_for_a_time_set_before_that(
        self, world: World, time: Time
    ) -> None:
        long_ago = time.now - timedelta(hours=1)
        await Integration.of(world.organisation_id).update(enabled_at=time.now, next_check_at=long_ago)

        await checking(world).run_due()

        assert world.suite.calls["events"] == 0

    async def test_it_is_looked_at_once_a_day_and_a_little_later_each_time(self, world: World, time: Time) -> None:
        check = checking(world)

        due = await check.run_due()
        calls = world.suite.calls["events"]
        await check.run_due()

        assert due == time.now + HEALTH_CHECK_INTERVAL * (1 + JITTER)
        assert world.suite.calls["events"] == calls

    async def test_two_processes_that_find_it_due_at_once_look_once(self, world: World) -> None:
        one, other = checking(world), checking(world)

        await asyncio.gather(one.run_due(), other.run_due())

        assert world.connections.opened_for == [world.administrator.member_id]

    async def test_a_check_whose_process_died_is_taken_up_when_its_claim_has_run_out(
        self, world: World, time: Time
    ) -> None:
        await Integration.of(world.organisation_id).update(next_check_at=time.now + CLAIM)
        early = await checking(world).run_due()
        time.pass_(CLAIM)

        await checking(world).run_due()

        assert early == time.now
        assert world.suite.calls["events"] > 0

    @pytest.mark.parametrize("status", [s for s in IntegrationStatus if s is not IntegrationStatus.ENABLED])
    async def test_only_enabled_integrations_are_looked_at(self, world: World, status: IntegrationStatus) -> None:
        await Integration.of(world.organisation_id).update(status=status)

        due = await checking(world).run_due()

        assert due is None
        assert world.suite.calls["events"] == 0

    async def test_a_suite_that_is_down_says_nothing_of_the_integration_and_is_asked_again_soon(
        self, world: World, time: Time
    ) -> None:
        before = (await row(world)).test_report
        world.suite.fail_next("events", SuiteUnavailable("HTTP503"))

        due = await checking(world).run_due()

        assert due == time.now + PAUSE_AFTER_OUTAGE * (1 + JITTER)
        assert (await row(world)).test_report == before
        assert (await health_of(world), await told(world)) == ((H.HEALTHY, None), {})

    async def test_a_check_that_hangs_holds_no_other_organisations(self, world: World, time: Time) -> None:
        other = await make_world(
            "Fernhill", suite=world.suite, bus=world.bus, connections=world.connections, tenant="tenant-2"
        )
        await other.enabled()
        await Integration.of(other.organisation_id).update(enabled_at=time.now - HEALTH_CHECK_INTERVAL)
        world.connections.on_open = lambda mailbox: NeverTellsEventsOf(mailbox, world.account.address)
        time.pass_(timedelta(seconds=1))

        await checking(world, deadline=timedelta(milliseconds=300)).run_due()

        assert (await report(other)).at == time.now

    async def test_an_integration_that_was_disabled_while_it_was_looked_at_keeps_no_report_of_it(
        self, world: World, time: Time
    ) -> None:
        before = (await row(world)).test_report
        check = checking(world)

        async def disable() -> None:
            await Integration.of(world.organisation_id).update(status=IntegrationStatus.DISABLED)

        world.connections.on_open = lambda mailbox: WhileAddressIsAsked(mailbox, disable)
        await check.run_due()

        assert (await row(world)).test_report == before


class TestWithWhoseConsent:
    async def test_whoever_enabled_it_comes_first(self, world: World) -> None:
        await world.connect(world.colleague)
        await Integration.of(world.organisation_id).update(enabled_by_id=world.colleague.member_id)

        await checking(world).run_due()

        assert world.connections.opened_for == [world.colleague.member_id]

    async def test_without_them_the_longest_connected_administrator(self, world: World, time: Time) -> None:
        await world.connect(world.colleague)
        await Integration.of(world.organisation_id).update(enabled_by_id=None)

        await checking(world).run_due()

        assert world.connections.opened_for == [world.administrator.member_id]

    @pytest.mark.parametrize("status", [ConnectionStatus.RECONNECT_REQUIRED, ConnectionStatus.BLOCKED])
    async def test_a_consent_that_has_died_is_its_owners_affair_and_the_next_one_serves(
        self, world: World, status: ConnectionStatus
    ) -> None:
        await world.connect(world.colleague)
        mine = CalendarConnection.of(world.organisation_id).filter(member_id=world.administrator.member_id)
        await mine.update(status=status, reason=ConnectionReason.EXPIRED)

        await checking(world).run_due()

        assert world.connections.opened_for == [world.colleague.member_id]
        assert await health_of(world) == (H.HEALTHY, None)

    async def test_a_trouble_of_the_first_administrators_own_passes_the_check_on(self, world: World) -> None:
        await world.connect(world.colleague)
        world.suite.fail_next("events", MemberBlocked(BlockReason.NO_MAILBOX, "MailboxNotEnabledForRESTAPI"))

        await checking(world).run_due()

        assert world.connections.opened_for == [world.administrator.member_id, world.colleague.member_id]
        assert (await report(world)).passed
        assert (await health_of(world), await told(world)) == ((H.HEALTHY, None), {})

    async def test_a_trouble_of_every_administrators_own_makes_nothing_worse(self, world: World) -> None:
        world.suite.fail_next("events", MemberBlocked(BlockReason.NO_MAILBOX, "MailboxNotEnabledForRESTAPI"))

        await checking(world).run_due()

        assert (await health_of(world), await told(world)) == ((H.HEALTHY, None), {})

    @pytest.mark.parametrize("who", ["a member", "an administrator no more"])
    async def test_only_administrators_consents_are_used(self, world: World, who: str) -> None:
        if who == "a member":
            await world.connect(world.member)
            await CalendarConnection.of(world.organisation_id).exclude(member_id=world.member.member_id).delete()
        await Member.of(world.organisation_id).filter(id=world.administrator.member_id).update(role=Role.MEMBER)

        await checking(world).run_due()

        assert world.connections.opened_for == []


class TestWhatItSays:
    async def test_what_got_worse_is_told_to_every_administrator_once(
        self, world: World, time: Time, bus: RecordingBus
    ) -> None:
        check = checking(world)
        world.suite.fail_next("watch", NotificationsRefused("ValidationError"), times=2)
        bus.published.clear()

        await check.run_due()
        time.pass_(HEALTH_CHECK_INTERVAL * 2)
        await check.run_due()

        assert (await health_of(world))[0] is H.DEGRADED
        assert await told(world) == EVERYBODY
        assert bus.count(MessageKind.NOTIFICATION_ADDED) == 2

    async def test_what_was_mended_is_healthy_again_and_told_anew_when_it_returns(
        self, world: World, time: Time
    ) -> None:
        check = checking(world)
        found: list[IntegrationHealth] = []
        for error in (NotificationsRefused("ValidationError"), None, NotificationsRefused("ValidationError")):
            if error is not None:
                world.suite.fail_next("watch", error)
            await check.run_due()
            found.append((await health_of(world))[0])
            time.pass_(HEALTH_CHECK_INTERVAL * 2)

        assert found == [H.DEGRADED, H.HEALTHY, H.DEGRADED]
        assert await told(world) == {"Ada Vos": 2, "Bo Lind": 2}

    async def test_a_directory_that_is_refused_day_after_day_is_told_once(self, carried: World, time: Time) -> None:
        assert isinstance(carried.suite, CarriedSuite)
        await carried.connect(carried.administrator)
        carried.suite.pages = [MissingScope("forbidden")]
        check = checking(carried)

        await check.run_due()
        time.pass_(HEALTH_CHECK_INTERVAL * 2)
        await check.run_due()

        assert len(carried.suite.readers) > 1
        assert await told(carried) == EVERYBODY

    @pytest.mark.parametrize(
        ("error", "health", "code"),
        [
            (OperatorMustAct("AADSTS7000222"), H.DEGRADED, IssueCode.OPERATOR_SETUP),
            (ApplicationBlocked("AADSTS7000112"), H.BROKEN, IssueCode.APPLICATION_BLOCKED),
        ],
        ids=["our own expired secret", "an application that is switched off in the tenant"],
    )
    async def test_it_never_touches_a_members_connection(
        self, world: World, error: SuiteError, health: H, code: IssueCode
    ) -> None:
        await world.connect(world.member)
        world.connections.token_error = error
        world.suite.fail_next("application_tokens", error, times=2)
        before = await CalendarConnection.of(world.organisation_id).order_by("id").values()

        await checking(world).run_due()

        assert (await health_of(world))[0] is health
        assert [issue.code for issue in (await report(world)).issues] == [code]
        assert await CalendarConnection.of(world.organisation_id).order_by("id").values() == before

    async def test_a_check_that_nobody_asked_for_is_not_in_the_audit_log(self, world: World) -> None:
        before = await AuditEntry.of(world.organisation_id).count()
        world.suite.fail_next("watch", NotificationsRefused("ValidationError"))

        await checking(world).run_due()

        assert await AuditEntry.of(world.organisation_id).count() == before

    async def test_its_report_is_kept_in_the_place_of_the_last_one_without_calendar_data(
        self, world: World, time: Time
    ) -> None:
        world.add_event("Merger with Fernhill", hours=2)

        await checking(world).run_due()

        assert (await report(world)).at == time.now
        assert "Merger" not in str((await row(world)).test_report)


class TestWithNobodyConnected:
    @pytest.fixture
    async def world(self, world: World) -> World:
        await CalendarConnection.of(world.organisation_id).delete()
        return world

    @pytest.fixture
    async def carried(self, carried: World) -> World:
        await CalendarConnection.of(carried.organisation_id).delete()
        return carried

    async def test_the_applications_own_credential_and_the_room_directory_are_looked_at(self, world: World) -> None:
        await checking(world).run_due()

        found = await outcomes(world)
        assert {name for name, outcome in found.items() if outcome is CheckOutcome.PASSED} == {
            CheckName.TOKEN,
            CheckName.ROOM_DIRECTORY,
        }
        assert {check.note for check in (await report(world)).checks if check.note} == {
            "Not tried, because no administrator's calendar is connected."
        }
        assert await health_of(world) == (H.HEALTHY, None)

    @pytest.mark.parametrize(
        ("error", "health"),
        [(OperatorMustAct("AADSTS7000222"), H.DEGRADED), (ApplicationBlocked("AADSTS700016"), H.BROKEN)],
    )
    async def test_what_the_application_meets_shows(self, world: World, error: SuiteError, health: H) -> None:
        world.suite.fail_next("application_tokens", error)

        await checking(world).run_due()

        assert (await health_of(world))[0] is health
        assert await told(world) == EVERYBODY

    async def test_a_directory_that_is_not_approved_any_more_shows(self, world: World) -> None:
        world.suite.roles.clear()

        await checking(world).run_due()

        assert (await health_of(world))[0] is H.DEGRADED
        assert [issue.code for issue in (await report(world)).issues] == [IssueCode.ROOM_DIRECTORY_NOT_APPROVED]

    async def test_an_approval_that_is_gone_with_an_administrators_consent_was_withdrawn_by_the_tenant(
        self, world: World
    ) -> None:
        await world.connect(world.administrator)
        await CalendarConnection.of(world.organisation_id).update(
            status=ConnectionStatus.RECONNECT_REQUIRED, reason=ConnectionReason.CONSENT_WITHDRAWN
        )
        world.suite.roles.clear()

        await checking(world).run_due()

        assert (await health_of(world))[0] is H.BROKEN
        assert IssueCode.ADMIN_APPROVAL_NEEDED in [issue.code for issue in (await report(world)).issues]

    async def test_a_consent_that_only_one_administrator_withdrew_breaks_nothing(self, world: World) -> None:
        await world.connect(world.administrator)
        await CalendarConnection.of(world.organisation_id).update(
            status=ConnectionStatus.RECONNECT_REQUIRED, reason=ConnectionReason.CONSENT_WITHDRAWN
        )

        await checking(world).run_due()

        assert await health_of(world) == (H.HEALTHY, None)

    async def test_without_the_room_directory_the_credential_alone_is_looked_at(self, world: World) -> None:
        await Integration.of(world.organisation_id).update(variant=PermissionVariant.WITHOUT_ROOM_DIRECTORY)
        world.suite.roles.clear()

        await checking(world).run_due()

        assert (await outcomes(world))[CheckName.ROOM_DIRECTORY] is CheckOutcome.SKIPPED
        assert await health_of(world) == (H.HEALTHY, None)

    async def test_where_the_application_has_no_credential_nothing_is_asked_and_that_is_said(
        self, carried: World
    ) -> None:
        await checking(carried).run_due()

        assert set((await outcomes(carried)).values()) == {CheckOutcome.SKIPPED}
        assert all(check.note for check in (await report(carried)).checks)
        assert carried.suite.calls == {}

    async def test_what_was_not_asked_leaves_the_health_as_it_was(self, carried: World) -> None:
        await Integration.of(carried.organisation_id).update(health=H.BROKEN, trouble=IssueCode.ADMIN_APPROVAL_NEEDED)

        await checking(carried).run_due()

        assert await health_of(carried) == (H.BROKEN, IssueCode.ADMIN_APPROVAL_NEEDED)

    async def test_a_directory_that_nobody_carries_is_told_to_every_administrator_once(
        self, carried: World, time: Time
    ) -> None:
        check = checking(carried)

        await check.run_due()
        time.pass_(HEALTH_CHECK_INTERVAL * 2)
        await check.run_due()

        assert await told(carried) == EVERYBODY


@pytest.mark.postgresql
async def test_processes_that_find_the_same_integrations_due_look_at_each_once_and_tell_once(
    postgresql_url: str, time: Time
) -> None:
    async with open_database(postgresql_url):
        suite, bus = FakeSuite(), RecordingBus()
        connections = MemoryConnections(suite)
        worlds = [
            await make_world(f"Organisation{turn}", suite=suite, bus=bus, connections=connections, tenant=f"t-{turn}")
            for turn in range(10)
        ]
        for world in worlds:
            await world.enabled()
            world.suite.roles.clear()
        _a_day_later(worlds[0], time)

        await asyncio.gather(*(checking(worlds[0]).run_due() for _ in range(5)))

        assert sorted(connections.opened_for) == sorted(world.administrator.member_id for world in worlds)
        assert [await told(world) for world in worlds] == [EVERYBODY] * len(worlds)


@pytest.mark.postgresql
async def test_many_calls_that_meet_the_same_trouble_at_once_tell_once(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        world = await make_world()
        await world.enabled()
        connection = await CalendarConnection.of(world.organisation_id).get()
        keeper = StandingKeeper(world.bus)

        await asyncio.gather(*(keeper.record(connection, ApplicationBlocked("AADSTS700016")) for _ in range(20)))

        assert await told(world) == EVERYBODY
