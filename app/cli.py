"""The command line: `hybrid-meetings serve | worker | migrate | organisation create | keys generate | demo`."""

import asyncio
import base64
import secrets
from collections.abc import Coroutine
from typing import Annotated, NoReturn, TypeVar

import typer

from app import logs, settings
from app.audit.models import AuditOrigin
from app.audit.origin import Origin, acting_from
from app.database import engine
from app.errors import InvalidInput
from app.identity.invitations import InvitationService, invitation_link
from app.suites import registry

T = TypeVar("T")

cli = typer.Typer(
    name="hybrid-meetings",
    help="Joins an organisation's work calendars to its workplace.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
organisations = typer.Typer(help="Organisations of this server.", no_args_is_help=True)
keys = typer.Typer(help="The server's keys.", no_args_is_help=True)
cli.add_typer(organisations, name="organisation")
cli.add_typer(keys, name="keys")


@cli.command()
def serve() -> None:
    """Serve the API. With SQLite, or without Redis, this one process runs the jobs too."""
    from app.main import serve as run

    chosen = _settings()
    _run(run(chosen))


@cli.command()
def worker() -> None:
    """Run the jobs, beside any number of servers; needs PostgreSQL and Redis."""
    from app.main import work

    chosen = _settings()
    if chosen.is_sqlite or chosen.redis_url is None:
        _stop(
            "A worker needs PostgreSQL and Redis (HYBRID_MEETINGS_DATABASE_URL, HYBRID_MEETINGS_REDIS_URL). "
            "Without them `hybrid-meetings serve` runs the jobs itself."
        )
    _run(work(chosen))


@cli.command()
def migrate() -> None:
    """Bring the database to this version's schema; safe to run twice, and from several machines at once."""
    chosen = _settings()
    _run(engine.migrate(chosen.database_url))
    typer.echo("The database is up to date.")


@organisations.command("create")
def create_organisation(name: Annotated[str, typer.Argument(help="What the organisation is called.")]) -> None:
    """Create an organisation and print the invitation link for its first administrator (24 hours, used once)."""
    try:
        typer.echo(_run(_create_organisation(_settings(), name)))
    except InvalidInput as error:
        _stop(error.message)


async def _create_organisation(chosen: settings.Settings, name: str) -> str:
    if chosen.is_sqlite:
        await engine.migrate(chosen.database_url)
    async with engine.database(chosen.database_url):
        with acting_from(Origin(AuditOrigin.COMMAND_LINE)):
            _, token = await InvitationService().create_organisation(name)
    return invitation_link(chosen.public_url, token)


@keys.command("generate")
def generate_keys() -> None:
    """Print fresh keys as settings; keep them safe, since nothing sealed opens without them."""
    typer.echo(f"{settings.PREFIX}SECRET_KEY={_key()}")
    typer.echo(f"{settings.PREFIX}ENCRYPTION_KEYS=k1:{_key()}")


@cli.command()
def demo(port: Annotated[int, typer.Option(help="Where the server listens on 127.0.0.1.")] = 8000) -> None:
    """Start a sandbox, a server on SQLite and sample people, on this machine only."""
    from app.demo.people import DemoError
    from app.demo.run import run
    from app.sandbox.process import SandboxStartError

    try:
        _run(run(port))
    except (DemoError, SandboxStartError) as error:
        _stop(f"The demo cannot start: {error}")


def main() -> None:
    """The entry point of the command `hybrid-meetings`."""
    cli()


def _settings() -> settings.Settings:
    try:
        chosen = settings.load(registry.SETTINGS)
    except settings.SettingsError as error:
        _stop(f"The settings are not complete:\n{error}")
    logs.configure(chosen.log_level, chosen.log_format)
    return chosen


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(settings.KEY_BYTES)).decode()


def _run(work: Coroutine[None, None, T]) -> T:
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        # Ctrl-C is how a person stops it: everything was let go in order.
        raise typer.Exit(0) from None


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
