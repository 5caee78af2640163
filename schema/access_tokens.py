"""Access tokens: for front ends and scripts that cannot hold a cookie."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from app import clock
from app.identity import models
from app.identity.access_tokens import LONGEST_LIFETIME
from app.paging import page_of
from schema.context import Info
from schema.errors import IdempotencyKeyReused, InvalidInput, NotFound
from schema.ids import NodeIds, NodeKind
from schema.node import Node
from schema.paging import Connection, connection_of, page_request
from schema.permissions import member_mutation

_ACCESS_TOKENS = "Viewer.accessTokens"


@strawberry.type(description="A bearer value that a member made for a front end or a script, without the value itself.")
class AccessToken(Node):
    key: strawberry.Private[UUID]
    name: str = strawberry.field(description="What its owner calls it.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="When it stops working.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null while it is not.")

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.ACCESS_TOKEN, self.key)


@strawberry.input(description="A token to be made.")
class CreateAccessTokenInput:
    name: str = strawberry.field(description="What to call it: 1 to 100 printable characters, say where it is used.")
    lifetime_days: int = strawberry.field(description="How many days it works, 1 to 365.", default=30)
    idempotency_key: str = strawberry.field(
        description="1 to 64 characters of the client's choice. A repeat under the same key makes no second token."
    )


@strawberry.input(description="A token to be revoked.")
class RevokeAccessTokenInput:
    access_token_id: strawberry.ID = strawberry.field(description="The id of one of the viewer's own tokens.")


@strawberry.type(description="A token was made.")
class AccessTokenCreated:
    access_token: AccessToken = strawberry.field(description="The token's name and dates.")
    token: str | None = strawberry.field(
        description=(
            "The bearer value for the header `Authorization: Bearer …`, shown this once; null where the "
            "request repeats an earlier one."
        )
    )


@strawberry.type(description="A token does not work any more.")
class AccessTokenRevoked:
    access_token: AccessToken = strawberry.field(description="The token, with the moment it was revoked.")


@strawberry.type(description="The credential that the request was sent with does not work any more.")
class SessionEnded:
    at: datetime = strawberry.field(description="When it ended.")


CreateAccessTokenResult = Annotated[
    AccessTokenCreated | InvalidInput | IdempotencyKeyReused | NotFound,
    strawberry.union("CreateAccessTokenResult", description="The new token, or why none was made."),
]
RevokeAccessTokenResult = Annotated[
    AccessTokenRevoked | NotFound,
    strawberry.union("RevokeAccessTokenResult", description="The revoked token, or why nothing was revoked."),
]
SignOutResult = Annotated[
    SessionEnded | NotFound,
    strawberry.union("SignOutResult", description="The end of the session, or that it had ended already."),
]


@strawberry.type
class AccessTokenMutations:
    @member_mutation(description="Make an access token for the viewer. It can do what the viewer can do.")
    async def create_access_token(
        self,
        info: Info,
        command: Annotated[CreateAccessTokenInput, strawberry.argument(name="input", description="The token to make.")],
    ) -> CreateAccessTokenResult:
        context = info.context
        # Numbers beyond any date are brought back to what is still refused in words.
        lifetime = timedelta(days=min(max(command.lifetime_days, 0), LONGEST_LIFETIME.days + 1))
        created = await context.services.access_tokens.create(
            context.member, command.name, lifetime, command.idempotency_key
        )
        return AccessTokenCreated(access_token=access_token_of(created.row), token=created.token)

    @member_mutation(description="End one of the viewer's own access tokens; its sockets close at once.")
    async def revoke_access_token(
        self,
        info: Info,
        command: Annotated[RevokeAccessTokenInput, strawberry.argument(name="input", description="The token to end.")],
    ) -> RevokeAccessTokenResult:
        context = info.context
        token_id = context.ids.open(NodeKind.ACCESS_TOKEN, command.access_token_id)
        row = await context.services.access_tokens.revoke(context.member, token_id)
        return AccessTokenRevoked(access_token=access_token_of(row))

    @member_mutation(description="End the very credential that the request was sent with: the session or the token.")
    async def sign_out(self, info: Info) -> SignOutResult:
        await info.context.services.sessions.sign_out(info.context.member)
        return SessionEnded(at=clock.now())


def access_token_of(row: models.AccessToken) -> AccessToken:
    """A token's row as its owner sees it."""
    return AccessToken(
        key=row.id,
        name=row.name,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


async def own_access_tokens(info: Info, first: int, after: str | None) -> Connection[AccessToken]:
    """A page of the viewer's own tokens."""
    context = info.context
    rows = await context.services.access_tokens.list(context.member)
    page = page_of(rows, page_request(info, _ACCESS_TOKENS, first, after), lambda row: row.id.bytes)
    return connection_of(_ACCESS_TOKENS, page, access_token_of)
