// What rooms can be looked for by: the buildings that they say they are in, and what is in them.

import { all, ask } from "./api.js";
import { h } from "./dom.js";

const DETAILS = `query RoomDetails($after: String) {
  rooms(first: 100, after: $after) { nodes { building equipment } pageInfo { hasNextPage endCursor } }
}`;
const MOST = 1_000;

let reading = null;

function details() {
  reading ??= all(async (after) => (await ask(DETAILS, { after })).rooms, MOST).catch(() => {
    // One can do without: whatever needs the rooms themselves says what is wrong.
    reading = null;
    return [];
  });
  return reading;
}

/** Adds every building that rooms are in to a select, and chooses one. */
export const offerBuildings = (field, chosen = "") => offer(field, chosen, ({ building }) => [building]);

/** Adds everything that is in rooms to a select, and chooses one. */
export const offerEquipment = (field, chosen = "") => offer(field, chosen, ({ equipment }) => equipment);

async function offer(field, chosen, of) {
  // What stands in the page's address may be none of them; it is looked for all the same.
  const names = new Set([...(await details()).flatMap(of), chosen].filter(Boolean));
  const sorted = [...names].sort((one, other) => one.localeCompare(other));
  field.append(...sorted.map((name) => h("option", { value: name, text: name, selected: name === chosen })));
}
