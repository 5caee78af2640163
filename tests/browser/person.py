"""Somebody at a browser: clicks, ticks and reads as a person does."""

import json
import re
from typing import Any

from playwright.async_api import Browser, Locator, Page

SHOWN_RESULT = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"
SET_VARIABLES = """text => document.querySelector(
  '.graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror').CodeMirror.setValue(text)"""


class Person:
    """Somebody with a browser window of their own; what the browser complains about is kept."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @classmethod
    async def arrives(cls, browser: Browser, address: str) -> "Person":
        context = await browser.new_context()
        # GraphiQL shows its ready queries to whoever comes for the first time; it would write down what it shows later.
        await context.add_init_script("window.localStorage.clear()")
        return cls(await context.new_page(), address)

    async def chooses_account(self, name: str) -> None:
        await self.page.get_by_role("button", name=name).first.click()

    async def accepts(self) -> None:
        await self.page.get_by_role("button", name="Accept").click()

    async def ticks(self, *boxes: str) -> None:
        """Tick these boxes of the page and go on."""
        for box in boxes:
            await self.page.get_by_role("checkbox", name=box).check()
        await self.page.get_by_role("button", name="Continue").click()

    async def reads(self, words: str) -> None:
        await self.page.get_by_text(words).first.wait_for()

    def answer(self, words: str | re.Pattern[str]) -> Locator:
        """GraphiQL's answer, once it has these words."""
        return self.page.locator(".result-window", has_text=words)

    async def runs(self, tab: str, variables: dict[str, Any] | None = None) -> Any:
        """Open GraphiQL, run one of its ready queries, and read the answer's root field."""
        field = tab[0].lower() + tab[1:]
        await self._executes(tab, variables, self.answer(re.compile(f'"({field}|errors)"')))
        return json.loads(await self.page.evaluate(SHOWN_RESULT))["data"][field]

    async def listens(self, tab: str) -> None:
        """Open GraphiQL and start one of its ready subscriptions."""
        going = self.page.get_by_role("button", name="Stop query")
        await self._executes(tab, {}, going.or_(self.answer('"errors"')).first)

    async def _executes(self, tab: str, variables: dict[str, Any] | None, outcome: Locator) -> None:
        await self.page.goto(f"{self.address}/graphql")
        await self.page.get_by_role("tab", name=tab, exact=True).click()
        await self.page.locator(".graphiql-query-editor .CodeMirror-line", has_text=f" {tab}").first.wait_for()
        if variables is not None:
            await self.page.evaluate(SET_VARIABLES, json.dumps(variables))
        await self.page.get_by_role("button", name="Execute query").click()
        await outcome.wait_for()
