"""A member's copy of everything that is kept about them."""

from datetime import datetime

import strawberry

from app.identity import member_data
from schema.context import Info
from schema.permissions import member_field


@strawberry.type(
    description=(
        "Everything that is kept about the viewer, as one document that other software can read (articles 15 and 20 of "
        "the General Data Protection Regulation, https://eur-lex.europa.eu/eli/reg/2016/679/oj)."
    )
)
class MyData:
    version: int = strawberry.field(
        description=(
            "The version of the document's format. It grows when a key is renamed, goes, or comes to mean something "
            "else; new keys may come without that."
        )
    )
    media_type: str = strawberry.field(description="What the document is: `application/json`, in UTF-8.")
    created_at: datetime = strawberry.field(description="When the copy was made.")
    document: str = strawberry.field(
        description=(
            "A JSON object with `format`, `version`, `created_at`, `organisation` and `profile`, and these lists: "
            "`former_profiles` (members who turned out to be the viewer), `accounts`, `aliases` (further addresses), "
            "`calendars` (consents, without credentials), `bookings` with `dates`, `attendances`, `notes`, `shifts`, "
            "`notifications`, `sessions`, `access_tokens`, `invitations`, `visits` (to a suite's pages), "
            "`idempotency_keys` and `acts` (the viewer's own, of the audit log). Instants are in UTC; ids are those of "
            "the server's rows and no ids of nodes; `event_reference_id` is the same wherever it is the same event, of "
            "which nothing else is kept. It holds no credential and nobody else's name."
        )
    )


@strawberry.type
class MyDataQueries:
    @member_field(
        description=(
            "A copy of everything that is kept about the viewer: who they are, their consents, bookings, shifts, notes "
            "and all else. Their calendar is not in it, because it is not kept."
        )
    )
    async def my_data(self, info: Info) -> MyData:
        member = info.context.member
        data = await info.context.services.member_data.of(member.organisation_id, member.member_id)
        return MyData(
            version=data.version,
            media_type=member_data.MEDIA_TYPE,
            created_at=data.created_at,
            document=member_data.as_json(data),
        )
