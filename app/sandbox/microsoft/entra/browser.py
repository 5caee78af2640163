"""What the authorise page and the admin consent page share: the browser's session and choosing an account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.microsoft.directory import Application, Tenant, User
from app.sandbox.microsoft.entra.errors import EntraError
from app.sandbox.microsoft.entra.tenants import TenantPath
from app.sandbox.microsoft.pages import Page, render
from app.sandbox.microsoft.permissions import APPLICATION, DELEGATED, OPENID_SCOPES, Permission
from app.sandbox.state import SandboxState

SESSION_COOKIE = "sandbox_session"


@dataclass(frozen=True, slots=True)
class AccountGroup:
    """The accounts of one tenant on the account page."""

    tenant: Tenant
    users: tuple[User, ...]


class AccountRefusedError(Exception):
    """The chosen account cannot be used here; ``error`` is what the page says."""

    def __init__(self, error: EntraError) -> None:
        super().__init__(str(error))
        self.error = error


class Browser:
    """One browser's visit: its request, its session, and the pages it is shown."""

    def __init__(self, state: SandboxState, request: Request) -> None:
        self._state = state
        self._request = request
        self._session_id = request.cookies.get(SESSION_COOKIE)
        self._new_session_id: str | None = None

    @property
    def query(self) -> dict[str, str]:
        """The request's own parameters."""
        return dict(self._request.query_params)

    async def form(self) -> dict[str, str]:
        """What the page's form sent."""
        return {key: value for key, value in (await self._request.form()).items() if isinstance(value, str)}

    def signed_in(self, path: TenantPath) -> tuple[User, ...]:
        """The usable accounts of this browser's session that may answer under this path, latest first."""
        known = map(self._state.directory.user, self._state.entra.sessions.accounts(self._session_id))
        return tuple(user for user in known if user and user.enabled and path.admits(user.tenant_id))

    def sign_in(self, user: User) -> None:
        """Sign the account in to this browser."""
        self._new_session_id = self._state.entra.sessions.sign_in(self._session_id, user.oid)
        self._session_id = self._new_session_id

    def sign_out(self) -> None:
        """End this browser's session."""
        self._state.entra.sessions.sign_out(self._session_id)

    def finish(self, response: Response) -> Response:
        """Let the response carry the session's cookie, if this visit began one."""
        if self._new_session_id is not None:
            response.set_cookie(SESSION_COOKIE, self._new_session_id, httponly=True, samesite="lax")
        return response

    def chosen_account(self, form: Mapping[str, str], path: TenantPath) -> User | None:
        """Who was chosen, by button or by address; None for an address nobody has.

        Raises AccountRefusedError for an account of another tenant (50020) and for a disabled one (50057).
        """
        directory = self._state.directory
        user = (
            directory.user(form["account"])
            if form.get("account")
            else directory.user_by_address(form.get("address", "").strip())
        )
        if user is None:
            return None
        if not path.admits(user.tenant_id):
            raise AccountRefusedError(EntraError(50020, detail=f"'{user.address}'.", error="access_denied"))
        if not user.enabled:
            raise AccountRefusedError(EntraError(50057, detail=f"'{user.address}'.", error="access_denied"))
        return user

    def account_page(
        self,
        application: Application,
        path: TenantPath,
        *,
        hint: str | None = None,
        administrators_only: bool = False,
        mistake: str | None = None,
    ) -> Response:
        """The page that asks which account to use; a hint puts its account before the others."""
        signed_in = self.signed_in(path)
        hinted = self._state.directory.user_by_address(hint) if hint else None
        if hinted is not None and not path.admits(hinted.tenant_id):
            hinted = None
        tenants = [path.tenant] if path.tenant else list(self._state.directory.tenants())
        groups = [
            AccountGroup(tenant, tuple(u for u in users if u.is_administrator or not administrators_only))
            for tenant in tenants
            if (users := self._state.directory.users(tenant.id))
        ]
        context = {
            "application": application,
            "tenant": path.tenant,
            "groups": [group for group in groups if group.users],
            "hinted": hinted,
            "signed_in": {user.oid for user in signed_in},
            "hint": hint or "",
            "administrators_only": administrators_only,
            "mistake": mistake,
        }
        return self.finish(render(Page.ACCOUNT, context, status=200 if mistake is None else 422))

    def error_page(self, error: EntraError, *, can_return: bool, status: int = 400) -> Response:
        """A page that says what is wrong; where the reply address is known good it offers the way back."""
        body = error.body(self._state.clock.now())
        context = {"error": error, "body": body, "can_return": can_return, "switch": self.address(switch=True)}
        return self.finish(render(Page.ERROR, context, status=status))

    def address(self, *, switch: bool = False) -> str:
        """This page's own address; with ``switch`` it asks for another account first."""
        query = self.query
        if switch:
            query.pop("login_hint", None)
            query["prompt"] = "select_account"
        return "?" + urlencode(query)


def permissions_in_words(scopes: Iterable[str], roles: Iterable[str] = ()) -> dict[str, Any]:
    """The permissions for a page: what the application may do, then what merely belongs to signing in."""
    delegated = [DELEGATED[scope] for scope in sorted(scopes)]
    applied: list[Permission] = [APPLICATION[role] for role in sorted(roles)]
    return {
        "delegated": [p for p in delegated if p.name not in OPENID_SCOPES],
        "sign_in": [p for p in delegated if p.name in OPENID_SCOPES],
        "applied": applied,
    }
