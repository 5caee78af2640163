// Which days are shown: one or a week, kept in the page's address, moved by buttons.

import { $ } from "../dom.js";
import { dayInWords, later, mondayOf, startOf, today } from "../time.js";

const DAY = /^\d{4}-\d\d-\d\d$/;
const PHONE = window.matchMedia("(max-width: 48rem)");

const state = { day: today(), view: PHONE.matches ? "day" : "week" };
let whenChanged = () => {};

function read() {
  const asked = new URLSearchParams(window.location.search);
  const day = asked.get("day");
  state.day = day && DAY.test(day) && !Number.isNaN(Date.parse(day)) ? day : today();
  const view = asked.get("view");
  state.view = view === "day" || view === "week" ? view : PHONE.matches ? "day" : "week";
}

/** The day that was chosen. */
export const chosenDay = () => state.day;

/** The days that are shown, in order. */
export function shownDays() {
  if (state.view === "day") return [state.day];
  const monday = mondayOf(state.day);
  return Array.from({ length: 7 }, (_, index) => later(monday, index));
}

/** The instants between which they are. */
export function shownWindow() {
  const days = shownDays();
  return { from: startOf(days[0]), to: startOf(later(days.at(-1), 1)) };
}

/** Shows a day, and the week around it where weeks are shown. */
export function show(day, view = state.view) {
  if (day === state.day && view === state.view) return;
  Object.assign(state, { day, view });
  const address = new URL(window.location.href);
  address.searchParams.set("day", day);
  address.searchParams.set("view", view);
  window.history.pushState(null, "", address);
  draw();
  whenChanged();
}

/** Begins; `changed()` is called whenever other days are shown. */
export function startDays(changed) {
  whenChanged = changed;
  const step = () => (state.view === "day" ? 1 : 7);
  $("view-day").addEventListener("click", () => show(state.day, "day"));
  $("view-week").addEventListener("click", () => show(state.day, "week"));
  $("earlier").addEventListener("click", () => show(later(state.day, -step())));
  $("later").addEventListener("click", () => show(later(state.day, step())));
  $("today").addEventListener("click", () => show(today()));
  window.addEventListener("popstate", () => {
    read();
    draw();
    whenChanged();
  });
  read();
  draw();
}

function draw() {
  const days = shownDays();
  $("shown-day").textContent = days.length === 1
    ? `${dayInWords(days[0])}${days[0] === today() ? ", today" : ""}`
    : `${dayInWords(days[0], { short: true })} to ${dayInWords(days.at(-1))}`;
  $("view-day").setAttribute("aria-pressed", String(state.view === "day"));
  $("view-week").setAttribute("aria-pressed", String(state.view === "week"));
}
