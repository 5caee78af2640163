"""Linking another account: the member proved by the browser's session, the account by the suite, nothing by email."""

from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.connections.flows import FLOW_LIFETIME, FlowRefusal, FlowRefused, Opened
from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus, FlowPurpose
from app.connections.outcomes import CallbackOutcome, ResultPage
from app.errors import InvalidInput, ReconnectRequired, SuiteNotConfigured, Unauthenticated
from app.identity.inviting import InvitingService
from app.identity.linking import LinkOutcome
from app.identity.models import Identity, Invitation, Member, Organisation, Role
from app.identity.principal import Principal
from app.keys import Keys, Vault
from app.notifications.models import Notification, NotificationKind
from app.suites.protocol import SuiteName
from tests.connections.stack import Stack, account_of, make_connection, make_integration
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.suites import Account

MICROSOFT = SuiteName.MICROSOFT_365
NEW_ACCOUNT = Account(tenant="the-new-tenant", address="ada.vos@tidewater.example", name="Ada Vos")
"""The same address as the member's: that says nothing."""


@pytest.fixture
def stack(keys: Keys, vault: Vault, database: TortoiseContext) -> Stack:
    return Stack(keys, vault)


@pytest.fixture
async def organisation(database: TortoiseContext) -> Organisation:
    return await make_organisation()


@pytest.fixture
async def member(organisation: Organisation) -> Member:
    return await make_member(organisation)


async def _session(stack: Stack, member: Member) -> Principal:
    _, cookie = await stack.sessions.create(member)
    return await stack.sessions.authenticate(cookie)


async def _linking(stack: Stack, principal: Principal, return_to: str | None = None) -> Opened:
    url = await stack.linking.start(principal, MICROSOFT, return_to)
    return await stack.flows.open(url.rpartition("/")[2], principal)


async def _approved(stack: Stack, opened: Opened, account: Account, principal: Principal | None) -> CallbackOutcome:
    answer = stack.suite.approve(opened.redirect_url, account)
    return await stack.callback.complete(MICROSOFT, answer, opened.flow_cookie_value, principal)


async def _signed_in(stack: Stack, account: Account) -> Member:
    return await stack.sign_in.complete(account.identity(MICROSOFT))


async def _first_account(member: Member) -> Account:
    """The account that the member had at first."""
    identity = await Identity.of(member.organisation_id).filter(member_id=member.id).order_by("created_at").first()
    assert identity is not None
    return Account(tenant=identity.tenant, subject=identity.subject, address=identity.address, name=member.name)


async def test_an_unknown_account_leads_to_the_member_from_now_on(stack: Stack, member: Member) -> None:
    principal = await _session(stack, member)

    outcome = await _approved(stack, await _linking(stack, principal, "/graphql"), NEW_ACCOUNT, principal)

    assert (outcome.page, outcome.link, outcome.return_to) == (
        ResultPage.IDENTITY_LINKED,
        LinkOutcome.ADDED,
        "/graphql",
    )
    assert outcome.session_cookie is None
    assert (await _signed_in(stack, NEW_ACCOUNT)).id == member.id
    assert (await _signed_in(stack, await _first_account(member))).id == member.id
    entry = await AuditEntry.of(member.organisation_id).get(action=AuditAction.IDENTITY_LINKED)
    identity = await Identity.of(member.organisation_id).get(tenant=NEW_ACCOUNT.tenant)
    assert (entry.actor_id, entry.details) == (member.id, {"identity": str(identity.id), "merged_member": None})


async def test_the_same_address_elsewhere_is_another_person_until_it_is_linked(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation, tenant=NEW_ACCOUNT.tenant)

    newcomer = await _signed_in(stack, NEW_ACCOUNT)
    principal = await _session(stack, member)
    await _approved(stack, await _linking(stack, principal), NEW_ACCOUNT, principal)

    assert (newcomer.id != member.id, newcomer.address) == (True, member.address)
    assert (await _signed_in(stack, NEW_ACCOUNT)).id == member.id


async def test_an_account_that_is_the_members_already_changes_nothing(stack: Stack, member: Member) -> None:
    principal = await _session(stack, member)

    outcome = await _approved(stack, await _linking(stack, principal), await account_of(member), principal)

    assert (outcome.page, outcome.link) == (ResultPage.IDENTITY_LINKED, LinkOutcome.KNOWN)
    assert await Identity.of(member.organisation_id).count() == 1
    assert await AuditEntry.of(member.organisation_id).count() == 0


async def test_an_account_of_another_organisation_is_refused(stack: Stack, member: Member) -> None:
    stranger = await make_member(await make_organisation("Newbridge"), "Nora Berg")
    principal = await _session(stack, member)

    outcome = await _approved(stack, await _linking(stack, principal), await account_of(stranger), principal)

    assert outcome.page is ResultPage.ANOTHER_ORGANISATION
    assert (await Identity.of(stranger.organisation_id).get()).member_id == stranger.id
    assert await AuditEntry.all().count() == 0


async def test_somebody_who_came_in_with_the_new_account_before_becomes_part_of_the_member(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation, tenant=NEW_ACCOUNT.tenant)
    fresh = await _signed_in(stack, NEW_ACCOUNT)
    theirs = await _session(stack, fresh)
    principal = await _session(stack, member)

    outcome = await _approved(stack, await _linking(stack, principal), NEW_ACCOUNT, principal)

    assert (outcome.page, outcome.link) == (ResultPage.IDENTITY_LINKED, LinkOutcome.MERGED)
    assert (await Member.of(organisation.id).get(id=fresh.id)).merged_into_id == member.id
    assert await stack.sessions.role_now(theirs) is None
    assert await stack.sessions.role_now(principal) is Role.MEMBER
    entry = await AuditEntry.of(organisation.id).get(action=AuditAction.IDENTITY_LINKED)
    assert entry.details["merged_member"] == str(fresh.id)


async def test_two_who_both_connected_under_one_integration_stay_two(
    stack: Stack, organisation: Organisation, member: Member
) -> None:
    integration = await make_integration(organisation)
    colleague = await make_member(organisation, "Bo Lind")
    for somebody in (member, colleague):
        await make_connection(stack, somebody, integration)
    principal = await _session(stack, member)

    outcome = await _approved(stack, await _linking(stack, principal), await account_of(colleague), principal)

    assert outcome.page is ResultPage.BOTH_IN_USE
    assert (await Member.of(organisation.id).get(id=colleague.id)).merged_into_id is None
    assert await AuditEntry.of(organisation.id).count() == 0


class TestWhoMayFinish:
    """Threats: somebody else's browser, no session, another member's session, an answer that was used or is late."""

    async def test_another_browser_finishes_nothing_and_makes_no_token_call(
        self, stack: Stack, organisation: Organisation, member: Member
    ) -> None:
        attacker = await _session(stack, member)
        victim = await _session(stack, await make_member(organisation, "Bo Lind"))
        theirs = await _linking(stack, attacker)
        own = await _linking(stack, victim)
        answer = stack.suite.approve(theirs.redirect_url, NEW_ACCOUNT)

        pages = [
            (await stack.callback.complete(MICROSOFT, answer, cookie, victim)).page
            for cookie in (None, own.flow_cookie_value)
        ]

        assert pages == [ResultPage.EXPIRED] * 2
        assert stack.suite.token_calls == 0
        assert await Identity.filter(tenant=NEW_ACCOUNT.tenant).count() == 0

    @pytest.mark.parametrize("who", ["nobody", "another member", "somebody of another organisation"])
    async def test_a_browser_that_is_not_signed_in_as_the_member_finishes_nothing_and_makes_no_token_call(
        self, stack: Stack, organisation: Organisation, member: Member, who: str
    ) -> None:
        sessions = {
            "nobody": None,
            "another member": await _session(stack, await make_member(organisation, "Bo Lind")),
            "somebody of another organisation": await _session(stack, await make_member(await make_organisation("N"))),
        }
        principal = await _session(stack, member)
        opened = await _linking(stack, principal)

        outcome = await _approved(stack, opened, NEW_ACCOUNT, sessions[who])
        again = await _approved(stack, opened, NEW_ACCOUNT, principal)

        assert (outcome.page, again.page) == (ResultPage.OTHER_SESSION, ResultPage.EXPIRED)
        assert stack.suite.token_calls == 0
        assert await Identity.filter(tenant=NEW_ACCOUNT.tenant).count() == 0

    async def test_an_access_token_proves_no_browser(self, stack: Stack, member: Member) -> None:
        session = await _session(stack, member)
        opened = await _linking(stack, session)

        outcome = await _approved(stack, opened, NEW_ACCOUNT, principal_of(member))

        assert outcome.page is ResultPage.OTHER_SESSION
        assert stack.suite.token_calls == 0

    async def test_a_session_that_ended_meanwhile_is_none(self, stack: Stack, member: Member) -> None:
        principal = await _session(stack, member)
        opened = await _linking(stack, principal)
        await stack.sessions.sign_out(principal)

        assert await stack.sessions.role_now(principal) is None
        assert (await _approved(stack, opened, NEW_ACCOUNT, None)).page is ResultPage.OTHER_SESSION

    async def test_an_answer_links_once(self, stack: Stack, member: Member) -> None:
        principal = await _session(stack, member)
        opened = await _linking(stack, principal)
        answer = stack.suite.approve(opened.redirect_url, NEW_ACCOUNT)

        outcomes = [
            await stack.callback.complete(MICROSOFT, answer, opened.flow_cookie_value, principal) for _ in range(2)
        ]

        assert [outcome.page for outcome in outcomes] == [ResultPage.IDENTITY_LINKED, ResultPage.EXPIRED]
        assert stack.suite.token_calls == 1

    async def test_an_answer_after_ten_minutes_links_nothing(self, stack: Stack, member: Member) -> None:
        principal = await _session(stack, member)
        opened = await _linking(stack, principal)
        late = clock.now() + FLOW_LIFETIME

        with clock.use(lambda: late):
            outcome = await _approved(stack, opened, NEW_ACCOUNT, principal)

        assert outcome.page is ResultPage.EXPIRED
        assert stack.suite.token_calls == 0

    async def test_a_ticket_opens_only_where_its_member_is_signed_in_and_stays_good_until_then(
        self, stack: Stack, organisation: Organisation, member: Member
    ) -> None:
        other = await _session(stack, await make_member(organisation, "Bo Lind"))
        principal = await _session(stack, member)
        ticket = (await stack.linking.start(principal, MICROSOFT)).rpartition("/")[2]

        for somebody in (None, other):
            with pytest.raises(FlowRefused) as refused:
                await stack.flows.open(ticket, somebody)
            assert refused.value.reason is FlowRefusal.OTHER_SESSION

        assert await stack.flows.open(ticket, principal)

    async def test_a_signed_in_member_who_was_merged_meanwhile_links_nothing(
        self, stack: Stack, organisation: Organisation, member: Member
    ) -> None:
        principal = await _session(stack, member)
        opened = await _linking(stack, principal)
        other = await make_member(organisation, "Bo Lind")
        await Member.of(organisation.id).filter(id=member.id).update(merged_into_id=other.id)

        outcome = await _approved(stack, opened, NEW_ACCOUNT, principal)

        assert outcome.page is ResultPage.PROBLEM
        assert await Identity.of(organisation.id).filter(tenant=NEW_ACCOUNT.tenant).count() == 0

    async def test_declining_at_the_suite_links_nothing(self, stack: Stack, member: Member) -> None:
        principal = await _session(stack, member)
        opened = await _linking(stack, principal)

        outcome = await stack.callback.complete(
            MICROSOFT, stack.suite.decline(opened.redirect_url), opened.flow_cookie_value, principal
        )

        assert outcome.page is ResultPage.DECLINED
        assert await Identity.of(member.organisation_id).count() == 1

    async def test_it_begins_only_for_suites_that_are_set_up_and_returns_to_no_strange_place(
        self, stack: Stack, member: Member
    ) -> None:
        with pytest.raises(SuiteNotConfigured):
            await stack.linking.start(principal_of(member), SuiteName.GOOGLE_WORKSPACE)
        with pytest.raises(InvalidInput):
            await stack.linking.start(principal_of(member), MICROSOFT, "https://evil.example/")


class TestByInvitation:
    """An administrator says whose account it is; whoever opens the link and signs in proves the account."""

    @pytest.fixture
    async def administrator(self, organisation: Organisation) -> Principal:
        return principal_of(await make_member(organisation, "Bo Lind", role=Role.SUBSCRIPTION_ADMINISTRATOR))

    @staticmethod
    async def _invitation(keys: Keys, administrator: Principal, member: Member, role: Role = Role.MEMBER) -> Invitation:
        inviting = InvitingService(keys, public_url="http://127.0.0.1:8000")
        return (await inviting.invite(administrator, role, member.id, f"{member.id}/{role}")).row

    async def test_an_unknown_account_leads_to_the_invited_member(
        self, keys: Keys, stack: Stack, administrator: Principal, member: Member
    ) -> None:
        invitation = await self._invitation(keys, administrator, member)

        signed_in = await stack.sign_in.complete(NEW_ACCOUNT.identity(MICROSOFT), invitation.id)

        assert signed_in.id == member.id
        assert await Identity.of(member.organisation_id).filter(member_id=member.id).count() == 2
        used = await Invitation.of(member.organisation_id).get(id=invitation.id)
        assert used.used_at is not None
        assert (await _signed_in(stack, NEW_ACCOUNT)).id == member.id

    async def test_somebody_who_came_in_before_becomes_part_of_the_invited_member(
        self, keys: Keys, stack: Stack, organisation: Organisation, administrator: Principal, member: Member
    ) -> None:
        await make_integration(organisation, tenant=NEW_ACCOUNT.tenant)
        fresh = await _signed_in(stack, NEW_ACCOUNT)
        _, cookie = await stack.sessions.create(fresh)
        invitation = await self._invitation(keys, administrator, member, Role.SUBSCRIPTION_ADMINISTRATOR)

        signed_in = await stack.sign_in.complete(NEW_ACCOUNT.identity(MICROSOFT), invitation.id)

        assert (signed_in.id, signed_in.role) == (member.id, Role.SUBSCRIPTION_ADMINISTRATOR)
        assert (await Member.of(organisation.id).get(id=fresh.id)).merged_into_id == member.id
        with pytest.raises(Unauthenticated):
            await stack.sessions.authenticate(cookie)

    async def test_an_account_of_another_organisation_is_refused_and_the_invitation_stays_good(
        self, keys: Keys, stack: Stack, administrator: Principal, member: Member
    ) -> None:
        stranger = await make_member(await make_organisation("Newbridge"), "Nora Berg")
        invitation = await self._invitation(keys, administrator, member)
        url = await stack.flows.start(
            FlowPurpose.ACCEPT_INVITATION,
            suite=MICROSOFT,
            scopes=stack.suite.sign_in_scopes,
            invitation_id=invitation.id,
        )
        opened = await stack.flows.open(url.rpartition("/")[2])

        outcome = await _approved(stack, opened, await account_of(stranger), None)

        assert outcome.page is ResultPage.ANOTHER_ORGANISATION
        assert (await Invitation.of(member.organisation_id).get(id=invitation.id)).used_at is None
        assert (await Identity.of(stranger.organisation_id).get()).member_id == stranger.id

    async def test_calendars_that_were_opened_to_the_account_nobody_proved_have_to_be_connected_again(
        self, keys: Keys, stack: Stack, organisation: Organisation, administrator: Principal, member: Member
    ) -> None:
        connection = await make_connection(stack, member, await make_integration(organisation))
        invitation = await self._invitation(keys, administrator, member)

        await stack.sign_in.complete(NEW_ACCOUNT.identity(MICROSOFT), invitation.id)

        after = await CalendarConnection.of(organisation.id).get(id=connection.id)
        assert (after.status, after.reason) == (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.CONSENT_NEEDED)
        assert (after.credentials, after.generation) == (None, connection.generation + 1)
        [told] = await Notification.of(organisation.id)
        assert (told.member_id, told.kind) == (member.id, NotificationKind.RECONNECT_REQUIRED)
        with pytest.raises(ReconnectRequired):
            await stack.connections.connected(principal_of(member))

    async def test_the_invited_members_own_account_keeps_their_calendar(
        self, keys: Keys, stack: Stack, organisation: Organisation, administrator: Principal, member: Member
    ) -> None:
        await make_connection(stack, member, await make_integration(organisation))
        invitation = await self._invitation(keys, administrator, member)

        await stack.sign_in.complete((await account_of(member)).identity(MICROSOFT), invitation.id)

        assert await stack.connections.connected(principal_of(member))

    async def test_a_name_in_the_invitation_is_no_way_in_after_a_day(
        self, keys: Keys, stack: Stack, administrator: Principal, member: Member
    ) -> None:
        invitation = await self._invitation(keys, administrator, member)
        url = await stack.flows.start(
            FlowPurpose.ACCEPT_INVITATION,
            suite=MICROSOFT,
            scopes=stack.suite.sign_in_scopes,
            invitation_id=invitation.id,
        )
        opened = await stack.flows.open(url.rpartition("/")[2])
        await Invitation.of(member.organisation_id).update(expires_at=clock.now() - timedelta(seconds=1))

        outcome = await _approved(stack, opened, NEW_ACCOUNT, None)

        assert outcome.page is ResultPage.INVITATION_NOT_VALID
        assert await Identity.of(member.organisation_id).filter(member_id=member.id).count() == 1
