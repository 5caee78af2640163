"""What only Google Workspace does, tried over its own wire protocol: single scopes, room changes, its channels."""

from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest

from app.sandbox.visitor import Answer, Visitor
from app.suites.errors import (
    AdminApprovalNeeded,
    ApplicationBlocked,
    MemberBlocked,
    MissingScope,
    OperatorMustAct,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
    SuiteThrottled,
    SuiteUnavailable,
    WrongAccount,
)
from app.suites.events import Event, RoomAnswer
from app.suites.google_workspace.suite import GoogleWorkspace
from app.suites.protocol import ChangeKind, ConsentPrompt, Mailbox, PermissionVariant
from tests.contract.google_workspace import CALLBACK, GoogleWorld
from tests.contract.google_workspace_errors import DOMAIN
from tests.contract.meetings import DAY, WEEK, meeting
from tests.contract.test_calendar_suites_trouble import Webhook
from tests.contract.worlds import TIMEOUT, GrantTokens, some_monday
from tests.suites.doubles import provider


async def with_unticked(google: GoogleWorld, *scopes: str) -> Mailbox:
    """The organiser's mailbox after a consent without these scopes."""
    await google.control("DELETE", f"users/{google.organiser}/consent")
    request = google.request(google.suite.scopes(PermissionVariant.FULL, administrator=False))
    visitor = Visitor(google.organiser, unticked=frozenset(scopes))
    answer = await google.follow(visitor, await google.suite.authorisation_url(request))
    grant = await google.suite.redeem(answer["code"], request)
    return google.suite.mailbox(GrantTokens(google.suite, grant), key=google.organiser)


async def _looked_at(address: str, url: str) -> str:
    """What the page says to somebody who signs in and then only looks."""
    async with Visitor(address, answer=Answer.STOP) as visitor:
        return (await visitor.open(url)).text


class TestTheAuthorisePage:
    async def test_the_page_asks_for_lasting_access_with_pkce_nonce_hint_and_domain(self, google: GoogleWorld) -> None:
        request = google.request(
            google.suite.scopes(PermissionVariant.FULL, administrator=False),
            tenant=DOMAIN,
            login_hint=google.organiser,
            prompt=ConsentPrompt.SELECT_ACCOUNT,
        )

        asked = dict(parse_qsl(urlsplit(await google.suite.authorisation_url(request)).query))

        assert (asked["access_type"], asked["prompt"]) == ("offline", "select_account consent")
        assert asked["code_challenge_method"] == "S256"
        assert asked["code_challenge"] not in {"", request.code_verifier}
        assert (asked["hd"], asked["login_hint"]) == (DOMAIN, google.organiser)
        assert frozenset(asked["scope"].split()) == request.scopes

    async def test_who_consents_again_gets_a_refresh_token_again(self, google: GoogleWorld) -> None:
        await google.sign_in(google.organiser)

        again = await google.sign_in(google.organiser)

        assert again.credentials.refresh_token

    async def test_a_later_consent_keeps_what_was_granted_and_asks_for_what_is_new(self, google: GoogleWorld) -> None:
        await google.control("DELETE", f"users/{google.administrator}/consent")
        before = google.suite.scopes(PermissionVariant.WITHOUT_ROOM_DIRECTORY, administrator=True)
        wanted = google.suite.scopes(PermissionVariant.FULL, administrator=True)
        await google.sign_in(google.administrator, before)
        url = await google.suite.authorisation_url(google.request(wanted))

        page = await _looked_at(google.administrator, url)
        later = await google.sign_in(google.administrator, wanted)

        boxes, _, granted = page.partition("<fieldset>")[2].partition("It already has some access")
        assert dict(parse_qsl(urlsplit(url).query))["include_granted_scopes"] == "true"
        assert "admin.directory.resource" in boxes
        assert "calendar.events" not in boxes
        assert "calendar.events" in granted
        assert wanted <= later.credentials.scopes

    async def test_whoever_leaves_what_is_new_unticked_keeps_what_they_had(self, google: GoogleWorld) -> None:
        await google.control("DELETE", f"users/{google.administrator}/consent")
        before = google.suite.scopes(PermissionVariant.WITHOUT_ROOM_DIRECTORY, administrator=True)
        request = google.request(google.suite.scopes(PermissionVariant.FULL, administrator=True))
        await google.sign_in(google.administrator, before)
        visitor = Visitor(google.administrator, unticked=request.scopes - before)

        answer = await google.follow(visitor, await google.suite.authorisation_url(request))
        grant = await google.suite.redeem(answer["code"], request)

        assert grant.credentials.scopes == before
        assert await google.suite.refresh(grant.credentials, grant.identity.tenant)

    async def test_a_blocked_application_is_told_on_a_page_that_never_comes_back(self, google: GoogleWorld) -> None:
        await google.control("PATCH", f"customers/{DOMAIN}", {"app_access": "BLOCKED"})
        request = google.request(google.suite.scopes(PermissionVariant.FULL, administrator=False))

        async with Visitor(google.organiser) as visitor:
            landing = await visitor.open(await google.suite.authorisation_url(request), until=CALLBACK)

        assert not landing.url.startswith(CALLBACK)
        assert "admin_policy_enforced" in landing.text


class TestSingleScopes:
    async def test_without_free_and_busy_the_calendar_works_and_availability_says_what_lacks(
        self, google: GoogleWorld
    ) -> None:
        mailbox = await with_unticked(google, "calendar.freebusy")

        made = await mailbox.create(meeting(google), uuid4())

        assert (await mailbox.event(made.mailbox_id)).subject == made.subject
        with pytest.raises(MissingScope):
            await mailbox.schedules([google.rooms[0].address], some_monday(), some_monday() + DAY)

    async def test_without_the_list_of_calendars_the_default_one_is_read(self, google: GoogleWorld) -> None:
        mailbox = await with_unticked(google, "calendar.calendarlist.readonly")

        assert list(await mailbox.events(some_monday(), some_monday() + WEEK)) == []
        with pytest.raises(MissingScope):
            await mailbox.calendars()


class TestTheTokenEndpoint:
    @pytest.mark.parametrize(
        ("order", "kind"),
        [
            ({"error": "admin_policy_enforced"}, AdminApprovalNeeded),
            ({"error": "org_internal"}, ApplicationBlocked),
            ({"error": "invalid_client"}, OperatorMustAct),
            ({"error": "deleted_client"}, OperatorMustAct),
            ({"error": "invalid_grant"}, ReconnectRequired),
        ],
    )
    async def test_an_error_while_refreshing_says_who_acts(
        self, google: GoogleWorld, order: dict[str, str], kind: type[SuiteError]
    ) -> None:
        grant = await google.sign_in(google.organiser)
        await google.control("POST", "token-error", order | {"grant_type": "refresh_token"})

        with pytest.raises(SuiteError) as raised:
            await google.suite.refresh(grant.credentials, grant.identity.tenant)

        assert type(raised.value) is kind
        assert raised.value.provider_code == order["error"]

    async def test_a_session_that_has_to_be_proved_again_asks_for_a_sign_in(self, google: GoogleWorld) -> None:
        grant = await google.sign_in(google.organiser)
        await google.control("POST", "token-error", {"error": "invalid_grant", "error_subtype": "invalid_rapt"})

        with pytest.raises(ReconnectRequired) as raised:
            await google.suite.refresh(grant.credentials, grant.identity.tenant)

        assert raised.value.reason is ReconnectReason.MFA

    async def test_revoking_one_token_ends_all_that_the_person_granted(self, google: GoogleWorld) -> None:
        first = await google.sign_in(google.organiser)
        second = await google.sign_in(google.organiser)

        await google.suite.revoke(first.credentials)

        with pytest.raises(ReconnectRequired):
            await google.suite.refresh(second.credentials, second.identity.tenant)

    async def test_somebody_without_an_organisation_belongs_to_none(self, google: GoogleWorld) -> None:
        with pytest.raises(WrongAccount):
            await google.sign_in("sam.rivers@mail.example", google.suite.sign_in_scopes)

    async def test_a_server_under_another_authority_than_ours_is_not_believed(self, google: GoogleWorld) -> None:
        grant = await google.sign_in(google.organiser)
        strict = GoogleWorkspace(
            google.settings.model_copy(update={"ca_bundle": None}), TIMEOUT, timing=google.timing()
        )

        with pytest.raises(SuiteUnavailable):
            await strict.refresh(grant.credentials, grant.identity.tenant)

        await strict.close()


class TestQuotas:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (403, "userRateLimitExceeded"),
            (403, "rateLimitExceeded"),
            (403, "quotaExceeded"),
            (429, "rateLimitExceeded"),
        ],
    )
    async def test_too_many_calls_are_waited_for_whatever_their_status(
        self, google: GoogleWorld, status: int, reason: str
    ) -> None:
        mailbox = await google.mailbox(google.organiser)
        order = {"host": "google-calendar", "method": "GET", "status": status, "code": reason, "times": 2}
        await google.sandbox.control("POST", "faults", order)

        assert list(await mailbox.events(some_monday(), some_monday() + WEEK)) == []
        assert google.pauses == sorted(google.pauses)
        assert len(google.pauses) == 2

    async def test_what_is_spent_for_the_day_is_not_asked_again_and_again(self, google: GoogleWorld) -> None:
        mailbox = await google.mailbox(google.organiser)
        order = {"host": "google-calendar", "status": 403, "code": "dailyLimitExceeded", "times": None}
        await google.sandbox.control("POST", "faults", order)

        with pytest.raises(SuiteThrottled):
            await mailbox.events(some_monday(), some_monday() + WEEK)

        assert google.pauses == []

    async def test_a_customer_without_the_calendar_service_is_blocked(self, google: GoogleWorld) -> None:
        mailbox = await google.mailbox(google.organiser)
        await google.control("PATCH", f"customers/{DOMAIN}", {"calendar_service": False})

        with pytest.raises(MemberBlocked):
            await mailbox.events(some_monday(), some_monday() + WEEK)

    async def test_empty_pages_lead_on(self, google: GoogleWorld) -> None:
        mailbox = await google.mailbox(google.organiser)
        made = await mailbox.create(meeting(google), uuid4())
        await google.control("POST", "empty-page", {"address": google.organiser, "pages": 1})

        events = await mailbox.events(some_monday(), some_monday() + WEEK)

        assert [event.mailbox_id for event in events] == [made.mailbox_id]


class TestRooms:
    async def booked(self, google: GoogleWorld) -> tuple[Mailbox, Event]:
        mailbox = await google.mailbox(google.organiser)
        made = await mailbox.create(meeting(google), uuid4())
        await google.rooms_answer()
        return mailbox, made

    async def test_a_room_that_google_swaps_is_read_with_the_place_it_left_behind(self, google: GoogleWorld) -> None:
        mailbox, made = await self.booked(google)
        old, new = google.rooms

        await google.control("POST", f"rooms/{old.address}/replace", {"event_id": made.mailbox_id, "by": new.address})

        after = await mailbox.event(made.mailbox_id)
        assert [room.room.address for room in after.rooms] == [new.address]
        assert after.version != made.version
        assert old.name not in (after.location or "")

    async def test_a_guest_sees_what_the_room_answered(self, google: GoogleWorld) -> None:
        _, made = await self.booked(google)

        seen = await (await google.mailbox(google.colleague)).event(made.mailbox_id)

        assert [room.answer for room in seen.rooms] == [RoomAnswer.ACCEPTED]


class TestChannels:
    async def test_the_greeting_of_a_channel_is_no_change_and_may_come_before_the_answer(
        self, google: GoogleWorld
    ) -> None:
        mailbox = await google.mailbox(google.organiser)
        await google.control("PATCH", "delivery", {"sync_comes_first": True})
        async with provider() as server:
            webhook = Webhook(server, google.suite.name)

            await mailbox.watch(webhook.url, "secret")

            assert list(google.suite.notifications(*await webhook.posts.get())) == []
        await google.control("PATCH", "delivery", {})

    async def test_a_message_that_google_never_sent_bears_another_secret(self, google: GoogleWorld) -> None:
        mailbox = await google.mailbox(google.organiser)
        async with provider() as server:
            webhook = Webhook(server, google.suite.name)
            watch = await mailbox.watch(webhook.url, "secret")
            [channel] = await google.control("GET", "channels")

            await google.control("POST", f"channels/{channel['id']}/forge", {"token": "guessed"})
            told = await webhook.told(google.suite)

        assert (told.watch_id, told.kind) == (watch.suite_id, ChangeKind.CHANGED)
        assert told.secret == "guessed"
