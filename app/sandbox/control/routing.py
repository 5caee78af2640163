"""How a control call is read and answered: one shape for every handler, and clear words for bad input."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.sandbox.faults import FaultNotFoundError
from app.sandbox.microsoft.directory import Tenant, User
from app.sandbox.state import SandboxState


class ControlError(Exception):
    """A control call that cannot be carried out; the message says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Body(BaseModel):
    """What a control call may carry: only fields that are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


BodyType = TypeVar("BodyType", bound=Body)
Answer = dict[str, Any] | list[Any]
Handler = Callable[[Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class ControlRoute:
    """One control call, with the sentence by which the index page explains it."""

    methods: str
    path: str
    summary: str
    handler: Handler

    def route(self) -> Route:
        """The route that answers it, errors included."""

        async def endpoint(request: Request) -> Response:
            try:
                return JSONResponse(await self.handler(request))
            except ControlError as error:
                return JSONResponse({"error": str(error)}, status_code=error.status)
            except FaultNotFoundError:
                return JSONResponse({"error": "no such fault"}, status_code=404)

        endpoint.__doc__ = self.summary
        return Route(self.path, endpoint, methods=[self.methods])


async def read(request: Request, model: type[BodyType]) -> BodyType:
    """The call's body, checked; an absent one counts as an empty object. Raises ControlError."""
    raw = await request.body() or b"{}"
    try:
        return model.model_validate(orjson.loads(raw))
    except orjson.JSONDecodeError as error:
        raise ControlError(f"the body is not JSON: {error}") from None
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(part) for part in item['loc']) or 'body'}: {item['msg']}" for item in error.errors()
        ]
        raise ControlError("; ".join(problems), 422) from None


async def json_body(request: Request) -> dict[str, Any]:
    """The call's body as it is. Raises ControlError."""
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise ControlError("the body is not JSON") from error
    if not isinstance(body, dict):
        raise ControlError("the body is not a JSON object")
    return body


def find_user(state: SandboxState, key: str) -> User:
    """The account with this object id or address. Raises ControlError."""
    user = state.directory.user(key) or state.directory.user_by_address(key)
    if user is None:
        raise ControlError(f"no account '{key}'", 404)
    return user


def find_user_oid(state: SandboxState, key: str | None) -> str | None:
    """What a person of either suite is known by, from that or from the address; None stays None, for "anybody"."""
    if key is None:
        return None
    at_google = state.google.directory.user(key) or state.google.directory.user_by_address(key)
    return at_google.sub if at_google else find_user(state, key).oid


def find_tenant(state: SandboxState, key: str) -> Tenant:
    """The tenant with this GUID or domain. Raises ControlError."""
    tenant = state.directory.tenant(key)
    if tenant is None:
        raise ControlError(f"no tenant '{key}'", 404)
    return tenant


def find_tenant_id(state: SandboxState, key: str | None) -> str | None:
    """What a tenant or a Google customer is known by, from that or from the domain; None stays None, for "any"."""
    if key is None:
        return None
    customer = state.google.directory.customer(key)
    return customer.id if customer else find_tenant(state, key).id


def as_routes(described: Sequence[ControlRoute]) -> list[Route]:
    """The routes of these control calls."""
    return [route.route() for route in described]
