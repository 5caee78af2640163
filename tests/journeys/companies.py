"""The organisations of the stories: one at each suite, with an administrator, a member, and a way to admin approval.

A story is told of any of them in the same words; what only one suite's sandbox can be asked for stands here.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.sandbox.microsoft.pages import Page
from app.sandbox.process import SandboxClient
from app.sandbox.visitor import Landing, Visitor

Ways = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignEvent:
    """An event as people make it in their calendar's own application. Times are in UTC, whole seconds."""

    subject: str
    body: str
    place: str
    guest: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Company(ABC):
    """One organisation at one suite, whose tenant lets nobody consent before an administrator's approval."""

    name: str
    suite: str
    administrator: str
    tenant_administrator: str
    member: str
    rooms: int
    stuck_on: Page
    """The page that says that an administrator has to approve first."""
    control: str
    """Below which address the suite's rooms and mailboxes are controlled."""
    subject: str
    """What the suite calls an event's subject."""
    creation: dict[str, str]
    """The call that creates an event, as a fault names it."""
    calendar_calls: dict[str, str]
    """Every call about a calendar, as a fault names them."""

    @abstractmethod
    async def approve(self, sandbox: SandboxClient, ways: Ways) -> Landing | None:
        """A tenant administrator approves by the way that this suite has; where a page is visited, how it ended."""

    @abstractmethod
    async def plant(self, sandbox: SandboxClient, foreign: "ForeignEvent") -> None:
        """Put an event into the member's calendar that was made elsewhere than with us."""

    @abstractmethod
    async def work_remotely(self, sandbox: SandboxClient, day: date) -> None:
        """The member says in the suite's own application that they work remotely on this day, and on no other."""

    async def decline_everything(self, sandbox: SandboxClient, room: str) -> None:
        """The room says no from now on."""
        await sandbox.control("PATCH", f"{self.control}/rooms/{room}", {"behaviour": "DECLINE_ALL"})

    async def change_mind(self, sandbox: SandboxClient, room: str, subject: str) -> None:
        """The room, which had said yes to the member's event of this subject, says no after all."""
        [item] = await self.items(sandbox, subject)
        answer = {"organizer": self.member, "event_id": item["id"], "response": "decline"}
        if self.control == "google":  # where an event has one id in every calendar
            del answer["organizer"]
        await sandbox.control("POST", f"{self.control}/rooms/{room}/answer", answer)

    async def items(self, sandbox: SandboxClient, subject: str) -> list[dict[str, Any]]:
        """What lies in the member's calendar under this subject."""
        where = f"{self.control}/mailboxes/{self.member}/items?{self.subject}={subject}"
        found: list[dict[str, Any]] = await sandbox.control("GET", where)
        return found


class _Newbridge(Company):
    async def approve(self, sandbox: SandboxClient, ways: Ways) -> Landing | None:
        """By the direct link; the administrator needs no account with us."""
        [link] = [way["url"] for way in ways if way["kind"] == "ADMIN_APPROVAL_LINK"]
        async with Visitor(self.tenant_administrator) as browser:
            return await browser.open(link)

    async def plant(self, sandbox: SandboxClient, foreign: ForeignEvent) -> None:
        """As Outlook makes it."""
        event = {
            "subject": foreign.subject,
            "body": {"contentType": "text", "content": foreign.body},
            "location": {"displayName": foreign.place},
            "start": {"dateTime": foreign.start.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
            "end": {"dateTime": foreign.end.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
            "attendees": [{"type": "required", "emailAddress": {"address": foreign.guest, "name": "A guest"}}],
        }
        await sandbox.control("POST", f"graph/mailboxes/{self.member}/events", event)

    async def work_remotely(self, sandbox: SandboxClient, day: date) -> None:
        parts = [{"date": day.isoformat(), "type": "remote"}]
        await sandbox.control("PUT", f"graph/mailboxes/{self.member}/work-plan", {"parts": parts})


class _Brookside(Company):
    async def approve(self, sandbox: SandboxClient, ways: Ways) -> Landing | None:
        """In the suite's own administration, of which we see nothing."""
        assert "TRUSTED_APPLICATION" in {way["kind"] for way in ways}
        assert not any(way["url"] for way in ways)
        await sandbox.control("PATCH", "google/customers/brookside.example", {"app_access": "TRUSTED"})
        return None

    async def plant(self, sandbox: SandboxClient, foreign: ForeignEvent) -> None:
        """As Google Calendar makes it."""
        event = {
            "summary": foreign.subject,
            "description": foreign.body,
            "location": foreign.place,
            "start": {"dateTime": foreign.start.isoformat(), "timeZone": "UTC"},
            "end": {"dateTime": foreign.end.isoformat(), "timeZone": "UTC"},
            "attendees": [{"email": foreign.guest, "responseStatus": "needsAction"}],
        }
        await sandbox.control("POST", f"google/mailboxes/{self.member}/events", event)

    async def work_remotely(self, sandbox: SandboxClient, day: date) -> None:
        entry = {
            "summary": "Home",
            "eventType": "workingLocation",
            "visibility": "public",
            "transparency": "transparent",
            "workingLocationProperties": {"type": "homeOffice", "homeOffice": {}},
            "start": {"date": day.isoformat()},
            "end": {"date": (day + timedelta(days=1)).isoformat()},
        }
        await sandbox.control("POST", f"google/mailboxes/{self.member}/events", entry)


NEWBRIDGE = _Newbridge(
    name="Newbridge",
    suite="MICROSOFT_365",
    administrator="nora.berg@newbridge.example",
    tenant_administrator="tomas.silva@newbridge.example",
    member="mia.chen@newbridge.example",
    rooms=5,
    stuck_on=Page.NEED_ADMIN_APPROVAL,
    control="graph",
    subject="subject",
    creation={"host": "graph", "method": "POST", "path": "/v1.0/me/events"},
    calendar_calls={"host": "graph", "path": "/v1.0/me/**"},
)
BROOKSIDE = _Brookside(
    name="Brookside",
    suite="GOOGLE_WORKSPACE",
    administrator="nell.byrne@brookside.example",
    tenant_administrator="pat.doyle@brookside.example",
    member="mara.keane@brookside.example",
    rooms=5,
    stuck_on=Page.GOOGLE_BLOCKED,
    control="google",
    subject="summary",
    creation={"host": "google-calendar", "method": "POST", "path": "/calendar/v3/calendars/*/events"},
    calendar_calls={"host": "google-calendar"},
)
COMPANIES = [NEWBRIDGE, BROOKSIDE]
