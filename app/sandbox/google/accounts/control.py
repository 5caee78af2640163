"""Control of Google's accounts: what is on order, tokens and keys, and the OAuth client's registration."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlRoute, read
from app.sandbox.google.accounts.control_people import PeopleControl, find_person, known_scopes
from app.sandbox.google.accounts.orders import ErrorOrder, NarrowOrder, OrderBook
from app.sandbox.google.directory import Application
from app.sandbox.state import SandboxState

BASE = "/control/google"


class ErrorOrderBody(Body):
    """An OAuth error on order."""

    error: str
    error_subtype: str | None = None
    error_description: str | None = None
    user: str | None = None
    times: int | None = Field(default=1, ge=1)
    grant_type: str | None = None


class NarrowOrderBody(Body):
    """Fewer scopes than were granted, in the next token answers."""

    scopes: list[str]
    user: str | None = None
    times: int | None = Field(default=1, ge=1)


class WhoseTokens(Body):
    """One person, or everybody."""

    user: str | None = None


class ApplicationChange(Body):
    """Fields of the registration to change; what is absent stays, ``internal_to`` null lets everybody in."""

    secret: str | None = None
    display_name: str | None = None
    redirect_uris: list[str] | None = None
    internal_to: str | None = None


class AccountsControl:
    """Handlers below ``/control/google``."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state
        self._google = state.google
        self._accounts = state.google.accounts
        self._people = PeopleControl(state)

    def routes(self) -> Sequence[ControlRoute]:
        """What can be called here."""
        token, authorise = BASE + "/token-error", BASE + "/authorise-error"
        answered, application = BASE + "/answered-scopes", BASE + "/application"
        return (
            *self._people.routes(),
            ControlRoute("POST", token, "Answer the next token requests with an OAuth error", self.token_error),
            ControlRoute("GET", token, "Token errors on order", self.token_errors),
            ControlRoute("DELETE", token, "Clear them", self.clear_token_errors),
            ControlRoute("POST", authorise, "Send the next browsers back with an OAuth error", self.authorise_error),
            ControlRoute("GET", authorise, "Those errors on order", self.authorise_errors),
            ControlRoute("DELETE", authorise, "Clear them", self.clear_authorise_errors),
            ControlRoute("POST", answered, "Answer fewer scopes than were granted", self.narrow),
            ControlRoute("DELETE", answered, "Answer the truth again", self.clear_narrowed),
            ControlRoute("POST", BASE + "/expire-access-tokens", "Expire one person's, or all", self.expire_access),
            ControlRoute("POST", BASE + "/keys/rotate", "Sign with a new key", self.rotate),
            ControlRoute("GET", application, "The OAuth client's registration", self.application),
            ControlRoute("PATCH", application, "Change its secret, reply addresses, who may use it", self.change),
            ControlRoute("DELETE", application, "Delete the OAuth client", self.delete_application),
        )

    async def token_error(self, request: Request) -> Answer:
        """Order an error of the token endpoint."""
        return await self._order(request, self._accounts.token_errors)

    async def token_errors(self, _: Request) -> Answer:
        """Token errors on order."""
        return _orders_json(self._accounts.token_errors)

    async def clear_token_errors(self, _: Request) -> Answer:
        """Clear token errors."""
        return {"cleared": self._accounts.token_errors.clear()}

    async def authorise_error(self, request: Request) -> Answer:
        """Order an error for the way back from the authorise page."""
        return await self._order(request, self._accounts.authorise_errors)

    async def authorise_errors(self, _: Request) -> Answer:
        """Authorise errors on order."""
        return _orders_json(self._accounts.authorise_errors)

    async def clear_authorise_errors(self, _: Request) -> Answer:
        """Clear authorise errors."""
        return {"cleared": self._accounts.authorise_errors.clear()}

    async def _order(self, request: Request, book: OrderBook[ErrorOrder]) -> Answer:
        body = await read(request, ErrorOrderBody)
        book.add(
            ErrorOrder(
                sub=self._sub(body.user),
                remaining=body.times,
                error=body.error,
                error_subtype=body.error_subtype,
                error_description=body.error_description,
                grant_type=body.grant_type,
            )
        )
        return _orders_json(book)

    async def narrow(self, request: Request) -> Answer:
        """Answer fewer scopes."""
        body = await read(request, NarrowOrderBody)
        scopes = known_scopes(body.scopes)
        self._accounts.answered_scopes.add(NarrowOrder(sub=self._sub(body.user), remaining=body.times, scopes=scopes))
        return {"scopes": sorted(scopes)}

    async def clear_narrowed(self, _: Request) -> Answer:
        """Answer the truth again."""
        return {"cleared": self._accounts.answered_scopes.clear()}

    async def expire_access(self, request: Request) -> Answer:
        """Expire access tokens."""
        return {"expired": self._google.tokens.expire_access(self._sub((await read(request, WhoseTokens)).user))}

    async def rotate(self, _: Request) -> Answer:
        """Rotate the signing key."""
        return {"kid": self._accounts.keys.rotate()}

    async def application(self, _: Request) -> Answer:
        """The registration."""
        return [_application_json(known) for known in self._google.directory.applications()]

    async def change(self, request: Request) -> Answer:
        """Change the registration."""
        changes: dict[str, Any] = (await read(request, ApplicationChange)).model_dump(exclude_unset=True)
        if changes.get("redirect_uris") is not None:
            changes["redirect_uris"] = tuple(changes["redirect_uris"])
        if changes.get("internal_to") is not None:
            changes["internal_to"] = self._people.find_customer(changes["internal_to"]).id
        kept = {name: value for name, value in changes.items() if value is not None or name == "internal_to"}
        for known in self._google.directory.applications():
            self._google.directory.save_application(replace(known, **kept))
        return await self.application(request)

    async def delete_application(self, _: Request) -> Answer:
        """Delete the OAuth client; a reset brings it back."""
        deleted = [known.client_id for known in self._google.directory.applications()]
        for client_id in deleted:
            self._google.directory.delete_application(client_id)
        return {"deleted": deleted}

    def _sub(self, key: str | None) -> str | None:
        return None if key is None else find_person(self._state, key).sub


def _orders_json(book: OrderBook[ErrorOrder]) -> list[Any]:
    return [
        {
            "error": order.error,
            "error_subtype": order.error_subtype,
            "user": order.sub,
            "grant_type": order.grant_type,
            "remaining": order.remaining,
        }
        for order in book.all()
    ]


def _application_json(application: Application) -> dict[str, Any]:
    return {
        "client_id": application.client_id,
        "display_name": application.display_name,
        "redirect_uris": list(application.redirect_uris),
        "internal_to": application.internal_to,
    }
