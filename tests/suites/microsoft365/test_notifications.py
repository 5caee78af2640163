"""What a post to our webhook says."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suites.errors import InvalidRequest
from app.suites.microsoft365.notifications import MAX_ITEMS, parse
from app.suites.protocol import ChangeKind

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


def item(**changes: object) -> dict[str, object]:
    return {
        "subscriptionId": "7f1d",
        "clientState": "s-9f",
        "tenantId": "3a1b",
        "changeType": "updated",
        "resource": "Users/8f1/Events/AAMk-1",
        "resourceData": {"id": "AAMk-1"},
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "kind", "mailbox_id"),
    [
        ({"changeType": "created"}, ChangeKind.CHANGED, "AAMk-1"),
        ({"changeType": "updated"}, ChangeKind.CHANGED, "AAMk-1"),
        ({"changeType": "deleted"}, ChangeKind.DELETED, "AAMk-1"),
        ({"lifecycleEvent": "missed", "changeType": None}, ChangeKind.MISSED, None),
        ({"lifecycleEvent": "reauthorizationRequired"}, ChangeKind.REAUTHORISE, None),
        ({"lifecycleEvent": "subscriptionRemoved"}, ChangeKind.WATCH_ENDED, None),
        ({"resourceData": None}, ChangeKind.CHANGED, None),
    ],
)
def test_each_kind_of_change_is_told(changes: dict[str, object], kind: ChangeKind, mailbox_id: str | None) -> None:
    [told] = parse(orjson.dumps({"value": [item(**changes)]}))

    assert (told.watch_id, told.secret, told.tenant) == ("7f1d", "s-9f", "3a1b")
    assert (told.kind, told.mailbox_id) == (kind, mailbox_id)


def test_a_bad_item_does_not_spoil_a_good_batch() -> None:
    bad = [None, 7, {}, item(subscriptionId=None), item(changeType="novel"), item(lifecycleEvent="novel")]

    told = parse(orjson.dumps({"value": [*bad, item()]}))

    assert [one.mailbox_id for one in told] == ["AAMk-1"]


def test_an_item_without_its_secret_has_an_empty_one_that_matches_nothing() -> None:
    [told] = parse(orjson.dumps({"value": [item(clientState=None)]}))

    assert told.secret == ""


def test_an_item_without_its_tenant_has_an_empty_one_that_is_nobodys() -> None:
    told = parse(orjson.dumps({"value": [item(tenantId=tenant) for tenant in (None, 7, ["3a1b"])]}))

    assert [one.tenant for one in told] == ["", "", ""]


def test_no_post_is_looked_at_without_end() -> None:
    assert len(parse(orjson.dumps({"value": [item()] * (MAX_ITEMS + 1)}))) == MAX_ITEMS


@given(
    st.binary(max_size=60) | JSON.map(orjson.dumps) | st.lists(JSON).map(lambda value: orjson.dumps({"value": value}))
)
def test_no_post_however_odd_does_worse_than_being_refused(body: bytes) -> None:
    try:
        told = parse(body)
    except InvalidRequest:
        return

    assert all(isinstance(one.kind, ChangeKind) for one in told)
