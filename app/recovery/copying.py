"""A copy of SQLite's file while the server writes to it (https://www.sqlite.org/backup.html).

PostgreSQL has programs of its own for this, `pg_dump` and `pg_restore`, which know it better than we do.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

PAGES_AT_ONCE = -1
"""All of them: what is read is one moment, and whoever writes meanwhile goes on in the write-ahead log."""


class CopyRefusedError(Exception):
    """No copy was made; the message says why."""


def copy_sqlite(source: Path, target: Path) -> int:
    """Write a copy of this moment to a file that is not there yet, for its owner alone; its size in bytes.

    Raises CopyRefusedError; then nothing is left behind.
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
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as live:
            with closing(sqlite3.connect(target)) as copy:
                live.backup(copy, pages=PAGES_AT_ONCE)
                # One file, that needs no log beside it to be read.
                copy.execute("PRAGMA journal_mode = DELETE")
            with closing(sqlite3.connect(target)) as copy:
                [found] = copy.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        target.unlink()
        raise CopyRefusedError(f"The copy could not be made: {error}.") from None
    if found != "ok":
        target.unlink()
        raise CopyRefusedError(f"The database is damaged: {found}.")
    return target.stat().st_size
