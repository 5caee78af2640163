"""Shifts in words: how many, where, and from which day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from tortoise.context import TortoiseContext

from app.notifications.models import NotificationKind
from app.notifications.shift_words import ABOUT_SHIFTS, ToldShifts, told_shifts
from app.notifications.words import words_for
from app.shifts.models import Shift, ShiftEnd, WorkKind

THURSDAY = date(2026, 12, 3)
LIGHTHOUSE, QUAY, PIER, DOCK = (UUID(int=number) for number in range(1, 5))
NAMES = {LIGHTHOUSE: "Lighthouse", QUAY: "Quay", PIER: "Pier", DOCK: "Dock"}


@dataclass(frozen=True)
class Planned:
    """A shift before there are rows."""

    building_id: UUID | None = LIGHTHOUSE
    kind: WorkKind = WorkKind.AT_OFFICE
    end_reason: ShiftEnd | None = None


HERE, REMOTE, OFF = Planned(), Planned(None, WorkKind.REMOTE), Planned(None, WorkKind.NOT_WORKING)


@pytest.fixture(autouse=True)
def _models(database: TortoiseContext) -> None:
    """Rows are made, and none is stored."""


def told(planned: Sequence[Planned]) -> ToldShifts | None:
    """One a day, from the Thursday on."""
    rows = [
        Shift(
            id=uuid4(),
            kind=one.kind,
            building_id=one.building_id,
            date=THURSDAY + timedelta(days=offset),
            end_reason=one.end_reason,
        )
        for offset, one in enumerate(planned)
    ]
    return told_shifts(rows, NAMES)


@pytest.mark.parametrize(
    ("shifts", "words"),
    [
        ([HERE], "a shift at Lighthouse on Thursday 3 December"),
        ([HERE, HERE], "2 shifts at Lighthouse, the first on Thursday 3 December"),
        ([HERE, Planned(QUAY)], "2 shifts at Lighthouse and Quay, the first on Thursday 3 December"),
        (
            [HERE, Planned(QUAY), Planned(PIER)],
            "3 shifts at Lighthouse, Quay and Pier, the first on Thursday 3 December",
        ),
        (
            [HERE, Planned(QUAY), Planned(PIER), Planned(DOCK)],
            "4 shifts in 4 buildings, the first on Thursday 3 December",
        ),
        ([REMOTE], "a remote shift on Thursday 3 December"),
        ([REMOTE, REMOTE], "2 remote shifts, the first on Thursday 3 December"),
        ([OFF], "a day off on Thursday 3 December"),
        ([OFF, OFF, OFF], "3 days off, the first on Thursday 3 December"),
        ([HERE, REMOTE], "2 shifts, the first on Thursday 3 December"),
        ([Planned(UUID(int=9))], "a shift on Thursday 3 December"),
    ],
)
def test_shifts_are_counted_and_their_places_and_first_day_named(shifts: list[Planned], words: str) -> None:
    found = told(shifts)

    assert found is not None
    assert found.words == words


@pytest.mark.parametrize("kind", sorted(ABOUT_SHIFTS))
def test_words_are_whole_sentences_with_the_shifts_and_without(kind: NotificationKind) -> None:
    for shifts in (told([HERE]), told([])):
        words = words_for(kind, None, None, shifts)

        assert words[0].isupper()
        assert words.endswith(".")
        assert "None" not in words


def test_whoever_loses_a_shift_because_its_building_changed_is_told_why() -> None:
    lost, cancelled = (
        words_for(NotificationKind.SHIFTS_CANCELLED, None, None, told([Planned(end_reason=reason)]))
        for reason in (ShiftEnd.NO_LONGER_FITS, ShiftEnd.CANCELLED_BY_ADMINISTRATOR)
    )

    assert "Their building was changed or removed" in lost
    assert "building" not in cancelled.replace("a shift at Lighthouse", "")
