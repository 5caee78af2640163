"""How many connections to the database this process has open, and how many of them nobody uses just now."""

from typing import Any

from tortoise import connections


def open_connections() -> int:
    """None before the first statement, and none that could be told where the database is a file."""
    pool = _pool()
    return pool.get_size() if pool is not None else 0


def idle_connections() -> int:
    pool = _pool()
    return pool.get_idle_size() if pool is not None else 0


def _pool() -> Any:
    return getattr(connections.get("default"), "_pool", None)
