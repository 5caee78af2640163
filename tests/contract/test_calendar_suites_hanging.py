"""A tenant whose suite answers a byte a second, or not at all, keeps no other waiting: on the wire, with real pools."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from app.suites.http import MAX_CONNECTIONS_PER_HOST
from app.suites.limits import TENANTS_CALLS_SIDE_BY_SIDE
from app.suites.microsoft365.msal_client import TENANTS_THREADS, THREADS
from tests.contract.microsoft_365 import Microsoft365World
from tests.contract.worlds import GrantTokens, World, some_monday

DAY = timedelta(days=1)
CROWD = MAX_CONNECTIONS_PER_HOST + 20
"""Mailboxes of one tenant, more than there are connections."""
SOON = 5
"""Seconds in which others are answered: half of the deadline of those who hang."""


@asynccontextmanager
async def hanging(
    world: World, fault: dict[str, Any], calls: int, strikes: int, call: Callable[[int], Awaitable[object]]
) -> AsyncIterator[None]:
    """So many calls meet the fault and are under way inside; at the suite there are as many as `strikes` by then."""
    ordered = await world.sandbox.control("POST", "faults", {**fault, "times": None})
    tasks = [asyncio.ensure_future(call(number)) for number in range(calls)]
    async with asyncio.timeout(SOON):
        while (await world.sandbox.control("GET", f"faults/{ordered['id']}"))["applied"] < strikes:
            assert not any(task.done() for task in tasks)
    try:
        yield
        struck = await world.sandbox.control("GET", f"faults/{ordered['id']}")
        assert struck["applied"] == strikes
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await world.sandbox.control("DELETE", "faults")


async def test_a_tenant_that_answers_a_byte_a_second_takes_its_share_and_others_are_answered(world: World) -> None:
    theirs, others = await world.sign_in(world.organiser), await world.sign_in(world.stranger)
    mailbox = world.suite.mailbox(GrantTokens(world.suite, others), key="other", tenant=others.identity.tenant)
    fault = {"host": world.calendar_host, "user": world.organiser, "effect": "trickle", "delay_seconds": 1}

    async def call(number: int) -> object:
        tokens, tenant = GrantTokens(world.suite, theirs), theirs.identity.tenant
        one = world.suite.mailbox(tokens, key=f"mailbox {number}", tenant=tenant)
        return await one.schedules([world.organiser], some_monday(), some_monday() + DAY)

    async with hanging(world, fault, CROWD, TENANTS_CALLS_SIDE_BY_SIDE, call):
        async with asyncio.timeout(SOON):
            answered = [await mailbox.schedules([world.stranger], some_monday(), some_monday() + DAY) for _ in range(5)]

    assert [len(schedules) for schedules in answered] == [1] * 5


async def test_a_tenant_whose_token_endpoint_hangs_takes_its_share_of_threads_and_others_are_refreshed(
    microsoft: Microsoft365World,
) -> None:
    theirs, others = await microsoft.sign_in(microsoft.organiser), await microsoft.sign_in(microsoft.stranger)
    tenant = theirs.identity.tenant
    fault = {"host": "entra", "method": "POST", "path": f"/{tenant}/oauth2/v2.0/token", "effect": "hold"}

    async def call(_: int) -> object:
        return await microsoft.suite.refresh(theirs.credentials, tenant)

    async with hanging(microsoft, fault, 2 * THREADS, TENANTS_THREADS, call), asyncio.timeout(SOON):
        refreshed = await microsoft.suite.refresh(others.credentials, others.identity.tenant)

    assert refreshed.access_token != others.credentials.access_token
