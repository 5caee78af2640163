// A day at the office: `node dist/example.js ADDRESS TOKEN`; what happened, one JSON object a line.

import WebSocket from "ws";
import { ask, Refused, type Server } from "./client.js";
import { roomUpdates } from "./listening.js";
import { everyItem } from "./paging.js";
import { shown, told } from "./problems.js";
import { AGENDA, BOOK_ROOM, REPLACE_ROOM, ROOM_BY_NAME, ROOM_SUGGESTIONS } from "./queries.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const [url = "http://127.0.0.1:8000", token = ""] = process.argv.slice(2);
const server: Server = { url, token };
const say = (step: string, value: unknown) => console.log(JSON.stringify({ step, value }));
const at = (instant: number) => new Date(instant).toISOString();

async function readAgenda(from: number, to: number): Promise<void> {
  const subjects: string[] = [];
  let total: number | null = null;
  const events = everyItem(async (after) => {
    const { agenda } = await ask(server, AGENDA, { from: at(from), to: at(to), after });
    if (agenda.__typename !== "Agenda") throw new Error(shown(agenda));
    total = agenda.events.totalCount;
    return agenda.events;
  });
  for await (const event of events) subjects.push(event.subject);
  say("agenda", subjects);
  say("every event was read", subjects.length === total);
}

async function bookThatRoom(name: string): Promise<string> {
  const room = (await ask(server, ROOM_BY_NAME, { name })).rooms.nodes[0];
  if (!room) throw new Error(`no room is called ${name}`);
  // Some minute of the fortnight after next: rerun, and it is another one.
  const start = Date.now() + 14 * DAY + Math.floor(Math.random() * 14 * DAY);
  const input = {
    roomIds: [room.id],
    event: { subject: "Typed booking", start: at(start), end: at(start + HOUR / 2), timeZone: "Europe/Amsterdam" },
    idempotencyKey: crypto.randomUUID(),
  };
  const { bookRoom: booked } = await ask(server, BOOK_ROOM, { input });
  const { bookRoom: repeated } = await ask(server, BOOK_ROOM, { input });
  say("booked", told(booked));
  if (booked.__typename !== "RoomsBooked" || repeated.__typename !== "RoomsBooked") throw new Error(told(booked));
  const [booking] = booked.bookings;
  if (!booking) throw new Error(booked.problems.map(shown).join(" "));
  say("a repeat under the same key is the same booking", repeated.bookings[0]?.id === booking.id);
  return booking.id;
}

async function takeAnother(bookingId: string): Promise<void> {
  const { roomSuggestions } = await ask(server, ROOM_SUGGESTIONS, { bookingId });
  if (roomSuggestions.__typename !== "RoomSuggestions") throw new Error(shown(roomSuggestions));
  const instead = roomSuggestions.rooms.nodes[0]?.room;
  if (!instead) throw new Error("no room is free");
  const { replaceRoom } = await ask(server, REPLACE_ROOM, { input: { bookingId, roomId: instead.id } });
  if (replaceRoom.__typename !== "RoomReplaced") throw new Error(shown(replaceRoom));
  say("another", replaceRoom.booking.room.name);
}

await readAgenda(Date.now() - 7 * DAY, Date.now() + 7 * DAY);

const { agenda: backwards } = await ask(server, AGENDA, { from: at(Date.now()), to: at(Date.now() - DAY) });
say("a problem", backwards.__typename === "Agenda" ? null : { code: backwards.code, shown: shown(backwards) });

try {
  await ask({ url, token: "wrong" }, ROOM_BY_NAME, { name: "" });
} catch (error) {
  say("an error", error instanceof Refused ? error.code : String(error));
}

// `Lighthouse Closed` declines whoever asks. It may do so before anybody listens: `since` makes up for that.
const since = at(Date.now());
const mine = await bookThatRoom("Lighthouse Closed");
for await (const { booking } of roomUpdates(server, since, WebSocket)) {
  if (booking.id !== mine || booking.state === "PENDING") continue;
  say("heard", booking.state);
  if (booking.state === "ACCEPTED") break;
  await takeAnother(mine);
}
