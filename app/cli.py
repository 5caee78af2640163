"""The command line, put together: `hybrid-meetings --help` says what there is. Commands stand in `app.commands`."""

from typing import Annotated

import typer

from app.commands import keys, members, organisations, serving, setting_up, upkeep
from app.commands.helping import CODES, PROGRAM, joined

_FIRST = """Joins an organisation's work calendars to its workplace.

The first time, with the settings of docs/settings.md in the environment:

  1. hybrid-meetings keys generate          two settings, to be kept safe
  2. hybrid-meetings migrate                makes the tables
  3. hybrid-meetings doctor                 says what is missing or wrong
  4. hybrid-meetings serve                  the server itself
  5. hybrid-meetings organisation create "Tidewater"
                                            a link for its administrator

`hybrid-meetings demo` needs no settings. `hybrid-meetings COMMAND --help` has examples.
"""

cli = typer.Typer(
    name=PROGRAM,
    help=joined(_FIRST),
    epilog=CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _tell_version(is_wanted: bool) -> None:
    if is_wanted:
        from app import __version__

        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@cli.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Print this version, and end.")
    ] = False,
) -> None:
    """What can be said before any command."""


for subject in (setting_up, serving, upkeep, keys, organisations, members):
    subject.add_to(cli)


def main() -> None:
    """The entry point of the command `hybrid-meetings`."""
    cli(prog_name=PROGRAM)


if __name__ == "__main__":
    main()
