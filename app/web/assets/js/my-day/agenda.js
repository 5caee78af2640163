// The agenda of the shown days, as the suite tells it at this moment.

import { PROBLEM, ask, isProblem } from "../api.js";
import { $, busy, button, h } from "../dom.js";
import { Region, problemNotes } from "../region.js";
import { dayInWords, today } from "../time.js";
import { shownDays, shownWindow } from "./days.js";
import { line } from "./event-line.js";
import { byDay } from "./grouping.js";
import { overlapInWords, overlaps } from "./overlaps.js";
import { buildings } from "./places.js";
import { wayOut } from "./way-out.js";

export const EVENT = `fragment EventParts on Event {
  id subject isAllDay kind status sensitivity showAs isOrganiser response location onlineMeetingUrl webUrl
  start { dateTime date timeZone }
  end { dateTime date timeZone }
  organiser { name email }
  rooms { name email state reason bookingId room { id name building } }
  attendeeSummary { atEventBuilding elsewhere unknown }
}`;
const AGENDA = `query Agenda($from: DateTime!, $to: DateTime!, $after: String) {
  agenda(from: $from, to: $to) {
    __typename
    ... on Agenda {
      events(first: 50, after: $after) { nodes { ...EventParts } pageInfo { hasNextPage endCursor } }
      problems { ...ProblemParts }
    }
    ... on ReconnectRequired { reason }
    ... on IntegrationUnavailable { status }
    ... on Problem { ...ProblemParts }
  }
} ${EVENT} ${PROBLEM}`;

let region = null;
let pages = 1;
let open = () => {};
let showsOver = false;
let awaited = null;

/** Begins to show it; `opens(event)` shows one event's details. */
export function startAgenda(opens) {
  open = opens;
  region = new Region($("agenda"), read, show);
  return region.refresh();
}

/** Reads it again; `fresh` where other days are shown, for which what is there is no answer. */
export function refreshAgenda({ fresh = false } = {}) {
  if (fresh) {
    pages = 1;
    region.forget();
  }
  return region.refresh();
}

/** A booking's new state on its badge, before the suite is asked again. */
export function markBooking({ id, state, reason }) {
  const rooms = (region?.data?.events ?? []).flatMap((event) => event.rooms).filter((room) => room.bookingId === id);
  for (const room of rooms) Object.assign(room, { state, reason });
  if (rooms.length) region.draw();
}

/** Gives an event of the shown days the focus, now or once they are read. */
export function focusEvent({ id }) {
  awaited = id;
  if (region.data) giveFocus();
}

function giveFocus() {
  if (awaited) $("agenda").querySelector(`[data-event="${CSS.escape(awaited)}"]`)?.focus();
  awaited = null;
}

async function read() {
  const known = await buildings();
  const window = shownWindow();
  const read = { events: [], problems: [], known, days: shownDays(), hasMore: false, out: null };
  let after = null;
  for (let page = 0; page < pages; page += 1) {
    const { agenda } = await ask(AGENDA, { ...window, after });
    if (isProblem(agenda)) return { ...read, out: await wayOut(agenda, () => region.refresh()) };
    read.events.push(...agenda.events.nodes);
    if (page === 0) read.problems = agenda.problems;
    read.hasMore = agenda.events.pageInfo.hasNextPage;
    after = agenda.events.pageInfo.endCursor;
    if (!read.hasMore) break;
  }
  return read;
}

function show({ events, problems, known, days, hasMore, out }) {
  if (out) return out;
  queueMicrotask(giveFocus); // once it stands on the page
  const groups = byDay(events, days).filter(([day, of]) => of.length || day === today() || days.length === 1);
  // Of the week that it is, what is over waits behind a line.
  const over = days.includes(today()) ? groups.filter(([day]) => day < today()) : [];
  const drawn = (of) => of.map((group) => dayOfEvents(group, known, days.length > 1));
  return [
    ...problemNotes(problems),
    over.length ? overDays(over, drawn) : null,
    ...(groups.length ? drawn(groups.slice(over.length)) : [nothing()]),
    hasMore ? button("Show more", (event) => busy(event.currentTarget, more), { kind: "quiet", id: "more-events" }) : null,
  ];
}

const nothing = () => h("div", { class: "state" }, h("p", { text: "Nothing is in your calendar in this week." }));

function more() {
  pages += 1;
  return region.refresh();
}

function overDays(groups, drawn) {
  const events = new Set(groups.flatMap(([, of]) => of)).size;
  const line = h("summary", { text: `Earlier this week: ${events} ${events === 1 ? "event" : "events"}` });
  const toggled = ({ currentTarget }) => (showsOver = currentTarget.open);
  return h("details", { class: "over", id: "over-days", open: showsOver, ontoggle: toggled }, line, drawn(groups));
}

function dayOfEvents([day, events], known, isHeaded) {
  const title = isHeaded
    ? h("h3", { class: day === today() ? "is-today" : "", text: `${dayInWords(day)}${day === today() ? ", today" : ""}` })
    : null;
  const besides = overlaps(events, day);
  const list = events.length
    ? h("ul", { class: "plain-list lines" }, events.map((event) => line(event, day, known, open, overlapInWords(besides.get(event.id)))))
    : h("p", { class: "soft", text: "Nothing is in your calendar on this day." });
  return h("div", { class: "agenda-day" }, title, list);
}
