"""The test flow's checks, each on its own and side by side."""

from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from app.connections.models import CalendarConnection
from app.integrations.issues import IssueCode
from app.integrations.models import Integration, IntegrationHealth
from app.integrations.report import Check, CheckName, CheckOutcome, TestReport
from app.integrations.test_flow import TestFlow, TestRun
from app.suites.errors import (
    AdminApprovalNeeded,
    MissingScope,
    NotFound,
    NotificationsRefused,
    SuiteError,
    SuiteThrottled,
    SuiteUnavailable,
)
from app.suites.events import Availability, EventStatus, ScheduleOfAddress, SuiteRoom
from app.suites.protocol import Mailbox, Permission, PermissionVariant, Purpose
from tests.integrations.doubles import PUBLIC_URL, World, make_world
from tests.integrations.mailboxes import NeverTellsEvents, RemembersWatches
from tests.support.carried import CarriedSuite

ROOM = SuiteRoom(suite_id="r1", address="harbour@tidewater.example", name="Harbour")


async def run_flow(
    world: World, *, change_notifications: bool = True, deadline: timedelta = timedelta(seconds=8)
) -> TestRun:
    """Run the checks on an integration that has been tested before."""
    flow = TestFlow(
        world.registry,
        world.connections,
        world.connections,
        world.directories,
        public_url=PUBLIC_URL,
        change_notifications=change_notifications,
        deadline=deadline,
    )
    integration = await Integration.of(world.organisation_id).get()
    connection = await CalendarConnection.of(world.organisation_id).select_related("identity", "integration").get()
    return await flow.run(integration, connection)


def check(run: TestRun, name: CheckName) -> Check:
    return next(check for check in run.report.checks if check.name is name)


async def test_a_healthy_tenant_passes_every_check(world: World) -> None:
    world.suite.rooms = [ROOM]
    await world.tested()

    run = await run_flow(world)

    assert {check.outcome for check in run.report.checks} == {CheckOutcome.PASSED}
    assert run.report.health is IntegrationHealth.HEALTHY


@pytest.mark.parametrize(
    ("operation", "name", "error", "code"),
    [
        ("address", CheckName.PROFILE, SuiteUnavailable("503"), IssueCode.SUITE_UNAVAILABLE),
        ("events", CheckName.CALENDAR_READ, MissingScope("ErrorAccessDenied"), IssueCode.PERMISSION_MISSING),
        ("schedules", CheckName.FREE_BUSY, SuiteThrottled("429"), IssueCode.SUITE_THROTTLED),
        ("application_tokens", CheckName.ROOM_DIRECTORY, AdminApprovalNeeded(), IssueCode.ADMIN_APPROVAL_NEEDED),
    ],
)
async def test_one_failing_check_fails_the_test_and_leaves_the_others_alone(
    world: World, operation: str, name: CheckName, error: SuiteError, code: IssueCode
) -> None:
    await world.tested()
    world.suite.fail_next(operation, error)

    run = await run_flow(world)

    failed = [check for check in run.report.checks if check.outcome is CheckOutcome.FAILED]
    assert [check.name for check in failed] == [name]
    assert failed[0].issue is not None
    assert failed[0].issue.code is code
    assert not run.report.passed
    assert run.preview is None
    assert run.preview_says is None


async def test_a_check_that_hangs_is_told_so_and_holds_no_other(world: World) -> None:
    await world.tested()
    world.connections.on_open = NeverTellsEvents

    run = await run_flow(world, deadline=timedelta(milliseconds=200))

    outcomes = {check.name: check.outcome for check in run.report.checks}
    hanging = check(run, CheckName.CALENDAR_READ)
    assert [name for name, outcome in outcomes.items() if outcome is not CheckOutcome.PASSED] == [hanging.name]
    assert hanging.issue is not None
    assert hanging.issue.code is IssueCode.TIMED_OUT
    assert hanging.duration >= timedelta(milliseconds=100)
    assert check(run, CheckName.PROFILE).duration < timedelta(milliseconds=100)


async def test_refused_change_notifications_are_shown_and_fail_nothing(world: World) -> None:
    await world.tested()
    world.suite.fail_next("watch", NotificationsRefused("ValidationError"))

    run = await run_flow(world)

    refused = check(run, CheckName.CHANGE_NOTIFICATIONS)
    assert (refused.outcome, refused.required) == (CheckOutcome.FAILED, False)
    assert run.report.passed
    assert run.report.health is IntegrationHealth.DEGRADED


async def test_the_watch_of_the_test_reports_to_our_webhook_and_is_stopped(world: World) -> None:
    await world.tested()
    opened: list[RemembersWatches] = []

    def remember(mailbox: Mailbox) -> Mailbox:
        opened.append(RemembersWatches(mailbox))
        return opened[-1]

    world.connections.on_open = remember

    await run_flow(world)

    assert opened[0].callback_urls == ["https://meetings.example/webhooks/microsoft365"]
    assert opened[0].running == set()


async def test_change_notifications_that_are_switched_off_are_skipped_with_words(world: World) -> None:
    await world.tested()

    run = await run_flow(world, change_notifications=False)

    skipped = check(run, CheckName.CHANGE_NOTIFICATIONS)
    assert skipped.outcome is CheckOutcome.SKIPPED
    assert skipped.note is not None
    assert run.report.passed


async def test_without_the_room_directory_its_check_is_skipped_with_words(world: World) -> None:
    await world.start(PermissionVariant.WITHOUT_ROOM_DIRECTORY)
    await world.consent()

    run = await run_flow(world)

    skipped = check(run, CheckName.ROOM_DIRECTORY)
    assert skipped.outcome is CheckOutcome.SKIPPED
    assert skipped.note is not None
    assert run.report.passed


async def test_a_scope_that_was_not_granted_is_missed_by_its_name(world: World) -> None:
    await world.tested()
    await CalendarConnection.of(world.organisation_id).update(scopes=["openid", "offline_access"])

    run = await run_flow(world)

    issue = check(run, CheckName.GRANTED_SCOPES).issue
    assert issue is not None
    assert issue.code is IssueCode.CONSENT_NEEDED
    assert issue.message.endswith("asked for now: calendar.")


async def test_an_older_consent_works_for_what_it_has_and_what_is_asked_for_since_is_named(world: World) -> None:
    await world.tested()
    later = Permission(scope="desks", delegated=True, purpose=Purpose.CALENDAR, why="Books desks.")
    world.suite.permissions = (*world.suite.permissions, later)
    world.suite.asked = world.suite.scopes(PermissionVariant.FULL, administrator=True) | {"desks"}

    run = await run_flow(world)

    failed = [check for check in run.report.checks if check.outcome is CheckOutcome.FAILED]
    assert [check.name for check in failed] == [CheckName.GRANTED_SCOPES]
    assert failed[0].issue is not None
    assert failed[0].issue.message.endswith("asked for now: desks.")
    assert "stays granted" in failed[0].issue.remedy


async def test_a_tenant_other_than_the_integrations_is_missed(world: World) -> None:
    await world.tested()
    await Integration.of(world.organisation_id).update(tenant="another")

    run = await run_flow(world)

    issue = check(run, CheckName.RIGHT_TENANT).issue
    assert issue is not None
    assert issue.code is IssueCode.WRONG_TENANT


@pytest.mark.parametrize("rooms", [[], [ROOM]])
async def test_free_and_busy_times_that_nobody_may_know_fail_the_test(world: World, rooms: list[SuiteRoom]) -> None:
    world.suite.rooms = rooms
    await world.tested()
    for address in (ROOM.address, world.account.address):
        unknown = ScheduleOfAddress(address, Availability.UNKNOWN, provider_code="5009")
        world.suite.mailboxes[world.account.address].busy[address] = unknown

    run = await run_flow(world)

    issue = check(run, CheckName.FREE_BUSY).issue
    assert issue is not None
    assert issue.code is IssueCode.FREE_BUSY_UNKNOWN


async def test_one_room_that_tells_nothing_is_no_issue_while_another_tells(world: World) -> None:
    world.suite.rooms = [ROOM, SuiteRoom(suite_id="r2", address="quay@tidewater.example", name="Quay")]
    await world.tested()
    world.suite.mailboxes[world.account.address].busy[ROOM.address] = ScheduleOfAddress(
        ROOM.address, Availability.UNKNOWN, provider_code="5009"
    )

    run = await run_flow(world)

    assert run.report.passed
    assert run.report.issues == ()


async def test_rooms_none_of_which_tells_when_it_is_free_are_named_and_fail_nothing(world: World) -> None:
    world.suite.rooms = [ROOM]
    await world.tested()
    unknown = ScheduleOfAddress(ROOM.address, Availability.UNKNOWN, provider_code="5009")
    world.suite.mailboxes[world.account.address].busy[ROOM.address] = unknown

    run = await run_flow(world)

    assert _shown(run, CheckName.FREE_BUSY) == IssueCode.FREE_BUSY_UNKNOWN


async def test_the_preview_is_the_nearest_event_to_come(world: World) -> None:
    await world.tested()
    world.add_event("Just over", hours=-2)
    world.add_event("Later", hours=50)
    world.add_event("Next", hours=3)
    world.add_event("Cancelled", hours=1, status=EventStatus.CANCELLED)

    run = await run_flow(world)

    assert run.preview is not None
    assert run.preview.subject == "Next"


async def test_with_nothing_to_come_the_preview_is_the_latest_past_event(world: World) -> None:
    await world.tested()
    world.add_event("Long ago", hours=-24 * 13)
    world.add_event("Just over", hours=-2)
    world.add_event("Too far ahead", hours=24 * 15)

    run = await run_flow(world)

    assert run.preview is not None
    assert run.preview.subject == "Just over"


async def test_a_report_reads_back_as_it_was_written(world: World) -> None:
    await world.tested()
    world.suite.fail_next("events", SuiteUnavailable("HTTP503", correlation="abc-123"))

    report = (await run_flow(world)).report

    read = TestReport.from_json(report.to_json())
    assert [(c.name, c.outcome, c.issue, c.note) for c in read.checks] == [
        (c.name, c.outcome, c.issue, c.note) for c in report.checks
    ]
    assert (read.at, read.passed, read.health) == (report.at, report.passed, report.health)


class TestWhereAnAdministratorsConsentListsTheRooms:
    """And where boxes can be left unticked."""

    @pytest.fixture
    def suite(self) -> CarriedSuite:
        suite = CarriedSuite()
        suite.pages = [[ROOM]]
        return suite

    @pytest.fixture
    async def world(self, database: TortoiseContext, suite: CarriedSuite) -> World:
        world = await make_world(suite=suite)
        await world.tested()
        return world

    async def test_rooms_are_listed_with_the_asking_administrators_own_consent(
        self, world: World, suite: CarriedSuite
    ) -> None:
        suite.readers.clear()

        run = await run_flow(world)

        assert check(run, CheckName.ROOM_DIRECTORY).outcome is CheckOutcome.PASSED
        assert suite.readers == [world.account.address]
        assert run.report.health is IntegrationHealth.HEALTHY

    async def test_a_box_that_was_not_ticked_is_named_and_fails_nothing(
        self, world: World, suite: CarriedSuite
    ) -> None:
        await world.connect(world.administrator, without={"rooms"})
        suite.readers.clear()

        run = await run_flow(world)

        assert _shown(run, CheckName.ROOM_DIRECTORY) == IssueCode.ROOM_DIRECTORY_NOT_TICKED
        assert suite.readers == []

    @pytest.mark.parametrize("error", [MissingScope("forbidden"), NotFound("notFound")])
    async def test_a_suite_that_does_not_list_rooms_to_this_administrator_is_named_and_fails_nothing(
        self, world: World, suite: CarriedSuite, error: SuiteError
    ) -> None:
        suite.pages = [error]

        run = await run_flow(world)

        assert _shown(run, CheckName.ROOM_DIRECTORY) == IssueCode.ROOM_DIRECTORY_REFUSED
        issue = check(run, CheckName.ROOM_DIRECTORY).issue
        assert issue is not None
        assert issue.provider_code == error.provider_code

    async def test_a_directory_that_does_not_answer_fails_the_test(self, world: World, suite: CarriedSuite) -> None:
        suite.pages = [SuiteUnavailable("503")]

        run = await run_flow(world)

        assert not run.report.passed

    async def test_free_and_busy_times_that_were_not_ticked_are_named_and_fail_nothing(
        self, world: World, suite: CarriedSuite
    ) -> None:
        suite.fail_next("schedules", MissingScope("insufficientPermissions"))

        run = await run_flow(world)

        assert _shown(run, CheckName.FREE_BUSY) == IssueCode.PERMISSION_MISSING
        issue = check(run, CheckName.FREE_BUSY).issue
        assert issue is not None
        assert "unknown when rooms are free" in issue.message

    async def test_a_permission_that_nothing_works_without_fails_the_test(self, world: World) -> None:
        await world.connect(world.administrator, without={"calendar"})

        run = await run_flow(world)

        assert not run.report.passed
        failed = check(run, CheckName.GRANTED_SCOPES)
        assert (failed.outcome, failed.required) == (CheckOutcome.FAILED, True)

    async def test_what_fails_nothing_is_kept_so_in_the_row(self, world: World, suite: CarriedSuite) -> None:
        suite.pages = [MissingScope("forbidden")]

        report = (await run_flow(world)).report

        read = TestReport.from_json(report.to_json())
        assert [(c.name, c.required) for c in read.checks] == [(c.name, c.required) for c in report.checks]
        assert (read.passed, read.health) == (True, IntegrationHealth.DEGRADED)


def _shown(run: TestRun, name: CheckName) -> IssueCode:
    """The issue of a check that failed although the test passed; the integration is degraded."""
    failed = check(run, name)
    assert (failed.outcome, failed.required) == (CheckOutcome.FAILED, False)
    assert run.report.passed
    assert run.report.health is IntegrationHealth.DEGRADED
    assert failed.issue is not None
    return failed.issue.code


async def test_free_and_busy_times_that_no_permission_of_their_own_is_for_fail_the_test(world: World) -> None:
    await world.tested()
    world.suite.fail_next("schedules", MissingScope("ErrorAccessDenied"))

    run = await run_flow(world)

    assert not run.report.passed


async def test_a_report_of_former_days_is_read_as_it_was_meant(world: World) -> None:
    await world.tested()
    world.suite.fail_next("watch", NotificationsRefused("ValidationError"))
    old = (await run_flow(world)).report.to_json()
    for entry in old["checks"]:
        del entry["required"]

    report = TestReport.from_json(old)

    assert report.passed
    assert [c.name for c in report.checks if not c.required] == [CheckName.CHANGE_NOTIFICATIONS]
