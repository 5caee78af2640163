"""A visitor behaves as a person with a browser."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from app.sandbox.microsoft.pages import Page
from app.sandbox.process import SandboxClient
from app.sandbox.visitor import Answer, Visitor, VisitorLostError
from tests.sandbox.entra.client import authorise_url

ADA = "ada.vos@tidewater.example"


class Application:
    """A little application beside the sandbox: it sets a cookie, sends people off, and sees them come back."""

    def __init__(self, sandbox: SandboxClient) -> None:
        self._sandbox = sandbox
        self.address = ""
        self.response_mode = "query"
        self.returned: list[dict[str, Any]] = []

    async def go(self, _: web.Request) -> web.Response:
        target = authorise_url(self._sandbox, redirect_uri=f"{self.address}/back", response_mode=self.response_mode)
        response = web.Response(status=302, headers={"Location": target})
        response.set_cookie("flow", "mine", httponly=True)
        return response

    async def back(self, request: web.Request) -> web.Response:
        values = {**request.query, **(await request.post())}
        self.returned.append({"values": values, "flow": request.cookies.get("flow"), **request.headers})
        raise web.HTTPSeeOther("/done")

    async def done(self, _: web.Request) -> web.Response:
        return web.Response(text="Welcome", content_type="text/html")


@pytest.fixture
async def application(sandbox: SandboxClient) -> AsyncIterator[Application]:
    application = Application(sandbox)
    server = web.Application()
    server.add_routes([web.get("/go", application.go), web.get("/done", application.done)])
    server.add_routes([web.get("/back", application.back), web.post("/back", application.back)])
    server.add_routes([web.get("/circle", _in_circles)])
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    application.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await sandbox.control("PATCH", "entra/application", {"redirect_uris": [f"{application.address}/back"]})
    yield application
    await runner.cleanup()


async def _in_circles(_: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/circle")


async def test_a_visitor_goes_from_an_application_through_the_pages_and_back(application: Application) -> None:
    async with Visitor(ADA) as visitor:
        landing = await visitor.open(f"{application.address}/go", headers={"X-Journey": "7"})

    [returned] = application.returned
    assert (landing.text, landing.page, landing.status) == ("Welcome", None, 200)
    assert returned["values"]["state"] == "state-1"
    assert returned["flow"] == "mine"
    assert returned["X-Journey"] == "7"


async def test_a_reply_by_form_is_posted_to_the_application(application: Application) -> None:
    application.response_mode = "form_post"

    async with Visitor(ADA) as visitor:
        landing = await visitor.open(f"{application.address}/go")

    assert landing.text == "Welcome"
    assert "code" in application.returned[0]["values"]
    assert f"{application.address}/back" in landing.trail


async def test_a_visitor_stops_where_ordered(application: Application) -> None:
    async with Visitor(ADA, answer=Answer.STOP) as visitor:
        landing = await visitor.open(f"{application.address}/go")

    assert landing.page is Page.CONSENT
    assert application.returned == []


async def test_a_visitor_in_circles_gives_up(application: Application) -> None:
    async with Visitor(ADA) as visitor:
        with pytest.raises(VisitorLostError, match="no end"):
            await visitor.open(f"{application.address}/circle")


async def test_two_visitors_do_not_share_a_session(sandbox: SandboxClient, application: Application) -> None:
    async with Visitor(ADA) as ada, Visitor(ADA, answer=Answer.STOP) as other:
        await ada.open(f"{application.address}/go")
        landing = await other.open(authorise_url(sandbox, redirect_uri=f"{application.address}/back", prompt="none"))

    assert landing.text == "Welcome"
    assert application.returned[-1]["values"]["error"] == "login_required"
