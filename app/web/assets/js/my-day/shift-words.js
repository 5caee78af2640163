// What shifts are called here.

import { clock } from "../time.js";
import { SLOTS, floorOf } from "../words.js";

export const KINDS = { AT_OFFICE: "At the office", REMOTE: "Remote", NOT_WORKING: "Not working" };
export { SLOTS };

/** `Lighthouse, floor 2, Window side`, of a shift or of anything with a building, floor and area. */
export function placeOf({ building, floor, area }) {
  return [building?.name, floorOf(floor?.name), area?.name].filter(Boolean).join(", ");
}

/** Where a shift is, or what it is instead. */
export const whereabouts = (shift) => (shift.kind === "AT_OFFICE" ? placeOf(shift) : KINDS[shift.kind]);

/** `Morning`; nothing for a whole day; the times on the clock of its place where it is no part of the day. */
export function partOfDay({ slot, start, end, timeZone }) {
  if (slot === "WHOLE_DAY") return "";
  return slot === "TIMES" ? `${clock(start, timeZone)}–${clock(end, timeZone)}` : SLOTS[slot];
}

const WALL_TIME = /^\d\d:\d\d/;

/** What a clock at the place shows, as a time field has it: `09:00`, of an instant or of a time of day. */
export const timeOf = (at, timeZone) =>
  WALL_TIME.test(at)
    ? at.slice(0, 5)
    : new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
