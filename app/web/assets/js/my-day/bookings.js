// The viewer's room bookings: each with what its room said, heard as it happens.

import { ask } from "../api.js";
import { $, badge, busy, button, h } from "../dom.js";
import { listen } from "../live.js";
import { Region } from "../region.js";
import { dayInWords, dayOf, relative } from "../time.js";
import { cancelBooking, moveBooking, replaceRoom, subjectOf } from "./booking-actions.js";
import { addEvents } from "./booking-events.js";
import { timeInWords } from "./event-line.js";
import { STANDING, untilThen } from "./standing.js";
import { REASONS, ROOM_STATES } from "./words.js";

const STATE = `fragment BookingState on RoomBooking {
  id kind state reason since noAnswerSince closedAt room { id name building floor capacity } requestedRoom { name }
}`;
const BOOKINGS = `query Bookings($after: String) {
  ...StandingParts
  bookings(states: [PENDING, ACCEPTED, REJECTED], first: 50, after: $after) {
    nodes { ...BookingState } pageInfo { hasNextPage endCursor }
  }
} ${STATE} ${STANDING}`;
const ONE = `query OneBooking($id: ID!) { node(id: $id) { ...BookingState } } ${STATE}`;
const PENDING = `subscription PendingRooms($since: DateTime) {
  pendingRooms(since: $since) {
    __typename
    ... on RoomBookingUpdate { snapshot at previousState booking { ...BookingState } }
    ... on SubscriptionEnded { reason }
  }
} ${STATE}`;
const early = [];
const ORDER = ["REJECTED", "PENDING", "ACCEPTED"];
const EVERY = 30_000;

let region = null;
let changed = () => {};
let told = () => {};
let sought = null;
let found = () => {};
let pages = 1;
let seen = null;
let isHearing = false;

/**
 * Begins to show and to hear; `whenChanged(booking)` is called with each change of one, null where all may have, and
 * `whenTold(canBook)` whenever it is known anew whether rooms can be asked for.
 */
export function startBookings(whenChanged, whenTold) {
  changed = whenChanged;
  told = whenTold;
  region = new Region($("bookings"), read, show);
  region.refresh().then(() => early.splice(0).forEach(heard));
  hearBookings();
  window.setInterval(showAges, EVERY);
}

/** Listens, where the server ended it or never began: without a calendar there is nothing to hear. */
export function hearBookings() {
  if (isHearing) return;
  isHearing = true;
  listen(PENDING, ({ pendingRooms }) => heard(pendingRooms), () => ({ since: seen }), () => (isHearing = false));
}

/** Looks for one of them, open or closed; `whenFound(booking)` is called once, with null where there is none. */
export function seek(id, whenFound) {
  sought = id;
  found = whenFound;
}

/** Reads them again. */
export const refreshBookings = () => region.refresh();

function heard(item) {
  if (item.__typename === "SubscriptionEnded") {
    region.refresh();
    changed(null);
    return;
  }
  const { booking, at } = item;
  if (!seen || at > seen) seen = at;
  if (!region.data) return void early.push(item);
  const known = region.data.nodes.find(({ id }) => id === booking.id);
  if (known && known.state === booking.state && known.since === booking.since && known.room.id === booking.room.id) return;
  if (known) {
    Object.assign(known, booking);
    region.draw();
  }
  changed(booking);
}

async function read() {
  const read = { nodes: [], hasMore: false, waitsFor: null, seeks: sought, sought: null };
  let after = null;
  for (let page = 0; page < pages; page += 1) {
    const { bookings, ...standing } = await ask(BOOKINGS, { after });
    read.waitsFor = untilThen(standing);
    read.nodes.push(...bookings.nodes);
    read.hasMore = bookings.pageInfo.hasNextPage;
    after = bookings.pageInfo.endCursor;
    if (!read.hasMore) break;
  }
  told(!read.waitsFor);
  read.nodes = read.nodes.filter(isOpen);
  if (read.seeks) {
    // It may stand on a later page, or be closed; what has no room is no booking.
    const one = read.nodes.find(({ id }) => id === read.seeks) ?? (await ask(ONE, { id: read.seeks })).node;
    read.sought = one?.room ? one : null;
    if (read.sought && !read.nodes.includes(one)) read.nodes.push(one);
  }
  await addEvents(read.nodes);
  read.nodes = read.nodes.filter(isOpen);
  return read;
}

const isOpen = ({ closedAt, state }) => !closedAt && ORDER.includes(state);

function tellFound({ seeks, sought: booking }) {
  if (!seeks || seeks !== sought) return;
  const tell = found;
  found = () => {};
  tell(booking);
}

function show(read) {
  const { nodes, hasMore, waitsFor } = read;
  queueMicrotask(() => tellFound(read)); // once it stands on the page
  const open = nodes.filter(({ state }) => ORDER.includes(state));
  if (!open.length && !hasMore) return { empty: `You have no room booked.${waitsFor ? "" : " What you book shows here with the room's answer."}` };
  open.sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || startOf(one).localeCompare(startOf(other)));
  return [
    waitsFor ? h("p", { class: "small soft", text: waitsFor }) : null,
    h("ul", { class: "plain-list lines" }, open.map((booking) => card(booking, !waitsFor))),
    hasMore ? button("Show older ones", (event) => busy(event.currentTarget, more), { kind: "quiet tight" }) : null,
  ];
}

const startOf = ({ event }) => event?.start.dateTime ?? event?.start.date ?? "9";

function more() {
  pages += 1;
  return region.refresh();
}

function card(booking, canChange) {
  const { id, state, room, event, series } = booking;
  const title = subjectOf(booking);
  const contents = h(
    "div",
    { class: "booking", role: "group", id: `booking-${id}`, tabindex: -1, "aria-label": `${room.name}: ${title}` },
    h("div", { class: "row apart" }, h("h3", { text: room.name }), badge(...ROOM_STATES[state])),
    h("p", { class: "small", text: [event ? title : "An event that is not shown just now", event ? when(event) : null].filter(Boolean).join(" · ") }),
    h("p", { class: "small soft" }, h("span", { text: `${why(booking)} ` }), age(booking)),
    series ? h("p", { class: "small soft", text: series.summary }) : null,
    canChange ? h("div", { class: "row acts" }, acts(booking)) : null,
  );
  return h("li", {}, contents);
}

function acts(booking) {
  const { id, state, event } = booking;
  return [
    button(state === "REJECTED" ? "Choose another room" : "Replace", (pressed) => act(pressed, booking, replaceRoom), {
      kind: state === "REJECTED" ? "tight" : "quiet tight",
      id: `replace-${id}`,
    }),
    // An event of whole days, or one that is not shown, has no time of day to begin from.
    event && !event.isAllDay
      ? button("Move", (pressed) => act(pressed, booking, moveBooking), { kind: "plain tight", id: `move-${id}` })
      : null,
    button("Cancel", (pressed) => act(pressed, booking, cancelBooking), { kind: "plain tight", id: `cancel-${id}` }),
  ];
}

const when = (event) =>
  event.isAllDay
    ? `${dayInWords(event.start.date)}, all day`
    : `${dayInWords(dayOf(event.start.dateTime))}, ${timeInWords(event)}`;

function why({ state, reason, requestedRoom }) {
  if (reason === "REPLACED" && requestedRoom) return `Your calendar suite put it in the place of ${requestedRoom.name}.`;
  return REASONS[reason] ?? (state === "ACCEPTED" ? "The room said yes." : "");
}

function age({ state, since, noAnswerSince }) {
  const at = state === "PENDING" ? noAnswerSince ?? since : since;
  const prefix = state === "PENDING" ? "No answer since" : "";
  return h("time", { datetime: at, data: { prefix }, text: ageInWords(at, prefix) });
}

function ageInWords(at, prefix) {
  if (Date.now() - Date.parse(at) < 60_000) return prefix ? "Asked just now." : "Just now.";
  const ago = relative(at);
  return prefix ? `Asked ${ago}, and no answer since.` : `${ago[0].toUpperCase()}${ago.slice(1)}.`;
}

function showAges() {
  for (const each of $("bookings").querySelectorAll("time")) each.textContent = ageInWords(each.dateTime, each.dataset.prefix);
}

async function act(pressed, booking, action) {
  if (await busy(pressed.currentTarget, () => action(booking))) changed(booking);
}
