"""One browser at Google's pages: who is signed in, which account is chosen, and the pages that are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.browsers import Visit
from app.sandbox.google.accounts.authorise_request import AuthoriseRequest
from app.sandbox.google.accounts.errors import PageError, Policy
from app.sandbox.google.accounts.scopes import SIGN_IN, in_words
from app.sandbox.google.directory import GoogleDirectory, User
from app.sandbox.google.state import GoogleState
from app.sandbox.pages import Page, render

SESSION_COOKIE = "sandbox_google_session"
ANY_DOMAIN = "*"
CONSUMERS = "Without an organisation"
UNKNOWN_ADDRESS = "No account has this address. Check it, or choose one of the list."
BLOCKED_STATUS = {Policy.ADMIN_POLICY_ENFORCED: 400, Policy.ORG_INTERNAL: 403}


@dataclass(frozen=True, slots=True)
class AccountGroup:
    """The accounts of one customer on the account page, or those of nobody's."""

    name: str
    domain: str | None
    users: tuple[User, ...]


def account_groups(directory: GoogleDirectory, domain_hint: str | None = None) -> list[AccountGroup]:
    """Everybody, by customer; the customer that a hint means goes first."""
    groups = [
        AccountGroup(customer.display_name, customer.domain, tuple(directory.users(customer.id)))
        for customer in directory.customers()
    ]
    consumers = tuple(user for user in directory.users() if user.customer_id is None)
    everybody = [group for group in (*groups, AccountGroup(CONSUMERS, None, consumers)) if group.users]
    return sorted(everybody, key=lambda group: domain_hint is not None and group.domain != domain_hint)


class Browser(Visit):
    """One visit to the authorise page."""

    def __init__(self, google: GoogleState, request: Request) -> None:
        super().__init__(request, google.accounts.sessions, SESSION_COOKIE)
        self._google = google

    def signed_in(self, asked: AuthoriseRequest | None = None) -> tuple[User, ...]:
        """The usable accounts of this browser's session, latest first; only those that a request's hints mean."""
        known = map(self._google.directory.user, self.accounts)
        return tuple(
            user for user in known if user and not user.suspended and (not asked or self._is_meant(user, asked))
        )

    def _is_meant(self, user: User, asked: AuthoriseRequest) -> bool:
        domain = self._google.directory.domain_of(user)
        if asked.domain_hint and asked.domain_hint != domain and not (asked.domain_hint == ANY_DOMAIN and domain):
            return False
        return not asked.login_hint or asked.login_hint.lower() in (user.address.lower(), user.sub)

    def chosen_account(self, form: Mapping[str, str]) -> User | None:
        """Who was chosen, by button or by address; None for an address nobody has. Raises PageError if suspended."""
        directory = self._google.directory
        user = (
            directory.user(form["account"])
            if form.get("account")
            else directory.user_by_address(form.get("address", "").strip())
        )
        if user is not None and user.suspended:
            raise PageError(f"The account {user.address} is suspended. Its administrator can restore it.", status=403)
        return user

    def account_page(self, asked: AuthoriseRequest, *, mistake: str | None = None, typed: str = "") -> Response:
        """The page that asks which account to use; hints put their accounts before the others."""
        hinted = self._hinted(asked)
        context = {
            "application": asked.application,
            "groups": account_groups(self._google.directory, asked.domain_hint),
            "hinted": hinted,
            "signed_in": {user.sub for user in self.signed_in()},
            "typed": typed or ("" if hinted else asked.login_hint or ""),
            "mistake": mistake,
        }
        return self.finish(render(Page.GOOGLE_ACCOUNT, context, status=200 if mistake is None else 422))

    def _hinted(self, asked: AuthoriseRequest) -> User | None:
        hint = asked.login_hint
        return self._google.directory.user(hint) or self._google.directory.user_by_address(hint) if hint else None

    def consent_page(self, asked: AuthoriseRequest, user: User, granted: frozenset[str]) -> Response:
        """The page with a box for each scope that goes beyond signing in and is not granted yet."""
        beyond = asked.scopes - SIGN_IN
        context = {
            "application": asked.application,
            "user": user,
            "sign_in": in_words(asked.scopes & SIGN_IN),
            "boxes": in_words(beyond - granted),
            "granted": in_words(beyond & granted),
            "switch": self.address(switch=True),
        }
        return self.finish(render(Page.GOOGLE_CONSENT, context))

    def blocked_page(self, asked: AuthoriseRequest, policy: Policy, user: User) -> Response:
        """The page from which nobody comes back to the application."""
        customer = self._google.directory.customer(user.customer_id)
        context = {
            "application": asked.application,
            "user": user,
            "organisation": customer.display_name if customer else None,
            "policy": policy,
            "status": BLOCKED_STATUS[policy],
            "switch": self.address(switch=True),
        }
        return self.finish(render(Page.GOOGLE_BLOCKED, context, status=BLOCKED_STATUS[policy]))

    def error_page(self, error: PageError) -> Response:
        """The page that says what is wrong, without a way back."""
        return self.finish(render(Page.GOOGLE_ERROR, {"error": error}, status=error.status))
