"""What Google's accounts refuse, by the way in which the refusal travels: a JSON body, a page, or a redirect.

https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors
"""

from enum import StrEnum

EXPIRED_OR_REVOKED = "Token has been expired or revoked."


class Policy(StrEnum):
    """Why an organisation's rules keep somebody from an application."""

    ADMIN_POLICY_ENFORCED = "admin_policy_enforced"
    ORG_INTERNAL = "org_internal"


class TokenError(Exception):
    """A refusal of an endpoint that an application calls."""

    def __init__(self, error: str, description: str | None, *, status: int = 400, subtype: str | None = None) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status
        self.subtype = subtype

    def body(self) -> dict[str, str]:
        """The JSON body."""
        parts = {"error": self.error, "error_description": self.description, "error_subtype": self.subtype}
        return {name: value for name, value in parts.items() if value is not None}


class PageError(Exception):
    """A request or an account that meets an error page; the browser is never sent back from there."""

    def __init__(self, text: str, *, error: str | None = None, status: int = 400) -> None:
        super().__init__(f"{error}: {text}")
        self.text = text
        self.error = error
        self.status = status


class SentBackError(Exception):
    """The browser is sent back to the application with this error."""

    def __init__(self, error: str, *, subtype: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.subtype = subtype

    def parameters(self) -> dict[str, str]:
        """What goes back beside the state."""
        return {"error": self.error} | ({"error_subtype": self.subtype} if self.subtype else {})
