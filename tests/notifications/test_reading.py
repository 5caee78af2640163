"""Reading notifications and marking them, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from app import clock
from app.errors import InvalidInput, NotFound
from app.identity.principal import Principal
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import NotificationService, notify
from app.notifications.words import words_for
from app.paging import PageRequest
from tests.bookings.house import Ticker
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation, principal_of

SERVICE = NotificationService()


@pytest.fixture
async def ticker(database_url: str) -> AsyncIterator[Ticker]:
    ticker = Ticker()
    async with open_database(database_url):
        with clock.use(ticker):
            yield ticker


@pytest.fixture
async def member(ticker: Ticker) -> Principal:
    return principal_of(await make_member(await make_organisation()))


async def _tell(member: Principal, kind: NotificationKind = NotificationKind.RECONNECT_REQUIRED) -> Notification:
    told = await notify(
        member.organisation_id, member.member_id, kind, subject_id=uuid4(), occasion=f"occasion:{uuid4()}"
    )
    assert told is not None
    return told


async def test_pages_join_without_a_gap_where_several_came_at_one_moment(member: Principal, ticker: Ticker) -> None:
    for number in range(7):
        await _tell(member)
        if number % 3 == 0:
            ticker.advance(timedelta(minutes=1))

    read: list[Notification] = []
    after = None
    while True:
        page = await SERVICE.page(member, PageRequest(first=2, after=after), unread_only=False)
        read.extend(notification for notification, _ in page.items)
        if not page.has_next_page:
            break
        after = page.items[-1][1]

    assert len({notification.id for notification in read}) == len(read) == 7
    assert [row.created_at for row in read] == sorted((row.created_at for row in read), reverse=True)
    assert page.total == 7


@pytest.mark.parametrize("after", [b"", b"yesterday|", b"\xff", b"2031-05-12T09:00:00+00:00|no id"])
async def test_a_cursor_that_is_none_of_ours_is_refused(member: Principal, after: bytes) -> None:
    with pytest.raises(InvalidInput):
        await SERVICE.page(member, PageRequest(after=after), unread_only=False)


async def test_what_came_since_a_moment_and_is_unread_is_found_again(member: Principal, ticker: Ticker) -> None:
    await _tell(member)
    ticker.advance(timedelta(minutes=1))
    since = clock.now()
    read, unread = await _tell(member), await _tell(member)
    await SERVICE.mark_read(member, [read.id])

    found = await SERVICE.unread_since(member, since)

    assert [notification.id for notification in found] == [unread.id]


async def test_two_devices_that_mark_the_same_at_once_agree_on_the_moment(member: Principal) -> None:
    told = [await _tell(member) for _ in range(5)]
    ids = [notification.id for notification in told]

    first, second = await asyncio.gather(SERVICE.mark_read(member, ids), SERVICE.mark_read(member, ids))

    assert [(row.id, row.read_at) for row in first] == [(row.id, row.read_at) for row in second]
    assert await SERVICE.unread_count(member) == 0


async def test_a_colleagues_notification_is_not_found_and_not_marked(member: Principal) -> None:
    colleague = principal_of(await make_member(await make_organisation("Newbridge"), "Nora Berg"))
    foreign, own = await _tell(colleague), await _tell(member)

    with pytest.raises(NotFound):
        await SERVICE.mark_read(member, [own.id, foreign.id])
    with pytest.raises(NotFound):
        await SERVICE.get(member, foreign.id)

    assert (await SERVICE.unread_count(member), await SERVICE.unread_count(colleague)) == (1, 1)


@pytest.mark.parametrize("kind", list(NotificationKind))
def test_words_are_whole_sentences_with_and_without_the_rooms_names(kind: NotificationKind) -> None:
    named, unnamed = words_for(kind, "Pier", "Lighthouse"), words_for(kind, None, None)

    for words in (named, unnamed):
        assert words[0].isupper()
        assert words.endswith(".")
        assert "None" not in words
