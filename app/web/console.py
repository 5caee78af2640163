"""The console: pages whose frame is rendered here, and whose contents their modules read by the public GraphQL API.

Nothing of an organisation is in a page: whoever is signed in gets the same HTML, and the modules ask `/graphql` with
the session's cookie, as any front end of our own origin may.
"""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.settings import Settings
from app.web import pages


@dataclass(frozen=True, slots=True)
class View:
    """One page of the console; its template and its module have its name."""

    path: str
    name: str
    title: str
    menu: str
    """What the way to it is called: short enough for all of them to stand beside each other on a phone."""
    is_for_administrators: bool = False


VIEWS = (
    View("/", "my-day", "My day", "My day"),
    View("/rooms", "rooms", "Rooms and buildings", "Rooms"),
    View("/settings/integrations", "integrations", "Integrations", "Integrations", is_for_administrators=True),
    View("/settings/people", "people", "People", "People", is_for_administrators=True),
    View("/profile", "profile", "Profile", "Profile"),
)
"""In the order of the navigation."""


class Console:
    """Renders the console's pages for whoever is signed in."""

    def __init__(self, settings: Settings) -> None:
        public = urlsplit(settings.public_url)
        socket = f"{'wss' if public.scheme == 'https' else 'ws'}://{public.netloc}"
        self._headers = {
            **pages.PAGE_HEADERS,
            "Content-Security-Policy": "; ".join(
                (
                    "default-src 'none'",
                    "script-src 'self'",
                    "style-src 'self'",
                    "img-src 'self'",
                    # Not every browser takes sockets of the page's own host to be its origin.
                    f"connect-src 'self' {socket}",
                    "form-action 'self'",
                    "base-uri 'none'",
                    "frame-ancestors 'none'",
                    "require-trusted-types-for 'script'",
                    "trusted-types 'none'",
                )
            ),
        }

    def show(self, view: View) -> Response:
        """The page of one view."""
        page = pages.render(f"console/{view.name}.html", view=view, views=VIEWS)
        page.headers.update(self._headers)
        return page


def sign_in_first(request: Request) -> Response:
    """To sign-in, and back to this page afterwards."""
    address = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return pages.redirect(f"/auth/sign-in?{urlencode({'returnTo': address})}")
