"""What the machine lacks is told before it runs out."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from app.doctor import machine
from app.findings import Level
from app.graphql.graphiql_files import PACKAGES
from app.settings import Settings, load
from tests.doctor.asking import ask, on_sqlite
from tests.support.database import sqlite_file


def _settings(monkeypatch: pytest.MonkeyPatch, path: Path, **values: str) -> Settings:
    for name, value in on_sqlite(path, **values).items():
        monkeypatch.setenv(name, value)
    return load()


async def test_with_few_open_files_it_is_said_how_many_connections_a_server_takes(tmp_path: Path) -> None:
    command = f"ulimit -n 4096; exec {sys.executable} -m app.cli doctor --json"
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        command,
        env={**os.environ, **on_sqlite(sqlite_file(tmp_path))},
        stdout=asyncio.subprocess.PIPE,
    )

    output, _ = await process.communicate()

    [found] = [finding for finding in json.loads(output)["findings"] if finding["about"] == "open files"]
    assert found["level"] == "WARNING"
    assert found["says"].startswith("4096 at most, so a server takes ")
    assert "LimitNOFILE" in found["remedy"]


async def test_a_disk_without_room_is_told_before_it_is_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = _settings(monkeypatch, sqlite_file(tmp_path))
    more_than_there_is = 1 << 60

    [plenty] = await machine.disk(settings, scarce=1, too_few=0)
    [scarce] = await machine.disk(settings, scarce=more_than_there_is, too_few=0)
    [none] = await machine.disk(settings, scarce=more_than_there_is, too_few=more_than_there_is)

    assert [finding.level for finding in (plenty, scarce, none)] == [Level.OK, Level.WARNING, Level.FAILURE]


async def test_a_folder_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    answer = await ask(on_sqlite(tmp_path / "nowhere" / "database.sqlite3"))

    assert answer.not_well("disk") == [("FAILURE", "the database's folder does not exist.")]
    assert not (tmp_path / "nowhere").exists()


async def test_graphiql_without_its_files_is_told_with_the_command_that_fetches_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = _settings(monkeypatch, sqlite_file(tmp_path), GRAPHIQL="own")

    [found] = await machine.graphiql(settings, tmp_path)

    assert found.level is Level.WARNING
    assert f"fetch_graphiql {tmp_path}" in (found.remedy or "")


async def test_graphiql_from_a_cdn_is_for_the_demo_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = _settings(monkeypatch, sqlite_file(tmp_path), GRAPHIQL="cdn")

    [found] = await machine.graphiql(settings, tmp_path)

    assert found.level is Level.WARNING


async def test_a_file_of_graphiql_that_is_not_the_published_one_counts_as_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = _settings(monkeypatch, sqlite_file(tmp_path), GRAPHIQL="own")
    (tmp_path / "react.production.min.js").write_text("alert(1)")

    [found] = await machine.graphiql(settings, tmp_path)

    published = sum(len(package.files) for package in PACKAGES)
    assert found.says.startswith(f"{published} of its files are missing or not the published ones")
