"""`/metrics`: who may read it, and what it costs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette

from app.health import Readiness
from app.serving.monitoring import monitoring
from app.telemetry.exposition import HELD_FOR, Exposition
from app.telemetry.figures import Figures
from app.telemetry.metrics import Metrics
from tests.support.server import free_port
from tests.telemetry.everything import Answering, Confirmed
from tests.telemetry.scraping import Scrape, asked, scraped

TOKEN = "a-token-that-scrapes"


class Database:
    """Counts how often it is asked; answers, or not, when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self.is_away = False

    async def __call__(self) -> Figures:
        self.asked += 1
        await self.answers.wait()
        if self.is_away:
            raise OSError("connect to postgres://somebody@database")
        return Figures(lapsing=self.asked)


class Ticker:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def _exposition(
    ask: Callable[[], Awaitable[Figures]], ticker: Ticker | None = None, readiness: Readiness | None = None
) -> Exposition:
    return Exposition(Metrics(), readiness or Readiness(Confirmed()), ask, ticker or Ticker())


async def _told(exposition: Exposition) -> Scrape:
    return Scrape((await exposition.text()).decode())


@asynccontextmanager
async def _served(token: str | None = None) -> AsyncIterator[str]:
    port = free_port()
    app = Starlette(routes=[_exposition(Database()).route(token)])
    async with monitoring(app, "127.0.0.1", port):
        yield f"http://127.0.0.1:{port}"


async def test_whoever_shows_the_token_reads_it() -> None:
    async with _served(TOKEN) as address:
        told = await scraped(address, Authorization=f"bearer {TOKEN}")

    assert told.value("build_info") == 1


@pytest.mark.parametrize(
    "shown", [None, "", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ä"]
)
async def test_without_the_token_nothing_is_told(shown: str | None) -> None:
    async with _served(TOKEN) as address:
        status, text = await asked(f"{address}/metrics", **({} if shown is None else {"Authorization": shown}))

    assert status == 401
    assert "hybrid_meetings" not in text


async def test_on_a_port_of_the_operators_own_whoever_asks_reads_it() -> None:
    async with _served() as address:
        assert (await scraped(address)).value("build_info") == 1


async def test_a_thousand_scrapes_at_once_ask_the_database_one_time() -> None:
    database = Database()
    exposition = _exposition(database)

    await asyncio.gather(*(exposition.text() for _ in range(1_000)))

    assert database.asked == 1


async def test_figures_hold_for_ten_seconds() -> None:
    database, ticker = Database(), Ticker()
    exposition = _exposition(database, ticker)
    first = await _told(exposition)
    ticker.seconds += HELD_FOR.total_seconds() - 0.1
    second = await _told(exposition)
    ticker.seconds += 0.2

    third = await _told(exposition)

    assert [told.value("watches_lapsing") for told in (first, second, third)] == [1, 1, 2]


async def test_a_database_that_is_away_has_no_figures_and_everything_else_is_told() -> None:
    database, ticker = Database(), Ticker()
    exposition = _exposition(database, ticker, Readiness(Confirmed(), redis=Answering()))
    await exposition.text()
    database.is_away = True
    ticker.seconds += HELD_FOR.total_seconds()

    told = await _told(exposition)

    assert told.value("database_up") == 0
    assert told.labels("watches_lapsing") == []
    assert told.value("redis_up") == 1
    assert told.value("build_info") == 1
    assert "somebody" not in told.text


async def test_a_database_that_hangs_holds_a_scrape_up_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.telemetry.exposition.PATIENCE_SECONDS", 0.05)
    database = Database()
    database.answers.clear()

    async with asyncio.timeout(5):
        told = await _told(_exposition(database))

    assert told.value("database_up") == 0
