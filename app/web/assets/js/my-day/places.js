// The organisation's buildings: what a room's building is called here, and which time it has.

import { ask, all } from "../api.js";

const BUILDINGS = `query Buildings($after: String) {
  buildings(first: 100, after: $after) {
    nodes { id name suiteNames timeZone isRemoved } pageInfo { hasNextPage endCursor }
  }
}`;

let reading = null;

/** The buildings, read once a page; none where they could not be read, as only a second time depends on them. */
export function buildings() {
  reading ??= all(async (after) => (await ask(BUILDINGS, { after })).buildings).catch(() => {
    reading = null;
    return [];
  });
  return reading;
}

/** The building that a room's suite means by this name, or null. */
function buildingCalled(name, known) {
  if (!name) return null;
  const same = (other) => other.toLowerCase() === name.toLowerCase();
  return known.find((building) => same(building.name) || building.suiteNames.some(same)) ?? null;
}

/** The time zone of the first building that an event's rooms are in, or null. */
export function zoneOf(event, known) {
  for (const { room } of event.rooms) {
    const building = buildingCalled(room?.building, known);
    if (building) return building.timeZone;
  }
  return null;
}

/** What the buildings of an event's rooms are called by the suite and here. */
export function namesOfBuildings(event, known) {
  const names = event.rooms.filter(({ state }) => state !== "REJECTED").map(({ room }) => room?.building).filter(Boolean);
  return [...new Set(names.flatMap((name) => [name, buildingCalled(name, known)?.name ?? name]))];
}
