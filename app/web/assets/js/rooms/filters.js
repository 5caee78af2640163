// What is looked for: kept in the address, so that it can be sent to somebody and is there after going back.

import { button, busy, h, replace } from "../dom.js";
import { labelled, select } from "../dialog.js";
import { offerBuildings, offerEquipment } from "../room-details.js";
import { syncStanding } from "../room-sync.js";
import { attempt } from "../say.js";
import { today } from "../time.js";
import { PROBLEM, ask } from "../api.js";
import { createRoom } from "./room-form.js";

const SYNC = `mutation SyncRooms {
  syncRooms {
    __typename
    ... on RoomSyncRequested { roomSync { state roomsRead roomsAdded roomsUnpaired failureCode finishedAt } }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const PAIRINGS = [["", "Any"], ["PAIRED", "Paired"], ["UNPAIRED", "Unpaired"]];
const PAUSE = 250;

/** Fills the form; what is looked for can be read from `filter` and `day`, and `changed()` is called when it changes. */
export function startFilters(element, rights, changed) {
  const asked = new URLSearchParams(window.location.search);
  const fields = {
    search: h("input", { type: "search", name: "search", value: asked.get("search") ?? "", placeholder: "Name or email address" }),
    building: select([["", "Any"]], "", { name: "building" }),
    equipment: select([["", "Any"]], "", { name: "equipment" }),
    seats: h("input", { name: "seats", type: "number", min: 1, value: asked.get("seats") ?? "" }),
    pairing: select(PAIRINGS, asked.get("pairing") ?? "", { name: "pairing" }),
    day: h("input", { name: "day", type: "date", value: asked.get("day") ?? today() }),
  };
  let timer = 0;
  element.addEventListener("submit", (event) => event.preventDefault());
  element.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      remember(fields);
      changed();
    }, PAUSE);
  });
  element.append(
    labelled("Search", fields.search),
    labelled("Building", fields.building),
    labelled("Seats, at least", fields.seats),
    labelled("With", fields.equipment),
    labelled("Free times of", fields.day),
  );
  // Until the choices are there, what the address asks for is looked for all the same.
  const waiting = { building: asked.get("building"), equipment: asked.get("equipment") };
  const offered = (name, offer) => offer(fields[name], waiting[name] ?? "").then(() => (waiting[name] = null));
  offered("building", offerBuildings);
  offered("equipment", offerEquipment);
  const value = (name) => fields[name].value || waiting[name] || "";
  rights().then(({ administers }) => {
    if (administers) element.append(labelled("Pairing", fields.pairing), ...acts(changed));
  }, () => {});
  return {
    get day() {
      return fields.day.value || today();
    },
    get filter() {
      return {
        search: value("search") || null,
        building: value("building") || null,
        equipment: value("equipment") ? [value("equipment")] : [],
        minCapacity: Number(value("seats")) || null,
        pairing: value("pairing") || null,
      };
    },
  };
}

function remember(fields) {
  const address = new URL(window.location.href);
  for (const [name, { value }] of Object.entries(fields)) {
    if (value && !(name === "day" && value === today())) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  window.history.replaceState(null, "", address);
}

function acts(changed) {
  const standing = h("div", { class: "sync-standing" });
  const sync = (event) => busy(event.currentTarget, async () => {
    const asked = await attempt(async () => (await ask(SYNC)).syncRooms);
    if (asked) replace(standing, syncStanding(asked.roomSync, changed));
  });
  return [
    h("div", { class: "row" },
      button("Add a room", async () => {
        if (await createRoom()) changed();
      }, { id: "add-room" }),
      button("Sync", sync, { kind: "quiet", "aria-label": "Sync the rooms with the suite" })),
    standing,
  ];
}
