// How an event repeats: fields, and what they mean for the API.

import { h } from "../dom.js";
import { choice, labelled, select } from "../dialog.js";

const WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
const named = (day) => day[0] + day.slice(1).toLowerCase();
const KINDS = [
  ["", "Does not repeat"],
  ["DAILY", "Every day"],
  ["WEEKLY", "Every week"],
  ["MONTHLY_BY_DATE", "Every month, on this date"],
  ["MONTHLY_BY_WEEKDAY", "Every month, on this weekday"],
];
const UNITS = { DAILY: "days", WEEKLY: "weeks", MONTHLY_BY_DATE: "months", MONTHLY_BY_WEEKDAY: "months" };

/** A part of a form. `day()` is the first date; `value()` is the `RecurrenceInput`, or null for once. */
export function repeating(day) {
  const kind = select(KINDS, "", { onchange: draw });
  const interval = h("input", { type: "number", min: 1, max: 99, value: 1, required: true });
  const days = WEEKDAYS.map((each) => choice(named(each), { value: each }));
  const ends = select([["count", "After a number of times"], ["until", "On a day"]], "count", { onchange: draw });
  const count = h("input", { type: "number", min: 1, max: 500, value: 4, required: true });
  const until = h("input", { type: "date", required: true });
  const label = h("span", { class: "small soft" });
  const fields = {
    interval: h("div", {}, labelled("Every", interval), label),
    days: h("fieldset", { class: "weekdays" }, h("legend", { text: "On" }), days),
    count: labelled("Times", count),
    until: labelled("Last day", until),
  };
  const more = h(
    "div",
    { class: "stack", hidden: true },
    h("div", { class: "fields" }, fields.interval, labelled("Ends", ends), fields.count, fields.until),
    fields.days,
  );
  const ticks = () => days.map((each) => each.querySelector("input"));

  // What is not asked for must not be refused for being empty either.
  function ask(field, isAsked) {
    field.hidden = !isAsked;
    for (const input of field.querySelectorAll("input")) input.disabled = !isAsked;
  }

  function draw() {
    const repeats = kind.value !== "";
    more.hidden = !repeats;
    ask(fields.interval, repeats);
    ask(fields.count, repeats && ends.value === "count");
    ask(fields.until, repeats && ends.value === "until");
    ask(fields.days, kind.value === "WEEKLY");
    label.textContent = UNITS[kind.value] ?? "";
    until.min = day();
    if (kind.value === "WEEKLY" && !ticks().some((tick) => tick.checked)) {
      ticks()[WEEKDAYS.indexOf(weekdayOf(day()))].checked = true;
    }
  }

  draw();
  return {
    element: h("div", { class: "stack" }, labelled("Repeats", kind), more),
    value: () =>
      recurrence(kind.value, day(), {
        interval: Number(interval.value),
        weekdays: ticks().filter((tick) => tick.checked).map((tick) => tick.value),
        until: ends.value === "until" ? until.value : null,
        count: ends.value === "count" ? Number(count.value) : null,
      }),
  };
}

/** The `RecurrenceInput` for these fields, or null where nothing repeats. */
export function recurrence(frequency, day, { interval, weekdays, until, count }) {
  if (!frequency) return null;
  const week = Math.ceil(Number(day.slice(8)) / 7);
  return {
    frequency,
    interval,
    weekdays: frequency === "WEEKLY" ? weekdays : frequency === "MONTHLY_BY_WEEKDAY" ? [weekdayOf(day)] : [],
    // A fifth one is not in every month: it is meant as the last.
    weekOfMonth: frequency === "MONTHLY_BY_WEEKDAY" ? (week > 4 ? -1 : week) : null,
    until,
    count,
  };
}

const weekdayOf = (day) => WEEKDAYS[(new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7];
