"""The responses of the endpoint: answers and refusals in JSON, in whichever media type was agreed."""

from http import HTTPStatus

from starlette.responses import Response

from app.graphql.engine import encode
from app.graphql.failures import ErrorCode

ANSWER_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
}


def response(media_type: str, status: HTTPStatus, body: bytes, headers: dict[str, str] | None = None) -> Response:
    """An answer that is encoded already."""
    content_type = f"{media_type}; charset=utf-8"
    return Response(body, status, {**ANSWER_HEADERS, **(headers or {})}, media_type=content_type)


def refusal(
    media_type: str,
    status: HTTPStatus,
    code: ErrorCode,
    message: str,
    headers: dict[str, str] | None = None,
) -> Response:
    """Why a request is not served, in the shape of GraphQL."""
    error = {"message": message, "extensions": {"code": code.value}}
    return response(media_type, status, encode({"errors": [error]}), headers)
