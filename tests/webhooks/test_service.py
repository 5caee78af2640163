"""A notification is believed when it proves itself, and even then it only makes us look."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import orjson
import pytest
from starlette.applications import Starlette
from starlette.types import Message
from tortoise.context import TortoiseContext

from app.connections.models import MailboxWatch, WatchStatus
from app.events_bus.bus import JOBS, MessageKind
from app.suites.protocol import SuiteName
from app.webhooks.routes import MAX_BODY_BYTES, webhook_routes
from app.webhooks.service import WebhookService
from tests.support.people import TENANT
from tests.webhooks.conftest import World

PATH = "/webhooks/microsoft365"


@pytest.fixture
async def watched(world: World) -> World:
    await world.watches.ensure(world.connection)
    await world.watches.run_due()
    world.checks.due.clear()
    return world


def _item(world: World, **changes: object) -> dict[str, object]:
    [(suite_id, secret)] = world.mailbox.secrets.items()
    return {"watch": suite_id, "secret": secret, "tenant": TENANT, "event": "AAMkAGE1", **changes}


async def _receive(world: World, *items: dict[str, object]) -> None:
    await world.webhooks.receive(SuiteName.MICROSOFT_365, orjson.dumps(items), {})


async def test_a_genuine_notification_makes_its_event_due(watched: World) -> None:
    await _receive(watched, _item(watched))

    assert watched.checks.due == [(watched.connection.id, "AAMkAGE1")]


@pytest.mark.parametrize(
    "forgery",
    [{"secret": "guessed"}, {"watch": "somebody-elses"}, {"tenant": "11111111-0000-4000-8000-000000000000"}],
    ids=["wrong secret", "unknown watch", "wrong tenant"],
)
async def test_a_forged_notification_changes_nothing(watched: World, forgery: dict[str, object]) -> None:
    await _receive(watched, _item(watched, **forgery))

    assert watched.checks.due == []


async def test_a_forged_item_does_not_spoil_the_genuine_ones_beside_it(watched: World) -> None:
    await _receive(watched, _item(watched, secret="guessed"), _item(watched))

    assert watched.checks.due == [(watched.connection.id, "AAMkAGE1")]


async def test_the_same_event_named_many_times_is_looked_at_once(watched: World) -> None:
    await _receive(watched, *[_item(watched)] * 50)

    assert watched.checks.due == [(watched.connection.id, "AAMkAGE1")]


async def test_lost_notifications_make_everything_open_due(watched: World) -> None:
    await _receive(watched, _item(watched, kind="MISSED", event=None))

    assert watched.checks.due == [(watched.connection.id, None)]


async def test_a_watch_that_ended_is_made_anew_at_once(watched: World) -> None:
    async with watched.bus.subscribe(JOBS) as messages:
        await _receive(watched, _item(watched, kind="WATCH_ENDED", event=None))

        assert (await asyncio.wait_for(anext(messages), 5)).kind is MessageKind.JOBS_DUE
    assert (await MailboxWatch.get()).status is WatchStatus.LOST


async def test_a_watch_that_must_be_renewed_now_becomes_due(watched: World) -> None:
    before = (await MailboxWatch.get()).next_attempt_at

    await _receive(watched, _item(watched, kind="REAUTHORISE", event=None))

    assert (await MailboxWatch.get()).next_attempt_at < before
    assert watched.checks.due == []


async def _post(
    world: World,
    body: bytes,
    query: bytes = b"",
    *,
    chunks: int = 1,
    app: Starlette | None = None,
    breaks_off: bool = False,
) -> tuple[int, Mapping[bytes, bytes], bytes]:
    """Send one POST through the routes, without a network; one that breaks off stays connected and says no more."""
    app = app or Starlette(routes=webhook_routes(world.webhooks))
    pieces = [body[at : at + max(1, len(body) // chunks)] for at in range(0, len(body), max(1, len(body) // chunks))]
    incoming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    if not breaks_off:
        incoming.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Message] = []

    async def receive() -> Message:
        if breaks_off and not incoming:
            await asyncio.Event().wait()
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": query,
        "headers": [],
        "root_path": "",
        "scheme": "https",
        "server": ("meetings.tidewater.example", 443),
    }
    await app(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), content


async def test_a_notification_is_acknowledged_without_a_body(watched: World) -> None:
    status, _, body = await _post(watched, orjson.dumps([_item(watched)]))

    assert (status, body) == (202, b"")


async def test_a_stranger_learns_nothing_from_the_answer_to_a_forgery(watched: World) -> None:
    forged = await _post(watched, orjson.dumps([_item(watched, secret="guessed")]))
    genuine = await _post(watched, orjson.dumps([_item(watched)]))

    assert forged == genuine


async def test_the_validation_token_comes_back_decoded_as_plain_text(world: World) -> None:
    status, headers, body = await _post(world, b"", b"validationToken=Validation%3A+a%2Bb%20%3Cscript%3E")

    assert (status, body) == (200, b"Validation: a+b <script>")
    assert headers[b"content-type"].startswith(b"text/plain")
    assert headers[b"x-content-type-options"] == b"nosniff"


@pytest.mark.parametrize("token", [b"", b"x" * 3000])
async def test_a_validation_token_that_is_empty_or_huge_is_refused(world: World, token: bytes) -> None:
    status, _, _ = await _post(world, b"", b"validationToken=" + token)

    assert status == 400


@pytest.mark.parametrize("body", [b"", b"not json", b'{"value": 3}', b"[1, 2]", b"\xff\xfe"])
async def test_a_post_of_another_form_is_refused_in_words(watched: World, body: bytes) -> None:
    status, _, _ = await _post(watched, body)

    assert status == 400


async def test_a_huge_post_is_refused_while_it_is_still_arriving(watched: World) -> None:
    status, _, _ = await _post(watched, b"x" * (MAX_BODY_BYTES + 1), chunks=16)

    assert status == 413


async def test_a_post_that_the_database_cannot_take_is_left_to_the_suite_to_repeat(
    watched: World, database: TortoiseContext
) -> None:
    await database.db().execute_script("DROP TABLE mailbox_watch")

    status, headers, _ = await _post(watched, orjson.dumps([_item(watched)]))

    assert status == 503
    assert headers[b"retry-after"] == b"5"


class _Slow(WebhookService):
    """Takes no post before it is told to."""

    def __init__(self) -> None:
        self.taken = 0
        self.is_full = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def receive(self, suite: SuiteName, body: bytes, headers: Mapping[str, str]) -> None:
        self.taken += 1
        if self.taken == 3:
            self.is_full.set()
        await self.may_go_on.wait()


async def test_a_flood_is_told_to_come_again_and_waits_in_no_queue(world: World) -> None:
    slow = _Slow()
    app = Starlette(routes=webhook_routes(slow, at_once=3))
    first = [asyncio.create_task(_post(world, b"[]", app=app)) for _ in range(3)]
    await slow.is_full.wait()

    flood = await asyncio.gather(*(_post(world, b"[]", app=app) for _ in range(50)))
    slow.may_go_on.set()

    assert {(status, headers[b"retry-after"]) for status, headers, _ in flood} == {(503, b"5")}
    assert [status for status, _, _ in await asyncio.gather(*first)] == [202, 202, 202]
    assert [(await _post(world, b"[]", app=app))[0], slow.taken] == [202, 4]


async def test_a_post_that_never_ends_is_given_up_and_kept_nobody_out_meanwhile(watched: World) -> None:
    routes = webhook_routes(watched.webhooks, at_once=1, read_timeout=timedelta(milliseconds=50))
    app = Starlette(routes=routes)

    endless = asyncio.create_task(_post(watched, b"[", app=app, breaks_off=True))
    status, _, _ = await _post(watched, orjson.dumps([_item(watched)]), app=app)

    assert status == 202
    assert (await endless)[0] == 408
