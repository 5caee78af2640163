"""One organisation's suite answers a byte a second: its members are told in time, and another's never notice."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.bad_input.world import AGENDA
from tests.journeys.companies import NEWBRIDGE
from tests.journeys.story import ENABLE, Slot, Story, story_on
from tests.journeys.test_without_directory import START_WITHOUT
from tests.support.client import Client
from tests.support.database import sqlite_url

SUITE_TIMEOUT = 3
SLOW = {"host": "graph", "tenant": "newbridge.example", "effect": "trickle", "delay_seconds": 1, "times": None}
AT_ONCE = 12


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with story_on(sqlite_url(tmp_path), tmp_path, NEWBRIDGE, SUITE_TIMEOUT=str(SUITE_TIMEOUT)) as story:
        yield story


async def _elsewhere(story: Story) -> str:
    """Another organisation at the same suite, enabled; its administrator's token."""
    ada = "ada.vos@tidewater.example"
    token = await story.token_by_invitation(ada, "Tidewater")
    async with story.speaking_for(token) as administrator:
        started = await administrator.field(START_WITHOUT, suite=story.company.suite)
        await story.visit(ada, started["consentUrl"])
        assert (await administrator.field(ENABLE))["__typename"] == "IntegrationEnabled"
    return token


async def _agenda(client: Client) -> tuple[str, float]:
    """What became of asking for it, and how long it took."""
    began = time.monotonic()
    answer = await client.field(AGENDA, **Slot.in_days(1).as_window())
    return answer.get("code", answer["__typename"]), time.monotonic() - began


async def test_an_agenda_is_answered_while_another_organisations_suite_answers_a_byte_a_second(story: Story) -> None:
    await story.enabled()
    async with (
        story.speaking_for(await story.connected_member()) as member,
        story.speaking_for(await _elsewhere(story)) as elsewhere,
    ):
        await _agenda(elsewhere)
        await story.sandbox.control("POST", "faults", SLOW)
        hanging = [asyncio.ensure_future(_agenda(member)) for _ in range(AT_ONCE)]

        answered = [await _agenda(elsewhere) for _ in range(5)]
        still_hanging = [task for task in hanging if not task.done()]
        told = await asyncio.gather(*hanging)

    assert [code for code, _ in answered] == ["Agenda"] * 5
    assert max(took for _, took in answered) < SUITE_TIMEOUT
    assert still_hanging
    assert {code for code, _ in told} == {"SUITE_UNAVAILABLE"}
    assert max(took for _, took in told) < 2 * SUITE_TIMEOUT
