"""What a client is told of an error, and what the log is.

Only errors raised on purpose keep their message. Anything else a resolver raises, or a value that cannot be
completed, may quote a provider, a row or a calendar: it becomes `INTERNAL` with a correlation id, and the log
gets its type and the place in our own code, never its text, the document or the variables.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from types import TracebackType
from uuid import uuid4

import structlog
from graphql import ArgumentNode, GraphQLError, ValueNode
from strawberry.exceptions import StrawberryInputCoercionError

from app.graphql.callers import AskedWho
from app.graphql.failures import ErrorCode, GraphQLFailure, Outage

_log = structlog.get_logger(__name__)

_LONGEST_MESSAGE = 400
_LONGEST_READ = 10_000
_LONGEST_QUOTE = 40
_QUOTE = re.compile(r"(?<!\w)(['\"])((?:\\.|(?!\1)[^\\])*+)(?:\1|\\?\Z)", re.DOTALL)
"""A quoted text, or one that never ends: so that no quote is looked at twice, however many there are."""
_NAME = re.compile(r"[_A-Za-z]\w*", re.ASCII)
_HINT = re.compile(r" Did you mean .*", re.DOTALL)
_KNOWN_TO_ALL = frozenset({"Query", "Mutation", "Subscription", "Int", "Float", "String", "Boolean", "ID"})
_PUBLIC_CODES = frozenset(code.value for code in ErrorCode) - {ErrorCode.INTERNAL.value, ErrorCode.UNAVAILABLE.value}
INTERNAL_MESSAGE = "Something went wrong on our side. Try again; if it stays, report the correlation id."
UNAVAILABLE_MESSAGE = "Something that we depend on is away just now. Repeat the request unchanged in a moment."
COME_AGAIN_SECONDS = 5
"""What a client is told to wait during an outage."""


def new_correlation_id() -> str:
    """An id for where the product has none of its own."""
    return uuid4().hex


class Masking:
    """Turns errors into what stands under `errors` in an answer.

    `own_packages`: top-level names of the modules whose functions the log may name.
    `outages`: the errors, besides Outage, that mean that something we depend on is away, which is no defect.
    """

    def __init__(
        self,
        correlation_id: Callable[[], str],
        own_packages: frozenset[str],
        outages: tuple[type[Exception], ...] = (),
    ) -> None:
        self._correlation_id = correlation_id
        self._own_packages = own_packages
        self._outages: tuple[type[Exception], ...] = (Outage, *outages)

    def is_outage(self, error: BaseException) -> bool:
        """Whether the error only means that something we depend on is away."""
        if isinstance(error, BaseExceptionGroup):
            return any(self.is_outage(each) for each in error.exceptions)
        return isinstance(error, self._outages)

    def request_errors(
        self, errors: Iterable[GraphQLError], sent: Collection[str] | None = None
    ) -> list[dict[str, object]]:
        """Errors that kept a request from being executed: its document or its variables are wrong.

        `sent`: the names that the client knows, where the schema is not to be read out of these errors.
        """
        return [_shown(error, _code_of(error) or ErrorCode.BAD_USER_INPUT.value, sent) for error in errors]

    def field_errors(self, errors: Sequence[GraphQLError]) -> list[dict[str, object]]:
        """Errors of single fields. Each defect is logged once, however many fields met it."""
        logged: set[int] = set()
        shown = []
        for error in errors:
            code = _deliberate_code(error)
            if code is not None:
                shown.append(_shown(error, code))
                continue
            cause = error.original_error or error
            if id(cause) not in logged:
                logged.add(id(cause))
                self._log(cause)
            shown.append(self._masked(cause, error))
        return shown

    def defect(self, error: Exception) -> dict[str, object]:
        """An error outside any field, for instance of a stream that broke off or an answer without JSON form."""
        if isinstance(error, GraphQLFailure):
            return _shown(error, error.code.value)
        self._log(error)
        return self._masked(error)

    def _masked(self, cause: BaseException, error: GraphQLError | None = None) -> dict[str, object]:
        """What is said instead of `cause`, at the place where `error` was met."""
        place = error.formatted if error is not None else {}
        kept: dict[str, object] = {key: place[key] for key in ("locations", "path") if key in place}
        extensions: dict[str, object] = {"code": ErrorCode.INTERNAL.value, "correlationId": self._correlation_id()}
        if not self.is_outage(cause):
            return {"message": INTERNAL_MESSAGE, **kept, "extensions": extensions}
        extensions |= {"code": ErrorCode.UNAVAILABLE.value, "retryAfterSeconds": COME_AGAIN_SECONDS}
        return {"message": UNAVAILABLE_MESSAGE, **kept, "extensions": extensions}

    def _log(self, error: BaseException) -> None:
        if isinstance(error, AskedWho):
            return  # nobody is answered with this
        if self.is_outage(error):
            _log.warning("graphql.outage", correlation_id=self._correlation_id(), exception=_type_name(error))
            return
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        _log.error(
            "graphql.defect",
            correlation_id=self._correlation_id(),
            exception=_type_name(error),
            cause=_type_name(cause) if cause is not None else None,
            location=self._own_place(error.__traceback__),
        )

    def _own_place(self, traceback: TracebackType | None) -> str | None:
        """The innermost frame in our own code, as `module:line in function`."""
        place = None
        while traceback is not None:
            frame = traceback.tb_frame
            module = str(frame.f_globals.get("__name__", ""))
            if module.partition(".")[0] in self._own_packages:
                place = f"{module}:{traceback.tb_lineno} in {frame.f_code.co_name}"
            traceback = traceback.tb_next
        return place


def _type_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _code_of(error: GraphQLError) -> str | None:
    code = (error.extensions or {}).get("code")
    return str(code) if code in _PUBLIC_CODES else None


def _deliberate_code(error: GraphQLError) -> str | None:
    """The code of an error that a client is meant to read, or None for a defect."""
    chain = [error]
    while isinstance(chain[-1].original_error, GraphQLError):
        chain.append(chain[-1].original_error)
    if chain[-1].original_error is not None:
        return None
    for source in chain:
        if (code := _code_of(source)) is not None:
            return code
        if isinstance(source, StrawberryInputCoercionError) or _is_about_an_argument(source):
            return ErrorCode.BAD_USER_INPUT.value
    return None


def _is_about_an_argument(error: GraphQLError) -> bool:
    """graphql-core points at the value of an argument where its coercion fails, else at the field."""
    return any(isinstance(node, ValueNode | ArgumentNode) for node in error.nodes or ())


def _shown(error: GraphQLError, code: str, sent: Collection[str] | None = None) -> dict[str, object]:
    formatted = dict(error.formatted)
    message = error.message if sent is None or _code_of(error) else _without_names(error.message, sent)
    formatted["message"] = _shortened(message)
    formatted["extensions"] = {**(error.extensions or {}), "code": code}
    return formatted


def names_in(*texts: str) -> frozenset[str]:
    """Every word of these texts that could be a name in a schema."""
    return _KNOWN_TO_ALL.union(*(_NAME.findall(text) for text in texts))


def _without_names(message: str, sent: Collection[str]) -> str:
    """The message of a rule without the types, fields and arguments that the client did not name itself."""

    def hide(quote: re.Match[str]) -> str:
        named = all(name in sent for name in _NAME.findall(quote[2]))
        return quote[0] if named else f"{quote[1]}…{quote[1]}"

    return _QUOTE.sub(hide, _HINT.sub("", message[:_LONGEST_READ]))


def _shortened(message: str) -> str:
    """The message without the bulk of what the client sent."""

    def shorten(quote: re.Match[str]) -> str:
        return quote[0] if len(quote[2]) <= _LONGEST_QUOTE else f"{quote[1]}{quote[2][:_LONGEST_QUOTE]}…{quote[1]}"

    message = _QUOTE.sub(shorten, message[:_LONGEST_READ])
    return message if len(message) <= _LONGEST_MESSAGE else message[:_LONGEST_MESSAGE] + "…"
