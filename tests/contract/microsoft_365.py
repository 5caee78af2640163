"""Microsoft 365 in a sandbox process, as a world for the contract."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from app.sandbox.process import SandboxClient
from app.sandbox.seed import TENANTS
from app.suites.events import Event, Person
from app.suites.http import Recorder
from app.suites.microsoft365.settings import Microsoft365Settings
from app.suites.microsoft365.suite import Microsoft365
from app.suites.protocol import Credentials, RoomDirectory
from app.suites.working_days import WorkingKind
from tests.contract.microsoft_365_errors import PROVOCATIONS
from tests.contract.worlds import TIMEOUT, FixedTokens, Oddity, Operation, Plan, RoomHabit, Trouble, World, Written, box

CALLBACK = "http://127.0.0.1:8000/auth/callback/microsoft365"
TENANT = "tidewater.example"
ROOMS = ("room.lighthouse-2.14@tidewater.example", "room.lighthouse-3.01@tidewater.example")
NEVER_BY_THEMSELVES = 600_000

_PATHS = {
    Operation.LIST_EVENTS: ("GET", "/me/calendarView"),
    Operation.CREATE_EVENT: ("POST", "/me/events"),
    Operation.CHANGE_EVENT: ("PATCH", "/me/events/*"),
    Operation.ANY: (None, None),
}
_TROUBLES: dict[Trouble, dict[str, object]] = {
    Trouble.THROTTLED: {"status": 429, "headers": {"Retry-After": "2"}},
    Trouble.THROTTLED_FOR_A_DAY: {"status": 429, "headers": {"Retry-After": "86400"}},
    Trouble.UNAVAILABLE: {"status": 503},
    Trouble.DONE_BUT_UNANSWERED: {"status": 504, "moment": "after"},
    Trouble.DROPPED: {"effect": "drop"},
    Trouble.MALFORMED: {"effect": "malformed", "body": '{"value": ['},
    Trouble.TOKEN_REFUSED: {"status": 401},
    Trouble.CHANGED_MEANWHILE: {"status": 412},
}
_PLAIN_ROOM = {"behaviour": "AUTO_ACCEPT", "conflict_percentage_allowed": 0, "maximum_conflict_instances": 0}
_HABITS: dict[RoomHabit, dict[str, object]] = {
    RoomHabit.ACCEPTS_WHEN_FREE: _PLAIN_ROOM,
    RoomHabit.NEEDS_APPROVAL: {**_PLAIN_ROOM, "behaviour": "APPROVAL"},
    RoomHabit.DECLINES_SINGLE_DATES: {
        **_PLAIN_ROOM,
        "conflict_percentage_allowed": 50,
        "maximum_conflict_instances": 8,
    },
}
_GHOST = {"type": "required", "status": {"response": "none", "time": "0001-01-01T00:00:00Z"}}
_CROWD = [
    {**_GHOST, "emailAddress": {"name": f"Guest {number}", "address": f"guest-{number}@partner.example"}}
    for number in range(1000)
]
_YEAR_ONE = {"dateTime": "0001-01-01T00:00:00.0000000", "timeZone": "UTC"}
_ODDITIES: dict[Oddity, dict[str, object]] = {
    Oddity.NO_SUBJECT: {"subject": None, "bodyPreview": None},
    Oddity.NO_ORGANISER: {"organizer": None, "isOrganizer": False},
    Oddity.NO_TIMES: {"start": None, "end": None, "isCancelled": True},
    Oddity.NAMELESS_ATTENDEE: {"attendees": [{**_GHOST, "emailAddress": {"name": "Somebody", "address": None}}]},
    Oddity.THOUSAND_ATTENDEES: {"attendees": _CROWD},
    Oddity.UNHEARD_OF_VALUES: {"sensitivity": "unknownFutureValue", "showAs": "unknownFutureValue"},
    Oddity.YEAR_ONE: {"start": _YEAR_ONE, "end": _YEAR_ONE},
}
_ABSENT_ODDITIES = {
    Oddity.WORKING_LOCATION: "where people work is no event at Microsoft",
    Oddity.BIRTHDAY: "birthdays stand in a calendar of their own",
}
_ZONES = {
    "UTC": "UTC",
    "W. Europe Standard Time": "Europe/Berlin",
    "India Standard Time": "Asia/Kolkata",
    "Europe/Amsterdam": "Europe/Amsterdam",
    "tzone://Microsoft/Utc": "UTC",
    "tzone://Microsoft/Custom": "UTC",
    "Customized Time Zone": "UTC",
    "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": "UTC",
    "": "UTC",
    None: "UTC",
}


class Microsoft365World(World):
    """The sandbox's Tidewater, put back to its seed, with rooms that answer only when told to."""

    organiser = "ada.vos@tidewater.example"
    colleague = "ben.kok@tidewater.example"
    administrator = "tess.okafor@tidewater.example"
    stranger = "olga.petrova@elsewhere.example"
    callback_url = CALLBACK
    tells_missed_notifications = True
    tells_how_long_to_wait = True
    zone_names = _ZONES
    absent_oddities = _ABSENT_ODDITIES
    provocations = PROVOCATIONS
    calendar_host = "graph"
    token_host = "entra"
    control_path = "graph"
    written_id = "immutableId"
    paths = _PATHS
    troubles = _TROUBLES
    habits = _HABITS

    def __init__(self, sandbox: SandboxClient, recorder: Recorder) -> None:
        super().__init__(sandbox)
        self.settings = Microsoft365Settings(
            client_id=sandbox.description.client_id,
            client_secret=SecretStr(sandbox.description.client_secret),
            authority=sandbox.description.authority,
            graph_url=sandbox.description.graph_url,
            ca_bundle=sandbox.description.ca_bundle,
        )
        self.suite = Microsoft365(self.settings, TIMEOUT, recorder, self.timing())

    async def begin(self) -> None:
        await self.mend()
        await self.sandbox.control("DELETE", "entra/token-error")
        await self.sandbox.control("DELETE", "entra/answered-scopes")
        await self.sandbox.control("DELETE", f"tenants/{TENANT}/consent")
        await self.control("PATCH", "attendant", {"delay_milliseconds": NEVER_BY_THEMSELVES})
        known = await self.control("GET", "rooms")
        here = [room for room in known if room["address"] in ROOMS]
        self.room_count = sum(room["address"].endswith(f"@{TENANT}") for room in known)
        first, second = (Person(room["address"].lower(), room["name"]) for room in here[:2])
        self.rooms = (first, second)
        for address in (self.organiser, self.colleague, first.address, second.address):
            await self.control("DELETE", f"{box(address)}/calendars")
            await self.control("DELETE", f"{box(address)}/items")
        for address in (self.organiser, self.colleague):
            await self.control("PUT", f"{box(address)}/work-plan", {})
        for room in self.rooms:
            await self.room_habit(room.address, RoomHabit.ACCEPTS_WHEN_FREE)
        for subscription in await self.control("GET", "subscriptions"):
            await self.control("DELETE", f"subscriptions/{subscription['id']}")
        await self.calls()

    def wire(self, written: Written) -> dict[str, object]:
        return _wire(written)

    async def rotate_keys(self) -> None:
        await self.sandbox.control("POST", "entra/rotate-keys")

    async def expire_access_tokens(self) -> None:
        await self.sandbox.control("POST", "entra/expire-access-tokens")

    async def kill_grants(self, address: str) -> None:
        await self.sandbox.control("POST", f"users/{address}/revoke-refresh-tokens")

    async def directory_credentials(self) -> Credentials:
        await self.sandbox.control("POST", f"tenants/{TENANT}/consent")
        return await self.suite.application_tokens(self.tenant_id)

    async def forbidden_directory(self) -> RoomDirectory:
        grant = await self.sign_in(self.organiser)
        return self.suite.directory(FixedTokens(grant.credentials))

    async def room_decides(self, room: str, event: Event, *, accepts: bool) -> None:
        order = {
            "response": "accept" if accepts else "decline",
            "organizer": self.organiser,
            "event_id": event.mailbox_id,
        }
        await self.control("POST", f"rooms/{room}/answer", order)

    async def room_gives_up(self, room: str, event: Event) -> None:
        """Exchange declines a room that nobody checked in to."""
        await self.room_decides(room, event, accepts=False)

    async def plant(self, oddity: Oddity, at: datetime) -> None:
        planted = await self.write(self.organiser, Written(start=at, end=at + timedelta(hours=1)))
        await self._overlay(planted, _ODDITIES[oddity])

    async def plant_in_zone(self, name: str | None, subject: str, at: datetime) -> None:
        planted = await self.write(self.organiser, Written(subject=subject, start=at, end=at + timedelta(hours=1)))
        await self._overlay(planted, {"originalStartTimeZone": name, "originalEndTimeZone": name})

    async def _overlay(self, event_id: str, members: dict[str, object]) -> None:
        await self.control("POST", f"{box(self.organiser)}/events/{event_id}/overlay", members)

    async def add_calendar(self, address: str, name: str) -> str:
        made = await self.control("POST", f"{box(address)}/calendars", {"name": name})
        return str(made["id"])

    async def share_calendar(self, owner: str, reader: str) -> None:
        await self.control("POST", f"{box(reader)}/calendars", {"name": owner, "shared_by": owner})

    async def stand_in_both(self, event_id: str, calendar_id: str) -> None:
        where = f"{box(self.organiser)}/events/{event_id}/copy"
        await self.control("POST", where, {"calendar": calendar_id})

    async def plan(self, address: str, *plans: Plan) -> None:
        await self.control("PUT", f"{box(address)}/work-plan", {"parts": [_part(plan) for plan in plans]})

    async def forbid_plans(self) -> None:
        await self.control("PUT", f"{box(self.organiser)}/work-plan", {"available": False})

    async def lifecycle(self, watch_id: str) -> None:
        await self.control("POST", f"subscriptions/{watch_id}/lifecycle", {"event": "missed"})

    @property
    def tenant_id(self) -> str:
        return next(tenant.id for tenant in TENANTS if tenant.domain == TENANT)


def _part(plan: Plan) -> dict[str, object]:
    kinds = {WorkingKind.OFFICE: "office", WorkingKind.REMOTE: "remote", WorkingKind.NOT_WORKING: "timeOff"}
    part: dict[str, object] = {"date": plan.day.isoformat(), "type": kinds[plan.kind], "place_id": plan.building}
    if plan.by_rule:
        part["recurrence_id"] = "every week"
    if plan.hours is not None:
        part |= {"start": plan.hours[0].isoformat(), "end": plan.hours[1].isoformat()}
    return part


def _wire(written: Written) -> dict[str, object]:
    """As a client of Graph would write it."""
    first = written.start.date() if isinstance(written.start, datetime) else written.start
    wire: dict[str, object] = {
        "subject": written.subject,
        "start": _edge(written.start, written.time_zone),
        "end": _edge(written.end, written.time_zone),
        "isAllDay": not isinstance(written.start, datetime),
        "sensitivity": "private" if written.is_private else "normal",
    }
    if written.weeks is not None:
        days = {"type": "weekly", "interval": 1, "daysOfWeek": [first.strftime("%A").lower()]}
        span = {"type": "numbered", "startDate": first.isoformat(), "numberOfOccurrences": written.weeks}
        wire["recurrence"] = {"pattern": days, "range": span}
    return wire


def _edge(moment: datetime | date, zone: str) -> dict[str, str]:
    if isinstance(moment, datetime):
        moment = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    else:
        moment = datetime.combine(moment, time())
    return {"dateTime": moment.isoformat(), "timeZone": zone}
