// Buildings with their floors and areas, and how full they are today.

import { PROBLEM, all, ask } from "../api.js";
import { button, h } from "../dom.js";
import { Region } from "../region.js";
import { cityOf, ZONE } from "../time.js";
import { buildingForm } from "./building-form.js";
import { removal } from "./removal.js";

const BUILDINGS = `query Buildings($after: String) {
  buildings(first: 20, after: $after) {
    nodes {
      id name suiteNames timeZone capacity slots afternoonStarts today
      slots afternoonStarts openingHours { weekday opens closes }
      occupancy(slot: WHOLE_DAY) { people left isFull }
      floors { id name capacity areas { id name capacity } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
const REMOVE = `mutation RemoveBuilding($input: RemoveBuildingInput!) {
  removeBuilding(input: $input) {
    __typename
    ... on BuildingRemoved { cancelledShifts membersTold }
    ... on ShiftsNoLongerFit { consequences confirmation }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const DAYS = { MONDAY: "Mon", TUESDAY: "Tue", WEDNESDAY: "Wed", THURSDAY: "Thu", FRIDAY: "Fri", SATURDAY: "Sat", SUNDAY: "Sun" };

/** Shows them in `element`; administrators make a new one by the button put into `beside`. */
export function startBuildings(element, beside, rights) {
  const region = new Region(
    element,
    async () => ({
      ...(await rights()),
      buildings: await all(async (after) => (await ask(BUILDINGS, { after })).buildings, 200),
    }),
    (data) => show(data, () => region.refresh()),
  );
  region.refresh();
  rights().then(({ administers }) => {
    if (!administers) return;
    beside.append(button("Add a building", async () => {
      if (await buildingForm(null)) region.refresh();
    }, { id: "add-building" }));
  }, () => {});
}

function show({ buildings, administers }, changed) {
  if (!buildings.length) return { empty: "There is no building yet. Shifts at an office need one." };
  return h("div", { class: "tiles" }, buildings.map((building) => card(building, administers, changed)));
}

function card(building, administers, changed) {
  const { name, timeZone, capacity, occupancy, floors, openingHours } = building;
  return h(
    "article",
    { class: "card building", "aria-label": name },
    h("h2", { text: name }),
    h("dl", {},
      fact("Capacity", capacity === null ? "no limit of its own" : `${capacity} people`),
      fact("Today", `${occupancy.people} in${occupancy.isFull ? ", full" : ""}`),
      fact("Open", hours(openingHours)),
      timeZone === ZONE ? null : fact("Time zone", cityOf(timeZone))),
    capacity ? h("meter", { min: 0, max: capacity, value: Math.min(occupancy.people, capacity), "aria-label": `${occupancy.people} of ${capacity} are in today` }) : null,
    floors.length ? h("ul", { class: "small" }, floors.map(floorLine)) : null,
    administers
      ? h("div", { class: "row" },
          button("Edit", async () => {
            if (await buildingForm(building)) changed();
          }, { kind: "quiet tight", "aria-label": `Edit ${name}` }),
          button("Remove", async () => {
            if (await remove(building)) changed();
          }, { kind: "danger quiet tight", "aria-label": `Remove ${name}` }))
      : null,
  );
}

const fact = (term, text) => h("div", {}, h("dt", { text: term }), h("dd", { text }));

function floorLine({ name, capacity, areas }) {
  const seats = (number) => (number === null ? "" : ` (${number})`);
  return h("li", { text: `Floor ${name}${seats(capacity)}${areas.length ? `: ${areas.map((area) => area.name + seats(area.capacity)).join(", ")}` : ""}` });
}

/** `Mon–Fri 08:00–18:00`, days that are alike together. */
function hours(all) {
  if (!all.length) return "closed";
  const order = Object.keys(DAYS);
  const groups = [];
  for (const { weekday, opens, closes } of [...all].sort((a, b) => order.indexOf(a.weekday) - order.indexOf(b.weekday))) {
    const last = groups.at(-1);
    const follows = last && order.indexOf(weekday) === order.indexOf(last.to) + 1;
    if (follows && last.opens === opens && last.closes === closes) last.to = weekday;
    else groups.push({ from: weekday, to: weekday, opens, closes });
  }
  return groups.map(({ from, to, opens, closes }) => `${DAYS[from]}${to === from ? "" : `–${DAYS[to]}`} ${opens}–${closes}`).join(", ");
}

const remove = (building) =>
  removal({
    name: building.name,
    text: "Nobody can book a shift there any more. Past shifts stay.",
    send: async (confirmation) => (await ask(REMOVE, { input: { buildingId: building.id, confirmation } })).removeBuilding,
    told: ({ cancelledShifts, membersTold }) =>
      `${building.name} is removed. ${cancelledShifts} shifts were cancelled, ${membersTold} members told.`,
  });
