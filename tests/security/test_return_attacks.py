"""Where a browser is sent: to a suite or on to an allowed origin, whatever addresses and headers an attacker writes."""

from urllib.parse import parse_qs, quote, urljoin, urlsplit

import pytest

from app.connections.models import AuthorisationFlow, FlowPurpose
from tests.security.suites import MICROSOFT
from tests.security.world import CALLBACKS, FRONT_END, PUBLIC_URL, World, come_back

TRAPS = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/%2fevil.example",
    "%2f%2fevil.example",
    "/%252f%252fevil.example",
    "/%5cevil.example",
    "/%255c%255cevil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "/\x00/evil.example",
    "/\x0b//evil.example",
    "/ok//evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/;//evil.example",
    " //evil.example",
    "\x01https://evil.example",
    "https://evil.example",
    "HTTPS://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "ht\ttps://evil.example",
    f"{PUBLIC_URL}@evil.example",
    f"{PUBLIC_URL}:secret@evil.example",
    f"{PUBLIC_URL}.evil.example",
    f"{PUBLIC_URL}\\@evil.example",
    f"{PUBLIC_URL}%2eevil.example",
    f"{PUBLIC_URL}%00.evil.example",
    f"{PUBLIC_URL}:443@evil.example",
    f"{PUBLIC_URL}:444/",
    f"{FRONT_END}.evil.example",
    f"{FRONT_END}@evil.example/",
    "http://meetings.tidewater.example/",
    "https://evil.example#@meetings.tidewater.example/",
    "https://evil.example?meetings.tidewater.example/",
    "https://meetings.tidewater.example\uff0eevil.example",
    "https://evil\u3002example",
    "//evil\u3002example",
    "/\u2215\u2215evil.example",
    "/\uff0f\uff0fevil.example",
    "javascript:alert(document.domain)",
    "java\nscript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://evil.example/1",
    "view-source:https://evil.example",
    "/" + "a" * 4_000,
    "/%" + "25" * 40 + "2f%2fevil.example",
]
MUTATIONS = {
    "connectCalendar": "mutation ($to: String) { connectCalendar(input: {returnTo: $to}) { ...P } }",
    "startIntegration": (
        "mutation ($to: String, $suite: SuiteName!) {"
        " startIntegration(input: {suite: $suite, returnTo: $to}) { ...P } }"
    ),
    "linkIdentity": (
        "mutation ($to: String, $suite: SuiteName!) { linkIdentity(input: {suite: $suite, returnTo: $to}) { ...P } }"
    ),
}
PROBLEM = " fragment P on Problem { __typename code message }"
FORGED_HEADERS = {
    "host": "evil.example",
    "x_forwarded_host": "evil.example",
    "x_forwarded_server": "evil.example",
    "x_forwarded_proto": "http",
    "x_forwarded_port": "8443",
    "x_forwarded_prefix": "/evil.example",
    "x_original_url": "https://evil.example/",
    "x_rewrite_url": "https://evil.example/",
    "forwarded": "for=1.2.3.4;host=evil.example;proto=http",
}


async def test_no_page_takes_an_address_that_could_lead_elsewhere(world: World) -> None:
    browser = await world.signed_in(world.ada)
    before = world.rows()

    for trap in TRAPS:
        asked = quote(trap, safe="")
        for page in ("sign-in?", f"sign-in?suite={world.suite}&", "link?", f"link?suite={world.suite}&"):
            answer = await browser.get(f"/auth/{page}returnTo={asked}")
            assert answer.status == 400, (page, trap)
            assert "evil" not in answer.text
            assert "location" not in answer.headers

    assert world.rows() == before


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_no_operation_takes_one_either(world: World, mutation: str) -> None:
    suite = {} if mutation == "connectCalendar" else {"suite": world.suite}
    for trap in TRAPS:
        problem = await world.ask(world.ada, MUTATIONS[mutation] + PROBLEM, to=trap, **suite)
        assert problem["__typename"] == "InvalidInput", trap
        assert "evil" not in problem["message"]

    assert await AuthorisationFlow.all().count() == 0


@pytest.mark.parametrize("target", ["/graphql", f"{FRONT_END}/after?x=1", f"{PUBLIC_URL}/auth/link"])
async def test_whoever_signed_in_goes_on_to_where_they_were_allowed_to_go(world: World, target: str) -> None:
    browser = world.browser()
    page = await world.at_the_suite(browser, f"/auth/sign-in?suite={world.suite}&returnTo={quote(target, safe='')}")

    answer = await come_back(browser, world.suite, world.suites.approve(page, world.as_ada))

    reached = urlsplit(urljoin(PUBLIC_URL, answer.location))
    assert answer.location == target
    assert f"{reached.scheme}://{reached.netloc}" in {PUBLIC_URL, FRONT_END}


@pytest.mark.parametrize("purpose", list(FlowPurpose))
async def test_forged_host_headers_change_no_address_that_we_give_out(world: World, purpose: FlowPurpose) -> None:
    browser, url, person = await world.begin(purpose, world.browser())

    answers = [await browser.get(url, **FORGED_HEADERS)]
    while answers[-1].location.startswith(PUBLIC_URL):
        answers.append(await browser.get(answers[-1].location, **FORGED_HEADERS))
    page = answers[-1].location
    back = await come_back(browser, world.suite, world.suites.approve(page, person), **FORGED_HEADERS)

    assert page.startswith(world.suites.origin)
    assert parse_qs(urlsplit(page).query)["redirect_uri"] == [PUBLIC_URL + CALLBACKS[world.suite]]
    assert back.status == 200
    for answer in (*answers, back):
        assert "evil" not in answer.text + str(answer.headers)
        assert all(morsel["secure"] and not morsel["domain"] for morsel in answer.cookies.values())


async def test_a_page_that_is_not_there_leads_nowhere_whatever_the_host_header_says(world: World) -> None:
    for path in ("/auth/sign-in/", "/auth/", "/graphql/", "//evil.example", "/auth//evil.example"):
        answer = await world.browser().get(f"{PUBLIC_URL}{path}", **FORGED_HEADERS)

        assert answer.status == 404
        assert "location" not in answer.headers
        assert "evil" not in answer.text


async def test_a_forged_host_makes_no_foreign_origin_ours(world: World) -> None:
    browser = await world.signed_in(world.ada)
    forged = {**FORGED_HEADERS, "origin": "https://evil.example", "x_requested_with": "desk"}
    before = world.rows()

    signed_out = await browser.post("/auth/sign-out", **forged)
    asked = await browser.ask(
        "POST",
        "/graphql",
        {"content_type": "application/json", **forged},
        b'{"query": "mutation { signOut { __typename } }"}',
    )

    assert (signed_out.status, asked.status) == (403, 403)
    assert world.rows() == before


async def test_the_suites_page_is_asked_for_its_answer_at_our_public_address_only(world: World) -> None:
    page = (await world.visit(FlowPurpose.SIGN_IN)).page

    asked = parse_qs(urlsplit(page).query)

    assert asked["redirect_uri"] == [PUBLIC_URL + CALLBACKS[world.suite]]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert asked.get("response_mode", ["query"]) == ["query"]
    assert asked["nonce"] != asked["state"]
    if world.suite is MICROSOFT:
        assert asked["response_mode"] == ["query"]
