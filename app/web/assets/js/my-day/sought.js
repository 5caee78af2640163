// A booking that the page's address asks for, which is where a notification leads: its day is shown, and it has the focus.

import { $ } from "../dom.js";
import { ask } from "../api.js";
import { say } from "../say.js";
import { dayOf } from "../time.js";
import { settle } from "./days.js";

const DATES = `query SoughtDates($id: ID!) {
  node(id: $id) { ... on RoomBooking { series { dates(first: 100) { nodes { start state } } } } }
}`;

/** The booking's id, or null. */
export const soughtBooking = () => new URLSearchParams(window.location.search).get("booking");

/** Shows it; null where there is no such booking any more. `focusEvent(event)` is for one that is closed. */
export async function showSought(booking, focusEvent) {
  const day = booking && (await dayOfBooking(booking));
  const showing = settle(["booking"], day);
  if (!booking) return say("That booking is gone: it was cancelled, or its event is over.", "notice");
  if (!booking.closedAt) return focusCard(booking.id, showing);
  if (!booking.event) return say("The event of that booking is not in your calendar any more.", "notice");
  return focusEvent(booking.event);
}

async function dayOfBooking({ id, kind, event, state }) {
  if (kind === "SERIES") {
    const dates = await ask(DATES, { id }).then(({ node }) => node?.series?.dates.nodes ?? [], () => []);
    const { start } = dates.find((date) => date.state === state) ?? dates[0] ?? {};
    if (start) return dayOf(start);
  }
  if (!event) return null;
  return event.isAllDay ? event.start.date : dayOf(event.start.dateTime);
}

/** Gives an open booking the focus, and brings it to sight once `showing` is over. */
export async function focusCard(id, showing) {
  $(`booking-${id}`)?.focus();
  // On a phone it stands below the agenda, which has another length on another day.
  await showing;
  if (document.activeElement?.id === `booking-${id}`) document.activeElement.scrollIntoView({ block: "center" });
}
