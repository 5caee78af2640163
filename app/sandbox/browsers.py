"""Browsers at the sandbox's pages: who is signed in where, and what every visit has in common."""

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response


class BrowserSessions:
    """Who is signed in in which browser: several accounts may be, as at both suites, the latest first."""

    def __init__(self) -> None:
        self._accounts: dict[str, list[str]] = {}

    def accounts(self, session_id: str | None) -> tuple[str, ...]:
        """The identifiers of the accounts signed in under this cookie."""
        return tuple(self._accounts.get(session_id or "", ()))

    def sign_in(self, session_id: str | None, account: str) -> str:
        """Sign one more account in; answers the cookie's value, a new one unless this one was ours."""
        if session_id is None or session_id not in self._accounts:
            session_id = secrets.token_urlsafe(24)
        others = [known for known in self._accounts.get(session_id, []) if known != account]
        self._accounts[session_id] = [account, *others]
        return session_id

    def sign_out(self, session_id: str | None) -> None:
        """End one browser's session."""
        self._accounts.pop(session_id or "", None)

    def sign_out_user(self, account: str | None) -> None:
        """End one person's sessions in every browser, or everybody's (None)."""
        if account is None:
            self._accounts.clear()
        for accounts in self._accounts.values():
            accounts[:] = [known for known in accounts if known != account]


class Visit:
    """One request of one browser: what it asks, whose session it is, and the cookie that goes back with the answer."""

    def __init__(self, request: Request, sessions: BrowserSessions, cookie: str) -> None:
        self._request = request
        self._sessions = sessions
        self._cookie = cookie
        self._session_id = request.cookies.get(cookie)
        self._new_session_id: str | None = None

    @property
    def query(self) -> dict[str, str]:
        """The request's own parameters."""
        return dict(self._request.query_params)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The identifiers of the accounts signed in to this browser, latest first."""
        return self._sessions.accounts(self._session_id)

    async def form(self) -> dict[str, str]:
        """What the page's form sent."""
        return {key: value for key, value in (await self._request.form()).items() if isinstance(value, str)}

    def begin_session(self, account: str) -> None:
        """Sign the account in to this browser."""
        self._new_session_id = self._sessions.sign_in(self._session_id, account)
        self._session_id = self._new_session_id

    def sign_out(self) -> None:
        """End this browser's session."""
        self._sessions.sign_out(self._session_id)

    def finish(self, response: Response) -> Response:
        """Let the response carry the session's cookie, if this visit began one."""
        if self._new_session_id is not None:
            response.set_cookie(self._cookie, self._new_session_id, httponly=True, samesite="lax")
        return response

    def address(self, *, switch: bool = False) -> str:
        """This page's own address; with ``switch`` it asks for another account first."""
        query = self.query
        if switch:
            query.pop("login_hint", None)
            query["prompt"] = "select_account"
        return "?" + urlencode(query)


def send_back(redirect_uri: str, parameters: Mapping[str, str]) -> Response:
    """A redirect to the application with these parameters, beside those that its address has already."""
    parts = urlsplit(redirect_uri)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()])
    return RedirectResponse(
        urlunsplit(parts._replace(query=query)), status_code=303, headers={"Cache-Control": "no-store"}
    )
