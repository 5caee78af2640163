"""One mailbox: its calendars, and its items by id, by meeting and by time.

https://learn.microsoft.com/graph/api/resources/calendar
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from app.sandbox.microsoft.mailboxes.ids import IdMint, decompose
from app.sandbox.microsoft.mailboxes.items import Entry, Item, Person, Target, WallTime
from app.sandbox.microsoft.mailboxes.work_plan import PlannedWork

_ONE_DAY = timedelta(days=1)
_LONG = timedelta(days=7)


class ItemNotFoundError(Exception):
    """No such item in this mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A calendar folder; ``shared_by`` is whose calendar it shows, None where it is the mailbox's own."""

    id: str
    name: str
    is_default: bool = False
    shared_by: Person | None = None


@dataclass(slots=True, eq=False)
class Mailbox:
    """The calendar of one person or room. Times are instants in UTC unless a name says otherwise."""

    oid: str
    tenant_id: str
    owner: Person
    time_zone: str
    keeps_declined_events: bool = False
    shares_details: bool = False
    has_work_plan: bool = True
    """Whether the owner's licence has one."""
    work_plan: list[PlannedWork] = field(default_factory=list)
    mint: IdMint = field(init=False)
    calendars: tuple[Calendar, ...] = field(init=False)
    _by_root: dict[str, Item] = field(init=False, default_factory=dict)
    _by_meeting: dict[tuple[str, date | None], Item] = field(init=False, default_factory=dict)
    _by_transaction: dict[str, tuple[bytes, Item]] = field(init=False, default_factory=dict)
    _singles: list[tuple[datetime, str, Item]] = field(init=False, default_factory=list)
    _starts: dict[str, datetime] = field(init=False, default_factory=dict)
    _apart: dict[str, Item] = field(init=False, default_factory=dict)
    """Series, and the few items that last long: they are looked at one by one."""

    def __post_init__(self) -> None:
        self.mint = IdMint(self.oid)
        self.calendars = ()
        self.add_calendar("Calendar", is_default=True)

    @property
    def address(self) -> str:
        """The owner's address."""
        return self.owner.address

    @property
    def calendar(self) -> Calendar:
        """The default calendar."""
        return self.calendars[0]

    # Finding

    def find(self, item_id: str) -> Target:
        """What an id stands for: MalformedIdError, ItemNotFoundError."""
        root_id, day = decompose(item_id)
        root = self._by_root.get(root_id)
        if root is None:
            raise ItemNotFoundError(item_id)
        if day is None or (root.occurrence == day and root.master is None):
            return Target(root)
        if root.dates is None or day in root.removed or (day not in root.exceptions and day not in root.dates):
            raise ItemNotFoundError(item_id)
        return Target(root, day)

    def copy_of(self, meeting: str, occurrence: date | None = None) -> Item | None:
        """This mailbox's copy of a meeting, or of one occurrence to which alone it was invited."""
        return self._by_meeting.get((meeting, occurrence))

    def target_of(self, meeting: str, occurrence: date | None) -> Target | None:
        """This mailbox's copy of a meeting or of one of its dates, wherever it is kept."""
        if occurrence is not None and (lone := self.copy_of(meeting, occurrence)):
            return Target(lone)
        root = self.copy_of(meeting)
        if root is None or occurrence in root.removed:
            return None
        if occurrence is not None and (root.dates is None or occurrence not in root.dates):
            return None
        return Target(root, occurrence)

    def of_transaction(self, transaction_id: str) -> tuple[bytes, Item] | None:
        """What was created under a transaction id: the content's fingerprint and the item."""
        return self._by_transaction.get(transaction_id)

    def items(self) -> Iterator[Item]:
        """Single items and series of all calendars, in the order in which they came."""
        return iter([item for item_id, item in self._by_root.items() if item_id == item.ids.immutable])

    def view(self, start: datetime, end: datetime, calendar_id: str | None = None) -> list[Entry]:
        """Everything in a calendar (the default one) that overlaps the window, series expanded, in order of start.

        An all-day item counts from midnight to midnight UTC. Something without length counts where it stands.
        """
        wanted = calendar_id or self.calendar.id
        found: list[Entry] = []
        first = bisect_left(self._singles, (start - _LONG - _ONE_DAY,))
        last = bisect_left(self._singles, (end,))
        found.extend(Entry(item, begins, item.invitation.ends_at) for begins, _, item in self._singles[first:last])
        for item in self._apart.values():
            found.extend(_occurrences(item, start, end) if item.is_series else [Target(item).entry()])
        inside = [entry for entry in found if entry.item.calendar_id == wanted]
        overlapping = [e for e in inside if e.start < end and (e.end > start or e.start == e.end >= start)]
        overlapping.sort(key=lambda e: (e.start, e.end, e.item.ids.immutable))
        return overlapping

    # Changing

    def add(self, item: Item, fingerprint: bytes = b"") -> Item:
        """Put a new item in."""
        self._by_root[item.ids.default] = self._by_root[item.ids.immutable] = item
        self._by_meeting.setdefault((item.meeting, item.occurrence), item)
        if item.own.transaction_id:
            self._by_transaction[item.own.transaction_id] = (fingerprint, item)
        self._enter_index(item)
        return item

    def remove(self, item: Item) -> None:
        """Take an item out; ItemNotFoundError when it is not here any more."""
        if self._by_root.pop(item.ids.default, None) is None:
            raise ItemNotFoundError(item.ids.default)
        del self._by_root[item.ids.immutable]
        if self.copy_of(item.meeting, item.occurrence) is item:
            del self._by_meeting[item.meeting, item.occurrence]
        self._by_transaction.pop(item.own.transaction_id or "", None)
        self._leave_index(item)

    def reindex(self, item: Item) -> None:
        """Note that an item's time or recurrence has changed."""
        self._leave_index(item)
        self._enter_index(item)

    def move(self, item: Item) -> None:
        """Give an item a new default id, as moving it between folders does."""
        del self._by_root[item.ids.default]
        item.ids = self.mint.moved(item.ids)
        self._by_root[item.ids.default] = item

    def duplicate(self, item: Item, calendar_id: str) -> Item:
        """Copy an item into another calendar: another id, and all that it says, its iCalUId included."""
        copy = replace(item, ids=self.mint.item(), calendar_id=calendar_id, own=replace(item.own, transaction_id=None))
        return self.add(copy)

    def add_calendar(self, name: str, *, is_default: bool = False, shared_by: Person | None = None) -> Calendar:
        """A further calendar, of this mailbox or shown here by a colleague."""
        calendar_id = self.mint.item().immutable + "AAAAAAA="
        calendar = Calendar(id=calendar_id, name=name, is_default=is_default, shared_by=shared_by)
        self.calendars = (*self.calendars, calendar)
        return calendar

    def remove_calendars(self) -> None:
        """Leave only the default calendar, and what lies in it."""
        for item in self.items():
            if item.calendar_id != self.calendar.id:
                self.remove(item)
        self.calendars = self.calendars[:1]

    def clear(self) -> None:
        """Empty the calendars."""
        for index in (self._by_root, self._by_meeting, self._by_transaction, self._singles, self._starts, self._apart):
            index.clear()

    def _enter_index(self, item: Item) -> None:
        item_id, start = item.ids.immutable, item.invitation.starts_at
        if item.is_series or item.invitation.ends_at - start > _LONG:
            self._apart[item_id] = item
            return
        self._starts[item_id] = start
        insort(self._singles, (start, item_id, item), key=lambda row: row[:2])

    def _leave_index(self, item: Item) -> None:
        start = self._starts.pop(item.ids.immutable, None)
        if self._apart.pop(item.ids.immutable, None) is None and start is not None:
            del self._singles[bisect_left(self._singles, (start, item.ids.immutable), key=lambda row: row[:2])]


def _occurrences(series: Item, start: datetime, end: datetime) -> Iterator[Entry]:
    if series.dates is None:
        return
    for exception in series.exceptions.values():
        yield Entry(exception, exception.invitation.starts_at, exception.invitation.ends_at)
    says = series.invitation
    first = (start - series.duration - _ONE_DAY).date()
    for day in series.dates.between(first, (end + _ONE_DAY).date()):
        if day in series.exceptions or day in series.removed:
            continue
        if says.is_all_day:
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            yield Entry(series, midnight, midnight + series.duration, day)
        else:
            begins = says.start.on(day)
            ends = WallTime(begins.local + series.duration, says.end.zone)
            yield Entry(series, begins.instant, ends.instant, day)
