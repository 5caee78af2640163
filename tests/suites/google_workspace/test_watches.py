"""Channels for change notifications: begun, replaced, stopped."""

from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.suites.errors import NotificationsRefused, SuiteUnavailable
from app.suites.google_workspace.mailbox import GoogleMailbox
from tests.suites.doubles import Provider
from tests.suites.google_workspace.wire import error

NOW = datetime(2026, 11, 12, 13, tzinfo=UTC)
WATCH = "/calendar/v3/calendars/primary/events/watch"
STOP = "/calendar/v3/channels/stop"
URL = "https://meetings.fernhill.test/webhooks/google"


def channel(**changes: object) -> dict[str, object]:
    expiration = str(int((NOW + timedelta(days=6)).timestamp() * 1000))
    return {"kind": "api#channel", "id": "c1", "resourceId": "r1", "expiration": expiration, **changes}


async def test_a_watch_is_known_by_its_channel_and_its_resource(server: Provider, mailbox: GoogleMailbox) -> None:
    server.answer(WATCH, channel(), method="POST")

    watch = await mailbox.watch(URL, "secret")

    assert (watch.suite_id, watch.expires_at) == ("c1 r1", NOW + timedelta(days=6))
    asked = server.seen[0].json()
    assert len(str(asked.pop("id"))) == 36
    assert asked == {"type": "web_hook", "address": URL, "token": "secret", "params": {"ttl": "518400"}}


async def test_every_channel_has_an_id_of_its_own(server: Provider, mailbox: GoogleMailbox) -> None:
    server.answer(WATCH, channel(), method="POST")

    await mailbox.watch(URL, "secret")
    await mailbox.watch(URL, "secret")

    assert server.seen[0].json()["id"] != server.seen[1].json()["id"]


@pytest.mark.parametrize("expiration", [None, "soon", "9" * 40, {}])
async def test_where_google_does_not_say_when_it_ends_it_ends_as_we_asked(
    server: Provider, mailbox: GoogleMailbox, expiration: object
) -> None:
    server.answer(WATCH, channel(expiration=expiration), method="POST")

    with clock.use(lambda: NOW):
        watch = await mailbox.watch(URL, "secret")

    assert watch.expires_at == NOW + timedelta(days=6)


@pytest.mark.parametrize("answer", [{}, {"id": "c1"}, {"id": 1, "resourceId": 2}])
async def test_a_channel_that_could_never_be_stopped_is_no_answer(
    server: Provider, mailbox: GoogleMailbox, answer: dict[str, object]
) -> None:
    server.answer(WATCH, answer, method="POST")

    with pytest.raises(SuiteUnavailable):
        await mailbox.watch(URL, "secret")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "push.webhookUrlNotHttps"),
        (401, "push.webhookUrlUnauthorized"),
        (403, "forbidden"),
        (400, "channelIdNotUnique"),
    ],
)
async def test_an_address_that_google_will_not_post_to_is_refused(
    server: Provider, mailbox: GoogleMailbox, status: int, reason: str
) -> None:
    server.answer(WATCH, error(status, reason), method="POST", status=status)

    with pytest.raises(NotificationsRefused, match=reason):
        await mailbox.watch(URL, "secret")


async def test_a_watch_whose_answer_is_lost_is_not_asked_for_twice(server: Provider, mailbox: GoogleMailbox) -> None:
    server.answer(WATCH, error(503, "backendError"), method="POST", status=503)

    with pytest.raises(SuiteUnavailable):
        await mailbox.watch(URL, "secret")

    assert len(server.seen) == 1


async def test_another_channel_takes_the_place_of_one_before_it_is_stopped(
    server: Provider, mailbox: GoogleMailbox
) -> None:
    server.answer(WATCH, channel(id="c2"), method="POST")
    server.answer(STOP, method="POST", status=204)

    renewed = await mailbox.renew_watch("c1 r1", URL, "another secret")

    begun, stopped = server.seen
    assert renewed.suite_id == "c2 r1"
    assert begun.json()["token"] == "another secret"
    assert stopped.json() == {"id": "c1", "resourceId": "r1"}


@pytest.mark.parametrize("status", [404, 403, 400])
async def test_a_channel_that_cannot_be_stopped_hinders_no_other(
    server: Provider, mailbox: GoogleMailbox, status: int
) -> None:
    server.answer(WATCH, channel(id="c2"), method="POST")
    server.answer(STOP, error(status, "notFound"), method="POST", status=status)

    assert (await mailbox.renew_watch("c1 r1", URL, "another secret")).suite_id == "c2 r1"


async def test_a_watch_that_is_gone_is_stopped(server: Provider, mailbox: GoogleMailbox) -> None:
    server.answer(STOP, error(404, "notFound"), method="POST", status=404)

    await mailbox.unwatch("c1 r1")

    assert len(server.seen) == 1
