"""What every calendar suite does alike: telling of changes, and bearing with trouble."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiohttp import web

from app.suites.errors import (
    InvalidRequest,
    NotFound,
    NotificationsRefused,
    SuiteThrottled,
    SuiteUnavailable,
)
from app.suites.protocol import CalendarSuite, ChangeKind, ChangeNotification, SuiteName
from app.suites.registry import DESCRIPTIONS
from tests.contract.meetings import DAY, WEEK, meeting
from tests.contract.worlds import GrantTokens, Operation, Trouble, World, some_monday
from tests.suites.doubles import Provider, provider


class Webhook:
    """Our side of change notifications: echoes the handshake, keeps what is posted."""

    def __init__(self, server: Provider, suite: SuiteName) -> None:
        self.url = server.origin + "/webhooks/suite"
        self.handshake = DESCRIPTIONS[suite].handshake_parameter
        self.posts: asyncio.Queue[tuple[bytes, dict[str, str]]] = asyncio.Queue()
        server.handle("/webhooks/suite", self._receive, method="POST")

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        token = None if self.handshake is None else request.query.get(self.handshake)
        if token is not None:
            return web.Response(text=token, content_type="text/plain")
        await self.posts.put((await request.read(), dict(request.headers)))
        return web.Response(status=202)

    async def told(self, suite: CalendarSuite) -> ChangeNotification:
        """The next change; a post may be about none, such as the one with which a watch begins."""
        while True:
            for notification in suite.notifications(*await asyncio.wait_for(self.posts.get(), 10)):
                return notification


class TestChangeNotifications:
    async def test_a_rooms_answer_is_told_with_secret_and_event(self, world: World) -> None:
        grant = await world.sign_in(world.organiser)
        mailbox = world.suite.mailbox(GrantTokens(world.suite, grant), key=world.organiser)
        async with provider() as server:
            webhook = Webhook(server, world.suite.name)
            watch = await mailbox.watch(webhook.url, "a secret of ours")

            made = await mailbox.create(meeting(world), uuid4())
            await world.rooms_answer()
            told = await webhook.told(world.suite)

            await mailbox.unwatch(watch.suite_id)
        assert (told.watch_id, told.secret, told.kind) == (watch.suite_id, "a secret of ours", ChangeKind.CHANGED)
        assert told.mailbox_id in {made.mailbox_id, None}
        assert told.tenant in {grant.identity.tenant, None}

    async def test_a_watch_ends_within_a_week_unless_it_is_renewed(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        async with provider() as server:
            url = Webhook(server, world.suite.name).url
            watch = await mailbox.watch(url, "secret")

            renewed = await mailbox.renew_watch(watch.suite_id, url, "another secret")

        assert datetime.now(UTC) + DAY < watch.expires_at <= datetime.now(UTC) + WEEK
        assert renewed.expires_at >= watch.expires_at

    async def test_a_renewed_watch_keeps_its_secret_unless_another_stands_in_its_place(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        async with provider() as server:
            webhook = Webhook(server, world.suite.name)
            watch = await mailbox.watch(webhook.url, "secret")
            renewed = await mailbox.renew_watch(watch.suite_id, webhook.url, "another secret")

            await mailbox.create(meeting(world), uuid4())
            told = await webhook.told(world.suite)

        assert told.watch_id == renewed.suite_id
        assert told.secret == ("secret" if renewed.suite_id == watch.suite_id else "another secret")

    async def test_a_watch_that_is_gone_is_not_found_or_replaced_and_may_be_ended_again(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        async with provider() as server:
            url = Webhook(server, world.suite.name).url
            watch = await mailbox.watch(url, "secret")
            await mailbox.unwatch(watch.suite_id)

            await mailbox.unwatch(watch.suite_id)
            try:
                renewed = await mailbox.renew_watch(watch.suite_id, url, "another secret")
            except NotFound:
                return

        assert renewed.suite_id != watch.suite_id

    async def test_an_ended_watch_tells_nothing_more(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        async with provider() as server:
            webhook = Webhook(server, world.suite.name)
            ended = await mailbox.watch(webhook.url, "secret")
            await mailbox.unwatch(ended.suite_id)
            lasting = await mailbox.watch(webhook.url, "secret")

            await mailbox.create(meeting(world), uuid4())

            assert (await webhook.told(world.suite)).watch_id == lasting.suite_id

    async def test_an_address_that_does_not_answer_the_handshake_is_refused(self, world: World) -> None:
        if DESCRIPTIONS[world.suite.name].handshake_parameter is None:
            pytest.skip("the suite posts to an address without asking it first")
        mailbox = await world.mailbox(world.organiser)
        async with provider() as server:
            server.answer("/webhooks/suite", "no", method="POST", status=404)

            with pytest.raises(NotificationsRefused):
                await mailbox.watch(server.origin + "/webhooks/suite", "secret")

    async def test_missed_notifications_are_told_where_the_suite_tells_them(self, world: World) -> None:
        if not world.tells_missed_notifications:
            pytest.skip("the suite never says that it lost any")
        mailbox = await world.mailbox(world.organiser)
        async with provider() as server:
            webhook = Webhook(server, world.suite.name)
            watch = await mailbox.watch(webhook.url, "secret")

            await world.lifecycle(watch.suite_id)
            told = await webhook.told(world.suite)

        assert (told.watch_id, told.secret, told.kind) == (watch.suite_id, "secret", ChangeKind.MISSED)
        assert told.mailbox_id is None

    @pytest.mark.parametrize("body", [b"", b"hello", b"[]", b'{"value": 3}'])
    async def test_a_post_of_another_form_is_refused(self, world: World, body: bytes) -> None:
        with pytest.raises(InvalidRequest):
            world.suite.notifications(body, {})


class TestTrouble:
    @pytest.mark.parametrize("trouble", [Trouble.THROTTLED, Trouble.UNAVAILABLE, Trouble.DROPPED])
    async def test_a_passing_trouble_is_not_noticed(self, world: World, trouble: Trouble) -> None:
        mailbox = await world.mailbox(world.organiser)
        await mailbox.create(meeting(world), uuid4())
        await world.order(trouble, Operation.LIST_EVENTS)

        assert len(await mailbox.events(some_monday(), some_monday() + WEEK)) == 1

    async def test_throttling_beyond_the_deadline_says_for_how_long(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.order(Trouble.THROTTLED_FOR_A_DAY, Operation.LIST_EVENTS, times=None)

        with pytest.raises(SuiteThrottled) as raised:
            await mailbox.events(some_monday(), some_monday() + WEEK)

        assert raised.value.retry_after == (DAY if world.tells_how_long_to_wait else None)

    @pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE, Trouble.DROPPED])
    async def test_a_lasting_trouble_is_the_suites_and_passes_with_it(self, world: World, trouble: Trouble) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.order(trouble, Operation.LIST_EVENTS, times=None)

        with pytest.raises(SuiteUnavailable):
            await mailbox.events(some_monday(), some_monday() + WEEK)
        await world.mend()

        assert list(await mailbox.events(some_monday(), some_monday() + WEEK)) == []

    async def test_a_malformed_answer_is_no_answer(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.order(Trouble.MALFORMED, Operation.LIST_EVENTS)

        with pytest.raises(SuiteUnavailable):
            await mailbox.events(some_monday(), some_monday() + WEEK)

    @pytest.mark.parametrize("trouble", [Trouble.DONE_BUT_UNANSWERED, Trouble.DROPPED, Trouble.UNAVAILABLE])
    async def test_a_create_whose_answer_is_lost_makes_one_event(self, world: World, trouble: Trouble) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.order(trouble, Operation.CREATE_EVENT)

        made = await mailbox.create(meeting(world), uuid4())

        [only] = await mailbox.events(some_monday(), some_monday() + WEEK)
        assert only.mailbox_id == made.mailbox_id

    async def test_a_token_that_expired_is_renewed_once_for_the_call(self, world: World) -> None:
        tokens = GrantTokens(world.suite, await world.sign_in(world.organiser))
        mailbox = world.suite.mailbox(tokens, key=world.organiser)
        await world.expire_access_tokens()

        assert list(await mailbox.events(some_monday(), some_monday() + WEEK)) == []
        assert tokens.refreshes == 1

    async def test_a_token_that_is_refused_again_is_not_renewed_for_ever(self, world: World) -> None:
        tokens = GrantTokens(world.suite, await world.sign_in(world.organiser))
        mailbox = world.suite.mailbox(tokens, key=world.organiser)
        await world.order(Trouble.TOKEN_REFUSED, Operation.ANY, times=None)

        with pytest.raises(SuiteUnavailable):
            await mailbox.events(some_monday(), some_monday() + WEEK)

        assert tokens.refreshes == 1

    async def test_many_calls_of_one_mailbox_are_not_throttled(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())

        read = await asyncio.gather(*(mailbox.event(made.mailbox_id) for _ in range(20)))

        assert {event.mailbox_id for event in read} == {made.mailbox_id}
