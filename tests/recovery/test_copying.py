"""A copy of SQLite's file is whole, private, of one moment, and never made over something else."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.recovery.copying import Copied, CopyRefusedError, copy_sqlite
from tests.doctor.asking import on_sqlite

ROWS = 20_000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file in which each transaction writes a pair of rows."""
    path = tmp_path / "live.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE pair (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO pair (text) VALUES (?)", [("x" * 200,)] * ROWS)
    return path


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Somebody writes pairs all the time."""
    stopped = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            while not stopped.is_set():
                with connection:
                    connection.executemany("INSERT INTO pair (text) VALUES (?)", [("y",), ("y",)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stopped.set()
        writer.join()


def test_a_copy_beside_somebody_who_writes_is_of_one_moment_and_one_file(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"

    with _writing(database):
        copy_sqlite(database, target)

    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        [count] = connection.execute("SELECT count(*) FROM pair").fetchone()
    assert count >= ROWS
    assert count % 2 == 0
    assert sorted(path.name for path in tmp_path.glob("backup*")) == ["backup.sqlite3"]


def test_a_copy_can_be_read_by_its_owner_alone(database: Path, tmp_path: Path) -> None:
    copy_sqlite(database, tmp_path / "backup.sqlite3")

    assert stat.S_IMODE((tmp_path / "backup.sqlite3").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_left_as_it_is(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"
    target.write_text("of yesterday")

    with pytest.raises(CopyRefusedError, match="is there already"):
        copy_sqlite(database, target)

    assert target.read_text() == "of yesterday"


def test_of_a_database_that_is_not_there_no_copy_is_made(tmp_path: Path) -> None:
    with pytest.raises(CopyRefusedError, match="no database"):
        copy_sqlite(tmp_path / "none.sqlite3", tmp_path / "backup.sqlite3")

    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_is_said_to_be_damaged_and_leaves_no_copy(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(database.read_bytes())
    content[8192:16384] = b"\xff" * 8192
    database.write_bytes(content)

    with pytest.raises(CopyRefusedError, match=r"damaged|could not be made"):
        copy_sqlite(database, tmp_path / "backup.sqlite3")

    assert not (tmp_path / "backup.sqlite3").exists()


def test_a_copy_that_is_broken_off_leaves_nothing(database: Path, tmp_path: Path) -> None:
    def break_off(copied: Copied) -> None:
        if copied.pages < copied.of:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_sqlite(database, tmp_path / "backup.sqlite3", break_off)

    assert not list(tmp_path.glob("backup*"))


def test_whoever_makes_a_copy_hears_how_far_it_is_up_to_the_whole(database: Path, tmp_path: Path) -> None:
    told: list[Copied] = []

    copy_sqlite(database, tmp_path / "backup.sqlite3", told.append)

    assert [copied.pages for copied in told] == sorted(copied.pages for copied in told)
    assert (told[0].is_whole, told[-1].is_whole) == (False, True)
    assert told[-1].pages == told[-1].of


def test_for_postgresql_the_command_names_the_program_that_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in on_sqlite(Path("unused"), DATABASE_URL="postgres://rooms:hush@database/rooms").items():
        monkeypatch.setenv(name, value)

    result = CliRunner().invoke(cli, ["backup", "backup.dump"])

    assert result.exit_code == 1
    assert "pg_dump --format=custom" in result.output
    assert "hush" not in result.output
