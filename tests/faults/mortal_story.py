"""What the killed do: a story's world, one life in it, and the scenarios that are told of many lives."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import aiohttp

from app.suites.protocol import SuiteName
from tests.faults.mortal_product import Product
from tests.faults.mortal_steps import Step
from tests.journeys.companies import COMPANIES, Company
from tests.journeys.story import Slot

FIRST_DAY = 3
SLOTS_A_DAY = 20


@dataclass(frozen=True, slots=True)
class World:
    """An organisation whose integration is enabled, as a database to copy and a sandbox that all copies share."""

    suite: str
    template: str
    """The address of the database that lives begin with a copy of."""
    environment: Mapping[str, str]
    sandbox: str
    """Where the sandbox takes orders."""
    admin: str
    member: str
    colleague: str
    """Access tokens; of `member` and `admin` the calendars are connected."""
    rooms: tuple[str, ...]
    """Ids of rooms that answer only when they are told to."""
    addresses: tuple[str, ...]
    """Their addresses, in the same order."""
    ids: Mapping[str, str]
    """Of what else was made, by what it is."""
    begun_on: str
    """The day on which it was made: all lives mean the same days, also where midnight comes in between."""

    @property
    def company(self) -> Company:
        return next(company for company in COMPANIES if company.suite == self.suite)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Life:
    """One process of the product in one copy of the world."""

    world: World
    product: Product
    scenario: "Scenario"
    turn: int
    """Which copy of the world it is."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What this life tells the one that comes after it."""

    async def ask(self, token: str, document: str, **values: object) -> dict[str, Any]:
        """A mutation or query as its one root field; `values` are its input, where it has one."""
        return await self.product.ask(token, document, **({"input": values} if values else {}))

    async def order(self, method: str, path: str, body: object = None, *, missing_is_well: bool = False) -> Any:
        """Have the sandbox do something, or tell something, by its control address."""
        async with (
            aiohttp.ClientSession(self.world.sandbox) as session,
            session.request(method, f"/control/{path}", json=body) as answer,
        ):
            is_well = answer.status < 400 or (missing_is_well and answer.status == 404)
            assert is_well, await answer.text()
            return await answer.json(content_type=None)

    @property
    def slot(self) -> Slot:
        """A time that no other life of the same scenario uses."""
        day = date.fromisoformat(self.day(FIRST_DAY + self.turn // SLOTS_A_DAY))
        start = datetime.combine(day, time(1 + self.turn % SLOTS_A_DAY, 30), UTC)
        return Slot(start, start + timedelta(minutes=26))

    def day(self, number: int) -> str:
        """So many days after the world was made."""
        return (date.fromisoformat(self.world.begun_on) + timedelta(days=number)).isoformat()

    @property
    def subject(self) -> str:
        """What this life calls its event."""
        return f"{self.scenario.name} {self.turn}"


Deed = Callable[[Life], Awaitable[object]]


async def nothing(_: Life) -> None:
    """What there is to do where nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Work in whose midst a process is killed, at one step after the other."""

    name: str
    covers: tuple[str, ...]
    """Names of jobs, or of root fields of `Mutation`."""
    act: Deed
    """The work."""
    afterwards: Deed
    """What a process that was not killed does later: the client's repeat, or the job's next rounds."""
    arrange: Deed = nothing
    """What makes the work real, in each copy of the world anew or (`arranged_once`) for all of them."""
    arranged_once: bool = False
    dies_arranging: Callable[[Step], bool] | None = None
    """The process that arranges it dies at the first step of this sort."""
    tells: Callable[[Life], Awaitable[Any]] | None = None
    """What stands at the suite, or in a mail box, in the end."""
    gains: Mapping[str, int]
    """How many rows each table has more, or less, in the end: so much work was there to do."""
    is_one_transaction: bool = False
    """Whether all of it or nothing of it stands in the database when the process has died."""
    repeats_count: bool = False
    """Whether the same work asked for twice leaves more behind than asked for once, as it may without a key."""
    ignores: frozenset[str] = frozenset()
    """Tables, columns (`table.column`) and rows with a word (`table:WORD`) that tell by which way it was come to."""
    suites: frozenset[SuiteName] = frozenset(SuiteName)
    side_by_side: int = 2
    """How many copies of the world may live at once."""
