"""What one GraphQL document may ask for, decided before the standard validation rules run.

Some of those rules take time that grows with the square of a document, so they must never meet a hostile one.
Every figure but the tokens is counted *as if fragments were written out* where they are spread, yet each
fragment is measured once (see `measuring`), so that time grows only with the length of the text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import GraphQLError

from app.graphql.failures import ErrorCode, GraphQLFailure, TooCostly


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a field costs, where it is not the ordinary.

    `points`: for each object the field returns (ordinary: 1 for an object, 0 for a leaf).
    `calls`: calls to another server each time the field is resolved.
    `batched`: those calls are made once for all parents together, so page sizes do not multiply them.
    `size`: how many items a list without a page size is taken to have.
    """

    points: int | None = None
    calls: int = 0
    batched: bool = False
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The figures; see the field names. `costs` maps (type, field) as the schema spells them."""

    tokens: int = 1_000
    lines: int = 5_000
    """Each error of a document tells its line, which takes a look at every line before it."""
    errors: int = 8
    """Mistakes told of one document; the rules stop looking for more."""
    depth: int = 15
    nesting: int = 60
    """Selection sets within one another, those of fragments and of introspection included."""
    introspection_depth: int = 20
    introspection_lists: int = 2
    """How many of `fields`, `interfaces`, `possibleTypes`, `inputFields` may stand inside one another."""
    introspections: int = 2
    """How many `__schema` and `__type` one operation may select."""
    aliases: int = 15
    directives: int = 50
    repeats: int = 100
    """Fields with the response name of an earlier one beside them, as in `{ a { x } ... { a { y } } }`."""
    page_size: int = 100
    cost: int = 50_000
    """Objects that one answer may hold, by the page sizes asked for."""
    calls: int = 20
    """Calls to other servers that one answer may need."""
    unpaged_list_size: int = 5
    page_arguments: frozenset[str] = frozenset({"first", "last"})
    costs: Mapping[tuple[str, str], Cost] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """The figures of an operation that its text alone decides."""

    depth: int
    nesting: int
    introspection_depth: int
    introspection_lists: int
    introspections: int
    aliases: int
    directives: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Price:
    """The figures of an operation that also depend on its variables; `wrong_pages` were asked for and may not."""

    points: int
    calls: int
    wrong_pages: tuple[tuple[str, int], ...] = ()


def too_many_tokens(limits: Limits) -> TooCostly:
    """The parser stops at the limit, so how many there are beyond it is never known."""
    allowed = limits.tokens
    return TooCostly(
        "tokens", allowed, allowed + 1, f"The document has more than {allowed:,} tokens. Send a shorter one."
    )


def check_lines(text: str, limits: Limits) -> list[GraphQLError]:
    """What the bare text passes, before it is parsed; a line ends as the specification of GraphQL says."""
    found = 1 + text.count("\n") + text.count("\r") - text.count("\r\n")
    return [_too_costly("lines", limits.lines, found, "lines")] if found > limits.lines else []


def check_shape(shapes: Iterable[Shape], limits: Limits) -> list[GraphQLError]:
    """What the operations of a document pass, one error for each limit."""
    worst = list(shapes)
    figures = [
        ("depth", limits.depth, "levels of fields"),
        ("nesting", limits.nesting, "levels of fields and fragments"),
        ("introspection_depth", limits.introspection_depth, "levels of introspection"),
        ("introspection_lists", limits.introspection_lists, "nested lists of introspection"),
        ("introspections", limits.introspections, "introspections"),
        ("aliases", limits.aliases, "aliases"),
        ("directives", limits.directives, "directives"),
        ("repeats", limits.repeats, "repeated fields"),
    ]
    errors: list[GraphQLError] = []
    for name, allowed, noun in figures:
        found = max((int(getattr(shape, name)) for shape in worst), default=0)
        if found > allowed:
            errors.append(_too_costly(name, allowed, found, noun))
    return errors


def check_price(price: Price, limits: Limits) -> list[GraphQLError]:
    """What an operation passes with the variables it came with, one error for each limit."""
    errors: list[GraphQLError] = [_wrong_page(argument, size, limits.page_size) for argument, size in price.wrong_pages]
    if price.points > limits.cost:
        errors.append(_too_costly("cost", limits.cost, price.points, "objects by its page sizes", _SHORTER_PAGES))
    if price.calls > limits.calls:
        errors.append(_too_costly("calls", limits.calls, price.calls, "calls to other servers", _SHORTER_PAGES))
    return errors


_SHORTER_PAGES = " Ask for shorter pages with `first`, or for fewer fields."


def _too_costly(name: str, allowed: int, found: int, noun: str, remedy: str = "") -> TooCostly:
    words = name.split("_")
    limit = words[0] + "".join(word.capitalize() for word in words[1:])
    shown = f"{found:,}" if found < 10**9 else "more than a thousand million"
    verb = "has" if name == "lines" else "asks for"
    message = f"The document {verb} {shown} {noun}; at most {allowed:,} are allowed.{remedy}"
    return TooCostly(limit, allowed, found, message)


def _wrong_page(argument: str, size: int, allowed: int) -> GraphQLFailure:
    if size > allowed:
        message = f"`{argument}` is at most {allowed}."
        return TooCostly("pageSize", allowed, size, message)
    return GraphQLFailure(ErrorCode.BAD_USER_INPUT, f"`{argument}` is a number from 1 to {allowed}.")
