"""What comes of a visit: proved before anything is written, refused in words otherwise."""

from datetime import datetime, timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.connections.flows import Opened
from app.connections.models import CalendarConnection, ConnectionStatus, FlowPurpose
from app.connections.outcomes import CallbackOutcome, ResultPage
from app.errors import Unauthenticated
from app.identity.models import Invitation, Member, Organisation, Role, Session
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.integrations.report import Check, CheckName, CheckOutcome, TestReport
from app.integrations.status import IntegrationStatus
from app.keys import Keys, Vault
from app.suites import errors as suite_errors
from app.suites.errors import BlockReason, ReconnectReason, SuiteError
from app.suites.protocol import PermissionVariant, SuiteName
from tests.connections.stack import APPROVAL_LINK, Stack, account_of, make_integration
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.suites import Account

MICROSOFT = SuiteName.MICROSOFT_365
STRANGER = Account(tenant="another-tenant", address="ada.vos@tidewater.example", name="Ada Vos")


@pytest.fixture
def stack(keys: Keys, vault: Vault, database: TortoiseContext) -> Stack:
    return Stack(keys, vault)


@pytest.fixture
async def organisation(database: TortoiseContext) -> Organisation:
    return await make_organisation()


@pytest.fixture
async def member(organisation: Organisation) -> Member:
    return await make_member(organisation, role=Role.SUBSCRIPTION_ADMINISTRATOR)


async def _connecting(stack: Stack, member: Member) -> Opened:
    url = await stack.connections.start_connecting(principal_of(member), "/graphql")
    return await stack.flows.open(url.rpartition("/")[2])


async def _starting(stack: Stack, member: Member, integration: Integration) -> Opened:
    url = await stack.flows.start(
        FlowPurpose.START_INTEGRATION,
        suite=MICROSOFT,
        scopes=stack.suite.scopes(PermissionVariant.FULL, administrator=True),
        principal=principal_of(member),
        integration_id=integration.id,
        tenant=integration.tenant,
    )
    return await stack.flows.open(url.rpartition("/")[2])


async def _signing_in(stack: Stack, invitation: Invitation | None = None) -> Opened:
    purpose = FlowPurpose.ACCEPT_INVITATION if invitation else FlowPurpose.SIGN_IN
    url = await stack.flows.start(
        purpose,
        suite=MICROSOFT,
        scopes=stack.suite.sign_in_scopes,
        invitation_id=invitation.id if invitation else None,
    )
    return await stack.flows.open(url.rpartition("/")[2])


async def _approved(
    stack: Stack, opened: Opened, account: Account, principal: Principal | None = None
) -> CallbackOutcome:
    answer = stack.suite.approve(opened.redirect_url, account)
    return await stack.callback.complete(MICROSOFT, answer, opened.flow_cookie_value, principal)


async def test_signing_in_begins_a_session_and_ends_the_browsers_earlier_one(stack: Stack, member: Member) -> None:
    _, old_cookie = await stack.sessions.create(member)
    earlier = await stack.sessions.authenticate(old_cookie)

    outcome = await _approved(stack, await _signing_in(stack), await account_of(member), earlier)

    assert outcome.page is ResultPage.SIGNED_IN
    assert (outcome.member_name, outcome.organisation_name) == (member.name, "Tidewater")
    assert outcome.session_cookie is not None
    assert (await stack.sessions.authenticate(outcome.session_cookie)).member_id == member.id
    with pytest.raises(Unauthenticated):
        await stack.sessions.authenticate(old_cookie)


async def test_an_unknown_account_is_told_that_there_is_no_way_in(stack: Stack, member: Member) -> None:
    outcome = await _approved(stack, await _signing_in(stack), STRANGER)

    assert outcome.page is ResultPage.NOT_INVITED
    assert outcome.session_cookie is None
    assert await Member.all().count() == 1


async def test_whoever_opens_an_invitation_and_signs_in_is_bound(stack: Stack) -> None:
    organisation, token = await stack.invitations.create_organisation("Newbridge")
    invitation = await stack.invitations.open(token)

    outcome = await _approved(stack, await _signing_in(stack, invitation), STRANGER)

    assert outcome.page is ResultPage.SIGNED_IN
    assert (await Member.of(organisation.id).get()).role is Role.SUBSCRIPTION_ADMINISTRATOR


async def test_an_invitation_that_was_used_meanwhile_lets_nobody_in(stack: Stack) -> None:
    _, token = await stack.invitations.create_organisation("Newbridge")
    invitation = await stack.invitations.open(token)
    first, second = await _signing_in(stack, invitation), await _signing_in(stack, invitation)
    await _approved(stack, first, STRANGER)

    late = Account(tenant="x", address="late@x.example", name="Late")
    outcome = await _approved(stack, second, late)

    assert outcome.page is ResultPage.INVITATION_NOT_VALID
    assert await Session.all().count() == 1


async def test_an_account_of_another_organisation_cannot_take_an_invitation(stack: Stack, member: Member) -> None:
    _, token = await stack.invitations.create_organisation("Newbridge")
    invitation = await stack.invitations.open(token)

    outcome = await _approved(stack, await _signing_in(stack, invitation), await account_of(member))

    assert outcome.page is ResultPage.ANOTHER_ORGANISATION
    assert await stack.invitations.open(token)


async def test_a_member_connects_their_own_calendar(stack: Stack, organisation: Organisation, member: Member) -> None:
    await make_integration(organisation)

    outcome = await _approved(stack, await _connecting(stack, member), await account_of(member))

    assert (outcome.page, outcome.return_to) == (ResultPage.CONNECTED, "/graphql")
    assert outcome.session_cookie is None
    assert (await CalendarConnection.of(organisation.id).get()).status is ConnectionStatus.CONNECTED


async def test_another_account_of_the_same_tenant_connects_nothing(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation)
    colleague = await make_member(organisation, "Bo Lind")

    outcome = await _approved(stack, await _connecting(stack, member), await account_of(colleague))

    assert outcome.page is ResultPage.WRONG_ACCOUNT
    assert await CalendarConnection.all().count() == 0


async def test_an_account_of_another_tenant_connects_nothing(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation)

    outcome = await _approved(stack, await _connecting(stack, member), STRANGER)

    assert outcome.page is ResultPage.WRONG_TENANT
    assert await CalendarConnection.all().count() == 0


async def test_an_integration_that_was_given_up_meanwhile_connects_nothing(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    integration = await make_integration(organisation)
    opened = await _connecting(stack, member)
    await Integration.of(organisation.id).filter(id=integration.id).update(status=IntegrationStatus.DISABLED)

    outcome = await _approved(stack, opened, await account_of(member))

    assert outcome.page is ResultPage.PROBLEM
    assert await CalendarConnection.all().count() == 0


async def test_fewer_scopes_than_asked_connect_nothing_and_say_what_is_missing(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation)
    opened = await _connecting(stack, member)
    answer = stack.suite.approve(opened.redirect_url, await account_of(member), scopes=frozenset({"openid"}))

    outcome = await stack.callback.complete(MICROSOFT, answer, opened.flow_cookie_value, None)

    assert outcome.page is ResultPage.CONSENT_INCOMPLETE
    assert await CalendarConnection.all().count() == 0


async def test_an_administrator_who_consents_has_the_integration_tested(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    integration = await make_integration(organisation, IntegrationStatus.AWAITING_CONSENT, tenant=None)

    outcome = await _approved(stack, await _starting(stack, member, integration), await account_of(member))

    assert outcome.page is ResultPage.INTEGRATION_TESTED
    assert len(stack.integrations.completed) == 1


@pytest.mark.parametrize(
    ("status", "page"),
    [
        (IntegrationStatus.TEST_FAILED, ResultPage.INTEGRATION_TEST_FAILED),
        (IntegrationStatus.AWAITING_ADMIN_APPROVAL, ResultPage.NEED_ADMIN_APPROVAL),
        (IntegrationStatus.DISABLED, ResultPage.INTEGRATION_TESTED),
    ],
)
async def test_the_page_says_how_the_test_ended(
    stack: Stack, organisation: Organisation, member: Member, status: IntegrationStatus, page: ResultPage
) -> None:
    integration = await make_integration(organisation, IntegrationStatus.AWAITING_CONSENT, tenant=None)
    stack.integrations.status = status

    outcome = await _approved(stack, await _starting(stack, member, integration), await account_of(member))

    assert outcome.page is page


async def test_a_consent_renewed_on_an_enabled_integration_claims_no_test(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    integration = await make_integration(organisation)
    await Integration.filter(id=integration.id).update(test_report=_passed(clock.now() - timedelta(days=1)))
    stack.integrations.status = IntegrationStatus.ENABLED

    outcome = await _approved(stack, await _starting(stack, member, integration), await account_of(member))

    assert outcome.page is ResultPage.CONNECTED


async def test_permissions_that_a_test_proved_on_an_enabled_integration_ask_for_no_second_enabling(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    integration = await make_integration(organisation)
    opened = await _starting(stack, member, integration)
    await Integration.filter(id=integration.id).update(test_report=_passed(clock.now()))
    stack.integrations.status = IntegrationStatus.ENABLED

    outcome = await _approved(stack, opened, await account_of(member))

    assert (outcome.page, outcome.is_enabled) == (ResultPage.INTEGRATION_TESTED, True)


def _passed(at: datetime) -> dict[str, object]:
    checks = tuple(Check(name=name, outcome=CheckOutcome.PASSED, required=True) for name in CheckName)
    return TestReport(checks=checks, at=at).to_json()


async def test_somebody_else_of_the_tenant_may_have_approved_for_all_of_it_and_connects_nothing(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    colleague = await account_of(await make_member(organisation, "Bo Lind"))
    integration = await make_integration(organisation, IntegrationStatus.AWAITING_CONSENT, tenant=colleague.tenant)

    outcome = await _approved(stack, await _starting(stack, member, integration), colleague)

    assert outcome.page is ResultPage.CONSENT_OF_ANOTHER
    assert (stack.integrations.completed, stack.integrations.refused) == ([], [])
    assert await CalendarConnection.all().count() == 0


async def test_a_strangers_consent_never_reaches_the_integration(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    integration = await make_integration(organisation, IntegrationStatus.AWAITING_CONSENT, tenant=None)

    outcome = await _approved(stack, await _starting(stack, member, integration), STRANGER)

    assert outcome.page is ResultPage.WRONG_ACCOUNT
    assert (stack.integrations.completed, stack.integrations.refused) == ([], [])
    assert (await Integration.of(organisation.id).get()).tenant is None


async def test_who_is_no_administrator_any_more_starts_no_integration(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    integration = await make_integration(organisation, IntegrationStatus.AWAITING_CONSENT, tenant=None)
    opened = await _starting(stack, member, integration)
    await Member.of(organisation.id).filter(id=member.id).update(role=Role.MEMBER)

    outcome = await _approved(stack, opened, await account_of(member))

    assert outcome.page is ResultPage.NO_LONGER_ADMINISTRATOR
    assert stack.integrations.completed == []


async def test_a_refusal_that_somebody_brings_who_is_no_administrator_any_more_changes_nothing(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    integration = await make_integration(organisation, IntegrationStatus.TESTED)
    opened = await _starting(stack, member, integration)
    await Member.of(organisation.id).filter(id=member.id).update(role=Role.MEMBER)

    outcome = await stack.callback.complete(
        MICROSOFT, stack.suite.decline(opened.redirect_url), opened.flow_cookie_value, None
    )

    assert outcome.page is ResultPage.NO_LONGER_ADMINISTRATOR
    assert stack.integrations.refused == []


async def test_declining_is_told_to_the_integration_and_shown_with_the_ways_out(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    integration = await make_integration(organisation, IntegrationStatus.AWAITING_CONSENT, tenant=None)
    opened = await _starting(stack, member, integration)

    outcome = await stack.callback.complete(
        MICROSOFT, stack.suite.decline(opened.redirect_url), opened.flow_cookie_value, None
    )

    assert (outcome.page, outcome.approval_link) == (ResultPage.DECLINED, APPROVAL_LINK)
    assert [type(error) for error in stack.integrations.refused] == [suite_errors.ConsentDeclined]
    assert stack.suite.token_calls == 0


@pytest.mark.parametrize(
    ("error", "page"),
    [
        (suite_errors.AdminApprovalNeeded("AADSTS90094"), ResultPage.NEED_ADMIN_APPROVAL),
        (suite_errors.ConsentNeeded("AADSTS65001"), ResultPage.CONSENT_INCOMPLETE),
        (suite_errors.FlowExpired("AADSTS54005"), ResultPage.EXPIRED),
        (suite_errors.ReconnectRequired(ReconnectReason.MFA), ResultPage.EXPIRED),
        (suite_errors.MemberBlocked(BlockReason.NOT_ASSIGNED, "AADSTS50105"), ResultPage.BLOCKED),
        (suite_errors.ApplicationBlocked("AADSTS700016"), ResultPage.APPLICATION_BLOCKED),
        (suite_errors.OperatorMustAct("AADSTS7000222"), ResultPage.MISCONFIGURED),
        (suite_errors.SuiteUnavailable(), ResultPage.SUITE_UNAVAILABLE),
        (suite_errors.SuiteThrottled(), ResultPage.SUITE_UNAVAILABLE),
        (suite_errors.WrongAccount("AADSTS50020"), ResultPage.WRONG_TENANT),
        (SuiteError("AADSTS1234567"), ResultPage.FAILED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, SuiteError) else None,
)
async def test_each_refusal_by_the_suite_has_its_page_and_changes_no_connection(
    stack: Stack, organisation: Organisation, member: Member, error: SuiteError, page: ResultPage
) -> None:
    await make_integration(organisation)
    opened = await _connecting(stack, member)
    stack.suite.fail_next("redeem", error)

    outcome = await _approved(stack, opened, await account_of(member))

    assert (outcome.page, outcome.provider_code) == (page, error.provider_code)
    assert await CalendarConnection.all().count() == 0


async def test_an_answer_that_is_neither_code_nor_error_is_refused_without_a_token_call(
    stack: Stack, member: Member
) -> None:
    opened = await _signing_in(stack)
    answer = stack.suite.approve(opened.redirect_url, STRANGER)

    outcome = await stack.callback.complete(MICROSOFT, {"state": answer["state"]}, opened.flow_cookie_value, None)

    assert outcome.page is ResultPage.FAILED
    assert stack.suite.token_calls == 0


async def test_a_forged_replayed_or_foreign_answer_makes_no_token_call(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation)
    mine, others = await _connecting(stack, member), await _connecting(stack, member)
    answer = stack.suite.approve(mine.redirect_url, await account_of(member))

    pages = [
        (await stack.callback.complete(MICROSOFT, {**answer, "state": "forged"}, mine.flow_cookie_value, None)).page,
        (await stack.callback.complete(MICROSOFT, answer, None, None)).page,
        (await stack.callback.complete(MICROSOFT, answer, others.flow_cookie_value, None)).page,
        (await stack.callback.complete(SuiteName.GOOGLE_WORKSPACE, answer, mine.flow_cookie_value, None)).page,
    ]
    calls_before = stack.suite.token_calls
    first = await stack.callback.complete(MICROSOFT, answer, mine.flow_cookie_value, None)
    replayed = await stack.callback.complete(MICROSOFT, answer, mine.flow_cookie_value, None)

    assert pages == [ResultPage.EXPIRED] * 4
    assert calls_before == 0
    assert (first.page, replayed.page) == (ResultPage.CONNECTED, ResultPage.EXPIRED)
    assert stack.suite.token_calls == 1


async def test_a_code_of_another_visit_does_not_fit_this_ones_verifier(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation)
    mine, attackers = await _connecting(stack, member), await _connecting(stack, member)
    stolen = stack.suite.approve(attackers.redirect_url, await account_of(member))["code"]
    answer = stack.suite.approve(mine.redirect_url, await account_of(member))

    outcome = await stack.callback.complete(MICROSOFT, {**answer, "code": stolen}, mine.flow_cookie_value, None)

    assert outcome.page is ResultPage.EXPIRED
    assert await CalendarConnection.all().count() == 0


async def test_the_state_is_used_up_before_the_code_is_exchanged(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation)
    opened = await _connecting(stack, member)
    answer = stack.suite.approve(opened.redirect_url, await account_of(member))
    stack.suite.fail_next("redeem", suite_errors.SuiteUnavailable())

    first = await stack.callback.complete(MICROSOFT, answer, opened.flow_cookie_value, None)
    again = await stack.callback.complete(MICROSOFT, answer, opened.flow_cookie_value, None)

    assert (first.page, again.page) == (ResultPage.SUITE_UNAVAILABLE, ResultPage.EXPIRED)
    assert stack.suite.token_calls == 1
