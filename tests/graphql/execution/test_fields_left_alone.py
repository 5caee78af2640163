"""Fields that have more to them than a plan knows are graphql-core's, whatever they look like."""

from collections.abc import Mapping
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.field import StrawberryField

from tests.graphql.execution.comparing import same
from tests.graphql.execution.members import Minding, Own, Shouting


class Nobody(strawberry.BasePermission):
    message = "nobody may see this"

    def has_permission(self, source: object, info: Any, **kwargs: object) -> bool:
        return False


@strawberry.type
class Item:
    open: str = "open"
    guarded: str | None = strawberry.field(permission_classes=[Nobody], default="secret")
    changed: str = strawberry.field(extensions=[Shouting()], default="quiet")
    minded: str = strawberry.field(extensions=[Minding()], default="minded")
    own: str = Own(python_name=None, default="nwo")  # type: ignore[assignment]

    @strawberry.field(permission_classes=[Nobody])  # type: ignore[untyped-decorator]
    def guarded_too(self) -> str | None:
        return "secret"

    @strawberry.field(extensions=[Minding()])  # type: ignore[untyped-decorator]
    def minded_too(self) -> str | None:
        raise ValueError("as it was")

    @strawberry.field
    def curious(self, info: strawberry.Info) -> str:
        return getattr(info, "field_name", "nobody said")

    @strawberry.field
    def insistent(self, info: strawberry.Info) -> str:
        try:
            return info.python_name
        except Exception:
            return "nobody said"

    @strawberry.field
    @staticmethod
    def apart() -> str:
        return "apart"

    @strawberry.field
    def of_parent(parent: strawberry.Parent[Any]) -> str:  # noqa: N805 - Strawberry's name
        text: str = parent.open
        return text


@strawberry.type
class Query:
    @strawberry.field
    def item(self, info: strawberry.Info) -> Item:
        return Item()

    @strawberry.field
    def items(self) -> list[Item]:
        return [Item(), Item()]


schema = strawberry.Schema(Query)
FIELDS = ("guarded", "changed", "own", "guardedToo", "mindedToo", "curious", "insistent", "apart", "ofParent")


@pytest.mark.parametrize("field", FIELDS)
async def test_a_field_is_answered_by_whatever_stands_before_its_value(field: str) -> None:
    await same(schema, f"{{ item {{ open {field} }} items {{ {field} minded open }} }}")


async def test_nobody_sees_what_a_permission_guards() -> None:
    answered = await same(schema, "{ items { open guarded guardedToo } }")

    assert answered.data == {"items": [{"open": "open", "guarded": None, "guardedToo": None}] * 2}
    assert [error.message for error in answered.errors] == ["nobody may see this"] * 4


async def test_an_extension_that_only_minds_failures_is_passed_by() -> None:
    answered = await same(schema, "{ items { open minded } }")

    assert answered.planned
    assert answered.gave_up == 0


class Loud(strawberry.Info[Any, Any]):
    """Tells another context."""

    @property
    def context(self) -> Any:
        return "LOUD"


def from_mapping(source: Any, name: str) -> Any:
    return source[name] if isinstance(source, Mapping) else f"the {name} of an object"


@pytest.mark.parametrize(
    "config", [StrawberryConfig(default_resolver=from_mapping), StrawberryConfig(info_class=Loud), StrawberryConfig()]
)
async def test_a_schema_may_find_attributes_and_contexts_in_a_way_of_its_own(config: StrawberryConfig) -> None:
    @strawberry.type
    class Thing:
        name: str

        @strawberry.field
        def told(self, info: strawberry.Info) -> str:
            return str(info.context)

    @strawberry.type
    class Root:
        @strawberry.field
        def things(self) -> list[Thing]:
            return [Thing(name="object"), {"name": "dict"}]  # type: ignore[list-item]

        @strawberry.field
        def thing(self) -> Thing:
            return Thing(name="object")

    configured = strawberry.Schema(Root, config=config)

    await same(configured, "{ things { name } thing { told name } }", context=lambda: "context")


def test_a_field_of_ones_own_is_still_a_field() -> None:
    assert issubclass(Own, StrawberryField)
