"""Somebody at the console: signs in, looks, clicks; and nothing that a browser complains about goes unnoticed."""

import functools
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request

from tests.support.installing import from_npm

HERE = Path(__file__).parent


class Light(StrEnum):
    """What the person's system prefers."""

    LIGHT = "light"
    DARK = "dark"


class Screen(StrEnum):
    """What the person holds."""

    DESKTOP = "desktop"
    PHONE = "phone"


_SIZES = {Screen.DESKTOP: (1280, 900), Screen.PHONE: (390, 844)}
ZONE = "Europe/Amsterdam"


class Desk:
    """A browser window at our origin; `complaints` has errors, refusals by policy and requests to other origins."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        # What the suite's own pages say on the way to them and back is theirs.
        if message.type in {"error", "warning"} and self._is_ours(self.page.url):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if request.is_navigation_request() or not self._is_ours(request.frame.url):
            return
        if not self._is_ours(request.url) and not request.url.startswith(("data:", "blob:")):
            self.complaints.append(f"another origin: {request.url}")

    def _is_ours(self, url: str) -> bool:
        return urlsplit(url).netloc in {"", urlsplit(self.address).netloc}

    async def signs_in(self, email: str, to: str = "/") -> None:
        """By the suite's sign-in page, and on to a page of the console."""
        await self.page.goto(f"{self.address}/auth/sign-in?{urlencode({'returnTo': to})}")
        suite = "Microsoft 365" if "tidewater" in email or "newbridge" in email else "Google Workspace"
        await self.page.get_by_role("link", name=suite).click()
        await self.page.get_by_role("button", name=email).first.click()
        await self.page.wait_for_url(f"{self.address}{to}")

    async def opens(self, path: str) -> None:
        await self.page.goto(f"{self.address}{path}")

    async def reads(self, words: str) -> None:
        """Waits until these words can be seen."""
        await self.page.get_by_text(words).first.wait_for()

    async def violations(self) -> list[str]:
        """What axe finds on the page as it is now, each in a line with the first place where it is."""
        before = len(self.complaints)
        if not await self.page.evaluate("typeof window.axe === 'object'"):
            await self.page.evaluate(axe())
        found: list[dict[str, Any]] = (await self.page.evaluate("() => axe.run({preload: false})"))["violations"]
        del self.complaints[before:]  # of what axe itself tries, and the policy refuses
        return [f"{each['id']}: {each['help']} at {each['nodes'][0]['target']}" for each in found]

    async def is_looked_at(self) -> None:
        """What is shown now breaks no rule of accessibility, and fits on the screen."""
        assert await self.violations() == []
        assert not await self.overflows()

    async def looks(self, light: Light, screen: Screen) -> None:
        """By this light, on this screen, from now on."""
        width, height = _SIZES[screen]
        await self.page.emulate_media(color_scheme=light.value, reduced_motion="reduce")
        await self.page.set_viewport_size({"width": width, "height": height})

    async def overflows(self) -> bool:
        """Whether the page is wider than its window, so that a phone would scroll sideways."""
        wider: bool = await self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wider


@asynccontextmanager
async def desk(
    browser: Browser, address: str, light: Light = Light.LIGHT, screen: Screen = Screen.DESKTOP
) -> AsyncIterator[Desk]:
    """A person of the demo's own time zone at a new browser; at the end nothing may have been complained about."""
    width, height = _SIZES[screen]
    async with await browser.new_context(
        color_scheme=light.value,
        viewport={"width": width, "height": height},
        has_touch=screen is Screen.PHONE,
        timezone_id=ZONE,
        locale="en-GB",
        reduced_motion="reduce",
    ) as context:
        somebody = Desk(await context.new_page(), address)
        yield somebody
    assert somebody.complaints == [], somebody.complaints


@functools.cache
def axe() -> str:
    """axe's source, from the package pinned beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        return (from_npm(HERE, Path(folder)) / "node_modules" / "axe-core" / "axe.min.js").read_text()
