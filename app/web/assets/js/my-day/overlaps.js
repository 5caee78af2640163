// Which events of a day take the same time.

import { later, startOf } from "../time.js";

/** What an all-day event says of where somebody is, or of nothing at all: it takes nobody's time. */
const TAKES_NO_TIME = ["FREE", "WORKING_ELSEWHERE"];
const NAMED = 2;

/** By an event's id, those that overlap with it on this day of the viewer's zone, in the order of `events`. */
export function overlaps(events, day) {
  const [opens, closes] = [startOf(day), startOf(later(day, 1))].map(Date.parse);
  const times = events.filter(counts).map((event) => ({ event, ...within(event, opens, closes) }));
  return new Map(times.map((one) => [one.event.id, times.filter((other) => meet(one, other)).map(({ event }) => event)]));
}

const counts = ({ status, response, isAllDay, showAs }) =>
  status !== "CANCELLED" && response !== "DECLINED" && !(isAllDay && TAKES_NO_TIME.includes(showAs));

/** The part of an event that is on the day. */
function within({ isAllDay, start, end }, opens, closes) {
  const [from, to] = [start, end].map(({ dateTime, date }) => Date.parse(isAllDay ? startOf(date) : dateTime));
  return { from: Math.max(from, opens), to: Math.min(to, closes) };
}

const meet = (one, other) => one !== other && Math.max(one.from, other.from) < Math.min(one.to, other.to);

/** `At the same time as “Design review”, “Lunch” and 2 more`; nothing where there are none. */
export function overlapInWords(others) {
  if (!others?.length) return "";
  const names = others.slice(0, NAMED).map(({ subject }) => (subject ? `“${subject}”` : "an event without a subject"));
  const more = others.length - names.length;
  const last = more ? `${more} more` : names.length > 1 ? names.pop() : null;
  return `At the same time as ${[names.join(", "), last].filter(Boolean).join(" and ")}`;
}
