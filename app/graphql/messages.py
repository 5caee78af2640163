"""The parameters of a GraphQL request, read from what a client sent and checked for their shape."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.datastructures import QueryParams

from app.graphql.engine import GraphQLRequest


class BadRequest(Exception):
    """What was sent is not a GraphQL request; `message` says why, in words for its sender."""

    def __init__(self, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def read_json(text: bytes | str, what: str) -> object:
    """The value of a JSON text. Raises `BadRequest` for broken JSON or UTF-8."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"{what} is not valid JSON in UTF-8.") from error


def from_parameters(parameters: object) -> GraphQLRequest:
    """The request in a JSON body or in the payload of a `subscribe` message. Raises `BadRequest`."""
    if isinstance(parameters, list):
        raise BadRequest("Batches are not served: send one operation per request.")
    if not isinstance(parameters, dict):
        raise BadRequest("The request is a JSON object with `query` and, if needed, `variables`.")
    query = parameters.get("query")
    if not isinstance(query, str):
        raise BadRequest("`query` is missing or not a string.")
    operation_name = parameters.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise BadRequest("`operationName` is not a string.")
    _object(parameters, "extensions")
    return GraphQLRequest(query, operation_name or None, _object(parameters, "variables"))


def from_query_string(parameters: QueryParams) -> GraphQLRequest:
    """The request in the query string of a GET. Raises `BadRequest`."""
    read: dict[str, object] = {key: parameters[key] for key in ("query", "operationName") if key in parameters}
    for key in ("variables", "extensions"):
        if parameters.get(key):
            read[key] = read_json(parameters[key], f"`{key}`")
    return from_parameters(read)


def _object(parameters: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = parameters.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f"`{key}` is not an object.")
    return value
