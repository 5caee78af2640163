// A room and a day that the page's address asks to book, which is where "Book this room" leads: looked at before they
// are taken over, as an address may be old, or made up.

import { PROBLEM, ask } from "../api.js";
import { attempt } from "../say.js";
import { dayInWords, instantOf, later, localOf, startOf, today } from "../time.js";
import { isDay } from "./days.js";
import { usualStart } from "./timing.js";

const ROOM = `query AskedRoom($id: ID!, $from: DateTime!, $to: DateTime!) {
  node(id: $id) { ... on Room {
    id name isBookable pairing
    schedule(from: $from, to: $to) { __typename ... on RoomSchedule { busy(first: 100) { nodes { start end } } } ... on Problem { ...ProblemParts } }
  } }
} ${PROBLEM}`;
const [HALF_HOUR, HOUR] = [30 * 60_000, 3_600_000];

/** Whether the address asks to book anything. */
export const isBookingAsked = () => new URLSearchParams(window.location.search).has("book");

/**
 * What the dialog begins with: `{ day, start, room, notes }`. `room` is null where it cannot be booked, and `notes` say
 * what of the address cannot be had. Null where it could not be looked at, which was said.
 */
export async function readAsked() {
  const asked = new URLSearchParams(window.location.search);
  const { day, note } = dayOfAddress(asked.get("day"));
  const found = await attempt(() => ask(ROOM, { id: asked.get("book"), from: startOf(day), to: startOf(later(day, 1)) }));
  if (!found) return null;
  const room = found.node?.name ? found.node : null;
  const refusal = refusalOf(room);
  const start = firstFree(usualStart(day), refusal ? [] : (room.schedule.busy?.nodes ?? []));
  return { day, start, room: refusal ? null : room, notes: [refusal, note].filter(Boolean) };
}

function dayOfAddress(day) {
  if (day === null) return { day: today(), note: null };
  if (!isDay(day)) return { day: today(), note: "This link names no day of the calendar. Choose one." };
  if (day < today()) return { day: today(), note: `${dayInWords(day)} is over. Choose another day.` };
  return { day, note: null };
}

function refusalOf(room) {
  if (!room) return "This link names a room that your organisation does not have, or no longer has. Choose another one.";
  if (!room.isBookable || room.pairing !== "PAIRED") return `${room.name} cannot be booked. Choose another room.`;
  return null;
}

/** The first hour from `start` on, of the same day, in which nothing lies; `start` where there is none. */
export function firstFree(start, busy) {
  const first = Date.parse(instantOf(start));
  const times = busy.map((each) => [Date.parse(each.start), Date.parse(each.end)]);
  for (let from = first; localOf(from + HOUR).slice(0, 10) === start.slice(0, 10); from += HALF_HOUR) {
    if (!times.some(([taken, left]) => taken < from + HOUR && from < left)) return localOf(from);
  }
  return start;
}
