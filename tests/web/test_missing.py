"""Addresses without a page, in the whole product: a browser is told in words, a program by the bare status."""

from pathlib import Path

import aiohttp
import pytest

from app.web import assets
from tests.serving.product import product_in
from tests.serving.running import LONG

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.mark.parametrize(
    ("method", "path", "accept", "status", "words"),
    [
        ("GET", "/nowhere", BROWSER, 404, "There is nothing here"),
        ("GET", "/rooms/of/old", BROWSER, 404, "There is nothing here"),
        ("GET", "/auth/sign-out", BROWSER, 405, "This page cannot be opened like that"),
        ("GET", "/nowhere", "*/*", 404, "Not Found"),
        ("GET", f"{assets.ADDRESS}/js/gone.js", "*/*", 404, "Not Found"),
        ("POST", "/nowhere", BROWSER, 404, "Not Found"),
        ("PUT", "/auth/sign-out", BROWSER, 405, "Method Not Allowed"),
    ],
)
async def test_what_is_not_there_is_said_to_whoever_asks(
    migrated_template: Path, tmp_path: Path, method: str, path: str, accept: str, status: int, words: str
) -> None:
    async with (
        product_in(tmp_path, migrated_template, patience=LONG) as (server, _),
        aiohttp.ClientSession(headers={"Accept": accept}) as http,
        http.request(method, f"{server.url}{path}") as answer,
    ):
        text = await answer.text()

    is_page = "<h1>" in text
    assert (answer.status, is_page) == (status, words not in {"Not Found", "Method Not Allowed"})
    assert words in text
    assert ("Allow" in answer.headers) is (status == 405)
