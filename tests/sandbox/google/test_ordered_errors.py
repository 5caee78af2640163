"""What errors say that are ordered for Google without a body."""

import orjson
import pytest
from starlette.applications import Starlette

from app.sandbox.control.faults import FaultControl
from app.sandbox.control.routing import as_routes
from app.sandbox.google.ordered_errors import api_error, oauth_error
from tests.sandbox.google.conftest import SmallGoogle
from tests.sandbox.graph.client import AsgiClient


@pytest.mark.parametrize(
    ("status", "reason", "domain"),
    [
        (401, "authError", "global"),
        (403, "userRateLimitExceeded", "usageLimits"),
        (404, "notFound", "global"),
        (409, "duplicate", "global"),
        (410, "deleted", "global"),
        (412, "conditionNotMet", "global"),
        (429, "rateLimitExceeded", "usageLimits"),
        (500, "backendError", "global"),
        (503, "backendError", "global"),
    ],
)
def test_each_status_has_a_usual_reason(status: int, reason: str, domain: str) -> None:
    error = api_error(status, None)["error"]

    [first] = error["errors"]
    assert (error["code"], first["reason"], first["domain"]) == (status, reason, domain)
    assert error["message"] == first["message"]
    assert error["status"]


def test_an_order_can_name_another_reason() -> None:
    error = api_error(403, "quotaExceeded")["error"]

    assert error["errors"][0] == {
        "domain": "usageLimits",
        "reason": "quotaExceeded",
        "message": "Calendar usage limits exceeded.",
    }
    assert api_error(410, "fullSyncRequired")["error"]["errors"][0]["domain"] == "calendar"


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, None, "invalid_grant"),
        (401, None, "invalid_client"),
        (500, None, "server_error"),
        (400, "invalid_request", "invalid_request"),
    ],
)
def test_the_accounts_host_answers_in_oauths_form(status: int, code: str | None, error: str) -> None:
    assert oauth_error(status, code)["error"] == error


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"host": "google-calendar", "status": 410, "code": "fullSyncRequired"}, api_error(410, "fullSyncRequired")),
        ({"host": "google-directory", "status": 403}, api_error(403, None)),
        ({"host": "google-accounts", "status": 400}, oauth_error(400, None)),
        ({"host": "google-calendar", "status": 503, "body": {"other": True}}, {"other": True}),
    ],
)
async def test_an_ordered_fault_has_the_body_of_its_host_unless_it_brings_its_own(
    google: SmallGoogle, order: dict[str, object], expected: dict[str, object]
) -> None:
    control = AsgiClient(Starlette(routes=as_routes(FaultControl(google.state).routes())))

    await control.post("/control/faults", order)

    [fault] = google.state.faults.all()
    assert orjson.loads(fault.order.body) == expected
