// The viewer's shifts of a week, a day a column.

import { all, ask } from "../api.js";
import { $, busy, button, h } from "../dom.js";
import { Region } from "../region.js";
import { dayInWords, daysInWords, later, mondayOf, today } from "../time.js";
import { viewer } from "../viewer.js";
import { bookShift, changeShift } from "./shift-form.js";
import { readSuggestions, suggestions } from "./shift-suggestions.js";
import { chosenDay, onDay, show as lookAt } from "./days.js";
import { partOfDay, whereabouts } from "./shift-words.js";

const SHIFT = `fragment ShiftParts on Shift {
  id kind date slot start end timeZone isPartOfPattern building { id name } floor { id name } area { id name }
}`;
const MY_WEEK = `query MyWeek($from: Date!, $to: Date!, $memberId: ID!, $after: String) {
  shifts(from: $from, to: $to, memberId: $memberId, first: 100, after: $after) {
    nodes { ...ShiftParts } pageInfo { hasNextPage endCursor }
  }
} ${SHIFT}`;

let monday = today();

/** Begins to show them in this element. */
export function startWeek(element) {
  const region = new Region(element, read, (data) => show(data, region));
  monday = mondayOf(chosenDay());
  region.refresh();
  onDay((day) => {
    if (mondayOf(day) === monday) return region.draw();
    monday = mondayOf(day);
    region.forget();
    return region.refresh();
  });
  window.addEventListener("notified", ({ detail }) => {
    if (detail.kind.startsWith("SHIFTS_")) region.refresh();
  });
  window.addEventListener("day-wanted", async ({ detail: { day, usual } }) => {
    if (await bookShift(day, usual)) await changed(region, day);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") region.refresh();
  });
}

async function read() {
  const { member } = await viewer();
  const variables = { from: monday, to: later(monday, 6), memberId: member.id };
  // The suite is asked at the same time and not waited for: the strip is there before it answers.
  const suggested = readSuggestions(monday);
  return { shifts: await all(async (after) => (await ask(MY_WEEK, { ...variables, after })).shifts, 200), suggested };
}

async function changed(region, day) {
  await region.refresh();
  lookAt(day);
  // What was pressed may be gone.
  if (document.activeElement === document.body) $(`day-${day}`)?.focus();
  window.dispatchEvent(new CustomEvent("shifts-changed"));
}

function show({ shifts, suggested }, region) {
  const days = Array.from({ length: 7 }, (_, place) => later(monday, place));
  const weekend = days.slice(5).filter((day) => shifts.some((shift) => shift.date === day) || day === today());
  const go = (weeks) => () => lookAt(weeks === 0 ? today() : later(chosenDay(), weeks * 7));
  return h(
    "div",
    { class: "card week" },
    h("div", { class: "row apart" },
      h("div", { class: "row" },
        h("h2", { text: "Where you work" }),
        h("span", { class: "small soft", text: daysInWords(days[0], days.at(-1)) })),
      h("div", { class: "row" },
        button("←", go(-1), { kind: "quiet tight", id: "week-before", "aria-label": "The week before" }),
        button("This week", go(0), { kind: "quiet tight", id: "week-now" }),
        button("→", go(1), { kind: "quiet tight", id: "week-after", "aria-label": "The week after" }))),
    h("ol", { class: "plain-list strip" }, [...days.slice(0, 5), ...weekend].map((day) => column(day, shifts.filter((shift) => shift.date === day), region))),
    suggestions(suggested, shifts),
  );
}

function column(day, shifts, region) {
  const isOver = day < today();
  const classes = [day === today() ? "is-today" : "", day === chosenDay() ? "is-chosen" : "", isOver ? "is-over" : ""].join(" ").trim();
  const name = `${dayInWords(day, { short: true })}${day === today() ? ", today" : ""}`;
  const word = shifts.length ? "Add" : "Book";
  const add = button(word, (event) => busy(event.currentTarget, async () => {
    if (await bookShift(day)) await changed(region, day);
  }), { kind: "quiet tight", id: `book-${day}`, "aria-label": `${word} ${dayInWords(day)}` });
  return h(
    "li",
    { class: classes || null },
    h("button", { type: "button", class: "weekday", id: `day-${day}`, text: name, "aria-pressed": String(day === chosenDay()), onclick: () => lookAt(day, "day") }),
    shifts.map((shift) => block(shift, isOver, region)),
    shifts.length || !isOver ? null : h("span", { class: "small soft", text: "Nothing" }),
    isOver || shifts.some(({ slot }) => slot === "WHOLE_DAY") ? null : add,
  );
}

function block(shift, isOver, region) {
  const part = partOfDay(shift);
  const change = (event) => busy(event.currentTarget, async () => {
    if (await changeShift(shift)) await changed(region, shift.date);
  });
  return h("button", { type: "button", class: `shift ${shift.kind}`, id: `shift-${shift.id}`, disabled: isOver, onclick: change },
    h("span", { text: whereabouts(shift) }),
    part ? h("small", { text: part }) : null);
}
