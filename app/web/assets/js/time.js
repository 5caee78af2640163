// Times as people read them: in the viewer's zone, with a building's own beside it where the two differ.

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const LANGUAGE = navigator.language || "en";

const formats = new Map();

function format(options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LANGUAGE, options));
  return formats.get(key);
}

/** An instant's day in a zone, as the API writes days: `2026-11-27`. */
export function dayOf(instant, zone = ZONE) {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" })
      .formatToParts(new Date(instant))
      .map(({ type, value }) => [type, value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}`;
}

export const today = (zone = ZONE) => dayOf(Date.now(), zone);

// Days are counted at noon of UTC, where no clock changes.
const noon = (day) => new Date(`${day}T12:00:00Z`);

/** So many days later. */
export function later(day, days) {
  const at = noon(day);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** The Monday of a day's week. */
export const mondayOf = (day) => later(day, -((noon(day).getUTCDay() + 6) % 7));

/** `Friday 27 November`; short: `Fri 27`. */
export function dayInWords(day, { short = false } = {}) {
  return format(
    short
      ? { timeZone: "UTC", weekday: "short", day: "numeric" }
      : { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" },
  ).format(noon(day));
}

/** `23 – 29 November`. */
export const daysInWords = (first, last) => format({ timeZone: "UTC", day: "numeric", month: "long" }).formatRange(noon(first), noon(last));

/** `Friday`. */
export const weekdayInWords = (day) => format({ timeZone: "UTC", weekday: "long" }).format(noon(day));

/** `14:05`, in a zone. */
export const clock = (instant, zone = ZONE) =>
  format({ timeZone: zone, hour: "2-digit", minute: "2-digit" }).format(new Date(instant));

/** `27 Nov, 14:05`. */
export const moment = (instant, zone = ZONE) =>
  format({ timeZone: zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(instant));

/** `14:00–14:30`; where a building's zone reads otherwise, with it behind: `14:00–14:30 (08:00–08:30 in New York)`. */
export function span(start, end, zone = null) {
  const mine = `${clock(start)}–${clock(end)}`;
  const theirs = zone ? `${clock(start, zone)}–${clock(end, zone)}` : mine;
  return theirs === mine ? mine : `${mine} (${theirs} in ${cityOf(zone)})`;
}

/** `Europe/Berlin` is `Berlin`. */
export const cityOf = (zone) => zone.split("/").at(-1).replaceAll("_", " ");

/** `in 3 days`, `2 minutes ago`; what is all but an hour is told as an hour. */
export function relative(instant) {
  const seconds = (new Date(instant) - Date.now()) / 1000;
  const about = (step) => Math.round(Math.abs(seconds) / step) * step;
  const units = [["day", 86_400, 3_600], ["hour", 3_600, 60], ["minute", 60, 1]];
  const [unit, size] = units.find(([, each, step]) => about(step) >= each) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

/** The instant at which a day begins in the viewer's zone, with its offset. */
export const startOf = (day) => withOffset(new Date(`${day}T00:00`));

/** What a `datetime-local` field holds, as an instant with an offset. */
export const instantOf = (local) => withOffset(new Date(local));

function withOffset(date) {
  const pad = (number) => String(number).padStart(2, "0");
  const minutes = -date.getTimezoneOffset();
  const sign = minutes < 0 ? "-" : "+";
  const offset = `${sign}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}${offset}`;
}

/** The same for the field: `2026-11-27T14:00`, in the viewer's zone. */
export function localOf(instant) {
  return withOffset(new Date(instant)).slice(0, 16);
}
