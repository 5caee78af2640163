"""Whoever posts to our webhooks: believed when every part proves itself, and even then it only makes us look again."""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from starlette.applications import Starlette
from tortoise.context import TortoiseContext

from app import clock
from app.bookings.checks import BookingChecks
from app.connections.models import MailboxWatch, WatchStatus
from app.connections.service import ConnectionService
from app.events_bus.memory import MemoryBus
from app.identity.models import Organisation
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys, Vault
from app.notifications.service import notify
from app.suites.protocol import SuiteName
from app.suites.registry import DESCRIPTIONS, SuiteRegistry
from app.webhooks.routes import MAX_BODY_BYTES, MAX_VALIDATION_TOKEN_LENGTH, SMALL_POST_BYTES, webhook_routes
from app.webhooks.service import WebhookService
from app.webhooks.watches import WatchService
from tests.bookings.house import House, InterruptedConnections, Ticker, make_house
from tests.security.suites import GOOGLE, MICROSOFT
from tests.security.webhooks import (
    Post,
    Reply,
    Watched,
    batch,
    configured_suites,
    make_watch,
    posted,
    watched_at,
)
from tests.security.world import rows_of
from tests.support.database import sqlite_file
from tests.support.people import make_member, make_organisation
from tests.support.queries import counted_queries
from tests.webhooks.conftest import PUBLIC_URL, OpensOne, WatchedMailbox

POSTS, ROUNDS, SETTLING = 10_000, 20, 100
OTHER_SUITE = {MICROSOFT: GOOGLE, GOOGLE: MICROSOFT}
SECRETS = ["", "guess", "hmw_" + "A" * 43, "\x00", "x" * 256, "null"]

graph_alone = pytest.mark.parametrize("suite", [MICROSOFT])
google_alone = pytest.mark.parametrize("suite", [GOOGLE])


@pytest.fixture
async def watched(suite: SuiteName, database: TortoiseContext, keys: Keys, vault: Vault) -> AsyncIterator[Watched]:
    """Ada's mailbox, and one of another organisation."""
    ada = await make_member(await make_organisation())
    rival = await make_member(await make_organisation("Newbridge"), "Ren Kato", tenant="newbridge")
    async with watched_at(suite, keys, vault, ada, rival) as watched:
        yield watched


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return sqlite_file(tmp_path)


def _forgeries(watched: Watched) -> list[Post]:
    mine, others = watched.mine, watched.others
    forged = [mine.forged(secret=secret) for secret in (*SECRETS, mine.secret[:-1], f"{mine.secret}x", others.secret)]
    forged += [mine.forged(watch=watch) for watch in ("unknown", others.watch, mine.watch.upper())]
    if watched.suite is MICROSOFT:
        forged += [mine.forged(tenant=tenant) for tenant in (None, "", others.tenant, "organizations")]
    else:
        forged += [mine.forged(resource=resource) for resource in ("unknown", others.resource, mine.watch)]
    return forged


class TestForged:
    async def test_a_genuine_post_makes_us_look_again(self, watched: Watched) -> None:
        reply = await watched.post(watched.mine)

        assert (reply.status, reply.body) == (202, b"")
        assert watched.due.mailboxes == {watched.expected}

    async def test_each_part_of_a_post_that_is_wrong_alone_makes_it_nobodys(
        self, watched: Watched, database_file: Path
    ) -> None:
        before = rows_of(database_file)

        for forged in _forgeries(watched):
            await watched.post(forged)
            assert watched.due.mailboxes == set(), forged

        assert rows_of(database_file) == before

    async def test_a_lifecycle_notice_is_believed_no_more_easily(self, watched: Watched, database_file: Path) -> None:
        before = rows_of(database_file)

        for forged in _forgeries(watched):
            for lifecycle in ("subscriptionRemoved", "reauthorizationRequired", "missed"):
                item = {**forged.item(), "lifecycleEvent": lifecycle}
                await posted(watched.app, watched.path, {**forged.headers}, batch(item))

        assert watched.due.mailboxes == set()
        assert rows_of(database_file) == before

    async def test_what_one_suite_posts_is_nothing_at_the_others_address(
        self, watched: Watched, database_file: Path
    ) -> None:
        before = rows_of(database_file)
        other = OTHER_SUITE[watched.suite]
        dressed_up = Post(
            suite=other,
            watch=watched.mine.watch,
            resource=watched.mine.resource,
            secret=watched.mine.secret,
            tenant=watched.mine.tenant,
        )

        for post in (watched.mine, dressed_up):
            await watched.post(post, DESCRIPTIONS[other].webhook_path)

        assert watched.due.mailboxes == set()
        assert rows_of(database_file) == before

    @graph_alone
    async def test_bad_items_spoil_no_good_one_beside_them(self, watched: Watched) -> None:
        forged = [post.item() for post in _forgeries(watched)]
        odd: list[object] = [
            None,
            7,
            "text",
            [],
            {},
            {"subscriptionId": {}},
            {**watched.mine.item(), "changeType": ["updated"]},
        ]

        reply = await watched.post_batch(*forged, *odd, watched.mine.item(), *forged)

        assert reply.status == 202
        assert watched.due.mailboxes == {watched.expected}

    @graph_alone
    async def test_somebody_elses_genuine_item_in_my_batch_is_theirs(self, watched: Watched) -> None:
        """A batch may hold notices for several subscriptions: each proves itself."""
        await watched.post_batch(watched.mine.item(), watched.others.item())

        assert {connection for connection, _ in watched.due.mailboxes} == set(
            await MailboxWatch.all().values_list("connection_id", flat=True)
        )

    async def test_no_answer_tells_a_known_watch_from_an_unknown_one(self, watched: Watched) -> None:
        """Nor a running from a lost one, nor one whose integration rests."""
        replies = [await watched.post(forged) for forged in _forgeries(watched) if forged.secret]
        replies.append(await watched.post(watched.mine))
        await MailboxWatch.all().update(status=WatchStatus.LOST)
        replies.append(await watched.post(watched.mine))
        await Integration.filter(organisation__name="Tidewater").update(status=IntegrationStatus.DISABLED)
        replies.append(await watched.post(watched.mine))
        await MailboxWatch.all().delete()
        replies.append(await watched.post(watched.mine))
        accepted = [reply for reply in replies if reply.status != 400]

        assert len(accepted) >= 9
        assert {(reply.status, reply.body, repr(sorted(reply.headers.items()))) for reply in accepted} == {
            (202, b"", repr([("content-length", "0")]))
        }

    @google_alone
    async def test_the_greeting_of_a_channel_makes_nobody_look(self, watched: Watched, database_file: Path) -> None:
        before = rows_of(database_file)

        reply = await posted(watched.app, watched.path, {**watched.mine.headers, "x-goog-resource-state": "sync"}, b"")

        assert reply.status == 202
        assert watched.due.times == 0
        assert rows_of(database_file) == before


class TestReplayed:
    async def test_a_post_replayed_a_thousand_times_is_one_read(
        self, suite: SuiteName, database: TortoiseContext, keys: Keys, vault: Vault
    ) -> None:
        ticker = Ticker()
        with clock.use(ticker):
            house = await make_house(keys, vault, ticker)
            await house.book(await house.room())
            [event] = house.calendar.events
            checks = _checks_at(suite, house)
            watches = WatchService(OpensOne(WatchedMailbox()), checks, vault, keys, MemoryBus(), public_url=PUBLIC_URL)
            genuine = (await make_watch(house.connection, suite, watches)).forged(event=event)
            suites = configured_suites()
            app = Starlette(routes=webhook_routes(WebhookService(suites, watches, checks, house.stack.bus)))
            house.interruptions.calls.clear()
            statuses: Counter[int] = Counter()

            await _flood(app, DESCRIPTIONS[suite].webhook_path, [genuine], 1_000, statuses)
            await checks.run_due()
            await suites.close()

        assert statuses == {202: 1_000}
        assert house.interruptions.calls == ["event"]


def _checks_at(suite: SuiteName, house: House) -> BookingChecks:
    """The real checks of bookings, of a house whose calendar is at this suite."""
    registry = SuiteRegistry({suite: house.stack.suite})
    connections = ConnectionService(registry, house.stack.tokens, house.stack.flows, house.stack.bus)
    return BookingChecks(
        connections=InterruptedConnections(connections, house.interruptions),
        references=house.references,
        policy=house.policy,
        notify=notify,
        bus=house.stack.bus,
        capabilities_of=lambda _: house.stack.suite.capabilities,
    )


class TestFlood:
    @graph_alone
    async def test_ten_thousand_posts_cost_one_statement_each_and_leave_nothing_in_memory(
        self, watched: Watched
    ) -> None:
        """Genuine, forged and of no watch at all; counted in statements and objects, since seconds prove nothing."""
        app = watched.app
        posts = [watched.mine, watched.mine.forged(secret="guess"), watched.mine.forged(watch="unknown")]
        statuses: Counter[int] = Counter()
        await _flood(app, watched.path, posts, SETTLING, statuses)
        gc.collect()
        before = len(gc.get_objects())

        for _ in range(ROUNDS):
            async with counted_queries() as queries:
                await _flood(app, watched.path, posts, POSTS // ROUNDS, statuses)
            assert len(queries) <= POSTS // ROUNDS

        gc.collect()
        assert statuses == {202: POSTS + SETTLING}
        assert watched.due.mailboxes == {watched.expected}
        assert len(gc.get_objects()) - before < POSTS // 10

    @graph_alone
    async def test_a_batch_of_a_thousand_items_costs_no_more_statements_than_one_of_one(self, watched: Watched) -> None:
        async with counted_queries() as one:
            await watched.post_batch(watched.mine.item())
        async with counted_queries() as many:
            await watched.post_batch(*([watched.mine.item()] * 700), *([watched.mine.forged(watch="?").item()] * 300))

        assert len(many) == len(one)
        assert watched.due.times == 2

    @graph_alone
    async def test_a_batch_that_names_a_thousand_events_is_bounded_too(self, watched: Watched) -> None:
        items = [watched.mine.forged(event=f"AAMk-{number}").item() for number in range(1_500)]

        reply = await watched.post_batch(*items)

        assert reply.status == 202
        assert watched.due.times <= 1_000


async def _flood(app: Starlette, path: str, posts: list[Post], count: int, statuses: Counter[int]) -> None:
    for number in range(count):
        post = posts[number % len(posts)]
        statuses[(await posted(app, path, post.headers, post.body)).status] += 1


class TestSlow:
    """Large posts that never end hold a bounded amount of memory, and keep no notification out."""

    async def test_what_large_posts_hold_together_is_bounded_and_small_ones_are_always_taken_in(
        self, watched: Watched
    ) -> None:
        app = Starlette(routes=webhook_routes(watched.service, arriving_bytes=100_000))
        large, may_end = b"x" * (SMALL_POST_BYTES + 40_000), asyncio.Event()
        headers = watched.mine.headers
        stalled = [
            asyncio.create_task(posted(app, watched.path, headers, large, stalls_until=may_end)) for _ in range(2)
        ]
        await asyncio.sleep(0)

        refused = await posted(app, watched.path, headers, large)
        small = await posted(app, watched.path, headers, watched.mine.body)
        may_end.set()
        ended = await asyncio.gather(*stalled)
        afterwards = await posted(app, watched.path, headers, large)

        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        assert small.status == 202
        assert [reply.status for reply in ended] == [400, 400]
        assert afterwards.status == {MICROSOFT: 400, GOOGLE: 202}[watched.suite]  # looked at, and by Google not read

    async def test_a_large_post_that_arrives_in_many_chunks_gives_back_all_that_it_held(self, watched: Watched) -> None:
        app = Starlette(routes=webhook_routes(watched.service, arriving_bytes=100_000))
        chunks = [b"x" * 1_000] * (SMALL_POST_BYTES // 1_000 + 100)

        statuses = {(await posted(app, watched.path, watched.mine.headers, *chunks)).status for _ in range(5)}

        assert statuses == {{MICROSOFT: 400, GOOGLE: 202}[watched.suite]}


class TestHandshake:
    @graph_alone
    @pytest.mark.parametrize(
        ("sent", "echoed"),
        [
            (b"plain", "plain"),
            (b"%3Cscript%3Ealert(1)%3C%2Fscript%3E", "<script>alert(1)</script>"),
            (b"%3C!doctype+html%3E%3Csvg+onload%3Dalert(1)%3E", "<!doctype html><svg onload=alert(1)>"),
            (b"a%2Bb%20c%25d%26e", "a+b c%d&e"),
            (b"%253Cscript%253E", "%3Cscript%3E"),
            (b"a%0d%0aSet-Cookie:%20x=1%0d%0a%0d%0abody", "a\r\nSet-Cookie: x=1\r\n\r\nbody"),
            (b"a%00b", "a\x00b"),
            (b"%ff%fe%80", "\ufffd\ufffd\ufffd"),
            (b"%ed%a0%80", "\ufffd\ufffd\ufffd"),
            (b"\xff\xfe".replace(b"\xff\xfe", b"%E2%80%AE"), "\u202e"),
            (b"%7B%7B7*7%7D%7D", "{{7*7}}"),
            (b"x" * MAX_VALIDATION_TOKEN_LENGTH, "x" * MAX_VALIDATION_TOKEN_LENGTH),
        ],
    )
    async def test_a_hostile_token_comes_back_as_plain_text_and_as_nothing_else(
        self, watched: Watched, sent: bytes, echoed: str
    ) -> None:
        reply = await posted(watched.app, watched.path, {}, query=b"validationToken=" + sent)

        assert (reply.status, reply.body.decode()) == (200, echoed)
        assert reply.headers == {
            "content-type": "text/plain; charset=utf-8",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
            "content-length": str(len(reply.body)),
        }

    @graph_alone
    @pytest.mark.parametrize("token", [b"", b"x" * (MAX_VALIDATION_TOKEN_LENGTH + 1), b"%41" * 100_000])
    async def test_an_empty_or_huge_token_is_not_echoed(self, watched: Watched, token: bytes) -> None:
        reply = await posted(watched.app, watched.path, {}, query=b"validationToken=" + token)

        assert reply.status == 400
        assert len(reply.body) < 100
        assert reply.headers["content-type"].startswith("text/plain")

    @graph_alone
    async def test_a_handshake_reads_no_body_and_asks_no_database(self, watched: Watched) -> None:
        async with counted_queries() as queries:
            reply = await posted(
                watched.app, watched.path, watched.mine.headers, watched.mine.body, query=b"validationToken=t"
            )

        assert (reply.status, reply.body) == (200, b"t")
        assert len(queries) == 0
        assert watched.due.times == 0

    @google_alone
    async def test_google_has_no_handshake_so_nothing_is_echoed_at_its_address(self, watched: Watched) -> None:
        reply = await posted(watched.app, watched.path, {}, query=b"validationToken=%3Cscript%3E")

        assert reply.status == 400
        assert b"script" not in reply.body


class TestForm:
    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
    async def test_only_a_post_is_heard(self, watched: Watched, method: str) -> None:
        reply = await posted(
            watched.app,
            watched.path,
            watched.mine.headers,
            watched.mine.body,
            query=b"validationToken=t",
            method=method,
        )

        assert reply.status == 405
        assert watched.due.times == 0

    async def test_chunks_without_end_are_cut_off_at_the_cap(self, watched: Watched) -> None:
        chunk = b"x" * 1_024
        most = MAX_BODY_BYTES // len(chunk)
        incoming = [chunk] * (most * 4)

        reply = await posted(watched.app, watched.path, watched.mine.headers, *incoming)

        assert reply.status == 413
        assert watched.due.times == 0

    @graph_alone
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b'"value"',
            b'{"value": {}}',
            b'{"Value": []}',
            b"\xff\xfe\x00",
            b'{"value": [' + b"[" * 10_000,
            b'{"value": ' + b"[" * 2_000 + b"]" * 2_000,
            orjson.dumps({"value": [], "x": 1})[:-1],
            b"<xml/>",
            b"value=1&value=2",
        ],
    )
    async def test_a_body_of_another_form_is_refused_in_few_words_that_repeat_nothing(
        self, watched: Watched, body: bytes
    ) -> None:
        reply = await posted(watched.app, watched.path, watched.mine.headers, body)

        assert reply.status == 400
        assert reply.body == b"This is no change notification."

    @google_alone
    async def test_a_body_at_googles_address_says_nothing_whatever_it_says(self, watched: Watched) -> None:
        foreign: Reply = await posted(watched.app, watched.path, {}, batch(watched.mine.item()))
        genuine: Reply = await posted(watched.app, watched.path, watched.mine.headers, b"x" * 1_000)

        assert (foreign.status, genuine.status) == (400, 202)
        assert watched.due.mailboxes == {watched.expected}

    async def test_a_suite_that_is_not_set_up_is_not_found(self, watched: Watched, keys: Keys, vault: Vault) -> None:
        watches = WatchService(OpensOne(WatchedMailbox()), watched.due, vault, keys, MemoryBus(), public_url=PUBLIC_URL)
        service = WebhookService(SuiteRegistry({}), watches, watched.due, MemoryBus())

        reply = await posted(
            Starlette(routes=webhook_routes(service)), watched.path, watched.mine.headers, watched.mine.body
        )

        assert (reply.status, reply.body) == (404, b"")
        assert await Organisation.all().count() == 2
