"""What an operator types, and what they are told."""

import asyncio
import base64
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import settings
from app.cli import cli
from app.keys import Vault
from tests.keyring.filling import SECRET, A, B, Workplace, make_workplace
from tests.support.database import open_database, sqlite_file, sqlite_url

KEY = base64.b64encode(b"\x01" * 32).decode()
Ring = tuple[tuple[str, bytes], ...]


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

    assert result.exit_code == 78
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


class TestKeys:
    """`hybrid-meetings keys rotate | give-up`, and starting with keys that do not fit."""

    @pytest.fixture
    def with_keys(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Ring, bytes], None]:
        """Sets the environment to a ring and a secret."""

        def put(ring: Ring, secret: bytes = SECRET) -> None:
            keys = ",".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in ring)
            monkeypatch.setenv("HYBRID_MEETINGS_PUBLIC_URL", "https://meetings.tidewater.example")
            monkeypatch.setenv("HYBRID_MEETINGS_DATABASE_URL", sqlite_url(tmp_path))
            monkeypatch.setenv("HYBRID_MEETINGS_SECRET_KEY", base64.b64encode(secret).decode())
            monkeypatch.setenv("HYBRID_MEETINGS_ENCRYPTION_KEYS", keys)

        return put

    @pytest.fixture
    def workplace(self, tmp_path: Path, with_keys: Callable[[Ring], None]) -> Workplace:
        """What a server with the key k1 has sealed."""

        async def fill() -> Workplace:
            async with open_database(sqlite_url(tmp_path)):
                return await make_workplace(Vault((A,)))

        return asyncio.run(fill())

    def test_rotating_says_what_was_sealed_anew_and_which_key_may_go(
        self, workplace: Workplace, with_keys: Callable[[Ring], None]
    ) -> None:
        with_keys((B, A))

        result = CliRunner().invoke(cli, ["keys", "rotate"])

        assert result.exit_code == 0
        assert "mailbox_reference.sealed_id: 3 sealed anew" in result.stderr
        assert "10 values were sealed anew under k2." in result.stdout
        assert "k1 may be removed" in result.stdout

    def test_rotating_again_finds_nothing_to_do(self, workplace: Workplace, with_keys: Callable[[Ring], None]) -> None:
        with_keys((B, A))
        CliRunner().invoke(cli, ["keys", "rotate"])

        result = CliRunner().invoke(cli, ["keys", "rotate"])

        assert result.exit_code == 0
        assert "0 values were sealed anew under k2." in result.stdout

    def test_a_row_that_does_not_open_is_named_by_table_and_id_alone_and_ends_with_1(
        self, workplace: Workplace, with_keys: Callable[[Ring], None], tmp_path: Path
    ) -> None:
        with_keys((B, A))
        with closing(sqlite3.connect(sqlite_file(tmp_path))) as connection, connection:
            connection.execute("UPDATE event_note SET text = CAST(x'0102' || text AS BLOB)")

        result = CliRunner().invoke(cli, ["keys", "rotate"])

        assert result.exit_code == 1
        assert f"event_note.text, row {workplace.note_id}: does not open" in result.stderr
        assert "9 values were sealed anew" in result.stdout
        assert "Bring charts" not in result.output

    def test_values_whose_key_is_missing_are_left_and_end_with_1(
        self, workplace: Workplace, with_keys: Callable[[Ring], None]
    ) -> None:
        with_keys((B,))

        result = CliRunner().invoke(cli, ["keys", "rotate"])

        assert result.exit_code == 1
        assert "its key is not among HYBRID_MEETINGS_ENCRYPTION_KEYS" in result.stderr
        assert "10 values do not open" in result.stderr

    def test_rotating_with_another_secret_is_refused(
        self, workplace: Workplace, with_keys: Callable[[Ring, bytes], None]
    ) -> None:
        with_keys((A,), SECRET)
        CliRunner().invoke(cli, ["keys", "rotate"])
        with_keys((A,), b"\x09" * 32)

        result = CliRunner().invoke(cli, ["keys", "rotate"])

        assert result.exit_code == 78
        assert "HYBRID_MEETINGS_SECRET_KEY" in result.stderr

    def test_a_server_does_not_start_without_a_key_that_values_need_and_says_what_to_do(
        self, workplace: Workplace, with_keys: Callable[[Ring], None]
    ) -> None:
        with_keys((B,))

        result = CliRunner().invoke(cli, ["serve"])

        assert result.exit_code == 78
        assert "k1 (in calendar_connection.credentials" in result.stderr
        assert "keys rotate" in result.stderr

    def test_a_lost_key_is_given_up_by_name_and_the_operator_hears_what_that_costs(
        self, workplace: Workplace, with_keys: Callable[[Ring], None]
    ) -> None:
        with_keys((B,))

        result = CliRunner().invoke(cli, ["keys", "give-up", "k1"])

        assert result.exit_code == 0
        assert "calendar_connection.credentials: 1 sealed under k1" in result.stdout
        assert "Asked to connect their calendar again: 1." in result.stdout

    def test_a_key_that_is_at_hand_is_not_given_up(
        self, workplace: Workplace, with_keys: Callable[[Ring], None]
    ) -> None:
        with_keys((A,))

        result = CliRunner().invoke(cli, ["keys", "give-up", "k1"])

        assert result.exit_code == 1
        assert "nothing has to be given up" in result.stderr
