"""The descriptions of Google's APIs that ship with the package."""

from datetime import timedelta
from importlib import resources
from pathlib import Path
from subprocess import run
from sys import executable
from typing import Any

import orjson
import pytest

from app.sandbox.google.calendar_api.fields import Mask, read_mask
from app.suites.errors import SuiteUnavailable
from app.suites.google_workspace import discovery, wire
from app.suites.google_workspace.api import Descriptions, GoogleApi
from app.suites.google_workspace.mailbox import GoogleMailbox
from app.suites.google_workspace.scopes import PERMISSIONS
from app.suites.http import SuiteHttp
from tests.suites.doubles import Provider, provider
from tests.suites.google_workspace.accounts import settings_for
from tests.suites.google_workspace.conftest import CountedTokens

WITHOUT_A_NETWORK = """
import sys

def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        raise RuntimeError("reached for the network")

sys.addaudithook(refuse)
from datetime import timedelta
from app.suites.google_workspace.api import Descriptions
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.google_workspace.suite import GoogleWorkspace

settings = GoogleWorkspaceSettings(client_id="id", client_secret="secret")
GoogleWorkspace(settings, timedelta(seconds=10))
request = Descriptions(settings).calendar.events.list(calendarId="me")
print(request.method, request.url)
"""
"""Builds the suite and a request in a process that may not so much as look up a host."""

NAMES = ("calendar_v3.json", "directory_v1.json")
PUBLISHED = Path(__file__).parents[4] / "shared" / "api-descriptions" / "google-subset.json"
PREFIXES = {"calendar_v3.json": "calendar.", "directory_v1.json": "admin."}


def document(name: str) -> dict[str, Any]:
    parsed = orjson.loads(resources.files(discovery).joinpath(name).read_bytes())
    assert isinstance(parsed, dict)
    return parsed


def methods(node: dict[str, Any]) -> list[dict[str, Any]]:
    below = [method for inner in node.get("resources", {}).values() for method in methods(inner)]
    return [*node.get("methods", {}).values(), *below]


def texts(value: Any) -> set[str]:
    """Every text anywhere below, names of members included."""
    if isinstance(value, list):
        return set().union(*(texts(entry) for entry in value))
    if isinstance(value, dict):
        return set(value).union(*(texts(entry) for entry in value.values()))
    return {value} if isinstance(value, str) else set()


def undescribed(mask: Mask, schema: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    """The members that a `fields` parameter names and the description does not."""
    while "items" in schema or "$ref" in schema:
        schema = schemas[schema["$ref"]] if "$ref" in schema else schema["items"]
    if not mask or "properties" not in schema:
        return set()
    known = schema["properties"]
    below = (undescribed(inner, known[name], schemas) for name, inner in mask.items() if name in known)
    return (set(mask) - set(known)).union(*below)


def test_nothing_is_fetched_before_the_first_call() -> None:
    done = run([executable, "-c", WITHOUT_A_NETWORK], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("GET https://www.googleapis.com/calendar/v3/calendars/me/events\n", 0)


def test_whoever_reaches_for_the_network_in_that_test_is_caught() -> None:
    reaching = WITHOUT_A_NETWORK + "import socket; socket.getaddrinfo('www.googleapis.com', 443)"

    done = run([executable, "-c", reaching], capture_output=True, text=True, check=False)

    assert "reached for the network" in done.stderr


async def test_a_host_that_was_not_named_at_the_start_never_sees_the_token(server: Provider) -> None:
    async with provider() as elsewhere:
        http = SuiteHttp([server.origin], timedelta(seconds=10))
        api = GoogleApi(http, Descriptions(settings_for(elsewhere.origin)), CountedTokens(), "ada")

        with pytest.raises(SuiteUnavailable, match="ForeignAddress"):
            await GoogleMailbox(api).event("e1")

        await http.close()
        assert elsewhere.seen == []


@pytest.mark.parametrize("name", NAMES)
def test_the_descriptions_hold_names_and_types_and_no_prose(name: str) -> None:
    assert not any(len(text.split()) > 1 for text in texts(document(name)))


@pytest.mark.parametrize("name", NAMES)
def test_every_type_that_is_named_is_described_and_every_described_one_is_named(name: str) -> None:
    described = document(name)
    named: set[str] = set()

    def collect(value: Any) -> None:
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            collect(inner)
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            named.add(value["$ref"])

    collect(described)

    assert named == set(described["schemas"])


@pytest.mark.parametrize("name", NAMES)
def test_the_scopes_that_we_ask_for_open_every_method(name: str) -> None:
    asked = {permission.scope for permission in PERMISSIONS}

    assert all(asked.intersection(method["scopes"]) for method in methods(document(name)))


@pytest.mark.parametrize("name", NAMES)
def test_no_name_holds_a_dash_which_aiogoogle_would_rewrite_between_calls(name: str) -> None:
    described = document(name)

    assert not any("-" in parameter for method in methods(described) for parameter in method["parameters"])


def test_addresses_are_those_of_the_settings(api: GoogleApi, server: Provider) -> None:
    assert api.calendar["rootUrl"] == server.origin + "/"
    assert api.directory["rootUrl"] == server.origin + "/"
    assert document("calendar_v3.json")["rootUrl"] == "https://www.googleapis.com/"
    assert document("directory_v1.json")["rootUrl"] == "https://admin.googleapis.com/"


def test_building_requests_leaves_the_descriptions_as_they_are(server: Provider) -> None:
    descriptions = Descriptions(settings_for(server.origin))
    where = {"calendarId": "primary", "eventId": "e1"}
    first = descriptions.calendar.events.get(**where)
    after_one = orjson.dumps(descriptions.calendar.discovery_document)

    second = descriptions.calendar.events.get(**where)

    assert first.url == second.url
    assert orjson.dumps(descriptions.calendar.discovery_document) == after_one


@pytest.mark.parametrize(
    ("schema", "fields"),
    [("Event", wire.EVENT_FIELDS), ("Event", wire.WHOLE_FIELDS), ("Events", wire.LIST_FIELDS)],
)
def test_what_is_asked_of_an_event_is_described(schema: str, fields: str) -> None:
    schemas = document("calendar_v3.json")["schemas"]

    assert undescribed(read_mask(fields), schemas[schema], schemas) == set()
    assert undescribed(read_mask("attendees(nonsense)"), schemas["Event"], schemas) == {"nonsense"}


@pytest.mark.parametrize("name", NAMES)
def test_the_descriptions_say_what_google_publishes(name: str) -> None:
    if not PUBLISHED.exists():
        pytest.skip("the published API descriptions are not beside the project")
    published = orjson.loads(PUBLISHED.read_bytes())
    by_id = {method["id"]: method for method in published["methods"]}
    described = document(name)

    for method in methods(described):
        theirs = by_id[method["id"]]
        assert theirs["method"] == method["httpMethod"]
        assert theirs["path"] == f"/{described['servicePath']}{method['path']}"
        assert set(method["scopes"]) <= set(theirs["scopes"])
        for parameter, said in method["parameters"].items():
            if said["location"] == "query":
                assert {**theirs["query"][parameter], "location": "query"} == said
    for schema, said in described["schemas"].items():
        assert set(said["properties"]) <= set(published["schemas"][PREFIXES[name] + schema]["properties"])
