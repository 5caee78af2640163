"""The command line: `hybrid-meetings serve | worker | migrate | organisation … | member … | keys … | demo`.

`doctor`, `backup` and `restored` stand in `app.commands`.
"""

import base64
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Annotated, TypeVar

import typer

from app import settings
from app.audit.models import AuditOrigin
from app.audit.origin import Origin, acting_from
from app.commands import upkeep
from app.commands.running import open_database, read_settings, run_to_end, stop_with
from app.connections.tokens import TokenService
from app.database import engine
from app.errors import InvalidInput, LastAdministrator, NotFound
from app.events_bus.choosing import bus_of
from app.events_bus.memory import MemoryBus
from app.identity.erasing import Erased, Holding, MemberErasing
from app.identity.exporting import MemberDataService
from app.identity.finding import find_member, find_organisation
from app.identity.invitations import InvitationService, invitation_link
from app.identity.member_data import as_json
from app.identity.models import Member
from app.jobs.dispatch import DispatchingBus, dispatch_of
from app.keyring.giving_up import GivenUp
from app.keyring.giving_up import give_up as give_key_up
from app.keyring.proofs import KeyCheck, KeysRefused
from app.keyring.rotation import Fault, Progress, Rotated, Rotation
from app.keys import Keys, Vault
from app.references.service import ReferenceService
from app.serving import collector
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
members = typer.Typer(help="Members of an organisation.", no_args_is_help=True)
keys = typer.Typer(help="The server's keys.", no_args_is_help=True)
cli.add_typer(organisations, name="organisation")
cli.add_typer(members, name="member")
cli.add_typer(keys, name="keys")
upkeep.add_to(cli)


@cli.command()
def serve() -> None:
    """Serve the API. With SQLite, or without Redis, this one process runs the jobs too."""
    with collector.resting():
        from app.main import serve as run

    chosen = read_settings()
    try:
        run_to_end(run(chosen))
    except (KeysRefused, settings.SettingsError) as error:
        stop_with(str(error))


@cli.command()
def worker() -> None:
    """Run the jobs, beside any number of servers; needs PostgreSQL and Redis."""
    with collector.resting():
        from app.main import work

    chosen = read_settings()
    if chosen.is_sqlite or chosen.redis_url is None:
        stop_with(
            "A worker needs PostgreSQL and Redis (HYBRID_MEETINGS_DATABASE_URL, HYBRID_MEETINGS_REDIS_URL). "
            "Without them `hybrid-meetings serve` runs the jobs itself."
        )
    try:
        run_to_end(work(chosen))
    except (KeysRefused, settings.SettingsError) as error:
        stop_with(str(error))


@cli.command()
def migrate() -> None:
    """Bring the database to this version's schema; safe to run twice, and from several machines at once."""
    chosen = read_settings()
    run_to_end(engine.migrate(chosen.database_url))
    typer.echo("The database is up to date.")


@organisations.command("create")
def create_organisation(name: Annotated[str, typer.Argument(help="What the organisation is called.")]) -> None:
    """Create an organisation and print the invitation link for its first administrator (24 hours, used once)."""
    try:
        typer.echo(run_to_end(_create_organisation(read_settings(), name)))
    except InvalidInput as error:
        stop_with(error.message)


async def _create_organisation(chosen: settings.Settings, name: str) -> str:
    if chosen.is_sqlite:
        await engine.migrate(chosen.database_url)
    async with engine.database(chosen.database_url):
        with acting_from(Origin(AuditOrigin.COMMAND_LINE)):
            _, token = await InvitationService().create_organisation(name)
    return invitation_link(chosen.public_url, token)


_Organisation = Annotated[str, typer.Argument(metavar="ORGANISATION", help="The organisation's name, or its id.")]
_Member = Annotated[str, typer.Argument(metavar="ADDRESS-OR-ID", help="An address of the member, or their id.")]


@members.command("erase")
def erase_member(
    organisation: _Organisation,
    member: _Member,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    last_administrator: Annotated[
        bool, typer.Option("--last-administrator", help="Even if nobody is left to administer the organisation.")
    ] = False,
) -> None:
    """Erase everything that is kept of a member, for good. A server may go on running."""
    chosen = read_settings()
    try:
        run_to_end(_erase(chosen, organisation, member, asks=not yes, last_administrator=last_administrator))
    except LastAdministrator as error:
        stop_with(f"{error.message} Nothing was erased; --last-administrator erases them all the same.")
    except (InvalidInput, NotFound) as error:
        stop_with(f"{error.message} Nothing was erased.")


@members.command("export")
def export_member(organisation: _Organisation, member: _Member) -> None:
    """Print everything that is kept of a member, as JSON: the copy that they have a right to."""
    chosen = read_settings()
    try:
        typer.echo(run_to_end(_export(chosen, organisation, member)))
    except (InvalidInput, NotFound) as error:
        stop_with(error.message)


async def _export(chosen: settings.Settings, organisation: str, named: str) -> str:
    references = ReferenceService(Vault(chosen.encryption_keyring), Keys(chosen.secret_key_bytes))
    async with open_database(chosen):
        member = await find_member((await find_organisation(organisation)).id, named)
        with acting_from(Origin(AuditOrigin.COMMAND_LINE)):
            return as_json(await MemberDataService(references).handed_out(member))


async def _erase(
    chosen: settings.Settings, organisation: str, named: str, *, asks: bool, last_administrator: bool
) -> None:
    async with open_database(chosen), AsyncExitStack() as stack:
        suites = registry.SuiteRegistry.configured_by(chosen.suites, chosen.suite_timeout)
        stack.push_async_callback(suites.close)
        bus = DispatchingBus(bus_of(chosen), dispatch_of(chosen))
        stack.push_async_callback(bus.close)
        erasing = MemberErasing(suites, TokenService(Vault(chosen.encryption_keyring), suites, bus), bus)
        try:
            member = await find_member((await find_organisation(organisation)).id, named)
        finally:
            # What an earlier run erased, and was killed before it had cleaned up after itself.
            await engine.scrub()
        _tell_kept(member, await erasing.holdings(member))
        if asks and not typer.confirm("Erase all of this for good?"):
            raise typer.Exit(1)
        with acting_from(Origin(AuditOrigin.COMMAND_LINE)):
            erased = await erasing.erase(member, even_last_administrator=last_administrator)
    _tell_erased(erased)


def _tell_kept(member: Member, holdings: Sequence[Holding]) -> None:
    typer.echo(f"{member.name} <{member.address}>, a member since {member.created_at:%Y-%m-%d}, id {member.id}")
    for holding in holdings:
        typer.echo(f"  {holding.number} {holding.noun}")
    typer.echo(
        "What stands in calendars at the suite stays there: events, rooms invited to them, and shifts that were shown "
        "in the member's own."
    )


def _tell_erased(erased: Erased) -> None:
    typer.echo("The member is erased, and their sessions and sockets have ended.")
    for suite in erased.told:
        typer.echo(f"{suite.value} was told that their consent is over.")
    for suite in erased.untold:
        typer.echo(
            f"{suite.value} was not told: their consent remains there until they or an administrator of the suite "
            "remove it. The credentials that it gave us are gone."
        )
    typer.echo("Backups from before still hold them.")


@keys.command("generate")
def generate_keys() -> None:
    """Print fresh keys as settings; keep them safe, since nothing sealed opens without them."""
    typer.echo(f"{settings.PREFIX}SECRET_KEY={_key()}")
    typer.echo(f"{settings.PREFIX}ENCRYPTION_KEYS=k1:{_key()}")


@keys.command("rotate")
def rotate_keys() -> None:
    """Seal everything anew under the first of the encryption keys, while servers run; safe to stop and to run again.

    Ends with 1 where anything is left under another key, and names it.
    """
    chosen = read_settings()
    try:
        rotated = run_to_end(_rotate(chosen))
    except KeysRefused as error:
        stop_with(str(error))
    _tell_rotated(rotated, chosen.encryption_keyring[0][0])
    if not rotated.is_complete:
        raise typer.Exit(1)


async def _rotate(chosen: settings.Settings) -> Rotated:
    async with open_database(chosen):
        await KeyCheck(chosen.secret_key_bytes, chosen.encryption_keyring).confirm(allow_missing=True)
        return await Rotation(Vault(chosen.encryption_keyring), _tell_progress).run()


@keys.command("give-up")
def give_up_key(key_id: Annotated[str, typer.Argument(metavar="ID", help="The lost key's id.")]) -> None:
    """Go on without a key that is lost for good: whose consent it sealed has to connect again."""
    chosen = read_settings()
    try:
        given_up = run_to_end(_give_up(chosen, key_id))
    except InvalidInput as error:
        stop_with(error.message)
    for column, count in given_up.left.items():
        typer.echo(f"{column}: {count} sealed under {key_id}, left as they are")
    typer.echo(f"Servers start without {key_id} now. Asked to connect their calendar again: {given_up.to_reconnect}.")


async def _give_up(chosen: settings.Settings, key_id: str) -> GivenUp:
    async with open_database(chosen):
        return await give_key_up(key_id, Vault(chosen.encryption_keyring), MemoryBus())


def _tell_progress(progress: Progress) -> None:
    typer.echo(f"{progress.column}: {progress.sealed_anew} sealed anew")


def _tell_rotated(rotated: Rotated, primary: str) -> None:
    for row in rotated.named:
        typer.echo(f"{row.column}, row {row.row_id}: {_FAULTS[row.fault]}", err=True)
    if rotated.unopened > len(rotated.named):
        typer.echo(f"… and {rotated.unopened - len(rotated.named)} more.", err=True)
    typer.echo(f"{rotated.sealed_anew} values were sealed anew under {primary}.")
    if rotated.unopened:
        typer.echo(f"{rotated.unopened} values do not open and were left as they are.", err=True)
    if rotated.behind:
        typer.echo(
            f"{rotated.behind} values were sealed under another key while this ran: a server that runs has that key in "
            f"front. Start every server and worker again with {primary} in front, then rotate again.",
            err=True,
        )
    for key_id in rotated.unused:
        typer.echo(
            f"Nothing is sealed under {key_id} any more: once every server and worker runs with {primary} in front, "
            f"{key_id} may be removed. Keep it for as long as there are backups from before."
        )


_FAULTS = {
    Fault.KEY_MISSING: "does not open, its key is not among HYBRID_MEETINGS_ENCRYPTION_KEYS",
    Fault.BROKEN: "does not open, it was changed or belongs to another row",
}


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the server listens on 127.0.0.1.")] = 8000,
    as_in_production: Annotated[
        bool, typer.Option("--as-in-production", help="Without GraphiQL and introspection, as production should be.")
    ] = False,
) -> None:
    """Start a sandbox, a server on SQLite and sample people, on this machine only."""
    from app.demo.people import DemoError
    from app.demo.run import run
    from app.sandbox.process import SandboxStartError

    try:
        run_to_end(run(port, as_in_production=as_in_production))
    except (DemoError, SandboxStartError) as error:
        stop_with(f"The demo cannot start: {error}")


def main() -> None:
    """The entry point of the command `hybrid-meetings`."""
    cli()


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(settings.KEY_BYTES)).decode()


if __name__ == "__main__":
    main()
