"""The page for browsers, and the files it loads."""

import io
import re
import shutil
import tarfile
from pathlib import Path

import pytest

from app.graphql import GraphiQLMode, ReadyQuery
from app.graphql.fetch_graphiql import FetchError, fetch, integrity
from app.graphql.graphiql_files import PACKAGES, Package
from tests.graphql.conftest import Serving
from tests.graphql.server import Served

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
NAMES = {file.name for package in PACKAGES for file in package.files}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with a file for each published one."""
    directory = tmp_path / "graphiql"
    directory.mkdir()
    for name in NAMES:
        (directory / name).write_text(f"/* {name} */")
    return directory


# -- where the page comes from


async def test_a_browser_gets_the_page_from_our_own_origin(serving_with: Serving, files: Path) -> None:
    async with serving_with(graphiql=GraphiQLMode.OWN_ORIGIN, graphiql_files=files) as served:
        page = await served.request("GET", headers=BROWSER)
        loaded = re.findall(r'(?:src|href)="(/[^"]+)"', page.body.decode())
        answers = [await served.request("GET", path.removeprefix("/graphql")) for path in loaded]

    assert (page.status, page.media_type) == (200, "text/html")
    assert "://" not in page.body.decode()
    assert {path.rpartition("/")[2] for path in loaded} == NAMES | {"graphiql_start.js", "graphiql_start.css"}
    assert {answer.status for answer in answers} == {200}
    assert {answer.media_type for answer in answers} == {"text/javascript", "text/css"}


async def test_the_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(
    serving_with: Serving, files: Path
) -> None:
    async with serving_with(graphiql=GraphiQLMode.OWN_ORIGIN, graphiql_files=files) as served:
        page = await served.request("GET", headers=BROWSER)

    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not any("http" in sources for sources in policy.values())
    assert re.search(r"<script(?![^>]*(src=|application/json))", page.body.decode()) is None


async def test_from_the_public_network_every_file_is_pinned_by_its_hash(serving_with: Serving) -> None:
    async with serving_with(graphiql=GraphiQLMode.CDN) as served:
        page = await served.request("GET", headers=BROWSER)

    tags = re.findall(r'<(?:script|link)[^>]*"https://[^>]*>', page.body.decode())
    assert len(tags) == len(NAMES)
    assert all('integrity="sha384-' in tag and 'crossorigin="anonymous"' in tag for tag in tags)
    assert all(re.search(r"@\d+\.\d+\.\d+/", tag) for tag in tags)


async def test_our_own_files_are_preferred_to_the_public_network(serving_with: Serving, files: Path) -> None:
    async with serving_with(graphiql=GraphiQLMode.CDN, graphiql_files=files) as served:
        page = await served.request("GET", headers=BROWSER)

    assert b"https://" not in page.body
    assert "https:" not in page.headers["Content-Security-Policy"]


async def test_without_all_of_the_files_there_is_no_page(serving_with: Serving, files: Path) -> None:
    (files / "graphiql.min.js").unlink()
    async with serving_with(graphiql=GraphiQLMode.OWN_ORIGIN, graphiql_files=files) as served:
        page = await served.request("GET", headers=BROWSER)
        script = await served.request("GET", "/assets/graphiql_start.js")

    assert (page.status, page.media_type, script.status) == (400, "application/json", 404)


async def test_switched_off_there_is_no_page(served: Served) -> None:
    page = await served.request("GET", headers=BROWSER)

    assert page.media_type == "application/json"


@pytest.mark.parametrize("name", ["secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "__init__.py"])
async def test_no_other_file_can_be_had(serving_with: Serving, files: Path, name: str) -> None:
    (files / "secret.txt").write_text("secret")
    (files.parent / "secret.txt").write_text("secret")
    async with serving_with(graphiql=GraphiQLMode.OWN_ORIGIN, graphiql_files=files) as served:
        reply = await served.request("GET", f"/assets/{name}")

    assert reply.status == 404


async def test_clients_that_are_not_browsers_are_served_beside_the_page(serving_with: Serving, files: Path) -> None:
    async with serving_with(graphiql=GraphiQLMode.OWN_ORIGIN, graphiql_files=files) as served:
        reply = await served.request("GET", "?query={hello}", headers={"Accept": "application/json"})

    assert reply.json == {"data": {"hello": "hello world"}}


async def test_ready_queries_are_handed_to_the_page_without_breaking_out_of_it(
    serving_with: Serving, files: Path
) -> None:
    ready = (ReadyQuery("Greet </script><script>", "query Greet { hello }", '{"a": 1}'),)
    async with serving_with(graphiql=GraphiQLMode.OWN_ORIGIN, graphiql_files=files, ready_queries=ready) as served:
        page = (await served.request("GET", headers=BROWSER)).body.decode()

    assert "query Greet { hello }" in page
    assert "Greet </script>" not in page


# -- fetching the files


def test_a_tarball_without_the_pinned_hash_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    def pack(package: Package, directory: Path) -> Path:
        path = directory / "package.tgz"
        with tarfile.open(path, "w:gz") as archive:
            content = b"alert(1)"
            member = tarfile.TarInfo(f"package/{package.files[0].path}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        return path

    with pytest.raises(FetchError, match="pinned hash"):
        fetch(tmp_path / "out", pack)

    assert not (tmp_path / "out").exists()


def test_a_hash_has_the_form_that_browsers_and_npm_use() -> None:
    assert integrity(b"alert('Hello, world.');", "sha384") == (
        "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
    )


# -- in a browser

CHROMIUM = shutil.which("chromium")
FETCHED = Path(__file__).parents[2] / "app" / "web" / "static" / "graphiql"


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.skipif(not FETCHED.is_dir(), reason="GraphiQL was not fetched: make graphiql")
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (ReadyQuery("Greet", "query Greet($name: String!) { hello(name: $name) }", '{"name": "Ada"}'), "hello Ada"),
        (ReadyQuery("Count", "subscription Count { count(to: 3) { id } }"), '"2"'),
    ],
)
async def test_a_person_can_run_a_ready_query(serving_with: Serving, query: ReadyQuery, shown: str) -> None:
    from playwright.async_api import async_playwright

    complaints: list[str] = []
    async with (
        serving_with(graphiql=GraphiQLMode.OWN_ORIGIN, graphiql_files=FETCHED, ready_queries=(query,)) as served,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = await browser.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(served.url)
        await page.click("button.graphiql-execute-button")
        await page.locator(".result-window", has_text=shown).wait_for()
        await browser.close()

    assert complaints == []
