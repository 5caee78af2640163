// The rooms that were looked for, each with its day.

import { PROBLEM, ask } from "../api.js";
import { badge, button, busy, h } from "../dom.js";
import { Region } from "../region.js";
import { attempt } from "../say.js";
import { later, startOf, today } from "../time.js";
import { floorOf } from "../words.js";
import { editRoom } from "./room-form.js";
import { pair, remove, unpair } from "./room-acts.js";
import { booking, schedule } from "./schedule.js";

export const ROOM = `fragment RoomParts on Room {
  id name email building floor capacity equipment isAccessible isBookable pairing overridden
  suiteDetails { name building floor capacity equipment isAccessible isBookable }
}`;
const SCHEDULE = `fragment ScheduleParts on Room {
  schedule(from: $from, to: $to) {
    __typename
    ... on RoomSchedule { availability problems { ...ProblemParts } busy(first: 100) { nodes { start end isTentative } } }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const ROOMS = `query Rooms($filter: RoomFilterInput, $after: String) {
  rooms(filter: $filter, first: 20, after: $after) { totalCount nodes { ...RoomParts } pageInfo { hasNextPage endCursor } }
} ${ROOM}`;
const WITH_SCHEDULES = `query RoomsWithSchedules($filter: RoomFilterInput, $after: String, $from: DateTime!, $to: DateTime!) {
  rooms(filter: $filter, first: 20, after: $after) {
    totalCount nodes { ...RoomParts ...ScheduleParts } pageInfo { hasNextPage endCursor }
  }
} ${ROOM} ${SCHEDULE}`;

/** What has to come first, where nobody can see when rooms are free, nor book them. */
const UNTIL_THEN = {
  NOT_CONNECTED: "Connect your calendar in your profile to see when rooms are free, and to book them.",
  RECONNECT_REQUIRED: "Connect your calendar again in your profile to see when rooms are free, and to book them.",
  BLOCKED: "Your calendar cannot be read at the moment. Until it can, you neither see when rooms are free nor book them.",
  SUSPENDED: "Your organisation has switched its calendars off. Until they are on again, you neither see when rooms are free nor book them.",
};

/** Shows them in this element; `again()` reads them anew. */
export function startRooms(element, filters, rights) {
  const read = async (after = null) => {
    const { access, administers } = await rights();
    const seesSchedules = access === "CONNECTED";
    const variables = { filter: filters.filter, after };
    const day = { from: startOf(filters.day), to: startOf(later(filters.day, 1)) };
    const { rooms } = await ask(seesSchedules ? WITH_SCHEDULES : ROOMS, seesSchedules ? { ...variables, ...day } : variables);
    return { ...rooms, administers, access, day: filters.day };
  };
  const region = new Region(element, read, (data) => show(data, region, read));
  region.refresh();
  return { again: () => region.refresh() };
}

function show(data, region, read) {
  if (!data.nodes.length) return { empty: "No room is like that. Look for something else, or add the room." };
  const more = (event) => busy(event.currentTarget, async () => {
    const next = await attempt(() => read(data.pageInfo.endCursor));
    if (!next) return;
    region.data = { ...next, nodes: [...data.nodes, ...next.nodes] };
    region.draw();
  });
  return [
    h("p", { class: "soft small", role: "status", text: data.totalCount === 1 ? "1 room" : `${data.totalCount} rooms` }),
    UNTIL_THEN[data.access] ? h("p", { class: "note" }, UNTIL_THEN[data.access], " ", h("a", { href: "/profile", text: "Open your profile" })) : null,
    h("ul", { class: "plain-list card lines" }, data.nodes.map((room) => line(room, data, () => region.refresh()))),
    data.pageInfo.hasNextPage ? button("Show more", more, { kind: "quiet", id: "more-rooms" }) : null,
  ];
}

function line(room, { administers, day }, changed) {
  const { name, email, building, floor, capacity, equipment, isAccessible, isBookable, pairing, overridden } = room;
  const place = [building, floorOf(floor)].filter(Boolean).join(", ");
  const has = [capacity ? `${capacity} seats` : null, ...equipment, isAccessible ? "step-free" : null].filter(Boolean).join(" · ");
  return h(
    "li",
    { class: "room" },
    h(
      "div",
      {},
      h("div", { class: "row" }, h("h2", { text: name }),
        pairing === "PAIRED" ? null : badge("Unpaired", "notice"),
        isBookable ? null : badge("Not bookable")),
      h("p", { class: "small", text: place }),
      h("p", { class: "small soft", text: has }),
      h("p", { class: "small soft", text: email }),
      administers && overridden.length ? h("p", { class: "small soft", text: `Your own: ${overrides(room)}` }) : null,
    ),
    room.schedule
      ? h("div", {}, schedule(room.schedule, day, name), isBookable && pairing === "PAIRED" && day >= today() ? booking(room, day) : null)
      : h("div"),
    administers ? h("div", { class: "acts" }, acts(room, changed)) : h("div"),
  );
}

const DETAILS = { NAME: "name", BUILDING: "building", FLOOR: "floor", CAPACITY: "capacity", EQUIPMENT: "equipment", ACCESSIBILITY: "isAccessible", BOOKABLE: "isBookable" };

/** What administrators said instead of the suite, with what the suite says. */
function overrides({ overridden, suiteDetails }) {
  return overridden.map((detail) => {
    const says = suiteDetails?.[DETAILS[detail]];
    const told = Array.isArray(says) ? says.join(", ") : says;
    return `${detail.toLowerCase()} (the suite says ${told === null || told === undefined || told === "" ? "nothing" : told})`;
  }).join("; ");
}

function acts(room, changed) {
  const act = (words, work, kind = "quiet tight") =>
    button(words, async () => {
      if (await work(room)) changed();
    }, { kind, "aria-label": `${words} ${room.name}` });
  return [
    act("Edit", editRoom),
    room.pairing === "PAIRED" ? act("Unpair", unpair) : act("Pair", pair),
    act("Remove", remove, "danger quiet tight"),
  ];
}
