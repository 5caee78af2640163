"""What an operator types, and what they are told."""

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import settings
from app.cli import cli
from tests.support.database import sqlite_file, sqlite_url

KEY = base64.b64encode(b"\x01" * 32).decode()


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment in which a server would start."""
    monkeypatch.setenv("HYBRID_MEETINGS_PUBLIC_URL", "https://meetings.tidewater.example")
    monkeypatch.setenv("HYBRID_MEETINGS_SECRET_KEY", KEY)
    monkeypatch.setenv("HYBRID_MEETINGS_ENCRYPTION_KEYS", f"k1:{KEY}")
    monkeypatch.setenv("HYBRID_MEETINGS_DATABASE_URL", sqlite_url(tmp_path))


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["migrate"], ["organisation", "create", "Tidewater"]])
def test_a_command_without_settings_names_each_missing_one_and_stops(command: list[str]) -> None:
    result = CliRunner().invoke(cli, command)

    assert result.exit_code == 1
    for name in ("PUBLIC_URL", "SECRET_KEY", "ENCRYPTION_KEYS"):
        assert f"HYBRID_MEETINGS_{name}" in result.output


@pytest.mark.usefixtures("complete")
def test_a_worker_refuses_on_sqlite_and_says_who_runs_the_jobs() -> None:
    result = CliRunner().invoke(cli, ["worker"])

    assert result.exit_code == 1
    assert "hybrid-meetings serve" in result.output


@pytest.mark.usefixtures("complete")
def test_a_worker_refuses_without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYBRID_MEETINGS_DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")

    result = CliRunner().invoke(cli, ["worker"])

    assert result.exit_code == 1
    assert "HYBRID_MEETINGS_REDIS_URL" in result.output


@pytest.mark.usefixtures("complete")
def test_creating_an_organisation_prints_one_invitation_link_below_the_public_address() -> None:
    result = CliRunner().invoke(cli, ["organisation", "create", "Tidewater"])

    assert result.exit_code == 0
    [line] = result.stdout.splitlines()
    assert line.startswith("https://meetings.tidewater.example/auth/invitation/invitation_")


@pytest.mark.usefixtures("complete")
def test_what_the_operator_does_on_the_command_line_is_recorded_as_such(tmp_path: Path) -> None:
    CliRunner().invoke(cli, ["organisation", "create", "Tidewater"])

    with closing(sqlite3.connect(sqlite_file(tmp_path))) as connection:
        entries = connection.execute("SELECT action, origin, network_address, actor_id FROM audit_entry").fetchall()
    assert entries == [("ORGANISATION_CREATED", "COMMAND_LINE", None, None)]


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "two\nlines"])
def test_an_organisation_needs_a_name_that_can_be_shown(name: str) -> None:
    result = CliRunner().invoke(cli, ["organisation", "create", name])

    assert result.exit_code == 1
    assert "printable characters" in result.output


@pytest.mark.usefixtures("complete")
def test_migrating_twice_is_no_mistake() -> None:
    results = [CliRunner().invoke(cli, ["migrate"]) for _ in range(2)]

    assert [result.exit_code for result in results] == [0, 0]


def test_generated_keys_are_settings_that_a_server_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = CliRunner().invoke(cli, ["keys", "generate"]).stdout.split()
    monkeypatch.setenv("HYBRID_MEETINGS_PUBLIC_URL", "https://meetings.tidewater.example")
    for line in printed:
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value)

    loaded = settings.load()

    assert len(loaded.secret_key_bytes) == 32
    assert printed != CliRunner().invoke(cli, ["keys", "generate"]).stdout.split()
