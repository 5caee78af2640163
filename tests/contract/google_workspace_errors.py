"""How Google Workspace is brought to the errors that are its own."""

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
from app.suites.protocol import AuthorisationRequest, PermissionVariant
from tests.contract.meetings import WEEK
from tests.contract.worlds import Provocation, World, some_monday

DOMAIN = "fernhill.example"


def _full(world: World) -> AuthorisationRequest:
    return world.request(world.suite.scopes(PermissionVariant.FULL, administrator=False))


async def an_unticked_calendar(world: World) -> None:
    await world.sandbox.control("DELETE", f"google/users/{world.organiser}/consent")
    request = _full(world)
    visitor = Visitor(world.organiser, unticked=frozenset({"calendar.events"}))
    answer = await world.follow(visitor, await world.suite.authorisation_url(request))
    await world.suite.redeem(answer["code"], request)


async def a_member_who_declines(world: World) -> None:
    visitor = Visitor(world.organiser, answer=Answer.CANCEL)
    raise world.suite.refusal(await world.follow(visitor, await world.suite.authorisation_url(_full(world))))


async def an_application_that_the_administrators_block(world: World) -> None:
    grant = await world.sign_in(world.organiser)
    await world.sandbox.control("PATCH", f"google/customers/{DOMAIN}", {"app_access": "BLOCKED"})
    await world.suite.refresh(grant.credentials, grant.identity.tenant)


async def a_customer_without_calendar(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    await world.sandbox.control("PATCH", f"google/customers/{DOMAIN}", {"calendar_service": False})
    await mailbox.events(some_monday(), some_monday() + WEEK)


async def an_account_of_another_domain(world: World) -> None:
    tenant = (await world.sign_in(world.organiser)).identity.tenant
    request = world.request(world.suite.sign_in_scopes)
    answer = await world.visit(world.stranger, request)
    expected = world.request(world.suite.sign_in_scopes, tenant=tenant)
    await world.suite.redeem(answer["code"], expected)


async def a_webhook_in_the_open(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    await mailbox.watch("http://meetings.example/webhooks/google", "secret")


def refresh_answered(error: str) -> Provocation:
    """A refresh that Google answers with this error."""

    async def refresh(world: World) -> None:
        grant = await world.sign_in(world.organiser)
        await world.sandbox.control("POST", "google/token-error", {"error": error, "grant_type": "refresh_token"})
        await world.suite.refresh(grant.credentials, grant.identity.tenant)

    return refresh


async def an_edition_that_asks_nobody_where_they_work(world: World) -> None:
    mailbox, monday = await world.mailbox(world.organiser), some_monday().date()
    await world.forbid_plans()
    await mailbox.working_locations(monday, monday)


PROVOCATIONS: dict[type[SuiteError], Provocation] = {
    ConsentNeeded: an_unticked_calendar,
    ConsentDeclined: a_member_who_declines,
    AdminApprovalNeeded: an_application_that_the_administrators_block,
    MemberBlocked: a_customer_without_calendar,
    ApplicationBlocked: refresh_answered("org_internal"),
    OperatorMustAct: refresh_answered("invalid_client"),
    WrongAccount: an_account_of_another_domain,
    NotificationsRefused: a_webhook_in_the_open,
    WorkingLocationsRefused: an_edition_that_asks_nobody_where_they_work,
}
