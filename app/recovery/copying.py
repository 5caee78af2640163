"""A copy of SQLite's file while the server writes to it (https://www.sqlite.org/backup.html).

PostgreSQL has programs of its own for this, `pg_dump` and `pg_restore`, which know it better than we do.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

PAGES_AT_ONCE = 1000
"""4 MB: so often it is told how far the copy is, and so soon it can be broken off."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How far a copy is."""

    pages: int
    of: int
    is_whole: bool
    """All pages are there, and are being looked at."""


class CopyRefusedError(Exception):
    """No copy was made; the message says why."""


def copy_sqlite(source: Path, target: Path, tell: Callable[[Copied], None] = lambda _: None) -> int:
    """Write a copy of this moment to a file that is not there yet, for its owner alone; its size in bytes.

    Raises CopyRefusedError. Then, and where it is broken off, nothing is left behind.
    """
    if not source.is_file():
        raise CopyRefusedError(f"There is no database at {source}.")
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise CopyRefusedError(f"{target} is there already, and is left as it is.") from None
    except OSError as error:
        raise CopyRefusedError(f"{target} cannot be written: {error.strerror}.") from None
    try:
        found = _copied(source, target, tell)
    except sqlite3.Error as error:
        target.unlink()
        raise CopyRefusedError(f"The copy could not be made: {error}.") from None
    except BaseException:
        target.unlink()
        raise
    if found != "ok":
        target.unlink()
        raise CopyRefusedError(f"The database is damaged: {found}.")
    return target.stat().st_size


def _copied(source: Path, target: Path, tell: Callable[[Copied], None]) -> str:
    """What SQLite says of the copy that was made."""
    pages = 0

    def note(_: int, remaining: int, total: int) -> None:
        nonlocal pages
        pages = total
        tell(Copied(total - remaining, total, is_whole=False))

    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as live:
        # What is read is this moment's to the end: whoever writes meanwhile goes on in the write-ahead log.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        with closing(sqlite3.connect(target)) as copy:
            live.backup(copy, pages=PAGES_AT_ONCE, progress=note)
            # One file, that needs no log beside it to be read.
            copy.execute("PRAGMA journal_mode = DELETE")
    tell(Copied(pages, pages, is_whole=True))
    with closing(sqlite3.connect(target)) as copy:
        [found] = copy.execute("PRAGMA integrity_check").fetchone()
    return str(found)
