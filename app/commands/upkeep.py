"""Keeping a server well: `hybrid-meetings doctor | backup | restored`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app import logs, settings
from app.audit.models import AuditOrigin
from app.audit.origin import Origin, acting_from
from app.commands.running import open_database, read_settings, run_to_end, stop_with
from app.database.location import sqlite_path
from app.events_bus.choosing import bus_of
from app.findings import Finding, Level
from app.jobs.dispatch import DispatchingBus, dispatch_of
from app.recovery.copying import CopyRefusedError, copy_sqlite
from app.recovery.restored import MadeGood, make_good

_MEGABYTE = 1 << 20


def add_to(cli: typer.Typer) -> None:
    """Has these commands be part of the command line."""
    for command in (doctor, backup, restored):
        cli.command()(command)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
) -> None:
    """Look for what keeps this server from working, or soon will; changes nothing, and may run beside servers.

    Ends with 1 where something does not work, and with 0 where there are warnings only.
    """
    from app.doctor.doctor import diagnose
    from app.doctor.examination import worst_of

    # What is looked at is told here, and not once more as a log.
    logs.configure("CRITICAL", settings.LogFormat.CONSOLE)
    findings = run_to_end(diagnose())
    worst = worst_of(findings)
    if as_json:
        typer.echo(json.dumps({"worst": worst, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        for finding in findings:
            _tell_finding(finding)
    raise typer.Exit(1 if worst is Level.FAILURE else 0)


def _tell_finding(finding: Finding) -> None:
    typer.echo(f"{finding.level.value:<8} {finding.about}: {finding.says}")
    if finding.remedy is not None:
        typer.echo(f"{'':<8} → {finding.remedy}")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; must not be there yet.")],
) -> None:
    """Copy SQLite's database while the server runs, into a file that only you can read.

    The keys are not in it, and without them nothing that is sealed opens: keep the settings too, elsewhere.
    """
    source = sqlite_path(read_settings().database_url)
    if source is None:
        stop_with(
            "PostgreSQL has a program for that, which may run beside servers: "
            'pg_dump --format=custom --file=FILE "$HYBRID_MEETINGS_DATABASE_URL"'
        )
    try:
        size = copy_sqlite(source, file)
    except CopyRefusedError as error:
        stop_with(str(error))
    typer.echo(f"{file} has the database as it was at this moment, {size / _MEGABYTE:.1f} MB.")
    typer.echo("Keep HYBRID_MEETINGS_SECRET_KEY and HYBRID_MEETINGS_ENCRYPTION_KEYS too, and not beside it.")


def restored(
    reconnect: Annotated[
        bool, typer.Option("--reconnect", help="Have every member connect their calendar again.")
    ] = False,
) -> None:
    """Once a backup was restored: end what may have been ended since, and look at everything that may have changed."""
    _tell_made_good(run_to_end(_make_good(read_settings(), reconnect=reconnect)))


async def _make_good(chosen: settings.Settings, *, reconnect: bool) -> MadeGood:
    async with open_database(chosen):
        bus = DispatchingBus(bus_of(chosen), dispatch_of(chosen))
        try:
            with acting_from(Origin(AuditOrigin.COMMAND_LINE)):
                return await make_good(bus, reconnect=reconnect)
        finally:
            await bus.close()


def _tell_made_good(made: MadeGood) -> None:
    typer.echo(f"{made.signed_out} sessions and access tokens have ended: everybody signs in again.")
    typer.echo(f"{made.invitations} invitations work no more.")
    typer.echo(f"{made.bookings} open bookings are looked at now, and {made.watches} watches renewed or made anew.")
    typer.echo(f"{made.to_reconnect} members were asked to connect their calendar again.")
    typer.echo(
        "What else was done since the backup is undone: members who were erased, integrations that were disabled, "
        "roles that were taken. Do it again (docs/operating.md, Backup and restore)."
    )
