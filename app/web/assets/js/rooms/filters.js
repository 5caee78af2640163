// What is looked for: kept in the address, so that it can be sent to somebody and is there after going back.

import { button, busy, h } from "../dom.js";
import { labelled, select } from "../dialog.js";
import { attempt, say } from "../say.js";
import { today } from "../time.js";
import { PROBLEM, ask } from "../api.js";
import { createRoom } from "./room-form.js";

const SYNC = `mutation SyncRooms { syncRooms { __typename ... on Problem { ...ProblemParts } } } ${PROBLEM}`;
const PAIRINGS = [["", "Any"], ["PAIRED", "Paired"], ["UNPAIRED", "Unpaired"]];
const PAUSE = 250;

/** Fills the form; what is looked for can be read from `filter` and `day`, and `changed()` is called when it changes. */
export function startFilters(element, rights, changed) {
  const asked = new URLSearchParams(window.location.search);
  const fields = {
    search: h("input", { type: "search", name: "search", value: asked.get("search") ?? "", placeholder: "Name or email address" }),
    building: h("input", { name: "building", value: asked.get("building") ?? "" }),
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
    labelled("At least so many seats", fields.seats),
    labelled("Pairing", fields.pairing),
    labelled("Free times of", fields.day),
  );
  rights().then(({ administers }) => {
    if (administers) element.append(h("div", { class: "row" }, acts(changed)));
  }, () => {});
  return {
    get day() {
      return fields.day.value || today();
    },
    get filter() {
      const { search, building, seats, pairing } = fields;
      return {
        search: search.value || null,
        building: building.value || null,
        minCapacity: seats.value ? Number(seats.value) : null,
        pairing: pairing.value || null,
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
  const sync = (event) => busy(event.currentTarget, async () => {
    if (await attempt(async () => (await ask(SYNC)).syncRooms)) say("The rooms are being read from the suite. New ones appear here in a moment.");
  });
  return [
    button("Add a room", async () => {
      if (await createRoom()) changed();
    }, { id: "add-room" }),
    button("Sync", sync, { kind: "quiet", "aria-label": "Sync the rooms with the suite" }),
  ];
}
