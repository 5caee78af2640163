"""What a browser is shown where there is no page: in words, where it asked for a page; programs get the bare status."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.web import pages

_SHOWN = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})


async def no_page(request: Request, error: Exception) -> Response:
    """The answer to a request that no route takes: Starlette's handler for `HTTPException`."""
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    response: Response
    if status in _SHOWN and request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        response = pages.nothing_here(status)
    else:
        response = PlainTextResponse(error.detail, status)
    response.headers.update(error.headers or {})
    return response
