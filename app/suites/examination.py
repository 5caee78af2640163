"""Looking at a suite before anybody needs it: can it be reached, does it take our registration, do our clocks agree.

What each suite is asked for that stands in its own package; how the answers are judged is the same for all. Nothing is
created, changed or used up at the suite: it is shown a refresh token that nobody was ever given, so that the only right
answer is to refuse the token, and any other tells what is wrong with whoever shows it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from app import clock
from app.findings import Finding, doubtful, failing, well
from app.suites.errors import ApplicationBlocked, OperatorMustAct, SuiteError, SuiteUnavailable
from app.suites.http import SuiteHttp, SuiteRequest, SuiteResponse

NO_TOKEN = "a-refresh-token-that-nobody-was-given"  # noqa: S105  # what it says
DOUBTFUL_DIFFERENCE = timedelta(minutes=2)
MOST_DIFFERENCE = timedelta(minutes=5)
"""Tokens are believed with a few minutes' leeway; beyond, signing in fails."""

Reading = Callable[[SuiteResponse], SuiteError | None]
"""What the token endpoint meant; None where it took the registration and refused nothing but the token."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something that is needed at the suite, with an address to ask and the answers that are right there."""

    name: str
    url: str
    statuses: frozenset[int] = frozenset({401, 403})
    """Nobody is signed in, so that a refusal is what an interface answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an operator does, in the suite's own terms."""

    unknown_client: str
    refused_secret: str


async def examine(
    suite: str,
    http: SuiteHttp,
    places: Sequence[Place],
    token_request: SuiteRequest,
    read: Reading,
    words: Words,
) -> Sequence[Finding]:
    """Findings on one suite, which is spoken to by `http`; closes that."""
    try:
        answering = asyncio.ensure_future(_answer(http, token_request))
        findings = await asyncio.gather(*(_reached(suite, http, place) for place in places))
        response = await answering
    finally:
        await http.close()
    if isinstance(response, SuiteUnavailable):
        return [*findings, _unreached(suite, "the token endpoint", response)]
    return [*findings, _registration(suite, read(response), words), *_clock(suite, response)]


async def _reached(suite: str, http: SuiteHttp, place: Place) -> Finding:
    answer = await _answer(http, SuiteRequest(operation="examination", method="GET", url=place.url))
    if isinstance(answer, SuiteUnavailable):
        return _unreached(suite, place.name, answer)
    if answer.status not in place.statuses:
        return failing(
            suite,
            f"{place.name} is not where it was looked for (HTTP{answer.status}).",
            "Take the suite's addresses out of the settings: they are needed for national clouds and the sandbox only.",
        )
    return well(suite, f"{place.name} can be reached.")


async def _answer(http: SuiteHttp, request: SuiteRequest) -> SuiteResponse | SuiteUnavailable:
    try:
        response = await http.send(request, http.deadline())
    except SuiteUnavailable as error:
        return error
    return response if response.status < 500 else SuiteUnavailable(f"HTTP{response.status}")


def _unreached(suite: str, name: str, error: SuiteUnavailable) -> Finding:
    return failing(
        suite,
        f"{name} cannot be reached from here ({error.provider_code}).",
        "See whether this machine may call the suite over https (name resolution, firewall, proxy, certificate "
        "authorities), and whether the suite itself reports an outage.",
    )


def _registration(suite: str, error: SuiteError | None, words: Words) -> Finding:
    match error:
        case None:
            return well(suite, "the application's id and secret are accepted.")
        case ApplicationBlocked():
            return failing(suite, f"the application is not known there ({error.provider_code}).", words.unknown_client)
        case OperatorMustAct():
            return failing(suite, f"the application's secret is refused ({error.provider_code}).", words.refused_secret)
        case _:
            return doubtful(
                suite,
                f"whether the secret is right was not told ({error.provider_code}).",
                "Sign in once: that proves it. If it goes on like this, ask again later.",
            )


def _clock(suite: str, response: SuiteResponse) -> Sequence[Finding]:
    """By the answer's Date, which has whole seconds; none where a proxy left it out."""
    try:
        theirs = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return []
    difference = abs(clock.now() - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)))
    seconds = round(difference.total_seconds())
    says = f"its clock and ours are {seconds} seconds apart."
    remedy = "Let this machine keep its time by NTP (`timedatectl`): tokens seem expired, or from the future, to us."
    if difference > MOST_DIFFERENCE:
        return [failing(suite, says, remedy)]
    return [doubtful(suite, says, remedy) if difference > DOUBTFUL_DIFFERENCE else well(suite, says)]
