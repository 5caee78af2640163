"""aiogoogle's way out: the suite's one shared HTTP client in place of sessions of aiogoogle's own.

aiogoogle builds requests and asks an `AbstractSession` to send them
(https://aiogoogle.readthedocs.io/en/latest/#aiogoogle.sessions.abc.AbstractSession). Its own session knows no allowed
hosts, no deadline and no repetition, and its errors quote URLs and bodies: here an answer that is no success
becomes an error of ours before anything of aiogoogle sees it.
"""

import re
from collections.abc import Callable, Iterable
from typing import Self
from urllib.parse import urlencode

import orjson
from aiogoogle.models import Request, Response
from aiogoogle.sessions.abc import AbstractSession

from app.suites.errors import SuiteError, SuiteUnavailable
from app.suites.google_workspace.errors import oauth_error
from app.suites.http import SuiteHttp, SuiteRequest, SuiteResponse
from app.suites.oauth import lifetime

_TOKENS = ("access_token", "refresh_token", "id_token")
_TOKEN = re.compile(r"[!-~]+", re.ASCII)
"""What can stand in a header and in a form (https://www.rfc-editor.org/rfc/rfc6749#appendix-A.12)."""

Judge = Callable[[SuiteResponse], SuiteError]


class SuiteSession(AbstractSession):
    """Sends what aiogoogle built; `operation` names it in logs, `judge` says what an answer of 300 or more means."""

    def __init__(
        self, http: SuiteHttp, operation: str, judge: Judge, *, idempotent: bool = True, tenant: str | None = None
    ) -> None:
        self._http = http
        self._operation = operation
        self._judge = judge
        self._idempotent = idempotent
        self._tenant = tenant

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """The connections are not aiogoogle's to close."""

    async def send(
        self,
        *requests: Request,
        timeout: object = None,
        full_res: bool = False,
        session_factory: object = None,
        **_: object,
    ) -> object:
        """The content of each answer, or aiogoogle's whole response; one alone where there was one request.

        Our own deadline counts, not `timeout`. Raises SuiteError.
        """
        deadline = self._http.deadline()
        answers = []
        for request in requests:
            response = await self._http.send(self._built(request), deadline, tenant=self._tenant)
            if response.status >= 300:
                raise self._judge(response)
            answer = Response(response.status, response.headers, request.url, json=self._content(response), req=request)
            answers.append(answer if full_res else answer.content)
        return answers[0] if len(answers) == 1 else answers

    def _built(self, request: Request) -> SuiteRequest:
        return suite_request(request, self._operation, idempotent=self._idempotent)

    def _content(self, response: SuiteResponse) -> object:
        return response.json() if response.body else None


class TokenSession(SuiteSession):
    """Adds to what aiogoogle sends to the token endpoint, and gives it answers that it can read.

    aiogoogle knows no PKCE, breaks where `scope` or `expires_in` is missing and where an unknown member is there.
    """

    def __init__(
        self,
        http: SuiteHttp,
        *,
        scopes: Iterable[str],
        code_verifier: str | None = None,
        tenant: str | None = None,
    ) -> None:
        """`scopes` are meant where an answer names none; only a code has a verifier, and can be used once."""
        super().__init__(http, "google token", oauth_error, idempotent=code_verifier is None, tenant=tenant)
        self._scopes = " ".join(scopes)
        self._form: dict[str, str] = {} if code_verifier is None else {"code_verifier": code_verifier}

    def _built(self, request: Request) -> SuiteRequest:
        request.data = {**(request.data or {}), **self._form}
        return super()._built(request)

    def _content(self, response: SuiteResponse) -> object:
        answer = response.json_object()
        tokens = {name: value for name in _TOKENS if isinstance(value := answer.get(name), str) and value}
        scope = answer.get("scope")
        if scope is None:  # which says that all was granted that was asked
            scope = self._scopes
        readable = isinstance(scope, str) and all(map(_TOKEN.fullmatch, tokens.values()))
        if "access_token" not in tokens or not readable:
            raise SuiteUnavailable("MalformedBody")
        lives = lifetime(answer.get("expires_in")).total_seconds()
        return {"scope": scope, "expires_in": lives} | tokens


def suite_request(request: Request, operation: str, *, idempotent: bool = True) -> SuiteRequest:
    """What aiogoogle built, as our client sends it."""
    sent = dict(request.headers)
    body = None
    if request.json is not None:
        body = orjson.dumps(request.json)
        sent["Content-Type"] = "application/json"
    elif request.data is not None:
        # aiogoogle loses the type of its forms on the way: it takes the headers for another argument of the request.
        body = urlencode(request.data).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    return SuiteRequest(
        operation=operation,
        method=request.method or "GET",
        url=request.url or "",
        headers=sent,
        body=body,
        idempotent=idempotent,
    )
