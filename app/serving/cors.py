"""Which pages may read answers from elsewhere: those of the allowed origins, and to others CORS does not exist.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class AllowListedCors(CORSMiddleware):
    """Starlette's own tells a foreign origin which headers and methods it would have; this one says nothing."""

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        super().__init__(
            app,
            allow_origins=sorted(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-requested-with"],
            expose_headers=["retry-after", "x-correlation-id"],
            allow_credentials=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        if origin is None or not self.is_allowed_origin(origin):
            await self.app(scope, receive, send)
            return
        await super().__call__(scope, receive, send)
