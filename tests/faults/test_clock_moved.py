"""The suite's clock and the server's do not show the same time: within minutes nobody notices, and hours cost each
credential one renewal and nobody a new consent.
"""

import asyncio
from pathlib import Path

import pytest

from tests.faults.surroundings import booked, until_told
from tests.journeys.bad_input.world import AGENDA
from tests.journeys.companies import COMPANIES, Company
from tests.journeys.story import PENDING, Slot, story_on
from tests.support.database import sqlite_url

CONNECTION = "{ viewer { connection { status } } }"


@pytest.mark.parametrize("company", COMPANIES, ids=[company.suite for company in COMPANIES])
async def test_a_server_whose_clock_is_behind_the_suites_reads_books_and_hears_as_ever(
    company: Company, tmp_path: Path
) -> None:
    async with story_on(sqlite_url(tmp_path), tmp_path, company, PENDING_POLLING="false") as story:
        await story.enabled()
        async with story.speaking_for(await story.connected_member()) as member, member.subscribe(PENDING) as updates:
            # Two hours on, a token has ended there which we take to be good: Entra's last up to ninety minutes.
            for minutes, days in ((10, 20), (120, 21)):
                await story.sandbox.control("POST", "clock/advance", {"minutes": minutes})
                slot = Slot.in_days(days)
                agendas = await asyncio.gather(*(member.field(AGENDA, **slot.as_window()) for _ in range(20)))
                await booked(story, member, f"{minutes} minutes", slot)
                await until_told(updates, "ACCEPTED")

                assert [agenda["problems"] for agenda in agendas] == [[]] * 20
            standing = await member.field(CONNECTION)

    assert standing["connection"]["status"] == "CONNECTED"
