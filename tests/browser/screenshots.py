"""Pictures of the console for the README: `python -m tests.browser.screenshots FOLDER`, on a demo of its own."""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.desk import Desk, Light, Screen, desk
from tests.support.browser import chromium
from tests.support.demo import RunningDemo, running_demo

SETTLES = 500
"""Milliseconds in which a page that has read everything has drawn it, too."""

SAID = 10_000
"""Longer than what is said in a corner stays there."""

Step = Callable[[Page], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: who looks at which page, how, and what they do first."""

    name: str
    email: str
    path: str
    light: Light = Light.LIGHT
    screen: Screen = Screen.DESKTOP
    steps: tuple[Step, ...] = ()


def _books(room: str, subject: str, at: str) -> Step:
    """Books the room on the day that is shown, and waits for what it says."""

    async def books(page: Page) -> None:
        await page.get_by_role("button", name="Book a room", exact=True).click()
        await page.get_by_label("Subject").fill(subject)
        await page.get_by_label("From").fill(at)
        await page.get_by_label("Room name").fill(room)
        await page.get_by_role("checkbox", name=room).check()
        await page.get_by_role("button", name="Book", exact=True).click()
        booking = page.get_by_role("group", name=f"{room}: {subject}")
        await booking.get_by_text("Declined").or_(booking.get_by_text("Accepted")).first.wait_for()

    return books


def _asks_for_permissions(page: Page) -> Awaitable[object]:
    return page.get_by_role("article", name="Microsoft 365").get_by_role("button", name="Set it up").click()


BEN, ADA, NORA = "ben.kok@tidewater.example", "ada.vos@tidewater.example", "nora.berg@newbridge.example"
TODAY = datetime.now(UTC).date()
DAY = TODAY + timedelta(days=8 - TODAY.weekday())
"""Tuesday of next week: many people of the demo are at an office then."""
MY_DAY = f"/?day={DAY}"
PICTURES = (
    Picture(
        "my-day",
        BEN,
        MY_DAY,
        steps=(_books("Lighthouse Closed", "Sails", "14:00"), _books("Lighthouse 1.02", "Moorings", "17:00")),
    ),
    Picture("my-day-phone", BEN, MY_DAY, Light.DARK, Screen.PHONE),
    Picture("rooms", BEN, f"/rooms?search=Lighthouse+1&day={DAY}"),
    Picture("integrations", ADA, "/settings/integrations"),
    Picture("permissions", NORA, "/settings/integrations", Light.DARK, steps=(_asks_for_permissions,)),
)


async def take(demo: RunningDemo, folder: Path) -> None:
    """Every picture, as a PNG of its name in the folder."""
    async with chromium() as browser:
        for picture in PICTURES:
            async with desk(browser, demo.address, picture.light, picture.screen) as somebody:
                await _poses(somebody, picture)
                await somebody.page.screenshot(path=folder / f"{picture.name}.png")


async def _poses(somebody: Desk, picture: Picture) -> None:
    await somebody.signs_in(picture.email, picture.path)
    await somebody.page.wait_for_load_state("networkidle")
    for step in picture.steps:
        await step(somebody.page)
        await somebody.page.wait_for_load_state("networkidle")
    await somebody.page.mouse.move(0, 0)  # what is said stays for as long as it is pointed at
    await expect(somebody.page.locator(".toast")).to_have_count(0, timeout=SAID)
    await somebody.page.wait_for_timeout(SETTLES)


def main() -> None:
    """Starts a demo, takes the pictures, ends it."""
    parser = argparse.ArgumentParser(description="Takes the pictures of the README.")
    parser.add_argument("folder", type=Path, help="where they go")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, running_demo(Path(scratch)) as demo:
        asyncio.run(take(demo, folder))


if __name__ == "__main__":
    main()
