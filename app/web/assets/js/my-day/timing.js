// A day and two times of it, as fields.

import { h } from "../dom.js";
import { labelled } from "../dialog.js";
import { instantOf, later, localOf, today } from "../time.js";

const HALF_HOUR = 30 * 60_000;

/** When somebody who says nothing would begin on a day: at nine, or today at the next half hour. */
export function usualStart(day, now = Date.now()) {
  if (day > today()) return `${day}T09:00`;
  return localOf(Math.ceil((now + 60_000) / HALF_HOUR) * HALF_HOUR);
}

/**
 * A part of a form. `start` and `end` are local times as a field has them; `value()` is `{ start, end }` as instants,
 * or null where they are incomplete. An end that is not after its start is on the next day.
 */
export function timing(start, end, changed = () => {}) {
  const day = h("input", { type: "date", required: true, value: start.slice(0, 10), min: today(), onchange: changed });
  const from = h("input", { type: "time", required: true, value: start.slice(11), onchange: moved });
  const to = h("input", { type: "time", required: true, value: end.slice(11), onchange: changed });
  let length = between(from.value, to.value);

  // Who moves the start means the same length.
  function moved() {
    if (from.value) to.value = clock(minutes(from.value) + length);
    changed();
  }
  to.addEventListener("change", () => {
    if (from.value && to.value) length = between(from.value, to.value);
  });

  return {
    element: h("div", { class: "fields timing" }, labelled("Day", day), labelled("From", from), labelled("To", to)),
    day: () => day.value || today(),
    value() {
      if (!day.value || !from.value || !to.value) return null;
      const last = to.value > from.value ? day.value : later(day.value, 1);
      return { start: instantOf(`${day.value}T${from.value}`), end: instantOf(`${last}T${to.value}`) };
    },
  };
}

const DAY = 24 * 60;
/** How many minutes lie between two times of day, over midnight where the second is not after the first. */
const between = (from, to) => (minutes(to) - minutes(from) + DAY) % DAY || DAY;
const minutes = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

function clock(total) {
  const pad = (number) => String(number).padStart(2, "0");
  return `${pad(Math.floor(total / 60) % 24)}:${pad(total % 60)}`;
}
