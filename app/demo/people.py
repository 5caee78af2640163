"""Brings the demo's people in, over HTTP, through the same pages and mutations that anybody uses."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.demo.cast import CASTS, Cast, Part, Player
from app.demo.offices import find_place, first_day, fortnight
from app.sandbox.visitor import Landing, Visitor

TOKEN_DAYS = 30
ROOM_SYNC_DEADLINE = timedelta(seconds=10)
ROOM_SYNC_PAUSE = timedelta(milliseconds=50)

CREATE_ACCESS = """mutation CreateAccessToken($input: CreateAccessTokenInput!) {
  createAccessToken(input: $input) {
    __typename ... on AccessTokenCreated { token } ... on Problem { message remedy }
  }
}"""
VIEWER = "{ viewer { member { name email } role organisation { name } } }"
APPROVAL_LINK = "{ calendarSuites { name adminApprovalLink } }"
START = """mutation StartIntegration($input: StartIntegrationInput!) {
  startIntegration(input: $input) {
    __typename ... on IntegrationStarted { consentUrl } ... on Problem { message remedy }
  }
}"""
ENABLE = "mutation { enableForAllUsers { __typename ... on Problem { message remedy } } }"
CONNECT = """mutation {
  connectCalendar { __typename ... on ConsentRequested { consentUrl } ... on Problem { message remedy } }
}"""
BUILD = """mutation CreateBuilding($input: CreateBuildingInput!) {
  createBuilding(input: $input) {
    __typename ... on Problem { message remedy }
    ... on BuildingCreated { building { id name today timeZone floors { id name areas { id name } } } }
  }
}"""
SHARE = """mutation SetLocationSharing($input: SetLocationSharingInput!) {
  setLocationSharing(input: $input) { __typename ... on Problem { message remedy } }
}"""
BOOK_SHIFT = """mutation BookShift($input: BookShiftInput!) {
  bookShift(input: $input) { __typename ... on Problem { message remedy } }
}"""
ROOMS_SYNCED = "{ integration { roomSync { state } } rooms(first: 1) { totalCount } }"


class DemoError(Exception):
    """The demo could not be prepared; the message says which step failed and what the product answered."""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A line of `people.json`; `token` works as a bearer."""

    name: str
    email: str
    role: str
    organisation: str
    suite: str
    token: str


class Preparation:
    """Everything between an empty database and people who can be played with."""

    def __init__(self, address: str, invite: Callable[[str], Awaitable[str]]) -> None:
        self._address = address
        self._invite = invite
        self._buildings: dict[str, dict[str, Any]] = {}
        """As `createBuilding` answered, by name; no two organisations of the demo share one."""

    async def everybody(self) -> list[DemoPerson]:
        """The whole cast, in its order."""
        casts = await asyncio.gather(*(self._organisation(cast) for cast in CASTS))
        return [person for people in casts for person in people]

    async def _organisation(self, cast: Cast) -> list[DemoPerson]:
        invitation = await self._invite(cast.organisation)
        founder, *others = cast.players
        people = [await self._found(cast, founder, invitation)]
        people += await asyncio.gather(*(self._join(cast, player) for player in others))
        return people

    async def _found(self, cast: Cast, founder: Player, invitation: str) -> DemoPerson:
        async with Visitor(founder.address) as browser:
            _expect(await browser.open(f"{invitation}?suite={cast.suite}"), "accept the invitation")
            person = await self._person(cast, browser)
            if cast.is_integrated:
                await self._integrate(cast, browser)
            await self._build(cast, browser)
            await self._work(founder, browser)
            return person

    async def _build(self, cast: Cast, browser: Visitor) -> None:
        for office in cast.offices:
            created = await self._change(browser, BUILD, "createBuilding", office.as_input())
            self._buildings[office.name] = created["building"]

    async def _work(self, player: Player, browser: Visitor) -> None:
        """Who may see where they work first, then where that is."""
        if player.sharing is not None:
            await self._change(browser, SHARE, "setLocationSharing", {"sharing": player.sharing})
        if not player.week:
            return
        offices = [self._buildings[work.office] for day in player.week for work in day if work.office is not None]
        home = offices[0]
        for number, (work, days) in enumerate(fortnight(player.week, first_day(offices))):
            shifts = {
                "days": {"dates": [day.isoformat() for day in days]},
                "kind": work.kind,
                "place": find_place(self._buildings, work),
                "slot": {"kind": work.slot},
                "timeZone": None if work.office is not None else home["timeZone"],
                "idempotencyKey": f"demo-{number}",
            }
            await self._change(browser, BOOK_SHIFT, "bookShift", shifts)

    async def _integrate(self, cast: Cast, browser: Visitor) -> None:
        if cast.tenant_administrator is not None:
            await self._approve(cast, cast.tenant_administrator, browser)
        started = await self._change(browser, START, "startIntegration", {"suite": cast.suite})
        _expect(await browser.open(started["consentUrl"]), "consent as administrator")
        await self._change(browser, ENABLE, "enableForAllUsers")
        await self._rooms_are_there(browser)

    async def _approve(self, cast: Cast, tenant_administrator: str, browser: Visitor) -> None:
        suites = (await self._ask(browser, APPROVAL_LINK))["calendarSuites"]
        link = next(suite["adminApprovalLink"] for suite in suites if suite["name"] == cast.suite)
        async with Visitor(tenant_administrator) as approver:
            _expect(await approver.open(link), "approve as tenant administrator")

    async def _rooms_are_there(self, browser: Visitor) -> None:
        async with asyncio.timeout(ROOM_SYNC_DEADLINE.total_seconds()):
            while True:
                answer = await self._ask(browser, ROOMS_SYNCED)
                sync = answer["integration"]["roomSync"]
                if sync and sync["state"] == "SUCCEEDED" and answer["rooms"]["totalCount"]:
                    return
                await asyncio.sleep(ROOM_SYNC_PAUSE.total_seconds())

    async def _join(self, cast: Cast, player: Player) -> DemoPerson:
        async with Visitor(player.address) as browser:
            _expect(await browser.open(f"{self._address}/auth/sign-in?suite={cast.suite}"), "sign in")
            person = await self._person(cast, browser)
            await self._work(player, browser)
            if player.part is Part.CONNECTED:
                connecting = await self._change(browser, CONNECT, "connectCalendar")
                _expect(await browser.open(connecting["consentUrl"]), "connect the calendar")
            return person

    async def _person(self, cast: Cast, browser: Visitor) -> DemoPerson:
        viewer = (await self._ask(browser, VIEWER))["viewer"]
        token = await self._change(
            browser,
            CREATE_ACCESS,
            "createAccessToken",
            {"name": "Demo", "lifetimeDays": TOKEN_DAYS, "idempotencyKey": "demo"},
        )
        return DemoPerson(
            name=viewer["member"]["name"],
            email=viewer["member"]["email"],
            role=viewer["role"],
            organisation=viewer["organisation"]["name"],
            suite=cast.suite,
            token=token["token"],
        )

    async def _change(
        self, browser: Visitor, document: str, field: str, values: dict[str, object] | None = None
    ) -> dict[str, Any]:
        answer = await self._ask(browser, document, {"input": values} if values else None)
        result: dict[str, Any] = answer[field]
        if "message" in result:
            raise DemoError(f"{field}: {result['message']} {result['remedy'] or ''}")
        return result

    async def _ask(self, browser: Visitor, document: str, variables: dict[str, object] | None = None) -> dict[str, Any]:
        """A GraphQL request with the browser's session cookie, as a front end on our own origin sends it."""
        async with browser.session.post(
            f"{self._address}/graphql",
            json={"query": document, "variables": variables or {}},
            headers={"X-Requested-With": "demo", "Origin": self._address},
        ) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
        if answer.get("errors"):
            raise DemoError(f"GraphQL: {answer['errors'][0]['message']}")
        data: dict[str, Any] = answer["data"]
        return data


def _expect(landing: Landing, step: str) -> None:
    if landing.page is not None or landing.status >= 400:
        raise DemoError(f"{step}: stopped at {landing.url.partition('?')[0]} with status {landing.status}")
