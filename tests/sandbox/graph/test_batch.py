"""Several calls in one."""

from app.sandbox.faults import FaultEffect, FaultMatch, FaultOrder, Host
from tests.sandbox.graph.conftest import ADA, Sandbox, event


async def test_each_part_of_a_batch_is_judged_alone_and_a_failed_one_takes_its_dependants_along(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.as_user(ADA)
    json = {"Content-Type": "application/json"}
    parts = [
        {"id": "1", "method": "GET", "url": "/me?$select=displayName"},
        {"id": "2", "method": "GET", "url": "/places/microsoft.graph.room"},
        {"id": "3", "method": "POST", "url": "/me/events", "headers": json, "body": event(sandbox.soon())},
        {"id": "4", "method": "GET", "url": "/me/calendars", "dependsOn": ["2"]},
        {"id": "5", "method": "GET", "url": "/me/events", "dependsOn": ["3"]},
    ]

    reply = await ada.post("/v1.0/$batch", {"requests": parts})

    found = {one["id"]: one for one in reply.body["responses"]}
    assert reply.status == 200
    assert {key: one["status"] for key, one in found.items()} == {"1": 200, "2": 403, "3": 201, "4": 424, "5": 200}
    assert found["1"]["body"]["displayName"] == "Ada"
    assert len(found["5"]["body"]["value"]) == 1


async def test_a_batch_has_at_most_twenty_parts(sandbox: Sandbox) -> None:
    parts = [{"id": str(n), "method": "GET", "url": "/me"} for n in range(21)]

    assert (await sandbox.as_user(ADA).post("/v1.0/$batch", {"requests": parts})).status == 400


async def test_a_part_meets_the_fault_that_is_ordered_for_it_and_the_others_go_through(sandbox: Sandbox) -> None:
    headers, body = (("Retry-After", "2"), ("Content-Type", "application/json")), b'{"error": {"code": "TooMany"}}'
    match = FaultMatch(host=Host.GRAPH, path="/me/calendar*")
    sandbox.state.faults.order(
        FaultOrder(match=match, effect=FaultEffect.ANSWER, status=429, headers=headers, body=body)
    )
    parts = [{"id": path, "method": "GET", "url": f"/me{path}"} for path in ("", "/calendars", "/calendar")]

    reply = await sandbox.as_user(ADA).post("/v1.0/$batch", {"requests": parts})

    found = {one["id"]: one for one in reply.body["responses"]}
    assert {key: one["status"] for key, one in found.items()} == {"": 200, "/calendars": 429, "/calendar": 200}
    assert found["/calendars"]["body"] == {"error": {"code": "TooMany"}}
    assert {key.lower(): value for key, value in found["/calendars"]["headers"].items()}["retry-after"] == "2"


async def test_a_fault_that_breaks_connections_meets_no_part(sandbox: Sandbox) -> None:
    sandbox.state.faults.order(FaultOrder(match=FaultMatch(path="/me"), effect=FaultEffect.DROP))

    reply = await sandbox.as_user(ADA).post("/v1.0/$batch", {"requests": [{"id": "1", "method": "GET", "url": "/me"}]})

    assert reply.body["responses"][0]["status"] == 200
