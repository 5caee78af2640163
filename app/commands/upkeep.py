"""Keeping a server well: `hybrid-meetings backup | restored`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.helping import AsJson, Ends, Panel, Unasked, add
from app.commands.running import ask, read_settings, refuse_to_ask_a_program, run_to_end, stop_with
from app.commands.telling import Progress, tell_json, tell_result

if TYPE_CHECKING:
    from app.recovery.copying import Copied
    from app.recovery.restored import MadeGood

_MEGABYTE = 1 << 20
_BACKUP = '{"file": "/srv/backup.sqlite3", "bytes": 1048576}'
_RESTORED = '{"signedOut": 3, "invitations": 1, "bookings": 2, "watches": 4,\n   "toReconnect": 0}'


def add_to(cli: typer.Typer) -> None:
    """Has these commands be part of the command line."""
    add(
        cli,
        backup,
        examples=('backup "backup-$(date +%F).sqlite3"', "backup backup.sqlite3 --json"),
        panel=Panel.KEEP_SAFE,
        json_shape=_BACKUP,
    )
    add(
        cli,
        restored,
        examples=("restored", "restored --reconnect --yes"),
        panel=Panel.KEEP_SAFE,
        json_shape=_RESTORED,
    )


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; must not be there yet.")],
    as_json: AsJson = False,
) -> None:
    """Copy SQLite's database while the server runs, into a file that only you can read.

    The keys are not in it, and without them nothing that is sealed opens: keep the settings too, elsewhere. PostgreSQL
    has pg_dump for that.
    """
    chosen = read_settings()
    from app.database.location import sqlite_path
    from app.recovery.copying import CopyRefusedError, copy_sqlite

    source = sqlite_path(chosen.database_url)
    if source is None:
        stop_with(
            "PostgreSQL has a program for that, which may run beside servers: "
            'pg_dump --format=custom --file=FILE "$HYBRID_MEETINGS_DATABASE_URL"'
        )
    try:
        with Progress() as progress:
            size = copy_sqlite(source, file, lambda copied: progress.at(_words(copied)))
    except CopyRefusedError as error:
        stop_with(str(error))
    except KeyboardInterrupt:
        stop_with("Broken off. There is no copy, and the database is as it was.", Ends.BROKEN_OFF)
    if as_json:
        tell_json({"file": str(file.absolute()), "bytes": size})
        return
    tell_result(f"{file} has the database as it was at this moment, {size / _MEGABYTE:.1f} MB.")
    tell_result("Keep HYBRID_MEETINGS_SECRET_KEY and HYBRID_MEETINGS_ENCRYPTION_KEYS too, and not beside it.")


def restored(
    reconnect: Annotated[
        bool, typer.Option("--reconnect", help="Have every member connect their calendar again.")
    ] = False,
    yes: Unasked = False,
    as_json: AsJson = False,
) -> None:
    """Once a backup was restored: end what may have been ended since, and look at everything that may have changed.

    Run it before the servers start; it may be run twice. You are asked whether you mean it: everybody is signed out.
    """
    refuse_to_ask_a_program(as_json=as_json, yes=yes)
    chosen = read_settings()
    if not yes:
        ask(
            "Was a backup restored just now? This signs everybody out and ends every open invitation.",
            "Nothing was changed.",
        )
    from app.commands.doing import recovery

    with Progress() as progress:
        progress.at("Ending sessions and invitations, and having bookings looked at")
        made = run_to_end(
            recovery.restored(chosen, reconnect=reconnect), "Some of it may be done. Run it again: it may be run twice."
        )
    if as_json:
        tell_json(_document(made))
    else:
        _tell_made_good(made)


def _words(copied: "Copied") -> str:
    if copied.is_whole:
        return "The copy is whole, and is being looked at"
    return f"{100 * copied.pages // max(1, copied.of)} % of {copied.of} pages are copied"


def _tell_made_good(made: "MadeGood") -> None:
    tell_result(f"{made.signed_out} sessions and access tokens have ended: everybody signs in again.")
    tell_result(f"{made.invitations} invitations work no more.")
    tell_result(f"{made.bookings} open bookings are looked at now, and {made.watches} watches renewed or made anew.")
    tell_result(f"{made.to_reconnect} members were asked to connect their calendar again.")
    tell_result(
        "What else was done since the backup is undone: members who were erased, integrations that were disabled, "
        "roles that were taken. Do it again (docs/operating.md, Backup and restore)."
    )


def _document(made: "MadeGood") -> dict[str, object]:
    return {
        "signedOut": made.signed_out,
        "invitations": made.invitations,
        "bookings": made.bookings,
        "watches": made.watches,
        "toReconnect": made.to_reconnect,
    }
