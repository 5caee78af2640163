"""The product as one process runs it, in the hands of a test: composed whole and asked at its own door."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.types import Receive, Scope, Send

from app import clock, logs, settings
from app.jobs.runner import Job
from app.main import Deployment, deployment
from app.sandbox.visitor import Visitor
from app.settings import LogFormat
from app.suites import registry
from tests.web.browser import Answer, Browser


@dataclass
class Product:
    """Server and worker in one process: routes, services and jobs, over the real database and the real wire."""

    running: Deployment
    moved: clock.MovedClock
    origin: str

    async def ask(self, token: str, document: str, **variables: object) -> dict[str, Any]:
        """The one root field of a document, asked over HTTP with a bearer. A GraphQL error is a failure."""
        body = json.dumps({"query": document, "variables": variables}).encode()
        headers = {"authorization": f"Bearer {token}", "content_type": "application/json"}
        answer = await self.browser().ask("POST", "/graphql", headers, body)
        return _root_field(answer)

    def browser(self) -> Browser:
        """A new browser profile."""
        return browser_of(self, {})

    def job(self, name: str) -> Job:
        """One of the jobs, by its name."""
        return {job.name: job for job in self.running.jobs._jobs}[name]

    async def run(self, *names: str, after: timedelta = timedelta()) -> None:
        """These jobs look once, so much later."""
        self.moved.advance(after)
        for name in names:
            await self.job(name).run_due()


@dataclass
class Session:
    """A page of the product's own in a browser that is signed in."""

    browser: Browser

    async def send(self, document: str) -> dict[str, Any]:
        """The whole answer, errors and all."""
        headers = {"content_type": "application/json", "x_requested_with": "a page", "origin": self.browser.origin}
        answer = await self.browser.ask("POST", "/graphql", headers, json.dumps({"query": document}).encode())
        said: dict[str, Any] = json.loads(answer.text)
        return said


def session_of(opened: Product, cookies: Mapping[str, str]) -> Session:
    """A browser with these cookies."""
    return Session(browser_of(opened, cookies))


def browser_of(opened: Product, cookies: Mapping[str, str]) -> Browser:
    """A browser profile that has these cookies. As on a server, what one request is about reaches no other."""

    async def apart(scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(_answered(opened, scope, receive, send))

    return Browser(apart, opened.origin, dict(cookies))


async def _answered(opened: Product, scope: Scope, receive: Receive, send: Send) -> None:
    await opened.running.app(scope, receive, send)


async def way_back(browser: Browser, url: str, address: str) -> str:
    """A person follows this address of the product's to the suite and agrees there; where that sends them back to."""
    while url.startswith(("/", browser.origin)):
        url = (await browser.get(url)).location
    async with Visitor(address) as person:
        return (await person.open(url, until=browser.origin)).url


def _root_field(answer: Answer) -> dict[str, Any]:
    content = json.loads(answer.text)
    assert not content.get("errors"), content
    root: dict[str, Any] = next(iter(content["data"].values()))
    return root


@asynccontextmanager
async def product(environment: Mapping[str, str], database_url: str, ahead: timedelta) -> AsyncIterator[Product]:
    """The product over this database, its clock so far ahead of the machine's."""
    os.environ.update(environment)
    os.environ["HYBRID_MEETINGS_DATABASE_URL"] = database_url
    logs.configure("WARNING", LogFormat.JSON)
    chosen = settings.load(registry.SETTINGS)
    moved = clock.MovedClock(ahead)
    with clock.use_everywhere(moved.now):
        async with deployment(chosen, runs_jobs=False) as running:
            yield Product(running, moved, chosen.public_url)
