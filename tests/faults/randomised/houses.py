"""The organisations of a run: two at each suite, of which two stay as they are, one ends, and one ends nearly."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tests.journeys.companies import BROOKSIDE, NEWBRIDGE, Company


class Fate(StrEnum):
    """What becomes of an organisation's integration during the run."""

    STAYS = "stays"
    ENDS = "ends"
    """It is disabled, and five days later everything is purged."""
    COMES_BACK = "comes back"
    """It is disabled, and enabled again in time."""


class Decider(StrEnum):
    """How a room decides."""

    ACCEPTS = "accepts"
    DECLINES = "declines"
    IS_ASKED = "asked"
    """Somebody in charge of it answers, or never does."""


DECIDERS = (Decider.ACCEPTS, Decider.ACCEPTS, Decider.DECLINES, Decider.IS_ASKED, Decider.IS_ASKED)
"""The rooms of each organisation."""


@dataclass(frozen=True, slots=True)
class House:
    """One organisation."""

    company: Company
    domain: str
    fate: Fate
    is_approved: bool = False
    """Whether its administrators of the suite have approved the application beforehand."""
    members: int = 0
    rooms: dict[str, str] = field(default_factory=dict)
    """The ids that its rooms have with us, by address."""

    @property
    def is_microsoft(self) -> bool:
        return self.company.suite == "MICROSOFT_365"

    def member_address(self, number: int) -> str:
        return f"member.{number:02}@{self.domain}"

    def member_addresses(self) -> Sequence[str]:
        return [self.member_address(number) for number in range(self.members)]

    def room_addresses(self) -> Sequence[tuple[str, Decider]]:
        return [(f"room-{number}-{decider.value}@{self.domain}", decider) for number, decider in enumerate(DECIDERS)]


def houses(members: int) -> Sequence[House]:
    """All four, new, with so many members each."""
    elsewhere = replace(
        NEWBRIDGE,
        name="Elsewhere",
        administrator="olga.petrova@elsewhere.example",
        tenant_administrator="ivan.petrov@elsewhere.example",
    )
    fernhill = replace(BROOKSIDE, name="Fernhill", administrator="iris.moreau@fernhill.example")
    return [
        House(NEWBRIDGE, "newbridge.example", Fate.STAYS, members=members),
        House(BROOKSIDE, "brookside.example", Fate.STAYS, members=members),
        House(elsewhere, "elsewhere.example", Fate.ENDS, members=members),
        House(fernhill, "fernhill.example", Fate.COMES_BACK, is_approved=True, members=members),
    ]
