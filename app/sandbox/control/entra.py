"""Control of Entra: keys, errors on order, the application's registration, approval requests."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import (
    Answer,
    Body,
    ControlError,
    ControlRoute,
    find_user_oid,
    read,
)
from app.sandbox.microsoft.directory import Application
from app.sandbox.microsoft.entra.requests import approve, deny
from app.sandbox.microsoft.entra.state import ApprovalRequest, NarrowedScopes, OrderedError, OrderedErrors
from app.sandbox.microsoft.permissions import DELEGATED
from app.sandbox.state import SandboxState


class ErrorOrder(Body):
    """An AADSTS error on order."""

    code: int
    user: str | None = None
    times: int | None = Field(default=1, ge=1)
    grant_type: str | None = None
    error: str | None = None


class NarrowOrder(Body):
    """Fewer scopes than were granted, in the next token answers."""

    scopes: list[str]
    user: str | None = None
    times: int | None = Field(default=1, ge=1)


class ApplicationChange(Body):
    """Fields of the registration to change; what is absent stays."""

    secret: str | None = None
    display_name: str | None = None
    redirect_uris: list[str] | None = None


class EntraControl:
    """Handlers of ``/control/entra``."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> Sequence[ControlRoute]:
        """What can be called here."""
        base = "/control/entra"
        token, authorise = base + "/token-error", base + "/authorise-error"
        return (
            ControlRoute("POST", token, "Answer the next token requests with an AADSTS error", self.token_error),
            ControlRoute("GET", token, "Token errors on order", self.token_errors),
            ControlRoute("DELETE", token, "Clear them", self.clear_token_errors),
            ControlRoute("POST", authorise, "Send the next browsers back with an AADSTS error", self.authorise_error),
            ControlRoute("GET", authorise, "Those errors on order", self.authorise_errors),
            ControlRoute("DELETE", authorise, "Clear them", self.clear_authorise_errors),
            ControlRoute("POST", base + "/answered-scopes", "Answer fewer scopes than were granted", self.narrow),
            ControlRoute("DELETE", base + "/answered-scopes", "Answer the truth again", self.clear_narrowed),
            ControlRoute("POST", base + "/rotate-keys", "Sign with a new key", self.rotate),
            ControlRoute("POST", base + "/expire-access-tokens", "Expire all access tokens", self.expire_access),
            ControlRoute("POST", base + "/revoke-sessions", "End everybody's sessions", self.revoke_sessions),
            ControlRoute("GET", base + "/application", "The application's registration", self.application),
            ControlRoute("PATCH", base + "/application", "Change it", self.change_application),
            ControlRoute("GET", base + "/approval-requests", "Requests to administrators", self.requests),
            ControlRoute("POST", base + "/approval-requests/{id}/approve", "Approve one", self.approve),
            ControlRoute("POST", base + "/approval-requests/{id}/deny", "Deny one", self.deny),
        )

    async def token_error(self, request: Request) -> Answer:
        """Order an error of the token endpoint."""
        return await self._order(request, self._state.entra.token_errors)

    async def token_errors(self, _: Request) -> Answer:
        """Token errors on order."""
        return _orders_json(self._state.entra.token_errors)

    async def clear_token_errors(self, _: Request) -> Answer:
        """Clear token errors."""
        self._state.entra.token_errors.clear()
        return {"cleared": True}

    async def authorise_error(self, request: Request) -> Answer:
        """Order an error for the way back from the authorise page."""
        return await self._order(request, self._state.entra.authorise_errors)

    async def authorise_errors(self, _: Request) -> Answer:
        """Authorise errors on order."""
        return _orders_json(self._state.entra.authorise_errors)

    async def clear_authorise_errors(self, _: Request) -> Answer:
        """Clear authorise errors."""
        self._state.entra.authorise_errors.clear()
        return {"cleared": True}

    async def _order(self, request: Request, book: OrderedErrors) -> Answer:
        body = await read(request, ErrorOrder)
        order = OrderedError(
            code=body.code,
            user_oid=find_user_oid(self._state, body.user),
            remaining=body.times,
            grant_type=body.grant_type,
            error=body.error,
        )
        try:
            book.order(order)
        except ValueError as error:
            raise ControlError(str(error), 422) from None
        return _orders_json(book)

    async def narrow(self, request: Request) -> Answer:
        """Answer fewer scopes."""
        body = await read(request, NarrowOrder)
        if unknown := sorted(set(body.scopes) - set(DELEGATED)):
            raise ControlError(f"unknown permissions: {', '.join(unknown)}", 422)
        self._state.entra.narrowed_scopes.append(
            NarrowedScopes(
                user_oid=find_user_oid(self._state, body.user),
                scopes=frozenset(body.scopes),
                remaining=body.times,
            )
        )
        return {"scopes": sorted(body.scopes)}

    async def clear_narrowed(self, _: Request) -> Answer:
        """Answer the truth again."""
        self._state.entra.narrowed_scopes.clear()
        return {"cleared": True}

    async def rotate(self, _: Request) -> Answer:
        """Rotate the signing key."""
        return {"kid": self._state.entra.keys.rotate()}

    async def expire_access(self, _: Request) -> Answer:
        """Expire all access tokens."""
        return {"expired": self._state.tokens.expire_access()}

    async def revoke_sessions(self, _: Request) -> Answer:
        """End everybody's sessions: browsers, refresh tokens and access tokens."""
        self._state.entra.sessions.sign_out_user(None)
        expired = self._state.tokens.expire_access()
        return {"revoked": self._state.tokens.revoke_refresh(), "expired": expired}

    async def application(self, _: Request) -> Answer:
        """The registration."""
        return [_application_json(known) for known in self._state.directory.applications()]

    async def change_application(self, request: Request) -> Answer:
        """Change the registration."""
        changes = (await read(request, ApplicationChange)).model_dump(exclude_none=True)
        if "redirect_uris" in changes:
            changes["redirect_uris"] = tuple(changes["redirect_uris"])
        for known in self._state.directory.applications():
            self._state.directory.add_application(replace(known, **changes))
        return await self.application(request)

    async def requests(self, _: Request) -> Answer:
        """Requests to administrators."""
        return [self._request_json(known) for known in self._state.entra.approval_requests.values()]

    async def approve(self, request: Request) -> Answer:
        """Approve a request: the scopes asked for then hold for the whole tenant."""
        return self._decided(approve(self._state, request.path_params["id"]))

    async def deny(self, request: Request) -> Answer:
        """Deny a request: nothing is granted."""
        return self._decided(deny(self._state, request.path_params["id"]))

    def _decided(self, known: ApprovalRequest | None) -> Answer:
        if known is None:
            raise ControlError("no such request", 404)
        return self._request_json(known)

    def _request_json(self, request: ApprovalRequest) -> dict[str, Any]:
        user = self._state.directory.user(request.user_oid)
        return {
            "id": request.id,
            "tenant": request.tenant_id,
            "user": user.address if user else request.user_oid,
            "scopes": sorted(request.scopes),
            "justification": request.justification,
            "at": request.at.isoformat(),
        }


def _orders_json(book: OrderedErrors) -> list[Any]:
    return [
        {"code": o.code, "user": o.user_oid, "remaining": o.remaining, "grant_type": o.grant_type} for o in book.all()
    ]


def _application_json(application: Application) -> dict[str, Any]:
    return {
        "client_id": application.client_id,
        "display_name": application.display_name,
        "redirect_uris": list(application.redirect_uris),
        "delegated_scopes": sorted(application.delegated_scopes),
        "app_roles": sorted(application.app_roles),
    }
