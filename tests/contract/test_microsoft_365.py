"""What only Microsoft 365 does, tried over its own wire protocol: its errors, its approvals, its keys."""

import base64
import io
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from app.sandbox.pages import Page
from app.sandbox.visitor import Answer, OnNeedApproval, Visitor
from app.suites.errors import (
    AdminApprovalNeeded,
    ApplicationBlocked,
    BlockReason,
    ConsentDeclined,
    ConsentNeeded,
    InvalidRequest,
    MemberBlocked,
    OperatorMustAct,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
    SuiteThrottled,
    SuiteUnavailable,
    WrongAccount,
)
from app.suites.microsoft365.suite import Microsoft365
from app.suites.protocol import ConsentPrompt, PermissionVariant
from tests.contract.microsoft_365 import CALLBACK, Microsoft365World
from tests.contract.worlds import TIMEOUT, GrantTokens, some_monday

WEEK = timedelta(days=7)
NEWBRIDGE = "newbridge.example"


async def error_of_refresh(world: Microsoft365World) -> SuiteError:
    grant = await world.sign_in(world.organiser)
    with pytest.raises(SuiteError) as raised:
        await world.suite.refresh(grant.credentials, grant.identity.tenant)
    return raised.value


class TestTheAuthorisePage:
    async def test_the_page_asks_with_pkce_nonce_hint_and_prompt(self, microsoft: Microsoft365World) -> None:
        request = microsoft.request(
            frozenset({"openid", "User.Read"}),
            tenant=microsoft.tenant_id,
            login_hint=microsoft.organiser,
            prompt=ConsentPrompt.SELECT_ACCOUNT,
        )

        address = urlsplit(await microsoft.suite.authorisation_url(request))

        asked = dict(parse_qsl(address.query))
        assert address.path == f"/{microsoft.tenant_id}/oauth2/v2.0/authorize"
        assert asked["code_challenge_method"] == "S256"
        assert asked["code_challenge"] not in {"", request.code_verifier}
        assert asked["nonce"] not in {"", request.nonce}
        assert (asked["login_hint"], asked["prompt"]) == (microsoft.organiser, "select_account")
        assert asked["scope"] == "User.Read openid"

    async def test_a_later_consent_keeps_what_was_granted_and_meets_a_page_only_for_what_is_new(
        self, microsoft: Microsoft365World
    ) -> None:
        await microsoft.sandbox.control("DELETE", f"users/{microsoft.organiser}/consent")
        wanted = microsoft.suite.scopes(PermissionVariant.FULL, administrator=False)
        await microsoft.sign_in(microsoft.organiser, microsoft.suite.sign_in_scopes)
        url = await microsoft.suite.authorisation_url(microsoft.request(wanted))

        async with Visitor(microsoft.organiser, answer=Answer.STOP) as visitor:
            page = (await visitor.open(url)).page
        first = await microsoft.sign_in(microsoft.organiser, wanted)
        async with Visitor(microsoft.organiser, answer=Answer.STOP) as visitor:
            again = await visitor.open(url, until=microsoft.callback_url)

        assert "prompt" not in dict(parse_qsl(urlsplit(url).query))
        assert page is Page.CONSENT
        assert wanted - {"openid", "profile"} <= first.credentials.scopes
        assert again.url.startswith(microsoft.callback_url)

    async def test_a_member_who_declines_comes_back_with_both_readings_open(self, microsoft: Microsoft365World) -> None:
        await microsoft.sandbox.control("DELETE", f"users/{microsoft.organiser}/consent")
        request = microsoft.request(
            microsoft.suite.scopes(PermissionVariant.FULL, administrator=True),
            prompt=ConsentPrompt.CONSENT,
        )
        url = await microsoft.suite.authorisation_url(request)
        async with Visitor(microsoft.organiser, answer=Answer.CANCEL) as visitor:
            landing = await visitor.open(url, until=CALLBACK)

        refusal = microsoft.suite.refusal(dict(parse_qsl(urlsplit(landing.url).query)))

        assert isinstance(refusal, ConsentDeclined)

    async def test_a_tenant_that_wants_an_administrator_says_so_when_the_member_returns(
        self, microsoft: Microsoft365World
    ) -> None:
        request = microsoft.request(microsoft.suite.scopes(PermissionVariant.FULL, administrator=True))
        url = await microsoft.suite.authorisation_url(request)
        async with Visitor("mia.chen@newbridge.example", on_need_approval=OnNeedApproval.RETURN) as visitor:
            landing = await visitor.open(url, until=CALLBACK)

        refusal = microsoft.suite.refusal(dict(parse_qsl(urlsplit(landing.url).query)))

        assert isinstance(refusal, AdminApprovalNeeded | ConsentDeclined)


class TestAdminApproval:
    @pytest.fixture(autouse=True)
    async def fresh_tenant(self, microsoft: Microsoft365World) -> None:
        await microsoft.sandbox.control("DELETE", f"tenants/{NEWBRIDGE}/consent")

    async def newbridge(self, microsoft: Microsoft365World) -> str:
        tenants = await microsoft.sandbox.control("GET", "tenants")
        return next(str(tenant["id"]) for tenant in tenants if tenant["domain"] == NEWBRIDGE)

    async def test_the_link_leads_to_an_approval_that_lets_the_application_list_rooms(
        self, microsoft: Microsoft365World
    ) -> None:
        link = await microsoft.suite.admin_approval_url(None, CALLBACK, "state-of-approval")
        assert link is not None

        back = await microsoft.follow(Visitor("tomas.silva@newbridge.example"), link)
        credentials = await microsoft.suite.application_tokens(back["tenant"])

        assert back["tenant"] == await self.newbridge(microsoft)
        assert back["state"] == "state-of-approval"
        assert microsoft.suite.grants_room_directory(credentials)
        assert credentials.refresh_token is None

    async def test_before_the_approval_the_application_may_not_list_rooms(self, microsoft: Microsoft365World) -> None:
        await microsoft.sandbox.control("POST", f"tenants/{NEWBRIDGE}/consent", {"roles": []})

        credentials = await microsoft.suite.application_tokens(await self.newbridge(microsoft))

        assert not microsoft.suite.grants_room_directory(credentials)

    async def test_an_approval_counts_from_the_next_token_on(self, microsoft: Microsoft365World) -> None:
        tenant = await self.newbridge(microsoft)
        await microsoft.sandbox.control("POST", f"tenants/{NEWBRIDGE}/consent", {"roles": []})
        await microsoft.suite.application_tokens(tenant)
        await microsoft.sandbox.control("POST", f"tenants/{NEWBRIDGE}/consent")

        assert microsoft.suite.grants_room_directory(await microsoft.suite.application_tokens(tenant))

    async def test_the_link_names_the_tenant_where_it_is_known(self, microsoft: Microsoft365World) -> None:
        link = await microsoft.suite.admin_approval_url(microsoft.tenant_id, CALLBACK, "s")

        assert link is not None
        assert urlsplit(link).path == f"/{microsoft.tenant_id}/v2.0/adminconsent"
        assert dict(parse_qsl(urlsplit(link).query))["scope"] == "https://graph.microsoft.com/.default"

    async def test_while_entra_does_not_answer_the_link_is_the_authoritys_own(
        self, microsoft: Microsoft365World
    ) -> None:
        await microsoft.sandbox.control("POST", "faults", {"host": "entra", "method": "GET", "times": None})

        link = await microsoft.suite.admin_approval_url(None, CALLBACK, "s")

        assert link is not None
        assert link.startswith(f"{microsoft.settings.authority}/organizations/v2.0/adminconsent?")


class TestTheTokenEndpoint:
    @pytest.mark.parametrize(
        ("number", "kind"),
        [
            (700082, ReconnectRequired),
            (50173, ReconnectRequired),
            (50076, ReconnectRequired),
            (65001, ReconnectRequired),
            (53003, MemberBlocked),
            (50057, MemberBlocked),
            (50105, MemberBlocked),
            (700016, ApplicationBlocked),
            (7000112, ApplicationBlocked),
            (7000222, OperatorMustAct),
            (90094, AdminApprovalNeeded),
            (50020, WrongAccount),
        ],
    )
    async def test_an_error_while_refreshing_says_who_acts(
        self, microsoft: Microsoft365World, number: int, kind: type[SuiteError]
    ) -> None:
        await microsoft.sandbox.control("POST", "entra/token-error", {"code": number, "grant_type": "refresh_token"})

        error = await error_of_refresh(microsoft)

        assert type(error) is kind
        assert error.provider_code == f"AADSTS{number}"

    async def test_a_withdrawn_consent_is_told_from_an_expired_one(self, microsoft: Microsoft365World) -> None:
        grant = await microsoft.sign_in(microsoft.organiser)
        await microsoft.sandbox.control("DELETE", f"users/{microsoft.organiser}/consent")

        with pytest.raises(ReconnectRequired) as raised:
            await microsoft.suite.refresh(grant.credentials, grant.identity.tenant)

        assert raised.value.reason is ReconnectReason.CONSENT_WITHDRAWN

    async def test_a_fault_that_was_mended_is_seen_as_mended_at_once(self, microsoft: Microsoft365World) -> None:
        grant = await microsoft.sign_in(microsoft.organiser)
        await microsoft.sandbox.control("POST", "entra/token-error", {"code": 50076, "grant_type": "refresh_token"})
        with pytest.raises(ReconnectRequired):
            await microsoft.suite.refresh(grant.credentials, grant.identity.tenant)

        fresh = await microsoft.suite.refresh(grant.credentials, grant.identity.tenant)

        assert fresh.access_token

    async def test_a_refresh_that_meets_a_passing_trouble_is_tried_again(self, microsoft: Microsoft365World) -> None:
        grant = await microsoft.sign_in(microsoft.organiser)
        await microsoft.sandbox.control(
            "POST", "faults", {"host": "entra", "method": "POST", "status": 503, "headers": {"Retry-After": "3"}}
        )

        assert await microsoft.suite.refresh(grant.credentials, grant.identity.tenant)
        assert microsoft.pauses == [3]

    async def test_throttling_at_the_token_endpoint_says_for_how_long(self, microsoft: Microsoft365World) -> None:
        grant = await microsoft.sign_in(microsoft.organiser)
        order = {"host": "entra", "method": "POST", "status": 429, "headers": {"Retry-After": "3600"}}
        await microsoft.sandbox.control("POST", "faults", order)

        with pytest.raises(SuiteThrottled) as raised:
            await microsoft.suite.refresh(grant.credentials, grant.identity.tenant)

        assert raised.value.retry_after == timedelta(hours=1)

    @pytest.mark.parametrize("body", ['{"access_token": ', "[]", '{"token_type": "Bearer"}', "<html>canary</html>"])
    async def test_a_malformed_answer_is_no_answer_and_is_logged_nowhere(
        self,
        microsoft: Microsoft365World,
        body: str,
        written: io.StringIO,
    ) -> None:
        grant = await microsoft.sign_in(microsoft.organiser)
        order = {"host": "entra", "method": "POST", "status": 200, "body": body}
        await microsoft.sandbox.control("POST", "faults", order)

        with pytest.raises(SuiteUnavailable):
            await microsoft.suite.refresh(grant.credentials, grant.identity.tenant)

        assert "canary" not in written.getvalue()

    async def test_fewer_scopes_than_asked_are_not_enough(self, microsoft: Microsoft365World) -> None:
        order = {"scopes": ["User.Read", "openid", "profile", "offline_access"]}
        await microsoft.sandbox.control("POST", "entra/answered-scopes", order)

        with pytest.raises(ConsentNeeded) as raised:
            await microsoft.sign_in(microsoft.organiser)

        assert raised.value.missing_scopes == {"Calendars.ReadWrite"}

    async def test_entra_that_cannot_be_reached_is_the_suites_trouble(self, microsoft: Microsoft365World) -> None:
        settings = microsoft.settings.model_copy(update={"authority": "https://127.0.0.1:1"})
        suite = Microsoft365(settings, TIMEOUT, timing=microsoft.timing())

        with pytest.raises(SuiteUnavailable):
            await suite.authorisation_url(microsoft.request(suite.sign_in_scopes))
        with pytest.raises(SuiteUnavailable):
            await suite.application_tokens(microsoft.tenant_id)

        await suite.close()

    async def test_a_server_under_another_authority_than_ours_is_not_believed(
        self, microsoft: Microsoft365World
    ) -> None:
        suite = Microsoft365(
            microsoft.settings.model_copy(update={"ca_bundle": None}), TIMEOUT, timing=microsoft.timing()
        )

        with pytest.raises(SuiteUnavailable):
            await suite.authorisation_url(microsoft.request(suite.sign_in_scopes))

        await suite.close()

    @pytest.mark.parametrize("tenant", ["../common", "a/b", "", "x?y", "common\n"])
    async def test_a_tenant_that_is_no_name_of_one_is_refused(self, microsoft: Microsoft365World, tenant: str) -> None:
        with pytest.raises(SuiteError):
            await microsoft.suite.application_tokens(tenant)


class TestGraph:
    async def test_a_claims_challenge_is_met_with_a_new_token(self, microsoft: Microsoft365World) -> None:
        tokens = GrantTokens(microsoft.suite, await microsoft.sign_in(microsoft.organiser))
        mailbox = microsoft.suite.mailbox(tokens, key=microsoft.organiser)
        await microsoft.sandbox.control("POST", "faults", _challenge(times=1))

        assert await mailbox.address() == microsoft.organiser
        assert tokens.refreshes == 1

    async def test_a_challenge_that_a_new_token_does_not_meet_asks_for_a_new_sign_in(
        self, microsoft: Microsoft365World
    ) -> None:
        mailbox = await microsoft.mailbox(microsoft.organiser)
        await microsoft.sandbox.control("POST", "faults", _challenge(times=2))

        with pytest.raises(ReconnectRequired):
            await mailbox.address()

    async def test_a_member_without_a_cloud_mailbox_is_told_so(self, microsoft: Microsoft365World) -> None:
        mailbox = await microsoft.mailbox("sasha.zolc@tidewater.example")

        with pytest.raises(MemberBlocked) as raised:
            await mailbox.events(some_monday(), some_monday() + WEEK)

        assert raised.value.reason is BlockReason.NO_MAILBOX

    async def test_a_next_page_on_another_host_is_refused_before_the_token_leaves(
        self, microsoft: Microsoft365World
    ) -> None:
        mailbox = await microsoft.mailbox(microsoft.organiser)
        page = {"value": [], "@odata.nextLink": "https://elsewhere.example/v1.0/me/calendarView?$skip=1"}
        order = {"host": "graph", "path": "/me/calendarView", "status": 200, "body": page}
        await microsoft.sandbox.control("POST", "faults", order)

        with pytest.raises(SuiteUnavailable, match="ForeignAddress"):
            await mailbox.events(some_monday(), some_monday() + WEEK)

    async def test_ids_stay_the_same_when_an_event_is_moved(self, microsoft: Microsoft365World) -> None:
        mailbox = await microsoft.mailbox(microsoft.organiser)
        await microsoft.fill(microsoft.organiser, 1, some_monday())
        [before] = await mailbox.events(some_monday(), some_monday() + WEEK)
        box = f"graph/mailboxes/{microsoft.organiser}/events/{before.mailbox_id}"

        await microsoft.sandbox.control("POST", f"{box}/move")

        [after] = await mailbox.events(some_monday(), some_monday() + WEEK)
        assert after.mailbox_id == before.mailbox_id
        assert (await mailbox.event(before.mailbox_id)).subject == before.subject

    async def test_an_all_day_event_is_on_its_day_wherever_the_window_is_written(
        self, microsoft: Microsoft365World
    ) -> None:
        mailbox = await microsoft.mailbox(microsoft.organiser)
        monday = some_monday()
        day = {
            "subject": "Holiday",
            "isAllDay": True,
            "start": {"dateTime": monday.strftime("%Y-%m-%dT00:00:00"), "timeZone": "Tokyo Standard Time"},
            "end": {
                "dateTime": (monday + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00"),
                "timeZone": "Tokyo Standard Time",
            },
        }
        await microsoft.sandbox.control("POST", f"graph/mailboxes/{microsoft.organiser}/events", day)

        [event] = await mailbox.events(monday, monday + timedelta(days=1))

        assert (event.start.date, event.end.date) == (monday.date(), monday.date() + timedelta(days=1))
        assert list(await mailbox.events(monday - timedelta(days=1), monday)) == []
        assert list(await mailbox.events(monday + timedelta(days=1), monday + timedelta(days=2))) == []

    async def test_a_window_beyond_what_getschedule_takes_is_refused(self, microsoft: Microsoft365World) -> None:
        mailbox = await microsoft.mailbox(microsoft.organiser)

        with pytest.raises(InvalidRequest):
            await mailbox.schedules([microsoft.colleague], some_monday(), some_monday() + timedelta(days=63))


def _challenge(times: int) -> dict[str, object]:
    claims = base64.b64encode(orjson.dumps({"access_token": {"nbf": {"essential": True, "value": "1"}}})).decode()
    return {
        "host": "graph",
        "path": "/me",
        "status": 401,
        "times": times,
        "headers": {"WWW-Authenticate": f'Bearer realm="", error="insufficient_claims", claims="{claims}"'},
        "code": "InvalidAuthenticationToken",
    }
