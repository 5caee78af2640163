"""Rendering the pages a browser lands on: Jinja templates, strict headers, nothing inline, and nothing that needs a
script. The one that they have puts on the light that somebody chose in the console.

https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from app import logs
from app.connections.outcomes import CallbackOutcome, ResultPage
from app.errors import Actor, IntegrationStatusConflict, ProblemError, SuiteNotConfigured
from app.identity.principal import Principal
from app.suites.protocol import SuiteName
from app.suites.registry import DESCRIPTIONS
from app.web import assets

HERE = Path(__file__).parent
GRAPHIQL_FILES = HERE / "static" / "graphiql"
"""Where GraphiQL's files are looked for; `make graphiql` puts them there."""

COME_AGAIN_SECONDS = 5
"""What a browser is told to wait while something of ours is away."""
THIS_ADDRESS = ""
"""As a link: the page that is open, once more."""
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_ACTORS = {
    Actor.MEMBER: "you",
    Actor.SUBSCRIPTION_ADMINISTRATOR: "a subscription administrator of your organisation",
    Actor.TENANT_ADMINISTRATOR: "an administrator of your calendar suite",
    Actor.OPERATOR: "whoever runs this server",
}


class Tone(StrEnum):
    """How a page looks: what happened is good, worth knowing, or a refusal; or nothing has, and it asks something."""

    ASKING = "asking"
    GOOD = "good"
    NOTICE = "notice"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class _Manner:
    tone: Tone
    status: HTTPStatus


_GOOD = _Manner(Tone.GOOD, HTTPStatus.OK)
_EXPECTED = _Manner(Tone.NOTICE, HTTPStatus.OK)
_START_AGAIN = _Manner(Tone.REFUSAL, HTTPStatus.BAD_REQUEST)
_KEPT_OUT = _Manner(Tone.REFUSAL, HTTPStatus.FORBIDDEN)

_MANNERS: dict[ResultPage, _Manner] = {
    ResultPage.SIGNED_IN: _GOOD,
    ResultPage.IDENTITY_LINKED: _GOOD,
    ResultPage.CONNECTED: _GOOD,
    ResultPage.INTEGRATION_TESTED: _GOOD,
    ResultPage.INTEGRATION_TEST_FAILED: _EXPECTED,
    ResultPage.DECLINED: _EXPECTED,
    ResultPage.NEED_ADMIN_APPROVAL: _EXPECTED,
    ResultPage.CONSENT_INCOMPLETE: _EXPECTED,
    ResultPage.CONSENT_OF_ANOTHER: _Manner(Tone.NOTICE, HTTPStatus.FORBIDDEN),
    ResultPage.EXPIRED: _START_AGAIN,
    ResultPage.PROBLEM: _START_AGAIN,
    ResultPage.WRONG_ACCOUNT: _KEPT_OUT,
    ResultPage.WRONG_TENANT: _KEPT_OUT,
    ResultPage.NOT_INVITED: _KEPT_OUT,
    ResultPage.ANOTHER_ORGANISATION: _KEPT_OUT,
    ResultPage.OTHER_SESSION: _KEPT_OUT,
    ResultPage.BOTH_IN_USE: _START_AGAIN,
    ResultPage.NO_LONGER_ADMINISTRATOR: _KEPT_OUT,
    ResultPage.BLOCKED: _KEPT_OUT,
    ResultPage.APPLICATION_BLOCKED: _KEPT_OUT,
    ResultPage.INVITATION_NOT_VALID: _Manner(Tone.REFUSAL, HTTPStatus.NOT_FOUND),
    ResultPage.MISCONFIGURED: _Manner(Tone.REFUSAL, HTTPStatus.BAD_GATEWAY),
    ResultPage.FAILED: _Manner(Tone.REFUSAL, HTTPStatus.BAD_GATEWAY),
    ResultPage.SUITE_UNAVAILABLE: _Manner(Tone.REFUSAL, HTTPStatus.SERVICE_UNAVAILABLE),
}

_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals["assets"] = assets.ADDRESS


def render(
    template: str, *, tone: Tone = Tone.NOTICE, status: HTTPStatus = HTTPStatus.OK, **context: object
) -> HTMLResponse:
    """One page. `template` is a path below `templates`."""
    page = _templates.get_template(template)
    text = page.render({"signed_in": None, **context}, tone=tone.value, correlation_id=logs.correlation_id())
    return HTMLResponse(text, status, PAGE_HEADERS)


def result(outcome: CallbackOutcome, principal: Principal | None = None) -> HTMLResponse:
    """The page that says what came of a visit, and what to do now.

    `principal` is who the browser was signed in as when it came: a page that starts anew says so, since whose visit it
    was may not be known.
    """
    manner = _MANNERS[outcome.page]
    return render(
        f"results/{outcome.page.lower().replace('_', '-')}.html",
        tone=manner.tone,
        status=manner.status,
        outcome=outcome,
        signed_in=None if outcome.page is ResultPage.SIGNED_IN else principal,
        suite_title=outcome.suite.display_name,
        remedy=_remedy(outcome.problem) if outcome.problem else None,
        approval_ways_of_suite=DESCRIPTIONS[outcome.suite].approval_ways,
        actors={**_ACTORS, Actor.TENANT_ADMINISTRATOR: f"an administrator of your {outcome.suite.display_name}"},
    )


def _remedy(error: ProblemError) -> str | None:
    """In words for whoever looks at a page: a problem's own can be meant for programs."""
    if isinstance(error, IntegrationStatusConflict):
        return "Open the integrations to see how it stands now, and go on from there."
    return None if isinstance(error, SuiteNotConfigured) else error.remedy


def broken() -> HTMLResponse:
    """For defects of ours: nothing but a correlation id."""
    return render("broken.html", tone=Tone.REFUSAL, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def problem(error: ProblemError) -> HTMLResponse:
    """For a link that asks for what cannot be done here."""
    return render(
        "problem.html",
        tone=Tone.REFUSAL,
        status=HTTPStatus.BAD_REQUEST,
        problem=error,
        can_be_mended_elsewhere=error.who_acts is not Actor.MEMBER,
        actor=_ACTORS[error.who_acts],
    )


def nothing_here(status: HTTPStatus) -> HTMLResponse:
    """For an address without a page: there is nothing, or nothing for a browser."""
    return render(
        "nothing-here.html", tone=Tone.REFUSAL, status=status, is_known=status is HTTPStatus.METHOD_NOT_ALLOWED
    )


def signed_out() -> HTMLResponse:
    """After the session has ended; one at the suite may go on."""
    return render("signed-out.html", tone=Tone.GOOD, suites=" or ".join(suite.display_name for suite in SuiteName))


def unavailable(again: str = THIS_ADDRESS) -> HTMLResponse:
    """While the database is away; `again` is where to try once more."""
    page = render("unavailable.html", tone=Tone.REFUSAL, status=HTTPStatus.SERVICE_UNAVAILABLE, again=again)
    page.headers["Retry-After"] = str(COME_AGAIN_SECONDS)
    return page


def too_many(wait: timedelta) -> HTMLResponse:
    """For a visit that comes too soon after too many others; nothing was done, and after `wait` it can be made."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    page = render("too-many-visits.html", tone=Tone.REFUSAL, status=HTTPStatus.TOO_MANY_REQUESTS, seconds=seconds)
    page.headers["Retry-After"] = str(seconds)
    return page


def redirect(url: str) -> Response:
    """On to another address, with GET whatever the method was."""
    return Response(status_code=HTTPStatus.SEE_OTHER, headers={**PAGE_HEADERS, "Location": url})
