"""Where people plan to work, as Graph tells its owner."""

from datetime import date, datetime, timedelta

from app.sandbox.microsoft.mailboxes.work_plan import WorkLocationType
from tests.sandbox.graph.client import Reply
from tests.sandbox.graph.conftest import ADA, BEN, SCOPES, Sandbox
from tests.sandbox.graph.test_seed import seeded

PLAN = f"/control/graph/mailboxes/{ADA}/work-plan"
MONDAY = date(2027, 3, 22)


def view(first: date, days: int = 1, owner: str = "me") -> str:
    start = datetime.combine(first, datetime.min.time())
    window = f"startDateTime='{start.isoformat()}Z',endDateTime='{(start + timedelta(days=days)).isoformat()}Z'"
    return f"/v1.0/{owner}/settings/workHoursAndLocations/occurrencesView({window})"


async def planned(sandbox: Sandbox, *parts: dict[str, object], available: bool = True) -> Reply:
    return await sandbox.control.call("PUT", PLAN, {"parts": list(parts), "available": available})


async def test_a_plan_is_told_on_the_clocks_of_its_owner_in_order_of_time(sandbox: Sandbox) -> None:
    await planned(
        sandbox,
        {"date": "2027-03-22", "type": "remote", "start": "13:00", "end": "17:00"},
        {"date": "2027-03-22", "type": "office", "start": "09:00", "end": "12:00", "place_id": "lighthouse"},
        {"date": "2027-03-24", "type": "timeOff"},
    )

    told = (await sandbox.as_user(ADA).get(view(MONDAY))).body["value"]

    zone = sandbox.state.mailboxes.registry.anywhere(ADA)
    assert zone is not None
    assert [(one["workLocationType"], one["placeId"]) for one in told] == [("office", "lighthouse"), ("remote", None)]
    assert told[0]["start"] == {"dateTime": "2027-03-22T09:00:00.0000000", "timeZone": zone.time_zone}


async def test_nobody_reads_a_colleagues_plan_and_no_application_anybodys(sandbox: Sandbox) -> None:
    await planned(sandbox, {"date": "2027-03-22", "type": "office"})

    colleague = await sandbox.as_user(BEN).get(view(MONDAY, owner=f"users/{ADA}"))
    application = await sandbox.as_application("Calendars.ReadWrite").get(view(MONDAY, owner=f"users/{ADA}"))

    assert (colleague.status, application.status) == (403, 403)


async def test_a_plan_needs_a_scope_that_reads_calendars_in_full(sandbox: Sandbox) -> None:
    basic = SCOPES - {"Calendars.ReadWrite"} | {"Calendars.ReadBasic"}

    assert (await sandbox.as_user(ADA, basic).get(view(MONDAY))).status == 403
    assert (await sandbox.as_user(ADA).get(view(MONDAY))).status == 200


async def test_a_licence_without_plans_refuses_to_tell_one(sandbox: Sandbox) -> None:
    await planned(sandbox, available=False)

    reply = await sandbox.as_user(ADA).get(view(MONDAY))

    assert (reply.status, reply.body["error"]["code"]) == (403, "ErrorAccessDenied")


async def test_a_window_that_is_none_is_refused(sandbox: Sandbox) -> None:
    where = "/v1.0/me/settings/workHoursAndLocations/occurrencesView(startDateTime=2027-03-22,endDateTime='x')"

    assert (await sandbox.as_user(ADA).get(where)).status == 400


def test_every_second_person_of_a_new_sandbox_has_planned_their_weeks() -> None:
    state = seeded()
    boxes = [box for box in state.mailboxes.registry.mailboxes() if box.work_plan]

    kinds = {one.type for box in boxes for one in box.work_plan}

    assert boxes
    assert {WorkLocationType.OFFICE, WorkLocationType.REMOTE} <= kinds
    assert all(one.start.local.weekday() < 5 for box in boxes for one in box.work_plan)
