"""`hybrid-meetings member erase | export`: what the operator types, is shown and is asked."""

import asyncio
import base64
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.identity.models import Member, Organisation, Role
from tests.support.database import open_database, sqlite_file, sqlite_url
from tests.support.people import make_member, make_organisation

ADDRESS = "ada.vos@tidewater.example"


@pytest.fixture
def workplace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Organisation:
    """An organisation with two administrators, one of them called Ada, and the settings of its server."""
    key = base64.b64encode(b"\x01" * 32).decode()
    monkeypatch.setenv("HYBRID_MEETINGS_PUBLIC_URL", "https://meetings.tidewater.example")
    monkeypatch.setenv("HYBRID_MEETINGS_SECRET_KEY", key)
    monkeypatch.setenv("HYBRID_MEETINGS_ENCRYPTION_KEYS", f"k1:{key}")
    monkeypatch.setenv("HYBRID_MEETINGS_DATABASE_URL", sqlite_url(tmp_path))

    async def make() -> Organisation:
        async with open_database(sqlite_url(tmp_path)):
            organisation = await make_organisation()
            for name in ("Ada Vos", "Noor Bakker"):
                await make_member(organisation, name, role=Role.SUBSCRIPTION_ADMINISTRATOR)
            return organisation

    return asyncio.run(make())


def _added(tmp_path: Path, organisation: Organisation, address: str) -> Member:
    async def add() -> Member:
        async with open_database(sqlite_url(tmp_path)):
            return await make_member(organisation, "Ada Visser", address=address)

    return asyncio.run(add())


def _erase(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["member", "erase", *arguments], input=answer)


def _names(tmp_path: Path) -> set[str]:
    with closing(sqlite3.connect(sqlite_file(tmp_path))) as file:
        return {name for (name,) in file.execute("SELECT name FROM member")}


def test_what_would_be_erased_is_shown_in_numbers_and_asked_about(workplace: Organisation, tmp_path: Path) -> None:
    result = _erase("Tidewater", ADDRESS, answer="n\n")

    assert result.exit_code == 1
    assert f"Ada Vos <{ADDRESS}>" in result.output
    assert "1 accounts of a suite" in result.output
    assert "stays there: events, rooms invited to them" in result.output
    assert _names(tmp_path) == {"Ada Vos", "Noor Bakker"}


@pytest.mark.parametrize(("options", "answer"), [(["--yes"], None), ([], "y\n")])
def test_whoever_says_yes_erases_the_member(
    workplace: Organisation, tmp_path: Path, options: list[str], answer: str | None
) -> None:
    result = _erase("Tidewater", ADDRESS.upper(), *options, answer=answer)

    assert result.exit_code == 0, result.output
    assert "The member is erased" in result.output
    assert "Backups from before still hold them." in result.output
    assert _names(tmp_path) == {"Noor Bakker"}
    with closing(sqlite3.connect(sqlite_file(tmp_path))) as file:
        entries = file.execute("SELECT action, origin, actor_id FROM audit_entry").fetchall()
    assert entries == [("MEMBER_ERASED", "COMMAND_LINE", None)]


def test_organisation_and_member_can_be_named_by_their_ids(workplace: Organisation, tmp_path: Path) -> None:
    other = _added(tmp_path, workplace, "ada.visser@tidewater.example")

    result = _erase(str(workplace.id), str(other.id), "--yes")

    assert result.exit_code == 0, result.output
    assert _names(tmp_path) == {"Ada Vos", "Noor Bakker"}


def test_an_address_that_two_members_have_erases_neither_and_lists_their_ids(
    workplace: Organisation, tmp_path: Path
) -> None:
    other = _added(tmp_path, workplace, ADDRESS)

    result = _erase("Tidewater", ADDRESS, "--yes")

    assert result.exit_code == 1
    assert str(other.id) in result.output
    assert "Nothing was erased." in result.output
    assert _names(tmp_path) == {"Ada Vos", "Noor Bakker", "Ada Visser"}


@pytest.mark.parametrize(
    ("organisation", "member", "missing"),
    [
        ("Newbridge", ADDRESS, "organisation"),
        ("Tidewater", "nobody@tidewater.example", "member"),
        ("Tidewater", "00000000-0000-4000-8000-000000000000", "member"),
    ],
)
def test_whoever_is_not_there_is_named_as_such(
    workplace: Organisation, tmp_path: Path, organisation: str, member: str, missing: str
) -> None:
    result = _erase(organisation, member, "--yes")

    assert result.exit_code == 1
    assert f"There is no such {missing}." in result.output
    assert _names(tmp_path) == {"Ada Vos", "Noor Bakker"}


def test_the_last_administrator_goes_only_with_the_option_that_says_so(workplace: Organisation, tmp_path: Path) -> None:
    _erase("Tidewater", "noor.bakker@tidewater.example", "--yes")

    refused = _erase("Tidewater", ADDRESS, "--yes")
    assert refused.exit_code == 1
    assert "always has a subscription administrator" in refused.output
    assert "--last-administrator" in refused.output
    assert _names(tmp_path) == {"Ada Vos"}

    assert _erase("Tidewater", ADDRESS, "--yes", "--last-administrator").exit_code == 0
    assert _names(tmp_path) == set()


def test_the_operator_can_hand_out_what_is_kept_of_a_member_and_that_is_recorded(
    workplace: Organisation, tmp_path: Path
) -> None:
    result = CliRunner().invoke(cli, ["member", "export", "Tidewater", ADDRESS])

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["profile"]["address"] == ADDRESS
    with closing(sqlite3.connect(sqlite_file(tmp_path))) as file:
        entries = file.execute("SELECT action, origin, actor_id FROM audit_entry").fetchall()
    assert entries == [("MEMBER_DATA_EXPORTED", "COMMAND_LINE", None)]


def test_of_whoever_is_not_there_nothing_is_handed_out(workplace: Organisation) -> None:
    result = CliRunner().invoke(cli, ["member", "export", "Tidewater", "nobody@tidewater.example"])

    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no such member." in result.output
