"""Everything that a member can do with their calendar, and everything that can go wrong with it, in one life.

The words of a calendar are canaries; so is what a suite says when it fails, which nobody but us is ever to read.
"""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import aiohttp

from tests.journeys.companies import ForeignEvent
from tests.journeys.story import BOOK, PENDING, Slot, Story
from tests.journeys.test_responding import RESPOND
from tests.journeys.test_shifts_in_calendar import BOOK as BOOK_SHIFT
from tests.journeys.test_shifts_in_calendar import CANCEL as CANCEL_SHIFT
from tests.journeys.test_shifts_in_calendar import PREFER, SUGGESTED, lighthouse, some_weekday, until_in_calendar
from tests.journeys.test_way_out import REPLACE, RESCHEDULE
from tests.privacy.test_canaries import AGENDA, BODY, CANCEL, EVENT, MADE_ELSEWHERE, NOTE, PLACE, STRANGER, SUBJECT, say
from tests.support.client import Client
from tests.support.mail_server import Inbox

SAID_BY_THE_SUITE = "Thistle-Gondola-3391"
"""What only error bodies of a suite say."""
SECONDS = 20
DAY = timedelta(days=1)
MY_DATA = "{ myData { document } }"
UNREAD = "{ notifications(unreadOnly: true) { nodes { kind message } } }"
NAME_SUBJECTS = """mutation { setNotificationSettings(input: {mailsSubjects: true}) { __typename
  ... on Problem { message } } }"""
FREE = """query ($from: DateTime!, $to: DateTime!) { availableRooms(from: $from, to: $to) { ... on AvailableRooms {
  rooms { nodes { availability room { id email } } } } } }"""
BROKEN = {"error": {"code": SAID_BY_THE_SUITE, "message": SAID_BY_THE_SUITE, "status": SAID_BY_THE_SUITE}}
TOKEN_REFUSED = {"error": "temporarily_unavailable", "error_description": SAID_BY_THE_SUITE, "suberror": "other"}
CONSENT_ENDED = {"error": "invalid_grant", "error_description": SAID_BY_THE_SUITE}
TOKEN_ENDPOINTS = [{"host": "entra", "path": "**/token"}, {"host": "google-accounts", "path": "**/token"}]


class Listening(Client):
    """Keeps the whole text of every answer."""

    def __init__(self, address: str, token: str, heard: list[str]) -> None:
        super().__init__(address, token)
        self.heard = heard

    async def send(self, document: str, **variables: object) -> dict[str, Any]:
        answer = await super().send(document, **variables)
        self.heard.append(str(answer))
        return answer


class Life:
    """One member's, told step by step; `heard` is all that their front end was answered."""

    def __init__(self, story: Story, slot: Slot, inbox: Inbox) -> None:
        self.story, self.slot, self.inbox = story, slot, inbox
        self.heard: list[str] = []

    async def live(self) -> None:
        administrator_token = await self.story.enabled()
        async with self.story.speaking_for(administrator_token) as administrator:
            await administrator.field(NAME_SUBJECTS)
            building = await lighthouse(administrator)
        token = await self.story.connected_member()
        address = self.story.server.address
        async with Listening(address, token, self.heard) as member:
            seen = await self._sees_an_event(member)
            await self._books_and_changes(member)
            await self._works(member, building)
            await self._is_told_no(member)
            await self._goes_wrong(member, seen)
            await member.field(MY_DATA)
            await self._loses_consent(member)
        await self._strangers_post()

    def _window(self) -> dict[str, str]:
        start, end = self.slot.start - timedelta(hours=2), self.slot.end + timedelta(hours=2)
        return {"from": start.isoformat(), "to": end.isoformat()}

    async def _sees_an_event(self, member: Client) -> str:
        event = ForeignEvent(
            subject=MADE_ELSEWHERE, body=BODY, place=PLACE, guest=STRANGER, start=self.slot.start, end=self.slot.end
        )
        await self.story.company.plant(self.story.sandbox, event)
        [seen] = (await member.field(AGENDA, **self._window()))["events"]["nodes"]
        seen_id: str = seen["id"]
        assert (await member.field(EVENT, id=seen_id))["subject"] == MADE_ELSEWHERE
        await say(member, seen_id)
        await member.send(RESPOND, input={"eventId": seen_id, "response": "ACCEPT", "comment": BODY})
        return seen_id

    async def _books_and_changes(self, member: Client) -> None:
        """A single event that is moved to other times and rooms, and a series; both end."""
        rooms = await self._free(member, 2)
        async with member.subscribe(PENDING) as updates:
            event = {**self.slot.as_event(SUBJECT, STRANGER), "body": BODY}
            booking = await self._booked(member, rooms[0], event)
            while (await updates.next())["booking"]["state"] == "PENDING":
                continue
        await member.field(REPLACE, input={"bookingId": booking, "roomId": rooms[1]["id"]})
        later = {"start": self.slot.end.isoformat(), "end": (self.slot.end + timedelta(minutes=9)).isoformat()}
        await member.field(RESCHEDULE, input={"bookingId": booking, "timeZone": "Europe/Amsterdam", **later})
        await member.field(CANCEL, input={"bookingId": booking, "cancelEvent": True})
        weekly = {"recurrence": {"frequency": "DAILY", "count": 3}, "timeZone": "UTC"}
        series = await self._booked(member, rooms[0], {**self.slot.as_event(SUBJECT, STRANGER), **weekly})
        await member.field(CANCEL, input={"bookingId": series, "cancelEvent": True})

    async def _works(self, member: Client, building: str) -> None:
        """Shifts that are shown in the calendar, and suggested from it."""
        day = some_weekday()
        await self.story.company.work_remotely(self.story.sandbox, day + DAY)
        await member.field(PREFER, input={"showInCalendar": True, "suggestFromCalendar": True})
        await member.field(SUGGESTED, **{"from": day.isoformat(), "to": (day + 2 * DAY).isoformat()})
        days, place = {"dates": [day.isoformat()]}, {"buildingId": building}
        booked = await member.field(
            BOOK_SHIFT, input={"days": days, "kind": "AT_OFFICE", "place": place, "idempotencyKey": uuid4().hex}
        )
        await until_in_calendar(self.story, day, 1)
        await member.field(CANCEL_SHIFT, input={"shiftId": booked["shifts"][0]["id"]})
        await until_in_calendar(self.story, day, 0)

    async def _is_told_no(self, member: Client) -> None:
        """By a room, and by mail, which may name the subject: it is mailed and kept nowhere."""
        [room] = await self._free(member, 1)
        await self.story.company.decline_everything(self.story.sandbox, room["email"])
        await self._booked(member, room, {**self.slot.as_event(SUBJECT, STRANGER), "body": BODY})
        async with asyncio.timeout(SECONDS):
            while not (await member.field(UNREAD))["nodes"]:
                continue
        await self.story.advance(timedelta(minutes=2))
        async with asyncio.timeout(SECONDS):
            while not self.inbox.mails:
                await member.field(UNREAD)
        assert SUBJECT in self.inbox.mails[0].as_string(), "the mail names the subject, as the administrator wanted"

    async def _goes_wrong(self, member: Client, seen: str) -> None:
        """Every way in which a suite can fail, with its own words in the answer, and what a client can do wrong."""
        calls = self.story.company.calendar_calls
        for fault in (
            {"status": 500, "body": BROKEN},
            {"status": 503, "body": BROKEN, "headers": {"Retry-After": "0"}},
            {"status": 400, "body": BROKEN},
            {"status": 403, "body": BROKEN},
            {"status": 404, "body": BROKEN},
            {"status": 200, "body": SAID_BY_THE_SUITE},
            {"status": 200, "body": {"value": [{"id": 7, "subject": SAID_BY_THE_SUITE}], "items": [SAID_BY_THE_SUITE]}},
            {"effect": "malformed"},
            {"effect": "drop"},
        ):
            await self.story.sandbox.control("POST", "faults", {**calls, "times": None, **fault})
            failed = await member.field(AGENDA, **self._window())
            await self.story.sandbox.control("DELETE", "faults")
            assert MADE_ELSEWHERE not in str(failed), fault
            # In between all is well: a suite that fails again and again is not asked at all for a while.
            assert MADE_ELSEWHERE in str(await member.field(AGENDA, **self._window())), fault
        event = {**self.slot.as_event(SUBJECT * 20, STRANGER), "body": BODY}
        await member.send(BOOK, input={"roomIds": [seen], "event": event, "idempotencyKey": uuid4().hex})
        await member.send(NOTE, input={"eventId": seen, "text": BODY + "\0"})
        await member.send(f'{{ event(id: "{SUBJECT}") {{ __typename }} nonsense(subject: "{SUBJECT}") }}')

    async def _loses_consent(self, member: Client) -> None:
        """The token endpoint fails in its own words, and then says that the consent is over."""
        await self.story.advance(timedelta(hours=2))
        for body, status in ((TOKEN_REFUSED, 503), (CONSENT_ENDED, 400)):
            for endpoint in TOKEN_ENDPOINTS:
                fault = {**endpoint, "times": None, "status": status, "body": body}
                await self.story.sandbox.control("POST", "faults", fault)
            failed = await member.field(AGENDA, **self._window())
            assert MADE_ELSEWHERE not in str(failed)
            await self.story.sandbox.control("DELETE", "faults")
        assert failed["__typename"] == "ReconnectRequired"

    async def _strangers_post(self) -> None:
        """Whoever knows the addresses sends a calendar's words to them."""
        address = self.story.server.address
        graph = {"value": [{"subscriptionId": SUBJECT, "clientState": BODY, "resource": STRANGER, "tenantId": PLACE}]}
        channel = {"X-Goog-Channel-ID": SUBJECT, "X-Goog-Channel-Token": BODY, "X-Goog-Resource-State": "exists"}
        async with aiohttp.ClientSession() as session:
            for path, sent in (
                ("/webhooks/microsoft365", {"json": graph}),
                ("/webhooks/microsoft365", {"data": SUBJECT}),
                ("/webhooks/google", {"data": BODY, "headers": channel}),
                (f"/auth/callback/microsoft365?code={SUBJECT}&state={BODY}", {}),
                (f"/{SUBJECT}?q={BODY}", {}),
            ):
                async with session.post(address + path, **sent) as response:
                    await response.read()
                async with session.get(address + path) as response:
                    await response.read()

    async def _free(self, member: Client, count: int) -> list[dict[str, Any]]:
        found = await member.field(FREE, **self.slot.as_window())
        rooms = [entry["room"] for entry in found["rooms"]["nodes"] if entry["availability"] == "FREE"]
        return rooms[:count]

    async def _booked(self, member: Client, room: dict[str, Any], event: dict[str, Any]) -> str:
        answer = await member.field(
            BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": uuid4().hex}
        )
        booking: str = answer["bookings"][0]["id"]
        return booking
