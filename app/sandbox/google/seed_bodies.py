"""Plans written out as the bodies of events."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.sandbox.google.seed_plans import Plan


@dataclass(frozen=True, slots=True)
class Slot:
    """A day and a time of day, in the zone of whoever plans."""

    day: date
    at: time
    zone: str


def body_of(plan: Plan, slot: Slot, key: str) -> dict[str, Any]:
    """The event that a plan makes at a slot; ``key`` distinguishes it from all others."""
    body: dict[str, Any] = {"id": event_id(key), **plan.members}
    if plan.summary:
        body["summary"] = plan.summary
    if plan.days:
        body["start"] = {"date": slot.day.isoformat()}
        body["end"] = {"date": (slot.day + timedelta(days=plan.days)).isoformat()}
    else:
        begins = datetime.combine(slot.day, slot.at, ZoneInfo(slot.zone))
        ends = begins.astimezone(UTC) + timedelta(minutes=plan.minutes)
        body["start"], body["end"] = (wire_time(one, plan.zone or slot.zone) for one in (begins, ends))
    if plan.is_online:
        request = {"requestId": body["id"], "conferenceSolutionKey": {"type": "hangoutsMeet"}}
        body["conferenceData"] = {"createRequest": request}
    return body


def wire_time(moment: datetime, zone: str) -> dict[str, str]:
    """A moment with the zone it was meant in."""
    return {"dateTime": moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"), "timeZone": zone}


def until(day: date) -> str:
    """The end of a recurrence, as its rule writes it."""
    return f"UNTIL={day:%Y%m%d}T225959Z"


def event_id(key: str) -> str:
    """An id such as Google takes from clients, the same in every sandbox."""
    return hashlib.blake2b(key.encode(), digest_size=13).hexdigest()


def draw(*parts: object) -> int:
    """A number that looks like chance and is not."""
    text = " ".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
