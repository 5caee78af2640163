"""How Microsoft 365 is brought to the errors that are its own."""

from app.sandbox.visitor import Answer, Visitor
from app.suites.errors import (
    AdminApprovalNeeded,
    ApplicationBlocked,
    ConsentDeclined,
    ConsentNeeded,
    MemberBlocked,
    NotificationsRefused,
    OperatorMustAct,
    SuiteError,
    WorkingLocationsRefused,
    WrongAccount,
)
from app.suites.protocol import ConsentPrompt, PermissionVariant
from tests.contract.worlds import Provocation, World, some_monday
from tests.suites.doubles import provider


async def fewer_scopes_than_asked(world: World) -> None:
    order = {"scopes": ["User.Read", "openid", "profile", "offline_access"]}
    await world.sandbox.control("POST", "entra/answered-scopes", order)
    await world.sign_in(world.organiser)


async def a_member_who_declines(world: World) -> None:
    await world.sandbox.control("DELETE", f"users/{world.organiser}/consent")
    asked = world.suite.scopes(PermissionVariant.FULL, administrator=False)
    url = await world.suite.authorisation_url(world.request(asked, prompt=ConsentPrompt.CONSENT))
    raise world.suite.refusal(await world.follow(Visitor(world.organiser, answer=Answer.CANCEL), url))


async def a_webhook_without_handshake(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    async with provider() as server:
        server.answer("/webhooks/suite", "no", method="POST", status=404)
        await mailbox.watch(server.origin + "/webhooks/suite", "secret")


def refresh_answered(number: int) -> Provocation:
    """A refresh that Entra answers with this AADSTS number."""

    async def refresh(world: World) -> None:
        grant = await world.sign_in(world.organiser)
        await world.sandbox.control("POST", "entra/token-error", {"code": number, "grant_type": "refresh_token"})
        await world.suite.refresh(grant.credentials, grant.identity.tenant)

    return refresh


async def an_edition_that_asks_nobody_where_they_work(world: World) -> None:
    mailbox, monday = await world.mailbox(world.organiser), some_monday().date()
    await world.forbid_plans()
    await mailbox.working_locations(monday, monday)


PROVOCATIONS: dict[type[SuiteError], Provocation] = {
    ConsentNeeded: fewer_scopes_than_asked,
    ConsentDeclined: a_member_who_declines,
    AdminApprovalNeeded: refresh_answered(90094),
    MemberBlocked: refresh_answered(53003),
    ApplicationBlocked: refresh_answered(700016),
    OperatorMustAct: refresh_answered(7000222),
    WrongAccount: refresh_answered(50020),
    NotificationsRefused: a_webhook_without_handshake,
    WorkingLocationsRefused: an_edition_that_asks_nobody_where_they_work,
}
