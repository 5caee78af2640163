"""Relay connections (https://relay.dev/graphql/connections.htm), one generic for every list.

A connection holds a service's page and makes of it what is asked for: an item that nobody selects is not shown, a
cursor that nobody selects is not sealed.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from app.paging import Page, PageRequest, page_of
from schema.context import Info
from schema.fields import computed_field, context_field

T = TypeVar("T")
Source = TypeVar("Source")

First = Annotated[int, strawberry.argument(description="How many items to answer with: 1 to 100.")]
After = Annotated[
    str | None,
    strawberry.argument(description="The cursor of the item after which to go on; null begins at the first item."),
]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    list_name: strawberry.Private[str]
    page: strawberry.Private[Page[Any]]
    has_next_page: bool = strawberry.field(description="Whether items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether items come before this page.")

    @context_field(description="The cursor of the first item; null on an empty page.")
    def start_cursor(self, info: Info) -> str | None:
        return self._cursor(info, 0)

    @context_field(description="The cursor of the last item, to be passed as `after`; null on an empty page.")
    def end_cursor(self, info: Info) -> str | None:
        return self._cursor(info, -1)

    def _cursor(self, info: Info, index: int) -> str | None:
        items = self.page.items
        return info.context.ids.seal_cursor(self.list_name, items[index][1]) if items else None


@strawberry.type(description="An item of a list together with its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item itself.")
    key: strawberry.Private[bytes]
    list_name: strawberry.Private[str]

    @context_field(description="Passed as `after`, it goes on behind this item. Opaque, of use in this list only.")
    def cursor(self, info: Info) -> str:
        return info.context.ids.seal_cursor(self.list_name, self.key)


@strawberry.type(description="One page of a list, in the order of the list.")
class Connection(Generic[T]):
    list_name: strawberry.Private[str]
    page: strawberry.Private[Page[Any]]
    show: strawberry.Private[Callable[[Any], Any]]
    """Makes a `T` of one of the page's items."""

    @computed_field(description="The items of this page, each with its cursor.")
    def edges(self) -> list[Edge[T]]:
        show, name = self.show, self.list_name
        return [Edge(node=show(item), key=key, list_name=name) for item, key in self.page.items]

    @computed_field(description="The items of this page without their cursors.")
    def nodes(self) -> list[T]:
        show = self.show
        return [show(item) for item, _ in self.page.items]

    @computed_field(description="Where this page lies in the list.")
    def page_info(self) -> PageInfo:
        page = self.page
        return PageInfo(
            list_name=self.list_name,
            page=page,
            has_next_page=page.has_next_page,
            has_previous_page=page.has_previous_page,
        )

    @computed_field(description="How many items the whole list has; null where counting them would be expensive.")
    def total_count(self) -> int | None:
        return self.page.total


def page_request(info: Info, list_name: str, first: int, after: str | None) -> PageRequest:
    """What a client asks of a list. Raises InvalidInput."""
    return PageRequest(first, None if after is None else info.context.ids.open_cursor(list_name, after))


def connection_of(list_name: str, page: Page[Source], show: Callable[[Source], T]) -> Connection[T]:
    """A service's page as a client sees it."""
    return Connection(list_name=list_name, page=page, show=show)


def connection_by_position(
    list_name: str, items: Sequence[Source], request: PageRequest, show: Callable[[Source], T]
) -> Connection[T]:
    """A page of a list that has no better keys than the position of each item. Raises InvalidInput."""
    page = page_of(range(len(items)), request, lambda position: str(position).encode())
    return connection_of(list_name, page, lambda position: show(items[position]))
