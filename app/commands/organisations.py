"""`hybrid-meetings organisation create | invite | list`."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.helping import AsJson, Named, Panel, add, group
from app.commands.running import read_settings, run_to_end
from app.commands.telling import tell_aside, tell_json, tell_result

if TYPE_CHECKING:
    from app.commands.doing.organisations import Invited
    from app.integrations.listing import ListedOrganisation
    from app.integrations.models import Integration

_CREATED = '{"id": …, "name": …, "invitationLink": …, "expiresAt": …}'
_LISTED = (
    '{"organisations": [{"id": …, "name": …, "members": 12, "createdAt": …,\n'
    '   "integration": {"suite": …, "status": …, "health": …} or null}]}'
)


def add_to(cli: typer.Typer) -> None:
    """Has these commands be part of the command line."""
    organisations = group(
        cli,
        "organisation",
        about="The organisations of this server: make one, give out another link to it, or see which there are.",
        panel=Panel.PEOPLE,
        examples=('organisation create "Tidewater"', "organisation list"),
    )
    add(
        organisations,
        create,
        examples=('organisation create "Tidewater"', "organisation create Tidewater --json | jq -r .invitationLink"),
        json_shape=_CREATED,
    )
    add(
        organisations,
        invite,
        examples=('organisation invite "Tidewater"',),
        json_shape=_CREATED,
    )
    add(
        organisations,
        every,
        name="list",
        examples=("organisation list", "organisation list --json | jq -r '.organisations[].name'"),
        json_shape=_LISTED,
    )


def create(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What the organisation is called: 1 to 200 printable characters.")
    ],
    as_json: AsJson = False,
) -> None:
    """Create an organisation, and print the link that makes its first administrator.

    The link is shown this once. It works for 24 hours, and for whoever opens it first and signs in.
    """
    chosen = read_settings()
    from app.commands.doing import organisations

    created = run_to_end(
        organisations.create(chosen, name),
        "The organisation may have been made, and its link is lost then: `hybrid-meetings organisation list` says.",
    )
    _tell_link(created, as_json=as_json)


def invite(organisation: Named, as_json: AsJson = False) -> None:
    """Print another link that makes an administrator of an organisation: where the first one lapsed, or nobody is left
    who administers it.

    The link is shown this once. It works for 24 hours, and for whoever opens it first and signs in.
    """
    chosen = read_settings()
    from app.commands.doing import organisations

    invited = run_to_end(
        organisations.invite(chosen, organisation),
        "A link may have been made, which nobody saw: it lapses by itself. Run it again for another one.",
    )
    _tell_link(invited, as_json=as_json)


def _tell_link(invited: "Invited", *, as_json: bool) -> None:
    if not as_json:
        tell_result(invited.link)
        return
    tell_json(
        {
            "id": str(invited.id),
            "name": invited.name,
            "invitationLink": invited.link,
            "expiresAt": invited.expires_at.isoformat(),
        }
    )


def every(as_json: AsJson = False) -> None:
    """List every organisation: its id, its name, how many members it has, and how it is joined to its calendar suite.

    Nothing of any member is shown.
    """
    chosen = read_settings()
    from app.commands.doing import organisations

    found = run_to_end(organisations.every(chosen), "Nothing was changed.")
    if as_json:
        tell_json({"organisations": [_document(listed) for listed in found]})
        return
    if not found:
        tell_aside("There is none yet: `hybrid-meetings organisation create NAME` makes one.")
    widest = max((len(listed.row.name) for listed in found), default=0)
    for listed in found:
        integration = "no integration" if listed.integration is None else _words(listed.integration)
        members = "1 member" if listed.members == 1 else f"{listed.members} members"
        tell_result(
            f"{listed.row.id}  {listed.row.name:<{widest}}  {members:>12}  since {listed.row.created_at:%Y-%m-%d}  "
            f"{integration}"
        )


def _document(listed: "ListedOrganisation") -> dict[str, object]:
    integration = listed.integration
    return {
        "id": str(listed.row.id),
        "name": listed.row.name,
        "members": listed.members,
        "createdAt": listed.row.created_at.isoformat(),
        "integration": None
        if integration is None
        else {
            "suite": integration.suite.value,
            "status": integration.status.value,
            "health": integration.health.value,
        },
    }


def _words(integration: "Integration") -> str:
    return f"{integration.suite.display_name}: {integration.status.value}, {integration.health.value}"
