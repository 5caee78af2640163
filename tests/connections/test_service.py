"""Members' connections: opened, refused in words, ended, and told once."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import structlog

from app import clock, errors
from app.connections.models import (
    AuthorisationFlow,
    CalendarConnection,
    ConnectionReason,
    ConnectionStatus,
    FlowPurpose,
    MailboxWatch,
    WatchStatus,
)
from app.errors import (
    ConnectionBlocked,
    ConnectionRequired,
    IntegrationUnavailable,
    InvalidInput,
    ProblemError,
    ReconnectRequired,
)
from app.events_bus.bus import MessageKind, member_topic
from app.identity.models import Member, Organisation
from app.identity.principal import Principal
from app.integrations.issues import IssueCode
from app.integrations.models import Integration, IntegrationHealth
from app.integrations.status import IntegrationStatus
from app.notifications.models import Notification
from app.suites import errors as suite_errors
from app.suites.errors import BlockReason, ReconnectReason, SuiteError, WrongAccount
from app.suites.protocol import Grant, SuiteName
from tests.connections.stack import Stack, account_of, make_connection, make_integration, stored_row
from tests.identity.queries import counted_queries
from tests.support.people import TENANT, make_member, principal_of

MICROSOFT = SuiteName.MICROSOFT_365


async def _told(stack: Stack, connection: CalendarConnection, error: SuiteError) -> ProblemError:
    with pytest.raises(ProblemError) as told:
        async with stack.connections.use(connection):
            raise error
    return told.value


async def test_a_connected_member_has_their_calendar_in_one_query(
    stack: Stack, principal: Principal, connection: CalendarConnection
) -> None:
    async with counted_queries() as queries:
        calendar = await stack.connections.connected(principal)

    assert len(queries) == 1
    assert calendar.connection.id == connection.id
    assert await calendar.mailbox.address() == "ada.vos@tidewater.example"


async def test_a_member_without_connection_is_told_to_connect(
    stack: Stack, principal: Principal, integration: Integration
) -> None:
    with pytest.raises(ConnectionRequired):
        await stack.connections.connected(principal)


async def test_nobody_has_a_calendar_where_nothing_is_configured(stack: Stack, principal: Principal) -> None:
    with pytest.raises(IntegrationUnavailable) as refused:
        await stack.connections.connected(principal)

    assert refused.value.status == IntegrationStatus.NOT_CONFIGURED


@pytest.mark.parametrize("status", [IntegrationStatus.TESTED, IntegrationStatus.TEST_FAILED])
async def test_a_connection_is_of_no_use_before_the_integration_is_enabled(
    stack: Stack, principal: Principal, connection: CalendarConnection, status: IntegrationStatus
) -> None:
    await Integration.of(principal.organisation_id).update(status=status)

    with pytest.raises(IntegrationUnavailable):
        await stack.connections.connected(principal)


async def test_a_colleagues_connection_is_not_the_members(
    stack: Stack, organisation: Organisation, connection: CalendarConnection
) -> None:
    colleague = await make_member(organisation, "Bo Lind")

    with pytest.raises(ConnectionRequired):
        await stack.connections.connected(principal_of(colleague))


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (ConnectionStatus.NOT_CONNECTED, None, ConnectionRequired),
        (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.EXPIRED, ReconnectRequired),
        (ConnectionStatus.BLOCKED, ConnectionReason.NO_MAILBOX, ConnectionBlocked),
        (ConnectionStatus.SUSPENDED, ConnectionReason.INTEGRATION_DISABLED, IntegrationUnavailable),
    ],
)
async def test_a_connection_that_does_not_work_says_so_before_the_suite_is_asked(
    stack: Stack,
    principal: Principal,
    connection: CalendarConnection,
    status: ConnectionStatus,
    reason: ConnectionReason | None,
    expected: type[ProblemError],
) -> None:
    await CalendarConnection.of(principal.organisation_id).update(status=status, reason=reason)

    with pytest.raises(expected):
        await stack.connections.connected(principal)

    assert stack.suite.token_calls == 0


async def test_a_dead_grant_is_told_once_until_the_member_has_reconnected(
    stack: Stack, member: Member, integration: Integration, connection: CalendarConnection
) -> None:
    dead = suite_errors.ReconnectRequired(ReconnectReason.EXPIRED)

    first = await _told(stack, connection, dead)
    await _told(stack, await _loaded(connection), dead)
    told_once = await Notification.of(member.organisation_id).count()
    again = await make_connection(stack, member, integration)
    await _told(stack, again, dead)

    assert isinstance(first, ReconnectRequired)
    assert told_once == 1
    assert await Notification.of(member.organisation_id).count() == 2
    assert again.id == connection.id


async def test_a_dead_grant_marks_the_connection_and_tells_the_members_clients(
    stack: Stack, member: Member, connection: CalendarConnection
) -> None:
    await _told(stack, connection, suite_errors.ReconnectRequired(ReconnectReason.MFA))

    stored = await stored_row(connection)
    assert (stored.status, stored.reason) == (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.MFA)
    assert stored.credentials is not None
    assert stack.bus.kinds == [MessageKind.CONNECTION_CHANGED, MessageKind.NOTIFICATION_ADDED]
    assert {topic for topic, _ in stack.bus.published} == {member_topic(member.id)}


@pytest.mark.parametrize("reason", list(BlockReason))
async def test_a_member_whom_the_suite_keeps_out_is_blocked_with_the_reason(
    stack: Stack, principal: Principal, connection: CalendarConnection, reason: BlockReason
) -> None:
    problem = await _told(stack, connection, suite_errors.MemberBlocked(reason))

    stored = await stored_row(connection)
    assert isinstance(problem, ConnectionBlocked)
    assert problem.reason == reason.value
    assert (stored.status, stored.reason) == (ConnectionStatus.BLOCKED, ConnectionReason(reason.value))
    with pytest.raises(ConnectionBlocked):
        await stack.connections.connected(principal)


@pytest.mark.parametrize(
    ("error", "who_acts", "health", "trouble"),
    [
        (
            suite_errors.OperatorMustAct("AADSTS7000215"),
            errors.Actor.OPERATOR,
            IntegrationHealth.DEGRADED,
            IssueCode.OPERATOR_SETUP,
        ),
        (
            suite_errors.AdminApprovalNeeded("admin_policy_enforced"),
            errors.Actor.TENANT_ADMINISTRATOR,
            IntegrationHealth.BROKEN,
            IssueCode.ADMIN_APPROVAL_NEEDED,
        ),
    ],
    ids=["our own wrong secret", "an application that the tenant trusts no more"],
)
async def test_what_no_member_can_mend_touches_the_integration_with_its_reason_and_no_connection(
    stack: Stack,
    connection: CalendarConnection,
    integration: Integration,
    error: SuiteError,
    who_acts: errors.Actor,
    health: IntegrationHealth,
    trouble: IssueCode,
) -> None:
    problem = await _told(stack, connection, error)

    present = await Integration.of(integration.organisation_id).get(id=integration.id)
    assert problem.who_acts is who_acts
    assert (await stored_row(connection)).status is ConnectionStatus.CONNECTED
    assert (present.health, present.trouble) == (health, trouble)
    assert stack.bus.kinds == [MessageKind.INTEGRATION_CHANGED]


async def test_an_application_that_is_gone_from_the_tenant_breaks_the_integration_and_stays_broken(
    stack: Stack, connection: CalendarConnection, integration: Integration
) -> None:
    await _told(stack, connection, suite_errors.ApplicationBlocked("AADSTS700016"))
    await _told(stack, connection, suite_errors.OperatorMustAct("AADSTS7000215"))

    present = await Integration.of(integration.organisation_id).get(id=integration.id)
    assert present.health is IntegrationHealth.BROKEN
    assert (await stored_row(connection)).status is ConnectionStatus.CONNECTED


@pytest.mark.parametrize(
    "error", [suite_errors.SuiteUnavailable(), suite_errors.SuiteThrottled(), suite_errors.NotFound(), WrongAccount()]
)
async def test_what_passes_or_concerns_one_call_changes_nothing(
    stack: Stack, connection: CalendarConnection, integration: Integration, error: SuiteError
) -> None:
    await _told(stack, connection, error)

    assert (await stored_row(connection)).status is ConnectionStatus.CONNECTED
    assert stack.bus.published == []
    assert await Notification.of(connection.organisation_id).count() == 0


async def test_a_refusal_of_an_older_consent_does_not_touch_the_newer_one(
    stack: Stack, member: Member, integration: Integration, connection: CalendarConnection
) -> None:
    await make_connection(stack, member, integration)

    problem = await _told(stack, connection, suite_errors.ReconnectRequired(ReconnectReason.EXPIRED))

    assert isinstance(problem, errors.SuiteUnavailable)
    assert problem.retryable
    assert (await stored_row(connection)).status is ConnectionStatus.CONNECTED


async def test_a_call_that_fails_because_the_member_disconnected_says_that_nothing_is_connected(
    stack: Stack, principal: Principal, connection: CalendarConnection
) -> None:
    await stack.connections.disconnect(principal)

    problem = await _told(stack, connection, suite_errors.ReconnectRequired(ReconnectReason.EXPIRED))

    assert isinstance(problem, ConnectionRequired)


async def test_reconnecting_keeps_the_connection_and_what_hangs_on_it(
    stack: Stack, principal: Principal, member: Member, integration: Integration, connection: CalendarConnection
) -> None:
    await _told(stack, connection, suite_errors.ReconnectRequired(ReconnectReason.EXPIRED))

    again = await make_connection(stack, member, integration)

    assert again.id == connection.id
    assert again.generation == connection.generation + 1
    assert (await stack.connections.status_of(principal)).status is ConnectionStatus.CONNECTED


async def test_what_watched_the_mailbox_by_the_former_consent_is_made_anew_after_reconnecting(
    stack: Stack, member: Member, integration: Integration, connection: CalendarConnection
) -> None:
    watch = await MailboxWatch.create(
        organisation_id=member.organisation_id,
        connection=connection,
        status=WatchStatus.RUNNING,
        secret_hash="",
        next_attempt_at=clock.now() + timedelta(days=3),
        created_at=clock.now(),
    )

    await make_connection(stack, member, integration)

    await watch.refresh_from_db()
    assert watch.status is WatchStatus.LOST
    assert watch.next_attempt_at <= clock.now()


async def test_only_the_asking_members_own_identity_connects(
    stack: Stack, organisation: Organisation, member: Member, integration: Integration
) -> None:
    colleague = await make_member(organisation, "Bo Lind")
    account = await account_of(colleague)
    flow = AuthorisationFlow(
        organisation_id=organisation.id, member_id=member.id, suite=MICROSOFT, purpose=FlowPurpose.CONNECT_CALENDAR
    )

    with pytest.raises(WrongAccount):
        await stack.connections.connect(
            flow, Grant(account.identity(MICROSOFT), stack.suite.credentials_of(account)), integration
        )

    assert await CalendarConnection.all().count() == 0


async def test_an_integration_that_was_disabled_meanwhile_takes_no_consent(
    stack: Stack, member: Member, organisation: Organisation
) -> None:
    disabled = await make_integration(organisation, IntegrationStatus.DISABLED)
    account = await account_of(member)
    flow = AuthorisationFlow(
        organisation_id=organisation.id, member_id=member.id, suite=MICROSOFT, purpose=FlowPurpose.CONNECT_CALENDAR
    )

    with pytest.raises(IntegrationUnavailable):
        await stack.connections.connect(
            flow, Grant(account.identity(MICROSOFT), stack.suite.credentials_of(account)), disabled
        )

    assert await CalendarConnection.all().count() == 0


async def test_the_address_is_the_mailboxes_own_and_the_accounts_where_the_suite_does_not_tell(
    stack: Stack, member: Member, integration: Integration
) -> None:
    stack.suite.fail_next("addresses", suite_errors.SuiteUnavailable())

    connection = await make_connection(stack, member, integration)

    assert connection.address == member.address


async def test_connecting_begins_at_our_own_address_with_the_members_account_and_tenant(
    stack: Stack, principal: Principal, integration: Integration
) -> None:
    url = await stack.connections.start_connecting(principal, "/graphql")

    opened = await stack.flows.open(url.rpartition("/")[2])
    asked = dict(parse_qsl(urlsplit(opened.redirect_url).query, keep_blank_values=True))
    assert (asked["tenant"], asked["login_hint"]) == (TENANT, principal.address)
    assert asked["scope"] == "calendar offline_access openid"
    assert asked["prompt"] == ""


@pytest.mark.parametrize("status", [IntegrationStatus.AWAITING_CONSENT, IntegrationStatus.TESTED])
async def test_no_member_connects_before_the_integration_is_enabled(
    stack: Stack, principal: Principal, organisation: Organisation, status: IntegrationStatus
) -> None:
    await make_integration(organisation, status)

    with pytest.raises(IntegrationUnavailable):
        await stack.connections.start_connecting(principal, None)


async def test_connecting_does_not_start_towards_a_foreign_return_address(
    stack: Stack, principal: Principal, integration: Integration
) -> None:
    with pytest.raises(InvalidInput):
        await stack.connections.start_connecting(principal, "https://evil.example/")


async def test_the_status_of_a_member_who_never_connected(stack: Stack, principal: Principal) -> None:
    status = await stack.connections.status_of(principal)

    assert (status.status, status.reason) == (ConnectionStatus.NOT_CONNECTED, ConnectionReason.CONSENT_NEEDED)


async def test_the_status_of_a_connected_member(
    stack: Stack, principal: Principal, connection: CalendarConnection
) -> None:
    status = await stack.connections.status_of(principal)

    assert status.status is ConnectionStatus.CONNECTED
    assert status.scopes == ("calendar", "offline_access", "openid")
    assert status.address == principal.address
    assert status.since is not None
    assert abs(status.since - connection.connected_at) < timedelta(seconds=1)
    assert (status.reason, status.kept_until) == (None, None)


async def test_a_connection_under_a_disabled_integration_is_suspended_and_says_until_when_it_is_kept(
    stack: Stack, principal: Principal, connection: CalendarConnection
) -> None:
    until = connection.connected_at + timedelta(days=5)
    await Integration.of(principal.organisation_id).update(status=IntegrationStatus.DISABLED, retained_until=until)

    status = await stack.connections.status_of(principal)

    assert (status.status, status.reason) == (ConnectionStatus.SUSPENDED, ConnectionReason.INTEGRATION_DISABLED)
    assert status.kept_until == until


async def test_what_is_kept_under_an_integration_that_gave_way_is_no_connection_to_the_one_that_took_its_place(
    stack: Stack, principal: Principal, connection: CalendarConnection
) -> None:
    await Integration.of(principal.organisation_id).update(status=IntegrationStatus.DISABLED, active_slot=None)
    await make_integration(
        await Organisation.get(id=principal.organisation_id), tenant="another", suite=SuiteName.GOOGLE_WORKSPACE
    )

    status = await stack.connections.status_of(principal)

    assert (status.status, status.reason) == (ConnectionStatus.NOT_CONNECTED, ConnectionReason.CONSENT_NEEDED)


async def test_what_a_purge_that_is_under_way_has_not_erased_yet_is_no_connection(
    stack: Stack, principal: Principal, connection: CalendarConnection
) -> None:
    await Integration.of(principal.organisation_id).update(
        status=IntegrationStatus.NOT_CONFIGURED, active_slot=None, retained_until=clock.now()
    )

    status = await stack.connections.status_of(principal)

    assert (status.status, status.kept_until) == (ConnectionStatus.NOT_CONNECTED, None)


async def _loaded(connection: CalendarConnection) -> CalendarConnection:
    return await CalendarConnection.of(connection.organisation_id).select_related("integration").get(id=connection.id)


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (suite_errors.SuiteUnavailable("Timeout", correlation="c-1"), "warning"),
        (suite_errors.OperatorMustAct("AADSTS7000222", correlation="c-1"), "warning"),
        (suite_errors.NotFound("ErrorItemNotFound", correlation="c-1"), "info"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, SuiteError) else value,
)
async def test_an_operator_finds_every_failed_call_in_the_log_with_the_suites_own_code(
    stack: Stack, connection: CalendarConnection, error: SuiteError, level: str
) -> None:
    with structlog.testing.capture_logs() as lines:
        await _told(stack, connection, error)

    assert lines == [
        {
            "event": "suite_call_failed",
            "log_level": level,
            "connection": str(connection.id),
            "error": type(error).__name__,
            "provider_code": error.provider_code,
            "provider_correlation": "c-1",
        }
    ]
