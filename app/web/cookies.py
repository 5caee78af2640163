"""The cookies that pages set: `__Host-` and Secure on https, plain names only on loopback http.

`__Host-` demands path `/`; without it a flow's cookie keeps to `/auth`.
https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie
"""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from app.connections.flows import FLOW_LIFETIME
from app.identity.sent_cookies import sent_cookie
from app.identity.sessions import SESSION_LIFETIME, session_cookie_name


class Cookies:
    """Sets, reads and removes the session's and the flows' cookies."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._session_name = session_cookie_name(secure=secure)
        self._flow_path = "/" if secure else "/auth"

    def session(self, request: Request) -> str | None:
        return _sent(request, self._session_name)

    def set_session(self, response: Response, value: str) -> None:
        self._set(response, self._session_name, value, "/", SESSION_LIFETIME)

    def remove_session(self, response: Response) -> None:
        self._remove(response, self._session_name, "/")

    def flow(self, request: Request, name: str) -> str | None:
        return _sent(request, name)

    def set_flow(self, response: Response, name: str, value: str) -> None:
        self._set(response, name, value, self._flow_path, FLOW_LIFETIME)

    def remove_flow(self, response: Response, name: str) -> None:
        self._remove(response, name, self._flow_path)

    def _set(self, response: Response, name: str, value: str, path: str, lifetime: timedelta) -> None:
        response.set_cookie(
            name,
            value,
            max_age=int(lifetime.total_seconds()),
            path=path,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def _remove(self, response: Response, name: str, path: str) -> None:
        response.delete_cookie(name, path=path, secure=self._secure, httponly=True, samesite="lax")


def _sent(request: Request, name: str) -> str | None:
    return sent_cookie(request.headers.getlist("cookie"), name)
