// A room's day as a bar, and in words.

import { words } from "../api.js";
import { h } from "../dom.js";
import { clock, dayOf, instantOf } from "../time.js";

const [FIRST, LAST] = [7, 19];
const HOURS = [7, 10, 13, 16, 19]; // as far apart as they stand

/** Where a room is booked: My day, with the room and the day chosen. An address to keep, and to come back to after sign-in. */
export const booking = ({ id, name }, day) =>
  h("a", { class: "small", href: `/?${new URLSearchParams({ book: id, day })}`, "aria-label": `Book this room: ${name}`, text: "Book this room" });

/** `schedule` is a RoomSchedule or a problem; the day is one of the viewer's zone. */
export function schedule(told, day, name) {
  if (told.__typename !== "RoomSchedule") return h("p", { class: "small soft", text: words(told) });
  const [problem] = told.problems;
  if (problem || told.availability === "UNKNOWN") {
    return h("p", { class: "small soft", text: problem ? words(problem) : "The suite does not tell when this room is taken." });
  }
  const busy = told.busy.nodes;
  const times = busy.map(({ start, end }) => `${from(start, day)}–${until(end, day)}`);
  const said = times.length ? `Taken ${times.join(", ")}` : "Free all day";
  const bar = h("div", { class: "day", "aria-hidden": "true" }, busy.map((slot) => block(slot, day)));
  return h("div", { title: name },
    bar,
    h("div", { class: "hours", "aria-hidden": "true" }, HOURS.map((hour) => h("span", { text: `${hour}` }))),
    h("p", { class: "small soft", text: said }));
}

const from = (instant, day) => (dayOf(instant) < day ? "before" : clock(instant));
const until = (instant, day) => (dayOf(instant) > day ? "later" : clock(instant));

function block({ start, end, isTentative }, day) {
  const opens = new Date(instantOf(`${day}T0${FIRST}:00`)).getTime();
  const length = (LAST - FIRST) * 3_600_000;
  const place = (instant) => Math.min(1, Math.max(0, (new Date(instant).getTime() - opens) / length)) * 100;
  const element = h("i", { class: isTentative ? "tentative" : null });
  element.style.left = `${place(start)}%`;
  element.style.width = `${Math.max(0, place(end) - place(start))}%`;
  return element;
}
