// What more than one view calls by the same words, and codes that have none of their own.

import { SUITES } from "./suites.js";

/** The parts of a day that shifts are for. */
export const SLOTS = { WHOLE_DAY: "Whole day", MORNING: "Morning", AFTERNOON: "Afternoon", TIMES: "From … to …" };

const YES_OR_NO = { true: "yes", false: "no" };
const CODE = /^[A-Z][A-Z0-9_]*$/;

/** `ROOM_SYNC_REQUESTED` is `Room sync requested`. */
export const plainly = (code) => sentence(code.toLowerCase().replaceAll("_", " "));

/** A value that may be a code: `MICROSOFT_365` is `Microsoft 365`, `AWAITING_CONSENT` is `awaiting consent`. */
export const valueInWords = (value) => SUITES[value] ?? YES_OR_NO[value] ?? (CODE.test(value) ? value.toLowerCase().replaceAll("_", " ") : value);

/** A permission's name without the address that Google writes before each. */
export const inShort = (scope) => scope.replace("https://www.googleapis.com/auth/", "");

/** Where the people of an event are, in numbers; what nobody is, is left out. Null where it has none. */
export function whereTheyAre({ atEventBuilding, elsewhere, unknown }) {
  if (!atEventBuilding && !elsewhere) return unknown ? `${unknown} ${unknown === 1 ? "person" : "people"}` : null;
  return [
    atEventBuilding ? `${atEventBuilding} at the office` : null,
    elsewhere ? `${elsewhere} elsewhere` : null,
    unknown ? `${unknown} not known` : null,
  ].filter(Boolean).join(", ");
}

/** A floor by its name; one that has a number for a name is `floor 3`. */
export const floorOf = (name) => (/^-?\d+$/.test(name ?? "") ? `floor ${name}` : name);

const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);
