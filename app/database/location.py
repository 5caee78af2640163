"""Where the database is, told without opening it."""

from pathlib import Path

from tortoise.backends.base.config_generator import expand_db_url

_POOL = 5
"""Tortoise's own, where the address names no `maxsize`."""


def sqlite_path(database_url: str) -> Path | None:
    """SQLite's file; None for another engine, or where the database is in memory."""
    file_path = expand_db_url(database_url)["credentials"].get("file_path", ":memory:")
    return None if file_path == ":memory:" else Path(file_path)


def pool_size(database_url: str) -> int:
    """How many connections one process opens at most."""
    return int(expand_db_url(database_url)["credentials"].get("maxsize", _POOL))
