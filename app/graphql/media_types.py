"""Content negotiation between the two media types of GraphQL over HTTP (RFC 9110 §12.5.1).

https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types
"""

from functools import lru_cache

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"

_QUALITY_OF_NONE = 0.0
_remembered = lru_cache(maxsize=64)
"""Clients send the same few headers again and again; how long one may be, the web server bounds."""


@_remembered
def negotiate(accept: str | None) -> str | None:
    """The media type to answer with, or None where the client takes neither.

    A client that names nothing, or anything, gets plain JSON: such clients may not know the newer type.
    """
    if accept is None or not accept.strip():
        return JSON
    newer, plain = (_quality(accept, media_type) for media_type in (GRAPHQL_RESPONSE, JSON))
    if newer == plain == _QUALITY_OF_NONE:
        return None
    if newer != plain:
        return GRAPHQL_RESPONSE if newer > plain else JSON
    return GRAPHQL_RESPONSE if _names(accept, GRAPHQL_RESPONSE) else JSON


@_remembered
def takes_event_stream(accept: str | None) -> bool:
    """Whether the client can read server-sent events; only one that says so can."""
    return bool(accept) and _quality_if_named(accept or "", EVENT_STREAM) > _QUALITY_OF_NONE


def wants_page(accept: str | None) -> bool:
    """Whether a browser asks for a page to show rather than an answer to read."""
    if not accept:
        return False
    page = _quality(accept, "text/html")
    return _names(accept, "text/html") and page > max(
        _quality_if_named(accept, GRAPHQL_RESPONSE), _quality_if_named(accept, JSON)
    )


@_remembered
def is_json(content_type: str | None) -> bool:
    """Whether a request body is declared as JSON, in UTF-8 where a charset is declared at all."""
    media_type, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    charsets = [value.strip('" ') for name, _, value in (p.partition("=") for p in parameters) if name == "charset"]
    return media_type == JSON and all(charset in {"utf-8", "utf8"} for charset in charsets)


def _ranges(accept: str) -> list[tuple[str, float]]:
    ranges = []
    for part in accept.lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = _as_quality(value)
        ranges.append((media_range, quality))
    return ranges


def _as_quality(value: str) -> float:
    try:
        quality = float(value)
    except ValueError:
        return _QUALITY_OF_NONE
    return quality if 0 <= quality <= 1 else _QUALITY_OF_NONE


def _quality(accept: str, media_type: str) -> float:
    """The quality of the most specific range that covers the type; 0 where none does."""
    ranges = dict(reversed(_ranges(accept)))
    for candidate in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if candidate in ranges:
            return ranges[candidate]
    return _QUALITY_OF_NONE


def _quality_if_named(accept: str, media_type: str) -> float:
    return dict(_ranges(accept)).get(media_type, _QUALITY_OF_NONE)


def _names(accept: str, media_type: str) -> bool:
    return any(media_range == media_type for media_range, _ in _ranges(accept))
