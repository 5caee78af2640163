"""With `--json` standard output is one document, whatever else is told; its keys are in camel case."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.identity.models import Role
from app.integrations.status import IntegrationStatus
from app.suites.protocol import SuiteName
from tests.commands.typed import environment, inherited, typed
from tests.connections.stack import make_integration
from tests.support.database import open_database, sqlite_url
from tests.support.people import make_member, make_organisation

CAMEL_CASE = re.compile(r"[a-z]+([A-Z][a-z]+)*")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


@pytest.fixture
def workplace(tmp_path: Path) -> str:
    """The id of an organisation with two administrators and an integration."""

    async def make() -> str:
        async with open_database(sqlite_url(tmp_path)):
            organisation = await make_organisation()
            await make_integration(organisation)
            for name in ("Ada Vos", "Noor Bakker"):
                await make_member(organisation, name, role=Role.SUBSCRIPTION_ADMINISTRATOR)
            return str(organisation.id)

    return asyncio.run(make())


def _document(*arguments: str, env: dict[str, str], code: int = 0) -> Any:
    ended = typed(*arguments, "--json", env=env)
    assert ended.returncode == code, ended.stderr
    document = json.loads(ended.stdout)
    assert [name for name in _keys(document) if not CAMEL_CASE.fullmatch(name)] == []
    return document


def _keys(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        yield from document
        for value in document.values():
            yield from _keys(value)
    elif isinstance(document, list):
        for value in document:
            yield from _keys(value)


def test_a_new_organisation_comes_with_its_link_and_when_that_ends(env: dict[str, str]) -> None:
    made = _document("organisation", "create", "Tidewater", env=env)

    assert set(made) == {"id", "name", "invitationLink", "expiresAt"}
    assert made["invitationLink"].startswith("https://meetings.tidewater.example/auth/invitation/")
    [listed] = _document("organisation", "list", env=env)["organisations"]
    assert (listed["id"], listed["members"], listed["integration"]) == (made["id"], 0, None)


def test_an_organisation_whose_first_link_lapsed_gets_another_one(env: dict[str, str]) -> None:
    made = _document("organisation", "create", "Tidewater", env=env)

    invited = _document("organisation", "invite", "Tidewater", env=env)

    assert (invited["id"], set(invited)) == (made["id"], set(made))
    assert invited["invitationLink"] != made["invitationLink"]
    assert typed("organisation", "invite", "Nobody", env=env).returncode == 1


def test_organisations_are_listed_with_their_size_and_how_they_are_joined(workplace: str, env: dict[str, str]) -> None:
    [listed] = _document("organisation", "list", env=env)["organisations"]

    assert (listed["id"], listed["name"], listed["members"]) == (workplace, "Tidewater", 2)
    assert listed["integration"] == {
        "suite": SuiteName.MICROSOFT_365.value,
        "status": IntegrationStatus.ENABLED.value,
        "health": "HEALTHY",
    }


def test_organisations_are_listed_for_people_a_line_each_and_nobody_of_them_is_named(
    workplace: str, env: dict[str, str]
) -> None:
    [line] = typed("organisation", "list", env=env).stdout.splitlines()

    assert line.startswith(f"{workplace}  Tidewater     2 members")
    assert line.endswith("Microsoft 365: ENABLED, HEALTHY")


def test_a_server_without_organisations_lists_none_and_says_how_one_is_made(env: dict[str, str]) -> None:
    listed = typed("organisation", "list", env=env)

    assert (listed.returncode, listed.stdout) == (0, "")
    assert "organisation create" in listed.stderr


def test_migrations_that_were_applied_are_named_and_told_aside_while_they_go(env: dict[str, str]) -> None:
    first = typed("migrate", "--json", env=env)

    applied = json.loads(first.stdout)["applied"]
    assert applied[0] == "0001_first"
    assert first.stderr.splitlines() == [f"Applying {name}" for name in applied]
    assert _document("migrate", env=env) == {"applied": []}


def test_a_backup_tells_its_file_and_size(workplace: str, env: dict[str, str], tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"

    assert _document("backup", str(copy), env=env) == {"file": str(copy), "bytes": copy.stat().st_size}


def test_fresh_keys_need_no_settings_and_are_settings(tmp_path: Path) -> None:
    fresh = _document("keys", "generate", env=inherited())

    settings = {"SECRET_KEY": fresh["secretKey"], "ENCRYPTION_KEYS": fresh["encryptionKeys"]}
    assert typed("migrate", env=environment(tmp_path, **settings)).returncode == 0


def test_a_rotation_tells_whether_it_is_complete_and_which_keys_may_go(workplace: str, env: dict[str, str]) -> None:
    rotated = _document("keys", "rotate", env=env)

    assert rotated == {
        "isComplete": True,
        "primary": "t1",
        "sealedAnew": 0,
        "unopened": 0,
        "named": [],
        "behind": 0,
        "unused": [],
    }


def test_an_erasure_tells_what_is_gone_and_asks_nobody(workplace: str, env: dict[str, str]) -> None:
    asked = typed("member", "erase", "Tidewater", "ada.vos@tidewater.example", "--json", env=env)
    erased = _document("member", "erase", "Tidewater", "ada.vos@tidewater.example", "--yes", env=env)

    assert (asked.returncode, asked.stdout) == (2, "")
    assert "--yes" in asked.stderr
    assert {"kind": "accounts of a suite", "number": 1} in erased["erased"]
    assert (erased["suitesTold"], erased["suitesNotTold"]) == ([], [])


def test_what_was_made_good_after_a_backup_is_told_in_numbers(workplace: str, env: dict[str, str]) -> None:
    made = _document("restored", "--yes", env=env)

    assert made == {"signedOut": 0, "invitations": 0, "bookings": 0, "watches": 0, "toReconnect": 0}


def test_what_is_refused_prints_no_document_and_says_why_aside(env: dict[str, str]) -> None:
    refused = typed("organisation", "create", " ", "--json", env=env)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert "printable characters" in refused.stderr


def test_the_doctor_prints_its_document_where_the_settings_are_not_complete_too() -> None:
    found = _document("doctor", env=inherited(), code=1)

    assert found["worst"] == "FAILURE"
