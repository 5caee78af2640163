"""Google Workspace in a sandbox process, as a world for the contract."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from app.sandbox.google.seed import CUSTOMERS
from app.sandbox.process import SandboxClient
from app.suites.events import Event, Person
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.google_workspace.suite import GoogleWorkspace
from app.suites.http import Recorder
from app.suites.protocol import Credentials, PermissionVariant, RoomDirectory
from app.suites.working_days import WorkingKind
from tests.contract.google_workspace_errors import DOMAIN, PROVOCATIONS
from tests.contract.worlds import TIMEOUT, FixedTokens, Oddity, Operation, Plan, RoomHabit, Trouble, World, Written, box

CALLBACK = "http://127.0.0.1:8000/auth/callback/google"
ZONE = "Europe/Berlin"
"""The organiser's own."""
NEVER_BY_THEMSELVES = 600_000
HOUR = timedelta(hours=1)

_PATHS = {
    Operation.LIST_EVENTS: ("GET", "/calendar/v3/calendars/*/events"),
    Operation.CREATE_EVENT: ("POST", "/calendar/v3/calendars/*/events"),
    Operation.CHANGE_EVENT: ("PATCH", "/calendar/v3/calendars/*/events/*"),
    Operation.ANY: (None, None),
}
_TROUBLES: dict[Trouble, dict[str, object]] = {
    Trouble.THROTTLED: {"status": 403, "code": "userRateLimitExceeded"},
    Trouble.THROTTLED_FOR_A_DAY: {"status": 403, "code": "quotaExceeded"},
    Trouble.UNAVAILABLE: {"status": 503},
    Trouble.DONE_BUT_UNANSWERED: {"status": 504, "moment": "after"},
    Trouble.DROPPED: {"effect": "drop"},
    Trouble.MALFORMED: {"effect": "malformed", "body": '{"items": ['},
    Trouble.TOKEN_REFUSED: {"status": 401},
    Trouble.CHANGED_MEANWHILE: {"status": 412},
}
_PLAIN_ROOM: dict[str, object] = {"behaviour": "AUTO_ACCEPT", "bookable_by": [], "replaced_by_similar": False}
_HABITS: dict[RoomHabit, dict[str, object]] = {
    RoomHabit.ACCEPTS_WHEN_FREE: _PLAIN_ROOM,
    RoomHabit.NEEDS_APPROVAL: {**_PLAIN_ROOM, "behaviour": "MANUAL"},
    RoomHabit.DECLINES_SINGLE_DATES: _PLAIN_ROOM,
    RoomHabit.REPLACED_BY_SIMILAR: {**_PLAIN_ROOM, "replaced_by_similar": True},
}
_USUAL = {"app_access": "TRUSTED", "calendar_service": True, "working_locations": True}
_CROWD = [{"email": f"guest-{number}@partner.example", "responseStatus": "needsAction"} for number in range(1000)]
_ODDITIES: dict[Oddity, dict[str, object]] = {
    Oddity.NO_SUBJECT: {},
    Oddity.NO_ORGANISER: {"summary": "Imported", "organizer": None, "creator": None},
    Oddity.NAMELESS_ATTENDEE: {"attendees": [{"displayName": "Somebody", "responseStatus": "needsAction"}]},
    Oddity.THOUSAND_ATTENDEES: {"attendees": _CROWD},
    Oddity.UNHEARD_OF_VALUES: {"visibility": "somebody", "transparency": "glassy", "status": "rumoured"},
    Oddity.WORKING_LOCATION: {
        "eventType": "workingLocation",
        "visibility": "public",
        "transparency": "transparent",
        "workingLocationProperties": {"type": "homeOffice", "homeOffice": {}},
    },
    Oddity.BIRTHDAY: {
        "eventType": "birthday",
        "visibility": "private",
        "transparency": "transparent",
        "birthdayProperties": {"type": "birthday"},
    },
}
_ABSENT_ODDITIES = {Oddity.YEAR_ONE: "Google marks nothing by years that are none"}
_ZONES = {
    "UTC": "UTC",
    "Europe/Amsterdam": "Europe/Amsterdam",
    "Asia/Calcutta": "Asia/Calcutta",
    "Etc/GMT-1": "Etc/GMT-1",
    "W. Europe Standard Time": "Europe/Berlin",
    "tzone://Microsoft/Utc": "Europe/Berlin",
    "Customized Time Zone": "Europe/Berlin",
    "": "Europe/Berlin",
    None: "Europe/Berlin",
}
"""A name that nobody knows leaves the zone of the calendar that the event stands in."""


class GoogleWorld(World):
    """The sandbox's Fernhill, put back to its seed, with rooms that answer only when told to."""

    organiser = "hugo.brandt@fernhill.example"
    colleague = "lena.fischer@fernhill.example"
    administrator = "iris.moreau@fernhill.example"
    stranger = "olena.koval@farfield.example"
    callback_url = CALLBACK
    tells_missed_notifications = False
    tells_how_long_to_wait = False
    zone_names = _ZONES
    absent_oddities = _ABSENT_ODDITIES
    provocations = PROVOCATIONS
    calendar_host = "google-calendar"
    token_host = "google-accounts"
    control_path = "google"
    written_id = "id"
    paths = _PATHS
    troubles = _TROUBLES
    habits = _HABITS

    def __init__(self, sandbox: SandboxClient, recorder: Recorder) -> None:
        super().__init__(sandbox)
        description = sandbox.description
        self.settings = GoogleWorkspaceSettings(
            client_id=description.google_client_id,
            client_secret=SecretStr(description.google_client_secret),
            accounts_url=description.google_accounts,
            oauth_url=description.google_apis,
            openid_url=description.google_apis,
            calendar_url=description.google_apis,
            directory_url=description.google_apis,
            ca_bundle=description.ca_bundle,
        )
        self.suite = GoogleWorkspace(self.settings, TIMEOUT, recorder, self.timing())

    async def begin(self) -> None:
        await self.mend()
        for orders in ("token-error", "authorise-error", "answered-scopes"):
            await self.control("DELETE", orders)
        await self.control("PATCH", f"customers/{DOMAIN}", _USUAL)
        await self.control("PATCH", "attendant", {"delay_milliseconds": NEVER_BY_THEMSELVES})
        [customer] = [customer.id for customer in CUSTOMERS if customer.domain == DOMAIN]
        known = [room for room in await self.control("GET", "rooms") if room["customer"] == customer]
        self.room_count = sum(room["category"] != "OTHER" for room in known)
        sized = [room for room in known if room["capacity"]]
        first, second = (Person(room["address"].lower(), room["name"]) for room in sized[:2])
        self.rooms = (first, second)
        for address in (self.organiser, self.colleague):
            await self.control("DELETE", f"{box(address)}/secondary")
            await self.control("DELETE", f"{box(address)}/items")
        for room in known:
            await self.control("DELETE", f"rooms/{room['address']}/items")
        for room in self.rooms:
            await self.room_habit(room.address, RoomHabit.ACCEPTS_WHEN_FREE)
        for channel in await self.control("GET", "channels"):
            await self.control("DELETE", f"channels/{quote(channel['id'])}")
        await self.calls()

    async def room_decides(self, room: str, event: Event, *, accepts: bool) -> None:
        order = {"event_id": event.mailbox_id, "response": "accept" if accepts else "decline"}
        await self.control("POST", f"rooms/{room}/answer", order)

    async def room_gives_up(self, room: str, event: Event) -> None:
        """Google takes a room off when all guests but one have declined."""
        await self.control("POST", f"rooms/{room}/release", {"event_id": event.mailbox_id})

    async def plant(self, oddity: Oddity, at: datetime) -> None:
        if oddity is Oddity.NO_TIMES:
            await self._dates_without_times(at)
            return
        await self._lay_down(at, _ODDITIES[oddity])

    async def plant_in_zone(self, name: str | None, subject: str, at: datetime) -> None:
        zone = {} if name is None else {"timeZone": name}
        start, end = {"dateTime": at.isoformat()} | zone, {"dateTime": (at + HOUR).isoformat()} | zone
        await self._lay_down(at, {"summary": subject, "start": start, "end": end})

    async def _lay_down(self, at: datetime, members: Mapping[str, object]) -> None:
        event: dict[str, object] = {
            "kind": "calendar#event",
            "etag": '"3541880023456000"',
            "status": "confirmed",
            "eventType": "default",
            "organizer": {"email": self.organiser, "self": True},
            "creator": {"email": self.organiser, "self": True},
            "start": {"dateTime": at.isoformat(), "timeZone": "Europe/Berlin"},
            "end": {"dateTime": (at + HOUR).isoformat(), "timeZone": "Europe/Berlin"},
            **members,
        }
        whole = {name: value for name, value in event.items() if value is not None}
        await self.control("POST", f"{box(self.organiser)}/raw", whole)

    async def _dates_without_times(self, at: datetime) -> None:
        """All that Google keeps of a cancelled date; lists do not hold it, so another one does not say it is gone."""
        for series, status in (("k3v9s1qv5i0000", "cancelled"), ("k3v9s1qv5i0001", "confirmed")):
            left = {
                "kind": "calendar#event",
                "id": f"{series}_{at:%Y%m%dT%H%M%SZ}",
                "status": status,
                "recurringEventId": series,
                "originalStartTime": {"dateTime": at.isoformat(), "timeZone": "Europe/Berlin"},
            }
            await self.control("POST", f"{box(self.organiser)}/raw", left)

    async def add_calendar(self, address: str, name: str) -> str:
        made = await self.control("POST", f"{box(address)}/secondary", {"summary": name})
        return str(made["id"])

    async def share_calendar(self, owner: str, reader: str) -> None:
        await self.control("POST", f"{box(owner)}/share", {"reader": reader})

    async def stand_in_both(self, event_id: str, calendar_id: str) -> None:
        guests = {"attendees": [{"email": self.colleague}, {"email": calendar_id}]}
        await self.control("PATCH", f"{box(self.organiser)}/events/{event_id}", guests)

    def wire(self, written: Written) -> dict[str, object]:
        return _wire(written)

    async def plan(self, address: str, *plans: Plan) -> None:
        for item in await self.items(address):
            if item.get("eventType") == "workingLocation" and "recurringEventId" not in item:
                await self.control("DELETE", f"{box(address)}/events/{item['id']}")
        for plan in plans:
            await self.control("POST", f"{box(address)}/events", _entry(plan))

    async def forbid_plans(self) -> None:
        await self.control("PATCH", f"customers/{DOMAIN}", {"working_locations": False})

    async def rotate_keys(self) -> None:
        await self.control("POST", "keys/rotate")

    async def expire_access_tokens(self) -> None:
        await self.control("POST", "expire-access-tokens")

    async def kill_grants(self, address: str) -> None:
        await self.control("POST", f"users/{address}/revoke-refresh-tokens")

    async def directory_credentials(self) -> Credentials:
        scopes = self.suite.scopes(PermissionVariant.FULL, administrator=True)
        return (await self.sign_in(self.administrator, scopes)).credentials

    async def forbidden_directory(self) -> RoomDirectory:
        """An ordinary member's token has the scope, and the member not the right."""
        scopes = self.suite.scopes(PermissionVariant.FULL, administrator=True)
        return self.suite.directory(FixedTokens((await self.sign_in(self.colleague, scopes)).credentials))


def _entry(plan: Plan) -> dict[str, object]:
    place: dict[str, object] = {"type": "homeOffice", "homeOffice": {}}
    if plan.kind is WorkingKind.OFFICE:
        place = {"type": "officeLocation", "officeLocation": {"buildingId": "b-1", "label": plan.building}}
    elif plan.kind is WorkingKind.ELSEWHERE:
        place = {"type": "customLocation", "customLocation": {"label": plan.building}}
    edges: tuple[datetime | date, ...] = (plan.day, plan.day + timedelta(days=1))
    if plan.hours is not None:
        edges = tuple(datetime.combine(plan.day, hour, ZoneInfo(ZONE)) for hour in plan.hours)
    entry: dict[str, object] = {
        "summary": plan.building or "Home",
        "eventType": "workingLocation",
        "visibility": "public",
        "transparency": "transparent",
        "workingLocationProperties": place,
        "start": _edge(edges[0], ZONE),
        "end": _edge(edges[1], ZONE),
    }
    return entry | ({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]} if plan.by_rule else {})


def _wire(written: Written) -> dict[str, object]:
    """As a client of Calendar would write it."""
    wire: dict[str, object] = {
        "summary": written.subject,
        "start": _edge(written.start, written.time_zone),
        "end": _edge(written.end, written.time_zone),
        "visibility": "private" if written.is_private else "default",
    }
    if written.weeks is not None:
        wire["recurrence"] = [f"RRULE:FREQ=WEEKLY;COUNT={written.weeks}"]
    return wire


def _edge(moment: datetime | date, zone: str) -> dict[str, str]:
    if isinstance(moment, datetime):
        return {"dateTime": moment.astimezone(ZoneInfo(zone)).isoformat(), "timeZone": zone}
    return {"date": moment.isoformat()}
