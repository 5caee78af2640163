"""`hybrid-meetings member erase | export`."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.helping import AsJson, Named, Panel, Unasked, add, group
from app.commands.running import ask, read_settings, refuse_to_ask_a_program, run_to_end
from app.commands.telling import tell_json, tell_result

if TYPE_CHECKING:
    from app.commands.doing.members import Kept
    from app.errors import ProblemError
    from app.identity.erasing import Erased

_ERASED = (
    '{"id": …, "erased": [{"kind": "sessions", "number": 2}, …],\n   "suitesTold": [suite, …], "suitesNotTold": []}'
)
_Member = Annotated[str, typer.Argument(metavar="ADDRESS-OR-ID", help="An address of the member, or their id.")]


def add_to(cli: typer.Typer) -> None:
    """Has these commands be part of the command line."""
    members = group(
        cli,
        "member",
        about="The members of an organisation: hand out what is kept of one, or erase it.",
        panel=Panel.PEOPLE,
        examples=("member export Tidewater ada@tidewater.example > ada.json",),
    )
    add(
        members,
        erase,
        examples=(
            "member erase Tidewater ada@tidewater.example",
            "member erase Tidewater ada@tidewater.example --yes --json",
        ),
        json_shape=_ERASED,
    )
    add(members, export, examples=("member export Tidewater ada@tidewater.example > ada.json",))


def erase(
    organisation: Named,
    member: _Member,
    yes: Unasked = False,
    last_administrator: Annotated[
        bool, typer.Option("--last-administrator", help="Even if nobody is left to administer the organisation.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Erase everything that is kept of a member, for good. A server may go on running.

    What is kept of them is shown in numbers, and you are asked whether you mean it. What stands in calendars at the
    suite stays there, and backups from before still hold them.
    """
    refuse_to_ask_a_program(as_json=as_json, yes=yes)
    chosen = read_settings()
    from app.commands.doing import members

    kept = run_to_end(members.kept(chosen, organisation, member), "Nothing was erased.", refused=_refused)
    if not as_json:
        _tell_kept(kept)
    if not yes:
        ask("Erase all of this for good?", "Nothing was erased.")
    erased = run_to_end(
        members.erase(chosen, kept, even_last_administrator=last_administrator),
        "Either everything of the member is erased or nothing is: run it again, it says which.",
        refused=_refused,
    )
    if as_json:
        tell_json(_document(kept, erased))
    else:
        _tell_erased(erased)


def export(organisation: Named, member: _Member) -> None:
    """Print everything that is kept of a member, as JSON: the copy that they have a right to.

    The document is personal. That it was handed out stands in the organisation's audit log.
    """
    chosen = read_settings()
    from app.commands.doing import members

    tell_result(run_to_end(members.export(chosen, organisation, member), "Nothing was handed out."))


def _refused(error: "ProblemError") -> str:
    from app.errors import LastAdministrator

    if isinstance(error, LastAdministrator):
        return f"{error.message} Nothing was erased; --last-administrator erases them all the same."
    return f"{error.message} Nothing was erased."


def _tell_kept(kept: "Kept") -> None:
    tell_result(f"{kept.name} <{kept.address}>, a member since {kept.created_at:%Y-%m-%d}, id {kept.id}")
    for holding in kept.holdings:
        tell_result(f"  {holding.number} {holding.noun}")
    tell_result(
        "What stands in calendars at the suite stays there: events, rooms invited to them, and shifts that were shown "
        "in the member's own."
    )


def _tell_erased(erased: "Erased") -> None:
    tell_result("The member is erased, and their sessions and sockets have ended.")
    for suite in erased.told:
        tell_result(f"{suite.value} was told that their consent is over.")
    for suite in erased.untold:
        tell_result(
            f"{suite.value} was not told: their consent remains there until they or an administrator of the suite "
            "remove it. The credentials that it gave us are gone."
        )
    tell_result("Backups from before still hold them.")


def _document(kept: "Kept", erased: "Erased") -> dict[str, object]:
    return {
        "id": str(kept.id),
        "erased": [{"kind": holding.noun, "number": holding.number} for holding in erased.holdings],
        "suitesTold": [suite.value for suite in erased.told],
        "suitesNotTold": [suite.value for suite in erased.untold],
    }
