"""OData query options: what Graph lets a caller ask of a collection, and the pages it answers in.

https://learn.microsoft.com/graph/query-parameters
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from app.sandbox.microsoft.graph.errors import bad_request, invalid_request
from app.sandbox.microsoft.graph.filters import Predicate, parse_filter
from app.sandbox.microsoft.graph.http import GraphCall

MAXIMUM_PAGE = 1000
T = TypeVar("T")
_KNOWN = frozenset({"$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$count", "$search", "$format"})


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOptions:
    """The options of one call, checked. ``expand`` maps a relation to the text in its parentheses."""

    select: tuple[str, ...] | None = None
    expand: Mapping[str, str]
    predicate: Predicate | None = None
    order: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False


def read_query(call: GraphCall, properties: Collection[str], resource: str) -> QueryOptions:
    """The query options of a call on a resource that has these properties. Raises GraphError."""
    given = dict(call.request.query_params)
    for name in given:
        if name.startswith("$") and name.lower() not in _KNOWN:
            raise bad_request("BadRequest", f"The query parameter '{name}' is not supported.")
    select = tuple(p.strip() for p in given["$select"].split(",") if p.strip()) if "$select" in given else None
    order = _order(given.get("$orderby", ""))
    for name in [*(select or ()), *(path for path, _ in order)]:
        if name.split("/")[0] not in properties:
            raise bad_request(
                "RequestBroker--ParseUri", f"Could not find a property named '{name}' on type '{resource}'."
            )
    return QueryOptions(
        select=select,
        expand=_expansions(given.get("$expand", "")),
        predicate=parse_filter(given["$filter"]) if given.get("$filter") else None,
        order=order,
        top=_number(given, "$top", 1, MAXIMUM_PAGE),
        skip=_number(given, "$skip", 0, None) or 0,
        count=given.get("$count", "false").lower() == "true",
    )


def page(
    call: GraphCall,
    options: QueryOptions,
    found: Sequence[T],
    render: Callable[[T], dict[str, Any]],
    *,
    default_size: int,
    maximum: int = MAXIMUM_PAGE,
    links: bool = True,
) -> dict[str, Any]:
    """One page as a collection, with a link to the next where ``links`` and there is one."""
    size = min(options.top or call.preferences.page_size or default_size, maximum)
    chosen = found[options.skip : options.skip + size]
    body: dict[str, Any] = {}
    if options.count:
        body["@odata.count"] = len(found)
    body["value"] = [render(one) for one in chosen]
    if links and options.skip + size < len(found):
        body["@odata.nextLink"] = _next_link(call, options.skip + size)
    return body


def _next_link(call: GraphCall, skip: int) -> str:
    kept = [(k, v) for k, v in call.request.query_params.multi_items() if k != "$skip"]
    query = urlencode([*kept, ("$skip", str(skip))], safe="$,/", quote_via=quote)
    url = call.request.url
    return f"{url.scheme}://{url.netloc}{quote(url.path, safe='/=%')}?{query}"


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    order = []
    for clause in filter(None, (part.strip() for part in text.split(","))):
        path, _, direction = clause.partition(" ")
        if direction.strip().lower() not in ("", "asc", "desc"):
            raise bad_request("RequestBroker--ParseUri", f"Syntax error in '$orderby': '{clause}'.")
        order.append((path, direction.strip().lower() == "desc"))
    return tuple(order)


def _number(given: Mapping[str, str], name: str, least: int, most: int | None) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < least or (most is not None and int(text) > most):
        raise invalid_request(f"The limit of '{most}' for {name} has been exceeded, or it is not a number.")
    return int(text)


def _expansions(text: str) -> dict[str, str]:
    return {
        name: inner or "" for name, inner in re.findall(r"([A-Za-z]+)\s*(?:\(((?:[^()']|'[^']*')*)\))?\s*(?:,|$)", text)
    }
