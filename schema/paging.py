"""Relay connections (https://relay.dev/graphql/connections.htm), one generic for every list."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import strawberry

from app.paging import Page, PageRequest
from schema.context import Info
from schema.fields import computed_field
from schema.ids import NodeIds

T = TypeVar("T")
Source = TypeVar("Source")

First = Annotated[int, strawberry.argument(description="How many items to answer with: 1 to 100.")]
After = Annotated[
    str | None,
    strawberry.argument(description="The cursor of the item after which to go on; null begins at the first item."),
]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether items come before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last item, to be passed as `after`; null on an empty page."
    )


@strawberry.type(description="An item of a list together with its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item itself.")
    key: strawberry.Private[bytes]
    list_name: strawberry.Private[str]

    @computed_field(description="Passed as `after`, it goes on behind this item. Opaque, of use in this list only.")
    def cursor(self, info: Info) -> str:
        return info.context.ids.seal_cursor(self.list_name, self.key)


@strawberry.type(description="One page of a list, in the order of the list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items of this page, each with its cursor.")
    nodes: list[T] = strawberry.field(description="The items of this page without their cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")
    total_count: int | None = strawberry.field(
        description="How many items the whole list has; null where counting them would be expensive."
    )


def page_request(info: Info, list_name: str, first: int, after: str | None) -> PageRequest:
    """What a client asks of a list. Raises InvalidInput."""
    return PageRequest(first, None if after is None else info.context.ids.open_cursor(list_name, after))


def connection_of(ids: NodeIds, list_name: str, page: Page[Source], convert: Callable[[Source], T]) -> Connection[T]:
    """A service's page as a client sees it."""
    edges = [Edge(node=convert(item), key=key, list_name=list_name) for item, key in page.items]
    return Connection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            has_next_page=page.has_next_page,
            has_previous_page=page.has_previous_page,
            start_cursor=ids.seal_cursor(list_name, edges[0].key) if edges else None,
            end_cursor=ids.seal_cursor(list_name, edges[-1].key) if edges else None,
        ),
        total_count=page.total,
    )


def by_position(items: Sequence[Source]) -> Callable[[Source], bytes]:
    """Keys for a list that has no better ones: the position of each item."""
    positions = {id(item): str(position).encode() for position, item in enumerate(items)}
    return lambda item: positions[id(item)]
