"""Creating, changing and cancelling: what an organiser may do to a meeting, and what a guest may.

https://developers.google.com/workspace/calendar/api/v3/reference/events
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.sandbox.clock import SandboxClock
from app.sandbox.google.calendar_api.errors import (
    GoogleError,
    already_deleted,
    condition_not_met,
    duplicate_id,
    invalid,
    not_found,
    only_organizer,
)
from app.sandbox.google.calendars.amending import carry_over, merged, writable
from app.sandbox.google.calendars.calendar import StoredCalendar
from app.sandbox.google.calendars.conferences import CONFERENCE_MEMBER, read_conference
from app.sandbox.google.calendars.meetings import Answer, Attendee, Content, Meeting, Person
from app.sandbox.google.calendars.occasions import Occasion
from app.sandbox.google.calendars.post import PostOffice, reset
from app.sandbox.google.calendars.reading import Draft, read_client_id, read_event, same_shared
from app.sandbox.google.calendars.resources import ResourceStore
from app.sandbox.google.calendars.series import Series
from app.sandbox.google.directory import User

_ALPHABET = "abcdefghijklmnopqrstuv0123456789"
_NEW_ID_LENGTH = 26


@dataclass(frozen=True, slots=True)
class RoomRequest:
    """A room is asked for a meeting, or for one instance of it."""

    meeting: Meeting
    key: str | None
    room: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a write left behind; ``conference_asked_for`` when a video meeting was asked for just now."""

    occasion: Occasion
    conference_asked_for: bool = False


class Scheduling:
    """Writes events. Every method raises GoogleError."""

    def __init__(
        self,
        clock: SandboxClock,
        resources: ResourceStore,
        post: PostOffice,
        ask: Callable[[RoomRequest], None],
    ) -> None:
        self._clock = clock
        self._resources = resources
        self._post = post
        self._ask = ask

    @staticmethod
    def find(calendar: StoredCalendar, event_id: str) -> Occasion:
        """The event, series or instance of this id, standing or not."""
        copy = calendar.shelf.copy(event_id)
        if copy is not None:
            return Occasion(copy, None, copy.meeting.content)
        master, _, key = event_id.rpartition("_")
        copy = calendar.shelf.copy(master)
        content = copy.meeting.at(key) if copy is not None and copy.meeting.series is not None else None
        if copy is None or content is None:
            raise not_found()
        return Occasion(copy, key, content)

    def insert(
        self, calendar: StoredCalendar, body: Mapping[str, Any], actor: User, conference_version: int
    ) -> Written:
        """A new event of which this calendar is the organiser."""
        event_id = read_client_id(body) or "".join(secrets.choice(_ALPHABET) for _ in range(_NEW_ID_LENGTH))
        if calendar.shelf.copy(event_id) is not None:
            raise duplicate_id()
        draft = read_event(body, calendar.time_zone)
        conference = read_conference(body, conference_version, event_id, None)
        content = _with_conference(draft.content, conference)
        guests = tuple(self._new_attendee(one, calendar.id) for one in content.attendees)
        ical_uid = body.get("iCalUID")
        meeting = Meeting(
            id=event_id,
            ical_uid=ical_uid if isinstance(ical_uid, str) and ical_uid else f"{event_id}@google.com",
            home=calendar.id,
            organizer=Person(calendar.id, None if calendar.is_primary else calendar.summary),
            creator=Person(actor.address.lower()),
            inviter_sub=actor.sub,
            created=self._clock.now(),
            content=replace(content, attendees=guests),
            recurrence=draft.recurrence,
            series=_series(draft),
        )
        self._post.publish(meeting, own=draft.own)
        self._ask_rooms(meeting, None, {one.email for one in guests})
        copy = meeting.copies[calendar.id]
        return Written(Occasion(copy, None, meeting.content), conference is not None)

    def change(
        self,
        calendar: StoredCalendar,
        event_id: str,
        body: Mapping[str, Any],
        *,
        replaces: bool,
        conference_version: int,
        if_match: str | None,
    ) -> Written:
        """Members of an event changed, or (``replaces``) all of them."""
        one = self.find(calendar, event_id)
        _check_etag(one, if_match)
        if not one.copy.is_home and not one.stands:
            raise not_found()
        before = one.content.details.get(CONFERENCE_MEMBER)
        sent = body if replaces else merged(writable(one.copy, one.key, one.content), body)
        draft = read_event(sent, calendar.time_zone)
        if one.key is not None and draft.recurrence:
            raise invalid("An instance of a series cannot recur.", "recurrence")
        if draft.content.details.get("eventType") != one.content.details.get("eventType"):
            raise invalid("The type of an event cannot be changed.", "eventType")
        conference = read_conference(body, conference_version, one.copy.meeting.id, before)
        draft = replace(draft, content=_with_conference(draft.content, conference))
        if one.copy.is_home or one.content.details.get("guestsCanModify"):
            self._change_for_all(calendar, one, draft)
        else:
            self._change_own(calendar, one, draft)
        return Written(self.find(calendar, event_id), conference is not None and conference != before)

    def delete(self, calendar: StoredCalendar, event_id: str, if_match: str | None) -> None:
        """Cancel a meeting or one date of it; a guest throws their copy away and declines."""
        one = self.find(calendar, event_id)
        if not one.stands:
            raise already_deleted()
        _check_etag(one, if_match)
        if one.copy.is_home:
            one.copy.meeting.put(one.key, replace(one.content, cancelled=True))
            self._post.publish(one.copy.meeting, one.key)
        else:
            self._throw_away(one)

    def move(self, source: StoredCalendar, event_id: str, destination: StoredCalendar) -> Written:
        """Give a meeting to another calendar, which becomes its organiser."""
        one = self.find(source, event_id)
        meeting = one.copy.meeting
        if one.key is not None:
            raise GoogleError(
                400,
                "cannotChangeOrganizerOfInstance",
                "Cannot change the organizer of an instance.",
                "calendar",
            )
        if not one.copy.is_home or not one.stands:
            raise only_organizer() if one.stands else not_found()
        present = destination.shelf.copy(meeting.id)
        if present is not None and present.meeting is not meeting:
            raise duplicate_id()
        meeting.home = destination.id
        meeting.organizer = Person(destination.id, None if destination.is_primary else destination.summary)
        self._post.publish(meeting, own=one.copy.own)
        return Written(self.find(destination, event_id))

    # What is everybody's

    def _change_for_all(self, calendar: StoredCalendar, one: Occasion, draft: Draft) -> None:
        meeting, before = one.copy.meeting, one.content
        own = one.copy.own_of(one.key)
        reschedules = _spans(before) != _spans(draft.content)
        reschedules |= one.key is None and draft.recurrence != meeting.recurrence
        returns = before.cancelled and not draft.content.cancelled
        guests = tuple(
            self._kept_attendee(entry, before.attendee(entry.email), meeting.home, asks_again=reschedules or returns)
            for entry in draft.content.attendees
        )
        after = replace(draft.content, attendees=guests)
        if draft.own != own:
            one.copy.put_own(one.key, draft.own)
        if after == before and not reschedules:
            if draft.own != own:
                self._post.touch(calendar, one.copy, one.key)
            return
        rises = reschedules or not same_shared(before, after)
        after = replace(after, sequence=max(before.sequence + rises, after.sequence))
        if one.key is None:
            self._change_whole(meeting, before, after, draft)
        meeting.put(one.key, after)
        self._welcome_back(meeting, before, after)
        self._post.publish(meeting, one.key)
        unanswered = {a.email for a in guests if reschedules or returns or before.attendee(a.email) is None}
        self._ask_rooms(meeting, one.key, unanswered)

    def _change_whole(self, meeting: Meeting, before: Content, after: Content, draft: Draft) -> None:
        """A series that starts otherwise has other instances, and forgets what was changed in the old ones."""
        if (before.start, meeting.recurrence) != (after.start, draft.recurrence):
            meeting.exceptions.clear()
            for copy in meeting.copies.values():
                copy.owns.clear()
                copy.removed_keys.clear()
        meeting.recurrence = draft.recurrence
        meeting.series = _series(replace(draft, content=after))
        carry_over(meeting, before, after)

    def _welcome_back(self, meeting: Meeting, before: Content, after: Content) -> None:
        """Who is invited anew has the meeting again, whatever they did with their copy before."""
        for entry in after.attendees:
            copy = meeting.copies.get(entry.email)
            if copy is not None and before.attendee(entry.email) is None:
                copy.removed = False
                copy.removed_keys.clear()

    def _new_attendee(self, entry: Attendee, home: str) -> Attendee:
        resource = self._resources.get(entry.email)
        if resource is not None:
            return replace(reset(entry), resource=True, display_name=resource.generated_name)
        if entry.email == home and entry.answer is Answer.NEEDS_ACTION:
            return replace(entry, answer=Answer.ACCEPTED, resource=False)
        return replace(entry, resource=False)

    def _kept_attendee(self, entry: Attendee, before: Attendee | None, home: str, *, asks_again: bool) -> Attendee:
        """Nobody answers for others: guests keep their answers, and rooms are asked again when the time changes."""
        if before is None:
            return self._new_attendee(entry, home)
        if before.resource and asks_again:
            return reset(before)
        if entry.email == home:
            return replace(entry, resource=before.resource)
        return replace(before, optional=entry.optional, display_name=entry.display_name or before.display_name)

    def _ask_rooms(self, meeting: Meeting, key: str | None, emails: set[str]) -> None:
        content = meeting.at(key)
        for entry in content.attendees if content else ():
            if entry.resource and entry.email in emails and not (content and content.cancelled):
                self._ask(RoomRequest(meeting, key, entry.email))

    # What is a guest's

    def _change_own(self, calendar: StoredCalendar, one: Occasion, draft: Draft) -> None:
        meeting, before = one.copy.meeting, one.content
        if draft.content.cancelled:
            self._throw_away(one)
            return
        mine = before.attendee(calendar.id)
        strangers = {a.email for a in draft.content.attendees} - {a.email for a in before.attendees}
        shared = replace(draft.content, attendees=before.attendees, sequence=before.sequence)
        recurrence = meeting.recurrence if one.key is None else ()
        if strangers or shared != before or draft.recurrence != recurrence:
            raise only_organizer()
        if draft.own != one.copy.own_of(one.key):
            one.copy.put_own(one.key, draft.own)
            self._post.touch(calendar, one.copy, one.key)
        said = draft.content.attendee(calendar.id)
        if mine is None or said is None:
            return
        answered = replace(mine, answer=said.answer, comment=said.comment, additional_guests=said.additional_guests)
        if answered != mine:
            self._post.answer(meeting, one.key, answered)

    def _throw_away(self, one: Occasion) -> None:
        mine = one.content.attendee(one.copy.calendar_id)
        if one.key is None:
            one.copy.removed = True
        else:
            one.copy.removed_keys.add(one.key)
        if mine is not None:
            self._post.answer(one.copy.meeting, one.key, replace(mine, answer=Answer.DECLINED))


def _series(draft: Draft) -> Series | None:
    if not draft.recurrence:
        return None
    series = Series(draft.recurrence, draft.content.start, draft.content.end)
    if series.first is None:
        raise invalid("The recurrence rule matches no date.", "recurrence")
    return series


def _spans(content: Content) -> tuple[object, ...]:
    return (content.start, content.end)


def _with_conference(content: Content, conference: Mapping[str, Any] | None) -> Content:
    return replace(content, details={**content.details, CONFERENCE_MEMBER: conference}) if conference else content


def _check_etag(one: Occasion, if_match: str | None) -> None:
    etag = one.copy.stamp_of(one.key).etag
    if if_match is not None and if_match.strip() not in ("*", etag):
        raise condition_not_met()
