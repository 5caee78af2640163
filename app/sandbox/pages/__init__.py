"""The pages a person meets in a browser: plain HTML from templates, one style sheet, no script needed.

Every page names itself in ``<meta name="sandbox-page">``, so that a program in a person's place
(`app.sandbox.visitor`) knows where it stands. Each suite keeps its own templates; the layout is everybody's.
"""

import secrets
from enum import StrEnum
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

_HERE = Path(__file__).parent
_SUITES = _HERE.parent
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(
        [_HERE / "templates", *(_SUITES / suite / "pages" / "templates" for suite in ("microsoft", "google"))]
    ),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Page(StrEnum):
    """Which page this is; the value is its template's name."""

    ACCOUNT = "account"
    CONSENT = "consent"
    NEED_ADMIN_APPROVAL = "approval"
    APPROVAL_REQUESTED = "approval_sent"
    APPROVAL_REQUESTS = "approval_requests"
    ADMIN_CONSENT = "admin_consent"
    ERROR = "error"
    FORM_POST = "form_post"
    SIGNED_OUT = "signed_out"
    GOOGLE_ACCOUNT = "google_account"
    GOOGLE_CONSENT = "google_consent"
    GOOGLE_BLOCKED = "google_blocked"
    GOOGLE_ERROR = "google_error"
    GOOGLE_APP_ACCESS = "google_app_access"
    INDEX = "index"


def render(page: Page, context: dict[str, Any], status: int = 200) -> HTMLResponse:
    """A page with headers that let nothing but our own style sheet in.

    There is no ``form-action``: browsers apply it to the redirects after a form too, which here lead to the
    application and on to wherever it goes next.
    """
    nonce = secrets.token_urlsafe(12)
    script = f"; script-src 'nonce-{nonce}'" if page is Page.FORM_POST else ""
    policy = f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'{script}"
    html = _ENVIRONMENT.get_template(f"{page.value}.html").render(context, page=page.value, nonce=nonce)
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(html, status_code=status, headers=headers)


async def style_sheet(_: Request) -> Response:
    """``GET /assets/sandbox.css``"""
    return FileResponse(_HERE / "sandbox.css", media_type="text/css")
