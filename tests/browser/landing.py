"""Every page that a browser lands on outside the console, to be looked at: `python -m tests.browser.landing FOLDER`.

What a page is made of decides which there are: each result with each purpose, suite and outcome that its words depend
on, and each other template. A browser looks at each build of a template and at each set of ways on; pages that only put
the same pieces together anew, or have other words and addresses in them, are the same to it.
"""

import argparse
import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app import clock
from app.connections.models import FlowPurpose
from app.connections.outcomes import CallbackOutcome, ResultPage
from app.connections.problems import BLOCK_REMEDIES
from app.database import engine
from app.errors import (
    ConnectionBlocked,
    IntegrationStatusConflict,
    IntegrationUnavailable,
    InvalidInput,
    NotFound,
    ProblemError,
    SuiteNotConfigured,
    SuiteUnavailable,
)
from app.identity.linking import LinkOutcome
from app.identity.models import Member
from app.identity.principal import Principal
from app.integrations.approval import ApprovalOutcome
from app.integrations.issues import CONSENT_NEEDED, FREE_BUSY_UNKNOWN, ROOM_DIRECTORY_NOT_APPROVED
from app.integrations.report import Check, CheckName, CheckOutcome, TestReport
from app.keys import Keys, Vault
from app.suites.errors import BlockReason
from app.suites.protocol import AuthorisationRequest, SuiteName
from app.suites.registry import DESCRIPTIONS
from app.web import pages
from app.web.missing import no_page
from app.web.pages import Tone
from tests.browser.desk import Desk, Light, Screen, desk
from tests.connections.stack import Stack
from tests.serving.running import LONG, running
from tests.support.browser import chromium
from tests.support.database import migrate, sqlite_url
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.suites import AUTHORISE_PAGE, FakeSuite
from tests.web.test_pages import make_app

WAYS = re.compile(r'<(?:p|div) class="ways">.*?</(?:p|div)>')
SUITE_PAGE = "/suite"
SHOWN = "/shown/"
"""Below this path the pages are served that are far to walk to, by the code that renders them there."""


@dataclass(frozen=True, slots=True)
class Choice:
    """As the pages have it."""

    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Landing:
    """One page: which template it comes from, what it differs in, and what the product answers with."""

    template: str
    variant: str
    response: HTMLResponse

    @property
    def name(self) -> str:
        return "-".join((self.template.removesuffix(".html").replace("/", "-"), *self.variant.lower().split()))

    @property
    def text(self) -> str:
        return bytes(self.response.body).decode()

    @property
    def pieces(self) -> set[tuple[str, str]]:
        """What it is put together from: elements without words and addresses."""
        build = re.sub(r' href="[^"]*"', "", re.sub(r">[^<]+", ">", self.text))
        return {(self.template, WAYS.sub("", build)), *(("ways", ways) for ways in WAYS.findall(build))}


def every_landing(principal: Principal) -> Sequence[Landing]:
    """Every page, also where two read alike."""
    return [*_results(principal), *_others(principal)]


def different_landings(every: Sequence[Landing]) -> Mapping[str, Landing]:
    """By name: the longest that have every piece among them."""
    seen: set[tuple[str, str]] = set()
    chosen: dict[str, Landing] = {}
    for landing in sorted(every, key=lambda landing: len(landing.text), reverse=True):
        if not landing.pieces <= seen:
            chosen[landing.name] = landing
            seen |= landing.pieces
    return chosen


PROBLEMS: Sequence[ProblemError] = (
    IntegrationStatusConflict("DISABLED", "joined"),
    IntegrationUnavailable("DISABLED"),
    NotFound("member"),
    SuiteUnavailable(),
    ConnectionBlocked("NOT_ASSIGNED", BLOCK_REMEDIES[BlockReason.NOT_ASSIGNED]),
    SuiteNotConfigured("Google Workspace", "HYBRID_MEETINGS_GOOGLE_WORKSPACE_"),
)
"""One for each that acts, and what a visit can run into when it comes back."""


def _results(principal: Principal) -> Iterator[Landing]:
    """Each result in each way that a visit can come to it, also with what only some visits know."""
    for page, purpose, suite, return_to in product(ResultPage, FlowPurpose, SuiteName, (None, "/profile")):
        outcome = CallbackOutcome(
            page=page,
            suite=suite,
            purpose=purpose,
            return_to=return_to,
            member_name=principal.name,
            organisation_name=principal.organisation_name,
            link=LinkOutcome.ADDED,
            problem=PROBLEMS[0],
            provider_code="AADSTS50105" if suite is SuiteName.MICROSOFT_365 else "admin_policy_enforced",
        )
        # Google's pages have other words in the same places: one purpose shows them.
        if suite is SuiteName.MICROSOFT_365 or (purpose is FlowPurpose.CONNECT_CALENDAR and return_to is None):
            yield _result(outcome, principal, f"{purpose} {suite} {'back' if return_to else ''}")
    for outcome, variant in _further_results(principal):
        yield _result(outcome, principal, variant)


def _further_results(principal: Principal) -> Iterator[tuple[CallbackOutcome, str]]:
    plain = CallbackOutcome(page=ResultPage.EXPIRED, suite=SuiteName.MICROSOFT_365)
    yield plain, "nobodys"
    linked = replace(plain, page=ResultPage.IDENTITY_LINKED, purpose=FlowPurpose.LINK_IDENTITY)
    for how in LinkOutcome:
        yield replace(linked, link=how, member_name=principal.name), how.value
    for problem in PROBLEMS:
        refused = replace(plain, page=ResultPage.PROBLEM, purpose=FlowPurpose.CONNECT_CALENDAR, problem=problem)
        yield refused, type(problem).__name__
    started = replace(plain, purpose=FlowPurpose.START_INTEGRATION)
    issues = (CONSENT_NEEDED, ROOM_DIRECTORY_NOT_APPROVED, FREE_BUSY_UNKNOWN)
    checks = [
        Check(name=name, outcome=CheckOutcome.FAILED, required=True, issue=issue)
        for name, issue in zip(CheckName, issues, strict=False)
    ]
    report, link = TestReport(checks=tuple(checks), at=clock.now()), "https://suite.example/approve?state=abc"
    failed = replace(started, page=ResultPage.INTEGRATION_TEST_FAILED, report=report)
    yield failed, "issues"
    yield replace(failed, approval_link=link), "issues link"
    for is_enabled in (False, True):
        tested = replace(started, page=ResultPage.INTEGRATION_TESTED, is_enabled=is_enabled)
        yield tested, f"enabled {is_enabled}"
        yield replace(tested, report=report), f"enabled {is_enabled} issues"
    for page in (ResultPage.DECLINED, ResultPage.NEED_ADMIN_APPROVAL):
        yield replace(started, page=page, approval_link=link), "link"
    left_out = tuple(each for each in DESCRIPTIONS[SuiteName.GOOGLE_WORKSPACE].permissions if not each.required)
    yield replace(plain, page=ResultPage.CONNECTED, suite=SuiteName.GOOGLE_WORKSPACE, left_out=left_out), "left out"


def _result(outcome: CallbackOutcome, principal: Principal, variant: str) -> Landing:
    name = outcome.page.lower().replace("_", "-")
    return Landing(f"results/{name}.html", variant, pages.result(outcome, principal))


def _others(principal: Principal) -> Iterator[Landing]:
    """Each template but the results', with what its words depend on."""
    yield from _asking(principal)
    for somebody in (None, principal):
        context = {"principal": somebody, "sign_in": "/auth/sign-in?returnTo=%2Fauth%2Flink"}
        tone = Tone.REFUSAL if somebody else Tone.NOTICE
        yield _rendered("sign-in-first.html", "other" if somebody else "", tone, context)
    for name in ("sign-out-refused", "invitation-not-valid", "ticket-not-valid", "suite-not-reached"):
        yield _rendered(f"{name}.html", "", Tone.REFUSAL, {})
    for suite in SuiteName:
        yield _rendered("approval-not-given.html", suite, Tone.NOTICE, {"suite_title": suite.display_name})
        yield _rendered("approval-noticed.html", suite, Tone.GOOD, {"suite_title": suite.display_name})
    for approval in sorted(set(ApprovalOutcome) - {ApprovalOutcome.APPROVED}):
        asked = {"suite_title": SuiteName.MICROSOFT_365.display_name, "approval": approval.value}
        yield _rendered("approval-not-yet.html", approval, Tone.NOTICE, asked)
    yield Landing("signed-out.html", "", pages.signed_out())
    yield Landing("broken.html", "", pages.broken())
    yield Landing("unavailable.html", "", pages.unavailable())
    yield Landing("unavailable.html", "form", pages.unavailable("/auth/sign-in"))
    for seconds in (1, 42):
        yield Landing("too-many-visits.html", f"{seconds}", pages.too_many(timedelta(seconds=seconds)))
    for status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        yield Landing("nothing-here.html", f"{status}", pages.nothing_here(status))
    unknown = InvalidInput("suite", "There is no such calendar suite. Known are: X, Y.")
    yield Landing("problem.html", "link", pages.problem(unknown))
    yield Landing("problem.html", "not set up", pages.problem(PROBLEMS[-1]))


def _asking(principal: Principal) -> Iterator[Landing]:
    """The pages on which somebody chooses how to go on."""
    two = [_choice(suite) for suite in SuiteName]
    for variant, choices in (("", two), ("one", two[:1]), ("none", [])):
        nobody: dict[str, object] = {"principal": None, "return_to": None, "choices": choices}
        yield _rendered("sign-in.html", variant, Tone.ASKING, nobody)
    for template, return_to in product(("sign-in.html", "link.html"), (None, "/rooms")):
        signed_in: dict[str, object] = {"principal": principal, "return_to": return_to, "choices": two}
        yield _rendered(template, "signed in" + " back" * bool(return_to), Tone.ASKING, signed_in)
    for name in (None, principal.name):
        invited = {"organisation_name": principal.organisation_name, "member_name": name, "choices": two}
        yield _rendered("invitation.html", "member" if name else "", Tone.ASKING, invited)


def _choice(suite: SuiteName) -> Choice:
    return Choice(suite.display_name, f"/auth/sign-in?suite={suite}")


def _rendered(template: str, variant: str, tone: Tone, context: Mapping[str, object]) -> Landing:
    return Landing(template, variant, pages.render(template, tone=tone, status=HTTPStatus.OK, **context))


class SuiteNextDoor(FakeSuite):
    """Its authorise page is on the same server, and whoever comes there has `answer` sent back at once."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page
        self.answer: Callable[[str], dict[str, str]] = self.decline

    async def authorisation_url(self, request: AuthorisationRequest) -> str:
        return (await super().authorisation_url(request)).replace(AUTHORISE_PAGE, self._page)

    async def page(self, request: Request) -> Response:
        back = request.query_params["redirect_uri"]
        return RedirectResponse(f"{back}?{urlencode(self.answer(str(request.url)))}")


@dataclass(frozen=True, slots=True)
class Served:
    """Our own pages on a running server, over services whose calendar suite is in memory."""

    address: str
    stack: Stack
    suite: SuiteNextDoor
    member: Member
    landings: Mapping[str, Landing]


@asynccontextmanager
async def serving() -> AsyncIterator[Served]:
    """Needs an open database."""
    app = Starlette()

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    async def shown(request: Request) -> Response:
        return served.landings[request.path_params["name"]].response

    async with running(ask, patience=LONG) as server:
        suite = SuiteNextDoor(f"{server.url}{SUITE_PAGE}")
        keys, vault = Keys(b"\x02" * 32), Vault((("k1", b"\x01" * 32),))
        stack = Stack(keys, vault, public_url=server.url, suite=suite)
        member = await make_member(await make_organisation())
        app.router.routes = [
            *make_app(stack).routes,
            Route(f"{SHOWN}{{name}}", shown),
            Route(SUITE_PAGE, suite.page),
        ]
        app.add_exception_handler(HTTPException, no_page)
        served = Served(server.url, stack, suite, member, different_landings(every_landing(principal_of(member))))
        yield served


async def take(folder: Path, scratch: Path, names: Sequence[str]) -> None:
    """A picture of every page, by each light on each screen."""
    await migrate(sqlite_url(scratch))
    async with (
        engine.database(sqlite_url(scratch)),
        serving() as served,
        chromium() as browser,
        desk(browser, served.address) as somebody,
    ):
        for name in [name for name in served.landings if not names or any(part in name for part in names)]:
            await _poses(somebody, name, folder)


async def _poses(somebody: Desk, name: str, folder: Path) -> None:
    await somebody.opens(f"{SHOWN}{name}")
    for light, screen in product(Light, Screen):
        await somebody.looks(light, screen)
        await somebody.page.screenshot(path=folder / f"{name}.{screen}.{light}.png", full_page=True)
    somebody.complaints.clear()  # a page of a refusal has the status of one, which the browser remarks on


def main() -> None:
    """Serves every page and takes its pictures."""
    parser = argparse.ArgumentParser(description="Takes pictures of the pages that a browser lands on.")
    parser.add_argument("folder", type=Path, help="where they go")
    parser.add_argument("names", nargs="*", help="only pages with one of these in their names")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(take(folder, Path(scratch), arguments.names))


if __name__ == "__main__":
    main()
