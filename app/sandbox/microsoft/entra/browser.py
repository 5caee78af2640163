"""What the authorise page and the admin consent page share: the browser's session and choosing an account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.browsers import Visit
from app.sandbox.microsoft.directory import Tenant, User
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

    @property
    def name(self) -> str:
        """What the group is headed with."""
        return self.tenant.display_name

    @property
    def domain(self) -> str:
        """What tells it from others of that name."""
        return self.tenant.domain


class AccountRefusedError(Exception):
    """The chosen account cannot be used here; ``error`` is what the page says."""

    def __init__(self, error: EntraError) -> None:
        super().__init__(str(error))
        self.error = error


class Browser(Visit):
    """One browser's visit: its request, its session, and the pages it is shown."""

    def __init__(self, state: SandboxState, request: Request) -> None:
        super().__init__(request, state.entra.sessions, SESSION_COOKIE)
        self._state = state

    def signed_in(self, path: TenantPath) -> tuple[User, ...]:
        """The usable accounts of this browser's session that may answer under this path, latest first."""
        known = map(self._state.directory.user, self.accounts)
        return tuple(user for user in known if user and user.enabled and path.admits(user.tenant_id))

    def sign_in(self, user: User) -> None:
        """Sign the account in to this browser."""
        self.begin_session(user.oid)

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
        goal: str,
        path: TenantPath,
        *,
        hint: str | None = None,
        administrators_only: bool = False,
        mistake: str | None = None,
    ) -> Response:
        """The page that asks which account to go on with to ``goal``; a hint puts its account before the others."""
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
            "goal": goal,
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


def permissions_in_words(scopes: Iterable[str], roles: Iterable[str] = ()) -> dict[str, Any]:
    """The permissions for a page: what the application may do, then what merely belongs to signing in."""
    delegated = [DELEGATED[scope] for scope in sorted(scopes)]
    applied: list[Permission] = [APPLICATION[role] for role in sorted(roles)]
    return {
        "delegated": [p for p in delegated if p.name not in OPENID_SCOPES],
        "sign_in": [p for p in delegated if p.name in OPENID_SCOPES],
        "applied": applied,
    }
