"""What scenarios have in common: the documents they send, and how things stand at the suite."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.connections.models import CalendarConnection
from app.identity.models import Member
from tests.faults.mortal_story import Life
from tests.journeys.story import BOOK

PROBLEM = "... on Problem { code message }"
SET_NOTE = f"""mutation ($input: SetEventNoteInput!) {{ setEventNote(input: $input) {{ __typename {PROBLEM} }} }}"""
AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { __typename
  ... on Agenda { events(first: 100) { nodes { id subject } } } ... on Problem { message } } }"""
BOOK_SHIFT = f"""mutation ($input: BookShiftInput!) {{ bookShift(input: $input) {{ __typename {PROBLEM}
  ... on ShiftsBooked {{ shifts {{ id }} }} }} }}"""
CANCEL_SHIFT = f"mutation ($input: CancelShiftInput!) {{ cancelShift(input: $input) {{ __typename {PROBLEM} }} }}"
PREFER = (
    f"mutation ($input: SetShiftPreferencesInput) {{ setShiftPreferences(input: $input) {{ __typename {PROBLEM} }} }}"
)
CANCEL = f"mutation ($input: CancelBookingInput!) {{ cancelBooking(input: $input) {{ __typename {PROBLEM} }} }}"
SYNC = f"mutation {{ syncRooms {{ __typename {PROBLEM} }} }}"
PREVIEW = "{ disableIntegrationPreview { __typename ... on DisableIntegrationPreview { confirmation } } }"
DISABLE = (
    f"mutation ($input: DisableIntegrationInput!) {{ disableIntegration(input: $input) {{ __typename {PROBLEM} }} }}"
)
A_WEEK = timedelta(days=7)


def expect(said: dict[str, Any], name: str) -> dict[str, Any]:
    """The answer, which is of this type."""
    assert said["__typename"] == name, said
    return said


async def book(life: Life, *, room: int = 0, key: str = "a booking", weekly: bool = False) -> dict[str, Any]:
    """The member books a room for an event of this life, or for four weeks of one."""
    event = life.slot.as_event(life.subject)
    if weekly:
        day = life.slot.start.strftime("%A").upper()
        event["recurrence"] = {"frequency": "WEEKLY", "weekdays": [day], "count": 4}
    wanted = {"roomIds": [life.world.rooms[room]], "event": event, "idempotencyKey": key}
    return expect(await life.product.ask(life.world.member, BOOK, input=wanted), "RoomsBooked")


async def booked(life: Life, *, room: int = 0, weekly: bool = False) -> None:
    """A booking, whose id the life notes."""
    made = await book(life, room=room, weekly=weekly)
    life.notes["booking"] = made["bookings"][0]["id"]


async def items(life: Life) -> list[dict[str, Any]]:
    """What lies in the member's calendar under this life's subject, as the suite holds it."""
    company = life.world.company
    where = f"{company.control}/mailboxes/{company.member}/items?{company.subject}={life.subject}"
    found: list[dict[str, Any]] = await life.order("GET", where)
    return found


async def at_suite(life: Life) -> list[list[Any]]:
    """Of each such event: whether it is cancelled, its rooms, and how many minutes it begins after its first time."""
    told = [
        [_is_cancelled(item), _rooms(life, item), _minutes_after(item, life.slot.start)]
        for item in await items(life)
        if item.get("type") != "occurrence" and "recurringEventId" not in item
    ]
    return sorted(told)


def _is_cancelled(item: dict[str, Any]) -> bool:
    return bool(item.get("isCancelled")) or item.get("status") == "cancelled"


def _rooms(life: Life, item: dict[str, Any]) -> list[str]:
    guests = [guest.get("email") or guest["emailAddress"]["address"] for guest in item.get("attendees", [])]
    return sorted(address.lower() for address in guests if address.lower() in life.world.addresses)


def _minutes_after(item: dict[str, Any], first: datetime) -> int:
    begins = datetime.fromisoformat(item["start"]["dateTime"])
    begins = begins if begins.tzinfo else begins.replace(tzinfo=UTC)
    return round((begins - first).total_seconds() / 60)


async def answer(life: Life, response: str, *, room: int = 0) -> None:
    """The room says `accept` or `decline` to this life's event."""
    company = life.world.company
    [item] = [item for item in await items(life) if item.get("type") != "occurrence" and not _is_cancelled(item)]
    said = {"event_id": item["id"], "response": response}
    if company.control == "graph":  # where an event has an id of its own in every calendar
        said["organizer"] = company.member
    await life.order("POST", f"{company.control}/rooms/{life.world.addresses[room]}/answer", said)


async def make_due(life: Life) -> None:
    """The suite says that something has changed in the member's mailbox."""
    address = life.world.company.member
    checks: Any = life.product.job("booking-checks")
    for connection in await CalendarConnection.filter(member__address=address):
        await checks.mark_due(connection.id, None)


async def plant(life: Life, *, hours: int = 0) -> str:
    """An event in the member's own calendar that was made elsewhere, with a guest; its id here."""
    company, start = life.world.company, life.slot.start + timedelta(hours=hours)
    times = {
        name: {"dateTime": moment.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
        for name, moment in (("start", start), ("end", start + timedelta(minutes=20)))
    }
    if company.control == "google":
        times = {name: {**time, "dateTime": f"{time['dateTime']}Z"} for name, time in times.items()}
        guests: list[dict[str, Any]] = [{"email": "guest@elsewhere.example", "responseStatus": "needsAction"}]
    else:
        guests = [{"type": "required", "emailAddress": {"address": "guest@elsewhere.example", "name": "A guest"}}]
    event = {company.subject: life.subject, **times, "attendees": guests}
    await life.order("POST", f"{company.control}/mailboxes/{company.member}/events", event)
    return await event_id(life)


async def event_id(life: Life) -> str:
    """What this life's event is called here."""
    window = {"from": (life.slot.start - timedelta(hours=1)).isoformat(), "to": (life.slot.end + A_WEEK).isoformat()}
    agenda = await life.product.ask(life.world.member, AGENDA, **window)
    found: str = next(event["id"] for event in agenda["events"]["nodes"] if event["subject"] == life.subject)
    return found


async def remove_event(life: Life) -> None:
    """The event goes at the suite, by its organiser's own hand."""
    company = life.world.company
    for item in await items(life):
        await life.order("DELETE", f"{company.control}/mailboxes/{company.member}/events/{item['id']}")


async def disabled(life: Life, **values: object) -> None:
    """The administrator disables what was shown."""
    shown = await life.ask(life.world.admin, PREVIEW)
    ended = await life.ask(life.world.admin, DISABLE, confirmation=shown["confirmation"], **values)
    expect(ended, "IntegrationDisabled")


async def member_row(life: Life) -> Member:
    """Who the member is in the database."""
    return await Member.get(address=life.world.company.member)


async def end_watches(life: Life) -> None:
    """The suite forgets every watch without a word: what they would tell is nothing to the lives that follow."""
    company = life.world.company
    what = "subscriptions" if company.control == "graph" else "channels"
    for watch in await life.order("GET", f"{company.control}/{what}"):
        await life.order("DELETE", f"{company.control}/{what}/{watch['id']}", missing_is_well=True)
