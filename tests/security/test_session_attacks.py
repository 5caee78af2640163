"""A session is the browser's own: nobody plants it, revives it, carries it in an address or reads it in a log."""

import io
from datetime import timedelta
from http.cookies import Morsel
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from app import clock
from app.connections.models import FlowPurpose
from app.identity.models import Member, Organisation, Session
from app.identity.sessions import SESSION_LIFETIME
from tests.security.world import CALLBACKS, PUBLIC_URL, SESSION, World, come_back, query_by
from tests.web.browser import Answer, Browser

WHO = "{ viewer { member { name } } }"
OWN_PAGE = {"origin": PUBLIC_URL, "x_requested_with": "desk"}


async def _who(browser: Browser, **headers: str) -> str | None:
    """As whom this browser is known to the API; None where as nobody."""
    answer = orjson.loads((await query_by(browser, WHO, {}, **{**OWN_PAGE, **headers})).text)
    viewer = (answer.get("data") or {}).get("viewer")
    return None if viewer is None else str(viewer["member"]["name"])


async def _eve(world: World) -> Member:
    attackers = await Organisation.create(name="Attackers", created_at=clock.now())
    eve, _ = await world.colleague("Eve", organisation=attackers, tenant="attackers")
    return eve


async def _sign_in(world: World, browser: Browser) -> Answer:
    page = await world.at_the_suite(browser, f"/auth/sign-in?suite={world.suite}")
    return await come_back(browser, world.suite, world.suites.approve(page, world.as_ada))


class TestFixation:
    async def test_a_planted_session_is_not_the_session_after_sign_in_and_ends_with_it(self, world: World) -> None:
        planted = await world.signed_in(await _eve(world))
        before = planted.cookies[SESSION]

        await _sign_in(world, planted)

        assert planted.cookies[SESSION] != before
        assert await _who(planted) == "Ada Vos"
        assert await _who(world.browser(**{SESSION: before})) is None

    @pytest.mark.parametrize("planted", ["", "known-to-the-attacker", "a.b", "x" * 4_000])
    async def test_a_made_up_session_is_never_taken_on(self, world: World, planted: str) -> None:
        browser = world.browser(**{SESSION: planted})
        assert await _who(browser) is None

        await _sign_in(world, browser)

        assert browser.cookies[SESSION] != planted
        assert await _who(browser) == "Ada Vos"

    async def test_every_sign_in_has_a_session_of_its_own(self, world: World) -> None:
        browser = world.browser()
        values = []
        for _ in range(3):
            await _sign_in(world, browser)
            values.append(browser.cookies[SESSION])

        assert len(set(values)) == 3
        assert await Session.filter(revoked_at__isnull=True).count() == 1
        assert [await _who(world.browser(**{SESSION: value})) for value in values] == [None, None, "Ada Vos"]


class TestReplay:
    @pytest.mark.parametrize("way", ["page", "operation"])
    async def test_a_cookie_from_before_signing_out_is_nobodys(self, world: World, way: str) -> None:
        browser = await world.signed_in(world.ada)
        stolen = dict(browser.cookies)
        assert await _who(browser) == "Ada Vos"

        if way == "page":
            await browser.post("/auth/sign-out", origin=PUBLIC_URL)
        else:
            await query_by(browser, "mutation { signOut { __typename } }", {}, **OWN_PAGE)

        assert await _who(world.browser(**stolen)) is None
        assert "signed in as" not in (await world.browser(**stolen).get("/auth/sign-in")).text
        assert (await world.browser(**stolen).get("/auth/link")).status == 403

    async def test_a_cookie_is_nobodys_after_twelve_hours(self, world: World) -> None:
        browser = await world.signed_in(world.ada)
        late = clock.now() + SESSION_LIFETIME

        with clock.use(lambda: late - timedelta(seconds=1)):
            assert await _who(browser) == "Ada Vos"
        with clock.use(lambda: late):
            assert await _who(browser) is None


class TestCookies:
    async def test_every_cookie_is_pinned_to_our_host_secure_and_kept_from_scripts(self, world: World) -> None:
        browser = world.browser()
        ticket = (await browser.get(f"/auth/sign-in?suite={world.suite}")).location
        opened = await browser.get(ticket)
        signed_in = await come_back(browser, world.suite, world.suites.approve(opened.location, world.as_ada))
        signed_out = await browser.post("/auth/sign-out", origin=PUBLIC_URL)

        cookies = [*opened.cookies.values(), *signed_in.cookies.values(), *signed_out.cookies.values()]
        assert len(cookies) == 4
        assert all(map(_is_pinned, cookies))

    @pytest.mark.parametrize("stray", ["\x85", "\xa0", "\x1c", "\x1f", "\x0b", "\x0c", "\t\x85 "])
    async def test_a_neighbour_under_our_domain_tosses_no_session_into_a_browser(
        self, world: World, stray: str
    ) -> None:
        """The browser guards the name with `__Host-` alone: with a stray byte before it anybody may set it."""
        [eves] = (await world.signed_in(await _eve(world))).cookies.values()
        victim = world.browser(**{f"{stray}{SESSION}": eves})
        own = (await world.signed_in(world.ada)).cookies[SESSION]

        assert await _who(victim) is None
        assert "signed in as" not in (await victim.get("/auth/sign-in")).text
        assert await _who(world.browser(**{SESSION: own, f"{stray}{SESSION}": eves})) == "Ada Vos"

    async def test_of_two_sessions_that_differ_neither_counts(self, world: World) -> None:
        [eves] = (await world.signed_in(await _eve(world))).cookies.values()
        [own] = (await world.signed_in(world.ada)).cookies.values()

        assert await _who(world.browser(), cookie=f"{SESSION}={own}; {SESSION}={eves}") is None
        assert await _who(world.browser(), cookie=f"{SESSION}={own}; {SESSION}={own}") == "Ada Vos"

    async def test_the_plain_name_that_any_neighbour_can_set_is_not_looked_at(self, world: World) -> None:
        [own] = (await world.signed_in(world.ada)).cookies.values()

        for name in (SESSION.removeprefix("__Host-"), f"__Secure-{SESSION}", SESSION.lower(), SESSION.upper()):
            assert await _who(world.browser(**{name: own})) is None

    async def test_a_visits_cookie_that_a_neighbour_tossed_finishes_no_visit(self, world: World) -> None:
        attackers = await world.visit(FlowPurpose.SIGN_IN)
        bait = world.suites.approve(attackers.page, world.as_ada)
        [(name, value)] = attackers.browser.cookies.items()

        answer = await come_back(world.browser(**{f"\xa0{name}": value}), world.suite, bait)

        assert answer.status == 400
        assert world.suites.token_calls == 0


class TestCredentialsElsewhere:
    async def test_an_access_token_in_the_address_or_the_body_lets_nobody_in(self, world: World) -> None:
        token = await world.token_of(world.ada)
        body = orjson.dumps({"query": WHO, "access_token": token, "extensions": {"Authorization": f"Bearer {token}"}})
        json = {"content_type": "application/json"}
        assert await _who(world.browser(), authorization=f"Bearer {token}") == "Ada Vos"

        for name in ("access_token", "token", "authorization", "bearer", SESSION):
            for value in (token, f"Bearer%20{token}"):
                answers = [
                    await world.browser().get(
                        f"/graphql?{name}={value}&query=%7Bviewer%7Bmember%7Bname%7D%7D%7D", accept="*/*"
                    ),
                    await world.browser().ask("POST", f"/graphql?{name}={value}", json, body),
                ]
                assert all("Ada" not in answer.text for answer in answers), name

    async def test_a_session_is_no_bearer_and_an_access_token_no_session(self, world: World) -> None:
        [session] = (await world.signed_in(world.ada)).cookies.values()
        token = await world.token_of(world.ada)

        assert await _who(world.browser(), authorization=f"Bearer {session}") is None
        assert await _who(world.browser(**{SESSION: token})) is None
        assert (await world.browser(**{SESSION: token}).get("/auth/link")).status == 403

    async def test_a_bearer_that_does_not_work_is_not_made_good_by_a_session_beside_it(self, world: World) -> None:
        browser = await world.signed_in(world.ada)

        for authorization in ("Bearer guess", "Bearer ", "Basic YTpi", "bearer", "Token x"):
            assert await _who(browser, authorization=authorization) is None


async def test_no_line_of_the_log_has_a_ticket_a_code_a_state_a_cookie_or_a_token(
    written: io.StringIO, world: World
) -> None:
    browser, secrets = world.browser(), []
    for purpose in FlowPurpose:
        visit_browser, url, person = await world.begin(purpose, browser)
        answer = await visit_browser.get(url)
        while answer.location.startswith(PUBLIC_URL):
            secrets.append(urlsplit(answer.location).path.rpartition("/")[2])
            answer = await visit_browser.get(answer.location)
        secrets += [url.partition("?")[0].rpartition("/")[2]] if "sign-in" not in url else []
        secrets += [value for value in visit_browser.cookies.values() if value]
        bait = world.suites.approve(answer.location, person)
        asked = parse_qs(urlsplit(answer.location).query)
        secrets += [bait["code"], bait["state"], asked["nonce"][0], asked["code_challenge"][0]]
        await come_back(visit_browser, world.suite, bait)
        await come_back(visit_browser, world.suite, bait)
        await come_back(world.browser(), world.suite, bait)
        secrets += list(visit_browser.cookies.values())
    token = await world.token_of(world.ada)
    await _who(world.browser(), authorization=f"Bearer {token}")
    await world.browser().get(f"/graphql?access_token={token}")
    await world.browser().get(f"{CALLBACKS[world.suite]}?code=canary-code&state=canary-state&error=canary-error")
    secrets += [token, "canary", "our-client-secret", world.as_ada.address, world.as_ada.name]

    lines = written.getvalue()

    assert '"route": "/auth/continue/{ticket}"' in lines
    assert len(set(secrets)) > 20
    assert [secret for secret in secrets if secret in lines] == []


def _is_pinned(cookie: "Morsel[str]") -> bool:
    is_ours_alone = cookie.key.startswith("__Host-") and cookie["path"] == "/" and cookie["domain"] == ""
    return is_ours_alone and cookie["secure"] and cookie["httponly"] and cookie["samesite"].lower() == "lax"
