"""Who may ask for how much in a minute, tried on the whole product; the clock stands still unless it is moved."""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.identity.models import AccessToken, Member
from app.rates.redis import KEY_PREFIX
from app.web import assets
from tests.rates.moving import Moving
from tests.rates.product import Person, Product, product_with
from tests.support.redis_server import redis_server
from tests.support.server import free_port

ASK = "{ viewer { role } }"
AGENDA = '{ agenda(from: "2031-05-12T00:00:00Z", to: "2031-05-13T00:00:00Z") { __typename } }'
CREATE = "mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { __typename } }"
NOBODY = "{ __typename }"

Serve = Callable[..., AbstractAsyncContextManager[Product]]


@pytest.fixture
def serve(migrated_template: Path, tmp_path: Path, present: Moving) -> Serve:
    return partial(product_with, tmp_path, migrated_template)


async def statuses(product: Product, who: Person | str | None, query: str, times: int) -> list[int]:
    return [(await product.ask(who, query)).status for _ in range(times)]


async def test_the_first_request_too_many_says_when_to_come_back_and_that_moment_works(
    serve: Serve, present: Moving
) -> None:
    async with serve(member_requests=5) as product:
        within = await statuses(product, product.ada, ASK, 5)
        refused = await product.ask(product.ada, ASK)
        seconds = refused.json["errors"][0]["extensions"]["retryAfterSeconds"]
        present.advance(timedelta(seconds=seconds - 1))
        early = await product.ask(product.ada, ASK)
        present.advance(timedelta(seconds=1))
        then = await product.ask(product.ada, ASK)

    assert within == [200] * 5
    assert (refused.status, refused.retry_after, seconds) == (429, "12", 12)
    assert refused.json["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert (early.status, early.retry_after) == (429, "1")
    assert then.json == {"data": {"viewer": {"role": "MEMBER"}}}


async def test_a_members_requests_count_together_by_http_and_sockets_by_token_and_session(serve: Serve) -> None:
    operation = {"id": "1", "type": "subscribe", "payload": {"query": ASK}}
    async with serve(member_requests=4) as product, product.socket(product.ada) as socket:
        await product.ask(product.ada, ASK)
        await product.visit("/auth/sign-in", product.ada)
        for _ in range(2):
            await socket.send(json.dumps(operation))
            answered = [json.loads(await socket.recv())["type"] for _ in range(2)]
        await socket.send(json.dumps(operation))
        refused = json.loads(await socket.recv())
        by_http = await product.ask(product.ada, ASK)

    assert answered == ["next", "complete"]
    assert (refused["id"], refused["type"]) == ("1", "error")
    assert refused["payload"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfterSeconds": 15}
    assert by_http.status == 429


async def test_a_member_who_asks_too_often_disturbs_no_colleague(serve: Serve) -> None:
    async with serve(member_requests=3) as product:
        assert await statuses(product, product.ada, ASK, 10) == [200] * 3 + [429] * 7

        assert await statuses(product, product.bo, ASK, 3) == [200] * 3


async def test_an_organisation_that_asks_too_often_disturbs_no_other(serve: Serve) -> None:
    async with serve(organisation_requests=4) as product:
        colleagues = await statuses(product, product.ada, ASK, 3) + await statuses(product, product.bo, ASK, 3)

        assert colleagues == [200] * 4 + [429] * 2
        assert await statuses(product, product.cleo, ASK, 4) == [200] * 4


async def test_strangers_are_limited_by_address_and_lock_no_member_out_there(serve: Serve) -> None:
    async with serve(address_requests=3) as product:
        strangers = await statuses(product, None, NOBODY, 5)

        assert strangers == [200] * 3 + [429] * 2
        assert await statuses(product, product.ada, ASK, 5) == [200] * 5
        assert (await product.visit("/auth/sign-in", product.ada)).status == 200


async def test_whoever_tries_tokens_is_a_stranger_and_soon_told_to_come_back(serve: Serve, present: Moving) -> None:
    async with serve(address_requests=3) as product:
        tried = await statuses(product, "hybrid_meetings_guessed", ASK, 5)
        present.advance(timedelta(seconds=20))
        later = await product.ask("hybrid_meetings_guessed", ASK)

        assert tried == [401] * 3 + [429] * 2
        assert later.status == 401
        assert (await product.ask(product.ada, ASK)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/auth/sign-in",
        "/auth/invitation/guessed",
        "/auth/continue/guessed",
        "/auth/link",
        "/auth/callback/microsoft-365?code=guessed&state=guessed",
        "/auth/callback/microsoft-365/admin?admin_consent=True&tenant=guessed&state=guessed",
        "/auth/callback/google-workspace?code=guessed&state=guessed",
    ],
)
async def test_whoever_tries_links_is_soon_shown_a_page_that_says_when_to_come_back(
    serve: Serve, present: Moving, path: str
) -> None:
    async with serve(address_requests=3) as product:
        before = [await product.visit(path) for _ in range(3)]
        refused = await product.visit(path)
        style = await product.visit(f"{assets.ADDRESS}/css/pages.css")
        present.advance(timedelta(seconds=20))
        later = await product.visit(path)

    assert 429 not in {each.status for each in before}
    assert (refused.status, refused.retry_after) == (429, "20")
    assert "Load this page again in 20 seconds." in refused.text
    assert style.status == 200
    assert later.status == before[0].status


async def test_the_pages_of_strangers_and_their_requests_count_apart(serve: Serve) -> None:
    async with serve(address_requests=2) as product:
        assert await statuses(product, None, NOBODY, 3) == [200, 200, 429]

        assert (await product.visit("/auth/sign-in")).status == 200


async def test_a_mutation_too_many_changes_nothing_and_the_member_may_still_ask(serve: Serve) -> None:
    async with serve(member_mutations=1) as product:
        made = await product.ask(product.ada, CREATE, input={"name": "Kiosk", "idempotencyKey": "one"})
        refused = await product.ask(product.ada, CREATE, input={"name": "Desk", "idempotencyKey": "two"})
        asked = await product.ask(product.ada, ASK)

        assert made.json == {"data": {"createAccessToken": {"__typename": "AccessTokenCreated"}}}
        assert (refused.status, refused.retry_after) == (429, "60")
        assert await _token_names(product.ada.member) == {"test", "Kiosk"}
        assert asked.status == 200


async def test_a_repeat_under_the_same_key_counts_as_well(serve: Serve) -> None:
    async with serve(member_mutations=3) as product:
        repeats = [
            (await product.ask(product.ada, CREATE, input={"name": "Kiosk", "idempotencyKey": "one"})).status
            for _ in range(5)
        ]

        assert repeats == [200] * 3 + [429] * 2


async def test_a_mutation_that_was_refused_can_be_repeated_under_its_key(serve: Serve, present: Moving) -> None:
    async with serve(member_mutations=1) as product:
        await product.ask(product.ada, CREATE, input={"name": "Kiosk", "idempotencyKey": "one"})
        refused = await product.ask(product.ada, CREATE, input={"name": "Desk", "idempotencyKey": "two"})
        present.advance(timedelta(seconds=int(refused.retry_after or "0")))
        made = await product.ask(product.ada, CREATE, input={"name": "Desk", "idempotencyKey": "two"})

        assert made.json == {"data": {"createAccessToken": {"__typename": "AccessTokenCreated"}}}
        assert await _token_names(product.ada.member) == {"test", "Kiosk", "Desk"}


async def test_what_would_reach_the_suite_too_often_is_refused_and_the_rest_is_not(serve: Serve) -> None:
    async with serve(member_suite_calls=2) as product:
        assert await statuses(product, product.ada, AGENDA, 3) == [200, 200, 429]

        assert (await product.ask(product.ada, ASK)).status == 200
        assert (await product.ask(product.bo, AGENDA)).status == 200


async def test_the_health_of_the_server_is_always_told(serve: Serve) -> None:
    async with serve(address_requests=1) as product:
        told = [(await product.visit("/health/ready")).status for _ in range(5)]

        assert told == [200] * 5


async def test_the_log_says_whose_limit_it_was_and_neither_address_nor_credential(serve: Serve) -> None:
    async with serve(address_requests=1, member_mutations=1) as product:
        with capture_logs() as logged:
            await statuses(product, None, NOBODY, 2)
            for key in ("one", "two"):
                await product.ask(product.ada, CREATE, input={"name": "Kiosk", "idempotencyKey": key})

    limited = [(line["holder"], line["scarce"]) for line in logged if line["event"] == "rate_limited"]
    refused = [line for line in logged if line["event"] == "request" and line["status"] == 429]
    assert limited == [("address", "requests"), ("member", "mutations")]
    assert len(refused) == 2
    assert "127.0.0.1" not in str([line for line in logged if line["event"] != "server_listens"])
    assert product.ada.token not in str(logged)


@pytest.mark.redis
async def test_over_redis_a_limit_is_one_for_all_servers_and_redis_learns_no_address(
    serve: Serve, redis_url: str
) -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    async with redis_server(port) as server, server.client() as redis:
        async with serve(url, address_requests=3) as one:
            first = await statuses(one, None, NOBODY, 2)
        async with serve(url, address_requests=3) as other:
            second = await statuses(other, None, NOBODY, 2)
        kept = [key.decode() async for key in redis.scan_iter() if isinstance(key, bytes)]
        lives = [await redis.pttl(key) for key in kept]

    assert (first, second) == ([200, 200], [200, 429])
    assert [key.startswith(f"{KEY_PREFIX}address:") for key in kept] == [True]
    assert "127.0.0.1" not in str(kept)
    assert all(0 < milliseconds <= 60_000 for milliseconds in lives)


@pytest.mark.redis
async def test_when_redis_goes_away_requests_are_answered_and_limited_still(serve: Serve, redis_url: str) -> None:
    port = free_port()
    async with AsyncExitStack() as stack:
        async with redis_server(port):
            product = await stack.enter_async_context(serve(f"redis://127.0.0.1:{port}/0", member_requests=3))
            before = await statuses(product, product.ada, ASK, 4)
        away = await statuses(product, product.ada, ASK, 4)

    assert before == [200, 200, 200, 429]
    assert away == [200, 200, 200, 429]


async def _token_names(member: Member) -> set[str]:
    rows: list[Any] = await AccessToken.of(member.organisation_id).filter(member_id=member.id)
    return {row.name for row in rows}
