"""The way back to the application: a redirect, or a form that posts itself.

https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import Response

from app.sandbox.browsers import send_back
from app.sandbox.microsoft.directory import Application
from app.sandbox.microsoft.entra.errors import EntraError
from app.sandbox.microsoft.pages import Page, render


class ResponseMode(StrEnum):
    """How the answer travels."""

    QUERY = "query"
    FORM_POST = "form_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyAddress:
    """A registered reply address with what must be sent back to it unchanged."""

    redirect_uri: str
    state: str | None
    mode: ResponseMode = ResponseMode.QUERY

    def send(self, parameters: Mapping[str, str]) -> Response:
        """Send the browser back with these parameters and the state."""
        answer = dict(parameters) | ({} if self.state is None else {"state": self.state})
        if self.mode is ResponseMode.FORM_POST:
            return render(Page.FORM_POST, {"action": self.redirect_uri, "parameters": answer})
        return send_back(self.redirect_uri, answer)


def registered_reply_address(application: Application, redirect_uri: str | None) -> str:
    """The reply address if it is registered, to the letter; raises EntraError 900971, 500113 or 50011."""
    if not redirect_uri:
        raise EntraError(900971)
    if not application.redirect_uris:
        raise EntraError(500113)
    if redirect_uri not in application.redirect_uris:
        raise EntraError(50011, detail=f"'{redirect_uri}' for '{application.display_name}'.")
    return redirect_uri
