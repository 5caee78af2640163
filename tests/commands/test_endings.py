"""How commands end: 0 done, 1 not done, 2 not understood, 78 settings, 130 broken off, and never with a traceback."""

import asyncio
import base64
import fcntl
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from http import HTTPStatus
from pathlib import Path

import pytest
import requests

from app.identity.models import Role
from app.keys import Vault
from tests.commands.typed import PATIENCE_SECONDS, broken_off, environment, inherited, running, typed, until
from tests.keyring.filling import make_workplace
from tests.support.database import open_database, sqlite_file, sqlite_url
from tests.support.people import make_member, make_organisation
from tests.support.server import KEYS, POLL_SECONDS, free_port

EVENTS = 1500
READING = [
    ["migrate"],
    ["organisation", "create", "Tidewater"],
    ["organisation", "list"],
    ["member", "export", "Tidewater", "ada@tidewater.example"],
    ["member", "erase", "Tidewater", "ada@tidewater.example", "--yes"],
    ["keys", "rotate"],
    ["keys", "give-up", "k9"],
    ["restored", "--yes"],
]
"""Every command that reads the database and does not wait for it."""
WHATEVER = pytest.mark.parametrize("command", READING, ids=" ".join)
NOWHERE = "postgres://rooms:hush@127.0.0.1:1/rooms"
OLD = ("t1", b"\x06" * 32)
"""The key of these settings."""
NEW = f"t2:{base64.b64encode(bytes([7]) * 32).decode()}"


class TestExpectedFailures:
    """What is nobody's mistake, or a mistake of whoever typed, is told in a line."""

    @WHATEVER
    def test_a_database_that_is_away_is_said_to_be_away_without_its_password(
        self, command: list[str], tmp_path: Path
    ) -> None:
        ended = typed(*command, env=environment(tmp_path, DATABASE_URL=NOWHERE))

        assert (ended.returncode, ended.stdout) == (1, "")
        assert "The database cannot do its work now" in ended.stderr
        assert "hush" not in ended.stderr
        assert len(ended.stderr.splitlines()) == 1

    @WHATEVER
    def test_a_folder_that_is_not_there_is_named(self, command: list[str], tmp_path: Path) -> None:
        missing = tmp_path / "missing" / "database.sqlite3"

        ended = typed(*command, env=environment(tmp_path, DATABASE_URL=f"sqlite://{missing}"))

        assert (ended.returncode, ended.stdout) == (1, "")
        assert f"{missing}: No such file or directory." in ended.stderr
        assert len(ended.stderr.splitlines()) == 1

    @pytest.mark.parametrize("command", [["migrate"], ["serve"], ["backup", "copy.sqlite3"]], ids=" ".join)
    def test_a_file_that_is_no_database_ends_the_command(self, command: list[str], tmp_path: Path) -> None:
        sqlite_file(tmp_path).write_text("a letter, " * 1000)

        ended = typed(*command, env=environment(tmp_path))

        assert (ended.returncode, ended.stdout) == (1, "")
        assert "SQLITE_NOTADB" in ended.stderr or "file is not a database" in ended.stderr
        assert "Traceback" not in ended.stderr

    @pytest.mark.parametrize(
        "address", ["mysql://rooms:hush@host/rooms", "rooms", "sqlite://", "postgres://", "postgres://u:hush@h:x/r"]
    )
    @pytest.mark.parametrize("command", [["migrate"], ["serve"], ["backup", "copy"]], ids=" ".join)
    def test_what_is_no_address_of_a_database_is_a_setting_to_mend(
        self, command: list[str], address: str, tmp_path: Path
    ) -> None:
        ended = typed(*command, env=environment(tmp_path, DATABASE_URL=address))

        assert (ended.returncode, ended.stdout) == (78, "")
        assert "HYBRID_MEETINGS_DATABASE_URL: must be sqlite://path, or postgres://" in ended.stderr
        assert "hush" not in ended.stderr

    def test_the_doctor_finds_an_address_that_is_none(self, tmp_path: Path) -> None:
        ended = typed("doctor", env=environment(tmp_path, DATABASE_URL="mysql://rooms:hush@host/rooms"))

        assert (ended.returncode, ended.stderr) == (1, "")
        assert ended.stdout.startswith(
            "FAILURE  settings: HYBRID_MEETINGS_DATABASE_URL: must be sqlite://path, or postgres://"
        )

    @pytest.mark.parametrize("command", [*READING, ["serve"], ["worker"], ["backup", "copy.sqlite3"]], ids=" ".join)
    def test_settings_that_are_not_complete_end_every_command_with_78(self, command: list[str]) -> None:
        ended = typed(*command, env=inherited())

        assert (ended.returncode, ended.stdout) == (78, "")
        assert "HYBRID_MEETINGS_PUBLIC_URL" in ended.stderr

    @pytest.mark.parametrize("command", [["organisation", "create", "Quay"], ["organisation", "list"]], ids=" ".join)
    def test_no_command_does_anything_under_another_secret_than_the_databases(
        self, command: list[str], tmp_path: Path
    ) -> None:
        assert typed("organisation", "create", "Tidewater", env=environment(tmp_path)).returncode == 0
        another = environment(tmp_path, SECRET_KEY=base64.b64encode(b"2" * 32).decode())

        ended = typed(*command, env=another)

        assert (ended.returncode, ended.stdout) == (78, "")
        assert "HYBRID_MEETINGS_SECRET_KEY is not the one" in ended.stderr

    def test_a_server_whose_port_is_taken_names_it(self, tmp_path: Path) -> None:
        port = str(free_port())
        env = environment(tmp_path, PORT=port)
        with running("serve", env=env) as first:
            _until_it_lives(first, port)

            ended = typed("serve", env=env)

            assert (ended.returncode, first.poll()) == (1, None)
        assert f"cannot listen at 127.0.0.1:{port}" in ended.stderr

    @pytest.mark.parametrize("command", [["migrat"], ["keys"], ["backup"], ["migrate", "--quick"]], ids=" ".join)
    def test_what_is_not_understood_ends_with_2(self, command: list[str]) -> None:
        assert typed(*command, env=inherited()).returncode == 2


class TestCtrlC:
    """Whoever breaks a command off hears what that leaves behind; whoever ends a server has done nothing wrong."""

    def test_ctrl_c_in_a_rotation_ends_with_130_and_says_that_it_can_be_run_again(self, tmp_path: Path) -> None:
        asyncio.run(_fill(tmp_path))
        env = environment(tmp_path, ENCRYPTION_KEYS=f"{NEW},{KEYS['HYBRID_MEETINGS_ENCRYPTION_KEYS']}")
        with running("keys", "rotate", env=env) as rotating:
            until("calendar_connection.credentials: 1 sealed anew", rotating.stderr)

            code, output, aside = broken_off(rotating)

        assert (code, output) == (130, "")
        assert "Broken off. What was sealed anew stays so" in aside
        assert "It can be run again" in aside
        assert "Traceback" not in aside
        again = typed("keys", "rotate", env=env)
        assert again.returncode == 0
        assert "Nothing is sealed under t1 any more" in again.stdout

    def test_ctrl_c_while_another_process_migrates_ends_with_130_at_once(self, tmp_path: Path) -> None:
        with Path(f"{sqlite_file(tmp_path)}.migration-lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with running("migrate", env=environment(tmp_path)) as migrating:
                until("Another process brings the database up to date: waiting for it.", migrating.stderr)

                code, output, aside = broken_off(migrating)

        assert (code, output) == (130, "")
        assert "Run it again: it does the rest." in aside

    def test_ctrl_c_at_the_question_whether_to_erase_erases_nothing(self, tmp_path: Path) -> None:
        asyncio.run(_populate(tmp_path))
        arguments = ("member", "erase", "Tidewater", "ada.vos@tidewater.example")
        with running(*arguments, env=environment(tmp_path)) as erasing:
            until("Erase all of this for good? [y/N]:", erasing.stderr)

            code, _, aside = broken_off(erasing)

        assert code == 130
        assert "Broken off. Nothing was erased." in aside
        assert _rows_of("member", tmp_path) == 2

    def test_nobody_who_answers_is_not_yes(self, tmp_path: Path) -> None:
        asyncio.run(_populate(tmp_path))

        ended = typed("member", "erase", "Tidewater", "ada.vos@tidewater.example", env=environment(tmp_path))

        assert ended.returncode == 1
        assert "Nobody answered. Nothing was erased" in ended.stderr
        assert _rows_of("member", tmp_path) == 2

    def test_nobody_is_signed_out_before_somebody_says_that_a_backup_was_restored(self, tmp_path: Path) -> None:
        asyncio.run(_populate(tmp_path))

        asked = typed("restored", env=environment(tmp_path))
        told = _rows_of("audit_entry", tmp_path)
        meant = typed("restored", "--yes", env=environment(tmp_path))

        assert (asked.returncode, told) == (1, 0)
        assert "This signs everybody out" in asked.stderr
        assert "Nothing was changed." in asked.stderr
        assert (meant.returncode, _rows_of("audit_entry", tmp_path)) == (0, 1)

    def test_ctrl_c_is_how_a_person_ends_a_server(self, tmp_path: Path) -> None:
        port = str(free_port())
        with running("serve", env=environment(tmp_path, PORT=port)) as serving:
            _until_it_lives(serving, port)

            code, output, aside = broken_off(serving)

        assert (code, output) == (0, "")
        assert "Traceback" not in aside
        assert "Broken off" not in aside


async def _fill(folder: Path) -> None:
    """So much that is sealed under the first key that sealing it anew takes a while."""
    async with open_database(sqlite_url(folder)):
        workplace = await make_workplace(Vault((OLD,)))
        await workplace.add_events(Vault((OLD,)), EVENTS)


async def _populate(folder: Path) -> None:
    async with open_database(sqlite_url(folder)):
        organisation = await make_organisation()
        for name in ("Ada Vos", "Noor Bakker"):
            await make_member(organisation, name, role=Role.SUBSCRIPTION_ADMINISTRATOR)


def _rows_of(table: str, folder: Path) -> int:
    with closing(sqlite3.connect(sqlite_file(folder))) as database:
        [number] = database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  # a name of ours
    return int(number)


def _until_it_lives(server: "subprocess.Popen[str]", port: str) -> None:
    while server.poll() is None:
        with suppress(requests.ConnectionError):
            answer = requests.get(f"http://127.0.0.1:{port}/health/live", timeout=PATIENCE_SECONDS)
            assert answer.status_code == HTTPStatus.OK
            return
        time.sleep(POLL_SECONDS)
    raise AssertionError(server.communicate())
