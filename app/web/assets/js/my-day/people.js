// Who is in on the chosen day, and on which days most of those are in whom the viewer meets.

import { PROBLEM, all, ask, isProblem } from "../api.js";
import { button, h } from "../dom.js";
import { Region, problemNote } from "../region.js";
import { dayInWords, later, today } from "../time.js";
import { isAdministrator, viewer } from "../viewer.js";
import { chosenDay, onDay } from "./days.js";
import { partOfDay, placeOf } from "./shift-words.js";

const BUILDINGS = `query WhoIsInBuildings($date: Date!, $after: String) {
  buildings(first: 20, after: $after) {
    nodes { id name capacity occupancy(date: $date, slot: WHOLE_DAY) { people left isFull } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const SHIFTS = `query WhoIsIn($date: Date!, $after: String) {
  shifts(from: $date, to: $date, first: 100, after: $after) {
    nodes { id kind slot start end timeZone member { id name } building { id name } floor { name } area { name } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const OFFICE_DAYS = `query OfficeDays($from: Date!, $to: Date!) {
  suggestOfficeDays(from: $from, to: $to) {
    __typename
    ... on OfficeDays { people days { date isOpen building { id name } viewerShifts { id } members { name } } }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
/** What the agenda beside it says at length, and offers the way out of. */
const UNTIL_THEN = {
  CONNECTION_REQUIRED: "Connect your calendar to see when the people you meet are in.",
  RECONNECT_REQUIRED: "Once your calendar is connected again, you see here when the people you meet are in.",
  INTEGRATION_UNAVAILABLE: "Once calendars are switched on, you see here when the people you meet are in.",
};
const AHEAD = 13;
const MOST_DAYS = 3;

/** Begins to show them in this element. */
export function startPeople(element) {
  const [here, together] = [h("div"), h("div")];
  element.append(h("div", { class: "card stack" }, here, together));
  const present = new Region(here, readPresent, showPresent);
  const ahead = new Region(together, readTogether, showTogether);
  const both = () => Promise.all([present.refresh(), ahead.refresh()]);
  both();
  onDay(() => present.refresh());
  window.addEventListener("shifts-changed", both);
  window.addEventListener("notified", ({ detail }) => {
    if (detail.kind.startsWith("SHIFTS_")) both();
  });
}

async function readPresent() {
  const [someone, date] = [await viewer(), chosenDay()];
  const [buildings, shifts] = await Promise.all([
    all(async (after) => (await ask(BUILDINGS, { date, after })).buildings, 200),
    all(async (after) => (await ask(SHIFTS, { date, after })).shifts, 1_000),
  ]);
  return { date, buildings, administers: isAdministrator(someone), shifts: shifts.filter((shift) => shift.member.id !== someone.member.id) };
}

function showPresent({ date, buildings, administers, shifts }) {
  const remote = shifts.filter(({ kind }) => kind === "REMOTE");
  return h(
    "div",
    { class: "who" },
    h("h2", { text: date === today() ? "Who is in today" : `Who is in on ${dayInWords(date)}` }),
    buildings.length ? buildings.map((building) => house(building, shifts)) : h("p", { class: "soft" }, "There is no building yet. ", administers ? h("a", { href: "/rooms?tab=buildings", text: "Add one" }) : null),
    remote.length ? h("p", { class: "small soft", text: `Remote: ${remote.map(({ member }) => member.name).join(", ")}` }) : null,
  );
}

function house({ id, name, capacity, occupancy: { people, left, isFull } }, shifts) {
  const here = shifts.filter((shift) => shift.kind === "AT_OFFICE" && shift.building?.id === id);
  const told = isFull ? "full" : left === null ? `${people} in` : `${people} in, ${left} left`;
  return h(
    "div",
    {},
    h("h3", {}, name, h("span", { class: isFull ? "small full" : "small soft", text: told })),
    capacity ? h("meter", { min: 0, max: capacity, value: Math.min(people, capacity), "aria-label": `${people} of ${capacity} at ${name}` }) : null,
    here.length
      ? h("ul", { class: "plain-list" }, here.map((shift) => {
          const where = [placeOf({ floor: shift.floor, area: shift.area }), partOfDay(shift)].filter(Boolean).join(" · ");
          return h("li", {}, shift.member.name, where ? h("span", { class: "soft", text: ` · ${where}` }) : null);
        }))
      : null,
  );
}

const readTogether = async () => (await ask(OFFICE_DAYS, { from: today(), to: later(today(), AHEAD) })).suggestOfficeDays;

function showTogether(told) {
  if (told.code in UNTIL_THEN) return h("p", { class: "small soft", text: UNTIL_THEN[told.code] });
  if (isProblem(told)) return problemNote(told);
  const days = told.days.filter(({ isOpen, members }) => isOpen && members.length).slice(0, MOST_DAYS);
  if (!days.length) return [];
  return h(
    "div",
    { class: "who" },
    h("h2", { text: "When people you meet are in" }),
    h("ul", { class: "plain-list" }, days.map(({ date, building, members, viewerShifts }) =>
      h("li", { class: "row apart" },
        h("span", {}, `${dayInWords(date, { short: true })}, ${building.name}: `, h("span", { class: "soft", text: members.map(({ name }) => name).join(", ") })),
        viewerShifts.length
          ? h("span", { class: "small soft", text: "you too" })
          : button("Be there too", () => want(date, building), { kind: "quiet tight", "aria-label": `Be there too on ${dayInWords(date)}` })))),
  );
}

const want = (date, building) =>
  window.dispatchEvent(new CustomEvent("day-wanted", { detail: { day: date, usual: { kind: "AT_OFFICE", building } } }));
