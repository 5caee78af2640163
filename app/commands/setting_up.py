"""Making a server ready: `hybrid-meetings migrate | doctor`."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from app.commands.helping import AsJson, Ends, Panel, add
from app.commands.running import read_settings, run_to_end
from app.commands.telling import WAITING, Progress, tell_aside, tell_json, tell_result

if TYPE_CHECKING:
    from app.findings import Finding

_MIGRATED = '{"applied": ["0001_first", …]}'
_FOUND = (
    '{"worst": "OK", "WARNING" or "FAILURE",\n'
    '   "findings": [{"level": …, "about": …, "says": …, "remedy": … or null}]}'
)
_DOCTOR_CODES = (
    "Exit codes: 0 nothing is wrong, or there are warnings only; 1 something does not work; 2 not understood; "
    "130 broken off with Ctrl-C."
)


def add_to(cli: typer.Typer) -> None:
    """Has these commands be part of the command line."""
    add(cli, migrate, examples=("migrate", "migrate --json"), panel=Panel.SET_UP, json_shape=_MIGRATED)
    add(
        cli,
        doctor,
        examples=("doctor", "doctor --json | jq -r .worst"),
        panel=Panel.SET_UP,
        codes=_DOCTOR_CODES,
        json_shape=_FOUND,
    )


def migrate(as_json: AsJson = False) -> None:
    """Bring the database to this version's schema; safe to run twice, and from several machines at once.

    With SQLite the server and other commands do so by themselves.
    """
    chosen = read_settings()
    from app.database import engine

    with Progress() as progress:
        applied = run_to_end(
            engine.migrate(
                chosen.database_url, lambda name: progress.step(f"Applying {name}"), lambda: tell_aside(WAITING)
            ),
            "Migrations that were finished stay, and the one under way has left nothing. Run it again: it does the "
            "rest.",
        )
    if as_json:
        tell_json({"applied": list(applied)})
    else:
        tell_result("The database is up to date.")


def doctor(as_json: AsJson = False) -> None:
    """Look for what keeps this server from working, or soon will; changes nothing, and may run beside servers.

    Every finding that is not well says what to do about it.
    """
    from app import logs, settings
    from app.doctor.doctor import diagnose
    from app.doctor.examination import worst_of
    from app.findings import Level

    # What is looked at is told here, and not once more as a log.
    logs.configure("CRITICAL", settings.LogFormat.CONSOLE)
    with Progress() as progress:
        progress.at("Looking at everything that the settings name, for 15 seconds at most")
        findings = run_to_end(diagnose(), "Nothing was changed.")
    worst = worst_of(findings)
    if as_json:
        tell_json({"worst": worst, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            _tell_finding(finding)
    raise typer.Exit(Ends.REFUSED if worst is Level.FAILURE else Ends.DONE)


def _tell_finding(finding: "Finding") -> None:
    tell_result(f"{finding.level.value:<8} {finding.about}: {finding.says}")
    if finding.remedy is not None:
        tell_result(f"{'':<8} → {finding.remedy}")
