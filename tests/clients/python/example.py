"""A day at the office: `python example.py ADDRESS TOKEN`; what happened, one JSON object a line."""
# mypy: disable-error-code="import-not-found"
# Only because `meetings` is not there before `ariadne-codegen` has run.

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from meetings import Client, GraphQLClientHttpError
from meetings.agenda import AgendaAgendaAgenda, AgendaAgendaAgendaEventsNodes
from meetings.book_room import BookRoomBookRoomInvalidInput, BookRoomBookRoomRoomsBooked
from meetings.enums import BookingState
from meetings.input_types import BookRoomInput, NewEventInput
from meetings.pending_rooms import PendingRoomsPendingRoomsSubscriptionEnded
from pydantic import ValidationError


def say(step: str, value: object) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def client_for(address: str, token: str) -> Client:
    authorization = {"Authorization": f"Bearer {token}"}
    return Client(
        url=f"{address}/graphql",
        headers=authorization,
        ws_url=f"{address.replace('http', 'ws', 1)}/graphql",
        ws_connection_init_payload=dict(authorization),
    )


def shown(message: str, remedy: str | None) -> str:
    return f"{message} {remedy}" if remedy else message


def unheard_of(error: ValidationError) -> str:
    """What a problem says that came into the schema after the client was generated."""
    problem = error.errors()[0]["input"]
    return shown(problem["message"], problem["remedy"])


async def events(client: Client, start: datetime, end: datetime) -> AsyncIterator[AgendaAgendaAgendaEventsNodes]:
    """Every event of the window, page after page."""
    after = None
    while True:
        match (await client.agenda(start, end, after)).agenda:
            case AgendaAgendaAgenda(events=page):
                for event in page.nodes:
                    yield event
                after = page.page_info.end_cursor
                if not page.page_info.has_next_page:
                    return
            case problem:
                raise RuntimeError(shown(problem.message, problem.remedy))


async def book(client: Client, room_id: str) -> str | None:
    """The booking's id; None where there is none, and the member has been told why."""
    start = datetime.now(UTC) + timedelta(days=14, minutes=random.randrange(14 * 24 * 60))  # noqa: S311
    event = NewEventInput(
        subject="Typed booking", start=start, end=start + timedelta(minutes=30), timeZone="Europe/Amsterdam"
    )
    asked = BookRoomInput(roomIds=[room_id], event=event, idempotencyKey=uuid4().hex)
    try:
        result = (await client.book_room(asked)).book_room
    except ValidationError as error:
        say("not booked", unheard_of(error))
        return None
    match result:
        case BookRoomBookRoomRoomsBooked(bookings=[booking]):
            say("booked", booking.room.name)
            match (await client.book_room(asked)).book_room:
                case BookRoomBookRoomRoomsBooked(bookings=[repeated]):
                    say("a repeat under the same key is the same booking", repeated.id == booking.id)
            booking_id: str = booking.id
            return booking_id
        case BookRoomBookRoomRoomsBooked(problems=problems):
            say("not booked", [shown(problem.message, problem.remedy) for problem in problems])
        case BookRoomBookRoomInvalidInput() as problem:
            say("not booked", f"{problem.field}: {problem.message}")
        case problem:
            say("not booked", shown(problem.message, problem.remedy))
    return None


async def answer(client: Client, booking_id: str, since: datetime) -> BookingState | None:
    """What the room said; None where the subscription ended before."""
    async for item in client.pending_rooms(since):
        match item.pending_rooms:
            case PendingRoomsPendingRoomsSubscriptionEnded():
                return None
            case update if update.booking.id == booking_id and update.booking.state != BookingState.PENDING:
                return update.booking.state
    return None


async def main(address: str, token: str) -> None:
    now = datetime.now(UTC)
    async with client_for(address, token) as client:
        week = timedelta(days=7)
        say("agenda", [event.subject async for event in events(client, now - week, now + week)])
        try:
            say("backwards", [event.subject async for event in events(client, now, now - week)])
        except RuntimeError as problem:
            say("a problem", str(problem))
        [room] = (await client.room_by_name("Lighthouse Closed")).rooms.nodes
        booking_id = await book(client, room.id)
        if booking_id is not None:
            state = await answer(client, booking_id, now)
            say("heard", state and state.value)
    async with client_for(address, "wrong") as stranger:
        try:
            await stranger.room_by_name("")
        except GraphQLClientHttpError as error:
            say("an error", error.status_code)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
