"""The people of an organisation: who they are, what they may do, how they are invited, and their further accounts."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.identity.inviting import SentInvitation
from app.identity.models import Role
from app.suites.protocol import SuiteName
from schema.context import Info
from schema.errors import IdempotencyKeyReused, InvalidInput, LastAdministrator, NotFound, SuiteNotConfigured
from schema.ids import NodeKind
from schema.members import Member, member_of
from schema.paging import After, Connection, First, connection_of, page_request
from schema.permissions import administrator_mutation, member_field, member_mutation

_MEMBERS = "members"


@strawberry.input(description="An invitation to be made.")
class InviteMemberInput:
    role: Role = strawberry.field(
        description=(
            "What whoever accepts may do. Somebody who is a member already never loses a role by accepting; they gain "
            "this one."
        )
    )
    member_id: strawberry.ID | None = strawberry.field(
        description=(
            "Who is invited, where the link is to bring another account to somebody who is a member already; null to "
            "bring in somebody new."
        ),
        default=None,
    )
    idempotency_key: str = strawberry.field(
        description="1 to 64 characters of the client's choice. A repeat under the same key makes no second invitation."
    )


@strawberry.input(description="A role to be given.")
class SetMemberRoleInput:
    member_id: strawberry.ID = strawberry.field(description="Whose role it is to be.")
    role: Role = strawberry.field(description="What they may do from now on.")


@strawberry.input(description="Another account that is to lead to the viewer.")
class LinkIdentityInput:
    suite: SuiteName = strawberry.field(description="The suite that the other account is at.")
    return_to: str | None = strawberry.field(
        description="Where the browser goes on to afterwards: a path of this server, or one at an allowed origin.",
        default=None,
    )


@strawberry.type(description="An invitation was made.")
class MemberInvited:
    invitation_url: str | None = strawberry.field(
        description=(
            "The link to hand to the invited person, and to nobody else: whoever opens it first and signs in is bound. "
            "It works once, and is shown this once; null where the request repeats an earlier one."
        )
    )
    expires_at: datetime = strawberry.field(
        description=(
            "When it stops working: 24 hours after it was made, or earlier where whoever made it is an administrator "
            "no more."
        )
    )
    role: Role = strawberry.field(description="What whoever accepts may do.")
    member: Member | None = strawberry.field(description="The member whom it names; null where it names nobody.")


@strawberry.type(description="A member has the role that was asked for.")
class MemberRoleSet:
    member: Member = strawberry.field(description="The member, with the role.")


@strawberry.type(description="A page of the suite is to be opened, and the other account chosen there.")
class IdentityLinkRequested:
    url: str = strawberry.field(
        description=(
            "To be opened in a browser that is signed in as the viewer, within ten minutes and once; elsewhere the "
            "viewer is asked to sign in first."
        )
    )


InviteMemberResult = Annotated[
    MemberInvited | InvalidInput | IdempotencyKeyReused | NotFound,
    strawberry.union("InviteMemberResult", description="The invitation, or why none was made."),
]
SetMemberRoleResult = Annotated[
    MemberRoleSet | LastAdministrator | NotFound,
    strawberry.union("SetMemberRoleResult", description="The member with the role, or why it was not given."),
]
LinkIdentityResult = Annotated[
    IdentityLinkRequested | InvalidInput | SuiteNotConfigured,
    strawberry.union("LinkIdentityResult", description="Where the other account is proved, or why it cannot be."),
]


@strawberry.type
class PeopleQueries:
    @member_field(
        description=(
            "The organisation's members, by name, as an address book has them. Whoever turned out to be somebody else "
            "here is left out. `totalCount` is null where `search` has a word."
        )
    )
    async def members(
        self,
        info: Info,
        search: Annotated[
            str | None,
            strawberry.argument(
                description=(
                    "Each of its words, which spaces part, has to begin a word of the name or of the address; what "
                    "stands behind anything but a letter or a digit begins one too. Upper and lower case are the same, "
                    "and so are ß and ss; ä and a are not. At most 200 characters; null or empty finds everybody."
                )
            ),
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[Member]:
        context = info.context
        request = page_request(info, _MEMBERS, first, after)
        return connection_of(_MEMBERS, await context.services.members.list(context.member, request, search), member_of)


@strawberry.type
class PeopleMutations:
    @administrator_mutation(
        description=(
            "Make a link that brings somebody in, or another account to a member. Whoever opens it and signs in is "
            "bound by their account alone; an address is never looked at."
        )
    )
    async def invite_member(
        self,
        info: Info,
        command: Annotated[
            InviteMemberInput, strawberry.argument(name="input", description="What the invitation is for.")
        ],
    ) -> InviteMemberResult:
        context = info.context
        member_id = None if command.member_id is None else context.ids.open(NodeKind.MEMBER, command.member_id)
        sent = await context.services.inviting.invite(context.member, command.role, member_id, command.idempotency_key)
        return _invited(sent)

    @administrator_mutation(
        description=(
            "Give a member a role, at once: their sockets close, and the next request has the new rights. An "
            "organisation is never left without a subscription administrator."
        )
    )
    async def set_member_role(
        self,
        info: Info,
        command: Annotated[
            SetMemberRoleInput, strawberry.argument(name="input", description="Who is to have which role.")
        ],
    ) -> SetMemberRoleResult:
        context = info.context
        member_id = context.ids.open(NodeKind.MEMBER, command.member_id)
        member = await context.services.roles.set(context.member, member_id, command.role)
        return MemberRoleSet(member=member_of(member))

    @member_mutation(
        description=(
            "Have another account of the viewer's lead to the viewer too, after a switch of suite for example. Both "
            "are proved in one browser. Where the viewer came in with it as another member before, the two become one: "
            "what that member has is the viewer's then, and its sessions and access tokens end."
        )
    )
    async def link_identity(
        self,
        info: Info,
        command: Annotated[
            LinkIdentityInput, strawberry.argument(name="input", description="Where the other account is.")
        ],
    ) -> LinkIdentityResult:
        context = info.context
        return IdentityLinkRequested(
            url=await context.services.linking.start(context.member, command.suite, command.return_to)
        )


def _invited(sent: SentInvitation) -> MemberInvited:
    row = sent.row
    return MemberInvited(
        invitation_url=sent.link,
        expires_at=row.expires_at,
        role=row.role,
        member=member_of(row.member) if row.member else None,
    )
