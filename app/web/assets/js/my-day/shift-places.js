// Buildings, floors and areas to choose from, with what is left of each on a day.

import { all, ask } from "../api.js";
import { h } from "../dom.js";
import { labelled } from "../dialog.js";

const PLACES = `query ShiftPlaces($after: String, $date: Date!, $slot: Slot!) {
  buildings(first: 20, after: $after) {
    nodes {
      id name slots timeZone occupancy(date: $date, slot: $slot) { left isFull }
      floors {
        id name isRemoved occupancy(date: $date, slot: $slot) { left isFull }
        areas { id name isRemoved occupancy(date: $date, slot: $slot) { left isFull } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** All places on a day; `slot` is a part of the day, or the whole for one with times of its own. */
export const readPlaces = (date, slot) =>
  all(async (after) => (await ask(PLACES, { after, date, slot: slot === "TIMES" ? "WHOLE_DAY" : slot })).buildings, 200);

/**
 * Three selects, each offering what is within the one before; `chosen` has a building, floor and area with ids. The
 * result's `building()` is the chosen one, and `offer(places)` shows what is left of each anew.
 */
export function placeFields(places, chosen) {
  const building = h("select", { name: "building" });
  const floor = h("select", { name: "floor" });
  const area = h("select", { name: "area" });
  const offer = (field, options, id, anywhere) => {
    const any = anywhere ? [h("option", { value: "", text: anywhere })] : [];
    field.replaceChildren(...any, ...options.map((each) => h("option", { value: each.id, text: told(each), selected: each.id === id })));
    field.closest(".field")?.toggleAttribute("hidden", Boolean(anywhere) && !options.length);
  };
  const standing = (all) => (all ?? []).filter((each) => !each.isRemoved);
  const within = () => places.find(({ id }) => id === building.value);
  const floors = () => standing(within()?.floors);
  const areas = () => standing(floors().find(({ id }) => id === floor.value)?.areas);
  const element = h("div", { class: "fields" }, labelled("Building", building), labelled("Floor", floor), labelled("Area", area));
  const draw = (ids) => {
    offer(building, places, ids.building, null);
    offer(floor, floors(), ids.floor, "Any floor");
    offer(area, areas(), ids.area, "Anywhere on it");
  };
  draw({ building: chosen?.building?.id, floor: chosen?.floor?.id, area: chosen?.area?.id });
  building.addEventListener("change", () => draw({ building: building.value }));
  floor.addEventListener("change", () => draw({ building: building.value, floor: floor.value }));
  return {
    element,
    building: within,
    offer: (anew) => {
      places = anew;
      draw({ building: building.value, floor: floor.value, area: area.value });
    },
  };
}

/** What the fields hold, as the API takes it. */
export function placeIn({ elements: { building, floor, area } }) {
  if (!building.value) return null;
  return { buildingId: building.value, floorId: floor.value || null, areaId: area.value || null };
}

function told({ name, occupancy: { left, isFull } }) {
  if (isFull) return `${name} (full)`;
  return left === null ? name : `${name} (${left} left)`;
}
