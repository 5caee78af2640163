// The day that is looked at, alone or with its week: kept in the page's address, and followed by every part of the page.

import { $ } from "../dom.js";
import { dayInWords, daysInWords, later, mondayOf, startOf, today } from "../time.js";

const DAY = /^\d{4}-\d\d-\d\d$/;

const state = { day: today(), view: "day" };
let whenChanged = () => {};

/** Whether it is a day of the calendar: `2026-11-31` is none. */
export const isDay = (day) => DAY.test(day ?? "") && !Number.isNaN(Date.parse(day)) && later(day, 0) === day;

function read() {
  const asked = new URLSearchParams(window.location.search);
  const day = asked.get("day");
  state.day = isDay(day) ? day : today();
  state.view = asked.get("view") === "week" ? "week" : "day";
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

/** Looks at a day, and shows the week around it where weeks are shown. */
export function show(day, view = state.view) {
  if (day === state.day && view === state.view) return;
  const address = new URL(window.location.href);
  address.searchParams.set("day", day);
  address.searchParams.set("view", view);
  window.history.pushState(null, "", address);
  moved(() => Object.assign(state, { day, view }));
}

/**
 * What the address asked for by these names was answered: it asks no more, and a day that this led to stands in it.
 * Returns once that day is shown.
 */
export function settle(names, day = null) {
  const address = new URL(window.location.href);
  for (const name of names) address.searchParams.delete(name);
  if (day) address.searchParams.set("day", day);
  window.history.replaceState(null, "", address);
  return moved(read);
}

/** Calls `follows(day)` whenever another day is looked at. */
export function onDay(follows) {
  window.addEventListener("day-chosen", ({ detail }) => follows(detail.day));
}

function moved(move) {
  const [day, shown] = [state.day, shownDays().join()];
  move();
  draw();
  const showing = shownDays().join() === shown ? null : whenChanged();
  if (state.day !== day) window.dispatchEvent(new CustomEvent("day-chosen", { detail: { day: state.day } }));
  return showing;
}

/** Begins; `changed()` is called whenever other days are shown, and returns once they are. */
export function startDays(changed) {
  whenChanged = changed;
  const step = () => (state.view === "day" ? 1 : 7);
  $("view-day").addEventListener("click", () => show(state.day, "day"));
  $("view-week").addEventListener("click", () => show(state.day, "week"));
  $("earlier").addEventListener("click", () => show(later(state.day, -step())));
  $("later").addEventListener("click", () => show(later(state.day, step())));
  $("today").addEventListener("click", () => show(today()));
  window.addEventListener("popstate", () => moved(read));
  read();
  draw();
}

function draw() {
  const days = shownDays();
  $("shown-day").textContent = days.length === 1
    ? `${dayInWords(days[0])}${days[0] === today() ? ", today" : ""}`
    : daysInWords(days[0], days.at(-1));
  $("view-day").setAttribute("aria-pressed", String(state.view === "day"));
  $("view-week").setAttribute("aria-pressed", String(state.view === "week"));
}
