"""Control of faults, of the clock and of the call counters."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import (
    Answer,
    Body,
    ControlError,
    ControlRoute,
    find_tenant_id,
    find_user_oid,
    read,
)
from app.sandbox.faults import Call, Fault, FaultEffect, FaultMatch, FaultMoment, FaultOrder, Host
from app.sandbox.google.ordered_errors import api_error, oauth_error
from app.sandbox.microsoft.entra.errors import CATALOGUE, EntraError
from app.sandbox.state import SandboxState

HELD_TIMEOUT_SECONDS = 10.0
LONGEST_HELD_TIMEOUT_SECONDS = 60.0
GRAPH_CODES = {
    400: "ErrorInvalidRequest",
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    409: "ErrorDuplicateTransactionId",
    410: "syncStateNotFound",
    412: "ErrorIrresolvableConflict",
    429: "ApplicationThrottled",
    500: "ErrorInternalServerError",
    503: "ServiceUnavailable",
    504: "UnknownError",
}


class OrderBody(Body):
    """A fault, as ordered over JSON."""

    host: Host | None = None
    method: str | None = None
    path: str | None = None
    user: str | None = None
    tenant: str | None = None
    effect: FaultEffect = FaultEffect.ANSWER
    moment: FaultMoment | None = None
    status: int = Field(default=503, ge=200, le=599)
    headers: dict[str, str] = {}
    body: Any = None
    code: str | int | None = None
    delay_seconds: float = Field(default=0, ge=0, le=600)
    times: int | None = Field(default=1, ge=1)
    probability: float = Field(default=1, gt=0, le=1)
    seed: int = 0


class AdvanceBody(Body):
    """How far to put the clock forward; the parts add up."""

    days: float = 0
    hours: float = 0
    minutes: float = 0
    seconds: float = 0


class FaultControl:
    """Handlers of ``/control/faults``, ``/control/clock`` and ``/control/calls``."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> Sequence[ControlRoute]:
        """What can be called here."""
        one = "/control/faults/{fault_id}"
        return (
            ControlRoute("POST", "/control/faults", "Order a fault for the next calls that fit", self.order),
            ControlRoute("GET", "/control/faults", "Faults on order, and the record of those that struck", self.all),
            ControlRoute("DELETE", "/control/faults", "Clear every fault and the record", self.clear),
            ControlRoute("GET", one, "One fault", self.one),
            ControlRoute("DELETE", one, "Clear one fault", self.clear_one),
            ControlRoute("POST", one + "/release", "Let held answers go", self.release),
            ControlRoute("GET", one + "/held", "Wait until calls are held (count, timeout)", self.held),
            ControlRoute("GET", "/control/clock", "The sandbox's time", self.clock),
            ControlRoute("POST", "/control/clock/advance", "Put the clock forward", self.advance),
            ControlRoute("GET", "/control/calls", "Calls by host, method and path template", self.calls),
            ControlRoute("DELETE", "/control/calls", "Start counting at nought", self.clear_calls),
        )

    async def order(self, request: Request) -> Answer:
        """Order a fault."""
        body = await read(request, OrderBody)
        match = FaultMatch(
            host=body.host,
            method=body.method,
            path=body.path,
            user_oid=find_user_oid(self._state, body.user),
            tenant_id=find_tenant_id(self._state, body.tenant),
        )
        held_back = body.effect is FaultEffect.HOLD
        content, headers = self._content(body)
        order = FaultOrder(
            match=match,
            effect=body.effect,
            moment=body.moment or (FaultMoment.AFTER if held_back else FaultMoment.BEFORE),
            status=body.status,
            headers=tuple(headers.items()),
            body=content,
            delay=timedelta(seconds=body.delay_seconds),
            times=body.times,
            probability=body.probability,
            seed=body.seed,
        )
        return fault_json(self._state.faults.order(order))

    def _content(self, body: OrderBody) -> tuple[bytes, dict[str, str]]:
        if isinstance(body.body, str):
            return body.body.encode(), {"Content-Type": "text/plain; charset=utf-8", **body.headers}
        content = body.body
        if content is None and body.effect is FaultEffect.ANSWER:
            content = self._error_body(body)
        if content is None:
            return b"", body.headers
        return orjson.dumps(content), {"Content-Type": "application/json", **body.headers}

    def _error_body(self, body: OrderBody) -> dict[str, Any] | None:
        now = self._state.clock.now()
        if body.host is Host.ENTRA:
            code = str(body.code or 90033)
            if not code.isdecimal() or int(code) not in CATALOGUE:
                raise ControlError(f"AADSTS{code} is not known here", 422)
            return EntraError(int(code)).body(now)
        if body.host is Host.GRAPH and body.status >= 400:
            code_text = str(body.code or GRAPH_CODES.get(body.status, "UnknownError"))
            inner = {"date": f"{now:%Y-%m-%dT%H:%M:%S}", "request-id": "fault", "client-request-id": "fault"}
            return {"error": {"code": code_text, "message": "Ordered fault.", "innerError": inner}}
        return _google_error(body) if body.status >= 400 else None

    async def all(self, _: Request) -> Answer:
        """Every fault and the record."""
        book = self._state.faults
        record = [
            {"fault": applied.fault_id, "at": applied.at.isoformat(), **call_json(applied.call)}
            for applied in book.record
        ]
        return {"faults": [fault_json(fault) for fault in book.all()], "applied": record}

    async def clear(self, _: Request) -> Answer:
        """Clear every fault."""
        return {"cleared": self._state.faults.clear()}

    async def one(self, request: Request) -> Answer:
        """One fault."""
        return fault_json(self._state.faults.get(request.path_params["fault_id"]))

    async def clear_one(self, request: Request) -> Answer:
        """Clear one fault."""
        return {"cleared": self._state.faults.clear(request.path_params["fault_id"])}

    async def release(self, request: Request) -> Answer:
        """Release what a fault holds."""
        return fault_json(self._state.faults.release(request.path_params["fault_id"]))

    async def held(self, request: Request) -> Answer:
        """Wait for held calls."""
        fault = self._state.faults.get(request.path_params["fault_id"])
        try:
            count = int(request.query_params.get("count", "1"))
            timeout = float(request.query_params.get("timeout", HELD_TIMEOUT_SECONDS))
        except ValueError:
            raise ControlError("count and timeout are numbers", 422) from None
        try:
            await asyncio.wait_for(fault.until_held(count), min(timeout, LONGEST_HELD_TIMEOUT_SECONDS))
        except TimeoutError:
            raise ControlError(f"{fault.held} calls are held, not {count}", 408) from None
        return fault_json(fault)

    async def clock(self, _: Request) -> Answer:
        """The present."""
        clock = self._state.clock
        return {"now": clock.now().isoformat(), "ahead_seconds": clock.offset.total_seconds()}

    async def advance(self, request: Request) -> Answer:
        """Put the clock forward."""
        body = await read(request, AdvanceBody)
        try:
            self._state.clock.advance(timedelta(**body.model_dump()))
        except (ValueError, OverflowError) as error:
            raise ControlError(str(error), 422) from None
        return await self.clock(request)

    async def calls(self, _: Request) -> Answer:
        """The counters, and the latest calls."""
        book = self._state.calls
        counts = [
            {"host": host, "method": method, "path": template, "count": count}
            for (host, method, template), count in sorted(book.counts.items())
        ]
        recent = [
            {"at": a.at.isoformat(), **call_json(a.call), "status": a.status, "fault": a.fault_id} for a in book.recent
        ]
        return {"counts": counts, "recent": recent}

    async def clear_calls(self, _: Request) -> Answer:
        """Forget the counters."""
        self._state.calls.clear()
        return {"cleared": True}


def _google_error(body: OrderBody) -> dict[str, Any] | None:
    code = None if body.code is None else str(body.code)
    if body.host is Host.GOOGLE_ACCOUNTS:
        return oauth_error(body.status, code)
    if body.host in (Host.GOOGLE_CALENDAR, Host.GOOGLE_DIRECTORY):
        return api_error(body.status, code)
    return None


def fault_json(fault: Fault) -> dict[str, Any]:
    """A fault as the control address shows it."""
    order = fault.order
    return {
        "id": fault.id,
        "host": order.match.host,
        "method": order.match.method,
        "path": order.match.path,
        "user": order.match.user_oid,
        "tenant": order.match.tenant_id,
        "effect": order.effect,
        "moment": order.moment,
        "status": order.status,
        "times": order.times,
        "probability": order.probability,
        "seed": order.seed,
        "remaining": fault.remaining,
        "applied": fault.applied,
        "held": fault.held,
    }


def call_json(call: Call) -> dict[str, Any]:
    """A call as the control address shows it."""
    return {"host": call.host, "method": call.method, "path": call.template, "user": call.user_oid}
