"""Whatever an attacker brings to a suite's callback: nothing changes state but proof.

Each attack is tried on every kind of visit, at both suites, and the whole database is compared before and after.
"""

from datetime import timedelta

import pytest

from app import clock
from app.connections.models import FlowPurpose
from app.identity.signed_tokens import SignedTokens, TokenUse
from app.suites.protocol import SuiteName
from tests.security.suites import GOOGLE, MICROSOFT, Person
from tests.security.world import PUBLIC_URL, SESSION, Visit, World, come_back
from tests.web.browser import Browser

OTHER_SUITE = {MICROSOFT: GOOGLE, GOOGLE: MICROSOFT}
EVERY_PURPOSE = pytest.mark.parametrize("purpose", list(FlowPurpose))


def _cookies_of_visit(visit: Visit) -> dict[str, str]:
    return {name: value for name, value in visit.browser.cookies.items() if name != SESSION}


@EVERY_PURPOSE
async def test_the_honest_answer_is_taken(world: World, purpose: FlowPurpose) -> None:
    visit = await world.visit(purpose)
    before = world.rows(visits=False)

    answer = await come_back(visit.browser, world.suite, world.suites.approve(visit.page, visit.person))

    assert answer.status == 200, answer.text
    assert world.rows(visits=False) != before


@EVERY_PURPOSE
async def test_an_answer_without_the_visits_own_state_changes_nothing_and_makes_no_token_call(
    world: World, purpose: FlowPurpose
) -> None:
    visit = await world.visit(purpose)
    code = world.suites.approve(visit.page, visit.person)["code"]
    tokens = SignedTokens(world.keys)
    forged = ["", "guess", "%00", "x" * 4_000, *(tokens.issue(use) for use in TokenUse)]
    before = world.rows()

    answers = [await come_back(visit.browser, world.suite, {"code": code, "state": state}) for state in forged]
    answers.append(await come_back(visit.browser, world.suite, {"code": code}))
    answers.append(await come_back(visit.browser, world.suite, {"error": "access_denied"}))

    assert {answer.status for answer in answers} == {400}
    assert world.rows() == before
    assert world.suites.token_calls == 0


@EVERY_PURPOSE
async def test_what_one_began_nobody_finishes_in_another_browser(world: World, purpose: FlowPurpose) -> None:
    """The victim may have a visit of their own open, may be signed in, and may be given the attacker's ticket."""
    attackers, victims = await world.visit(purpose), await world.visit(purpose)
    bait = world.suites.approve(attackers.page, victims.person)
    bystander, _ = await world.colleague()
    signed_in = await world.signed_in(bystander)
    before = world.rows()

    for browser in (world.browser(), victims.browser, signed_in):
        assert (await come_back(browser, world.suite, bait)).status == 400

    assert world.rows() == before
    assert world.suites.token_calls == 0


@EVERY_PURPOSE
async def test_the_cookie_of_another_visit_or_a_forged_one_opens_nothing(world: World, purpose: FlowPurpose) -> None:
    visit, other = await world.visit(purpose), await world.visit(purpose)
    bait = world.suites.approve(visit.page, visit.person)
    [name] = _cookies_of_visit(visit)
    [others] = _cookies_of_visit(other).values()
    forged = ["", "guess", others, SignedTokens(world.keys).issue(TokenUse.FLOW_COOKIE)]
    before = world.rows()

    for value in forged:
        thief = world.browser(**{**visit.browser.cookies, name: value})
        assert (await come_back(thief, world.suite, bait)).status == 400

    assert world.rows() == before
    assert world.suites.token_calls == 0


@EVERY_PURPOSE
async def test_a_replayed_answer_changes_nothing_more_and_makes_no_second_token_call(
    world: World, purpose: FlowPurpose
) -> None:
    visit = await world.visit(purpose)
    cookies = dict(visit.browser.cookies)
    bait = world.suites.approve(visit.page, visit.person)
    await come_back(visit.browser, world.suite, bait)
    before, calls = world.rows(), world.suites.token_calls

    replayed = [await come_back(world.browser(**cookies), world.suite, bait) for _ in range(3)]

    assert {answer.status for answer in replayed} == {400}
    assert world.rows() == before
    assert world.suites.token_calls == calls


@EVERY_PURPOSE
async def test_an_answer_after_ten_minutes_changes_nothing(world: World, purpose: FlowPurpose) -> None:
    visit = await world.visit(purpose)
    bait = world.suites.approve(visit.page, visit.person)
    before = world.rows()
    late = clock.now() + timedelta(minutes=10)

    with clock.use(lambda: late):
        answer = await come_back(visit.browser, world.suite, bait)

    assert answer.status == 400
    assert world.rows() == before
    assert world.suites.token_calls == 0


@EVERY_PURPOSE
async def test_one_suites_answer_is_no_answer_at_the_others_callback(world: World, purpose: FlowPurpose) -> None:
    visit = await world.visit(purpose)
    bait = world.suites.approve(visit.page, visit.person)
    before = world.rows()

    answer = await come_back(visit.browser, OTHER_SUITE[world.suite], bait)

    assert answer.status == 400
    assert world.rows() == before
    assert world.suites.token_calls == 0


@EVERY_PURPOSE
async def test_a_code_from_another_visit_does_not_fit_this_ones_verifier(world: World, purpose: FlowPurpose) -> None:
    attackers, mine = await world.visit(purpose), await world.visit(purpose)
    stolen = world.suites.approve(attackers.page, mine.person)["code"]
    own = world.suites.approve(mine.page, mine.person)
    before = world.rows(visits=False)

    answer = await come_back(mine.browser, world.suite, {**own, "code": stolen})

    assert answer.status == 400
    assert world.suites.token_calls == 1
    assert world.rows(visits=False) == before


@pytest.mark.parametrize("other", [purpose for purpose in FlowPurpose if purpose is not FlowPurpose.SIGN_IN])
async def test_an_answer_serves_the_purpose_that_its_visit_was_begun_for_and_no_other(
    world: World, other: FlowPurpose
) -> None:
    sign_in = await world.visit(FlowPurpose.SIGN_IN)
    elsewhere = await world.visit(other)
    bait = world.suites.approve(sign_in.page, sign_in.person)
    before = world.rows(visits=False)

    crossed = world.browser(**{**elsewhere.browser.cookies, **sign_in.browser.cookies})
    state = world.suites.approve(elsewhere.page, elsewhere.person)["state"]
    answer = await come_back(crossed, world.suite, {"code": bait["code"], "state": state})

    assert answer.status == 400
    assert world.rows(visits=False) == before


class TestTickets:
    @EVERY_PURPOSE
    async def test_a_ticket_that_was_used_opens_in_no_second_browser_and_the_first_goes_on(
        self, world: World, purpose: FlowPurpose
    ) -> None:
        first, ticket, person = await self._ticket(world, purpose)
        opened = await first.get(ticket)
        second = await world.signed_in(world.ada)
        before = world.rows()

        refused = await second.get(ticket)

        assert (opened.status, refused.status) == (303, 400)
        assert refused.cookies == {}
        assert world.rows() == before
        answer = await come_back(first, world.suite, world.suites.approve(opened.location, person))
        assert answer.status == 200

    @pytest.mark.parametrize("ticket", ["guess", "%00", "a.b", "x" * 300, "..%2fsign-in", "é"])
    async def test_a_guessed_ticket_opens_nothing(self, world: World, ticket: str) -> None:
        before = world.rows()

        answer = await world.browser().get(f"/auth/continue/{ticket}")

        assert answer.status in {400, 404}
        assert answer.cookies == {}
        assert world.rows() == before

    async def test_a_signed_value_of_another_use_is_no_ticket(self, world: World) -> None:
        tokens = SignedTokens(world.keys)

        for use in TokenUse:
            assert (await world.browser().get(f"/auth/continue/{tokens.issue(use)}")).status == 400

    @EVERY_PURPOSE
    async def test_a_ticket_is_dead_after_ten_minutes(self, world: World, purpose: FlowPurpose) -> None:
        browser, ticket, _ = await self._ticket(world, purpose)
        before = world.rows()
        late = clock.now() + timedelta(minutes=10)

        with clock.use(lambda: late):
            answer = await browser.get(ticket)

        assert answer.status == 400
        assert world.rows() == before

    async def _ticket(self, world: World, purpose: FlowPurpose) -> tuple[Browser, str, Person]:
        """A ticket that nobody has opened, the browser that may, and who is expected to answer."""
        browser, url, person = await world.begin(purpose, world.browser())
        if "/auth/continue/" not in url:
            url = (await browser.get(url)).location
        assert url.startswith(f"{PUBLIC_URL}/auth/continue/")
        return browser, url, person


@pytest.mark.parametrize("suite", [MICROSOFT], indirect=True)
async def test_a_suite_that_is_not_named_at_the_callback_is_not_asked(world: World, suite: SuiteName) -> None:
    visit = await world.visit(FlowPurpose.SIGN_IN)
    world.suites.seen.clear()

    await come_back(visit.browser, GOOGLE, world.suites.approve(visit.page, visit.person))

    assert world.suites.seen == []
