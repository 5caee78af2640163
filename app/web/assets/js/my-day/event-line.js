// One event in the agenda.

import { badge, h } from "../dom.js";
import { dayInWords, dayOf, later, moment, span } from "../time.js";
import { whereTheyAre } from "../words.js";
import { zoneOf } from "./places.js";
import { RESPONSES, ROOM_STATES } from "./words.js";

const PRIVATE = { PRIVATE: "Private", CONFIDENTIAL: "Confidential", PERSONAL: "Personal" };

/** An event's line on a day; `open(event)` shows its details, and `overlap` says what else takes the same time. */
export function line(event, day, known, open, overlap = "") {
  const isOff = event.status === "CANCELLED" || event.response === "DECLINED";
  const said = overlap ? h("p", { class: "small overlap", id: `overlap-${day}-${event.id}`, text: overlap }) : null;
  const title = h("button", {
    type: "button",
    class: "event-title",
    id: `event-${day}-${event.id}`,
    data: { event: event.id },
    "aria-haspopup": "dialog",
    "aria-describedby": said?.id,
    text: event.subject || "Without a subject",
    onclick: () => open(event),
  });
  return h(
    "li",
    { class: `event${isOff ? " is-off" : ""}` },
    h("div", { class: "event-time", text: timeInWords(event, zoneOf(event, known)) }),
    h(
      "div",
      { class: "event-about" },
      h("div", { class: "row apart" }, title, h("span", { class: "row" }, marks(event))),
      said,
      h("p", { class: "small soft", text: aboutLine(event) }),
      rooms(event),
      event.onlineMeetingUrl ? joining(event) : null,
    ),
  );
}

/** When an event is, in words; `zone` is its building's. */
export function timeInWords(event, zone = null) {
  const { start, end } = event;
  if (event.isAllDay) {
    const last = later(end.date, -1);
    return last === start.date ? "All day" : `All day, until ${dayInWords(last, { short: true })}`;
  }
  if (dayOf(start.dateTime) !== dayOf(end.dateTime)) return `${moment(start.dateTime)} – ${moment(end.dateTime)}`;
  return span(start.dateTime, end.dateTime, zone);
}

/** What has to be known of it at once, each a word in a colour. */
export function marks(event) {
  const [answer, tone] = RESPONSES[event.response];
  return [
    event.status === "CANCELLED" ? badge("Cancelled", "refusal") : null,
    PRIVATE[event.sensitivity] ? badge(PRIVATE[event.sensitivity]) : null,
    event.isOrganiser || event.status === "CANCELLED" ? null : badge(answer, tone),
  ];
}

function aboutLine(event) {
  const by = event.isOrganiser ? "You organise it" : event.organiser ? `By ${event.organiser.name}` : null;
  return [by, whereTheyAre(event.attendeeSummary), event.rooms.length ? null : event.location].filter(Boolean).join(" · ");
}

/** The event's rooms, each with what it said. */
export function rooms(event) {
  if (!event.rooms.length) return null;
  return h(
    "ul",
    { class: "plain-list event-rooms", "aria-label": "Rooms" },
    event.rooms.map((each) => h("li", { class: "row" }, h("span", { text: each.room?.name ?? each.name }), answer(each))),
  );
}

// Microsoft 365 shows a room's answer to the organiser alone: that nobody knows it is no news to everybody else.
const answer = ({ state, bookingId }) => (state === "UNKNOWN" && !bookingId ? null : badge(...ROOM_STATES[state]));

/** The way to its online meeting, which is at another site. */
export function joining(event) {
  return h("a", {
    class: "small",
    href: safe(event.onlineMeetingUrl),
    target: "_blank",
    rel: "noopener noreferrer",
    "aria-label": `Join online: ${event.subject}`,
    text: "Join online",
  });
}

/** An address that a suite gave, where it is one of the web; else none. */
export const safe = (address) => (/^https?:\/\//i.test(address ?? "") ? address : null);
