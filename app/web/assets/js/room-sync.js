// How far the room sync is, told as it goes.

import { $, h, replace } from "./dom.js";
import { listen } from "./live.js";
import { moment } from "./time.js";
import { valueInWords } from "./words.js";

const PROGRESS = `subscription RoomSyncProgress { roomSyncProgress { done total sync { state roomsRead roomsAdded roomsUnpaired failureCode finishedAt } } }`;
const PLACE = "room-sync";
const UNDER_WAY = ["DUE", "RUNNING"];

let isListening = false;

/** How the last sync stands; while one is under way it is followed here, and `finished()` is called at its end. */
export function syncStanding(sync, finished) {
  const place = h("div", { id: PLACE, "aria-live": "polite" });
  if (sync) replace(place, told({ sync, done: sync.roomsRead, total: null }));
  if (sync && UNDER_WAY.includes(sync.state)) follow(finished);
  return place;
}

// The subscription ends with the sync that it tells of: the next sync is followed anew.
function follow(finished) {
  if (isListening) return;
  isListening = true;
  listen(
    PROGRESS,
    ({ roomSyncProgress }) => {
      if ($(PLACE)) replace($(PLACE), told(roomSyncProgress));
    },
    () => ({}),
    (failed) => {
      isListening = false;
      if (!failed) finished();
    },
  );
}

function told({ sync, done, total }) {
  if (sync.state === "SUCCEEDED") {
    const news = [
      `${sync.roomsRead} ${sync.roomsRead === 1 ? "room" : "rooms"}`,
      sync.roomsAdded ? `${sync.roomsAdded} new` : "none new",
      sync.roomsUnpaired ? `${sync.roomsUnpaired} no longer paired` : "",
    ].filter(Boolean);
    return h("p", { class: "small soft", text: `Rooms read on ${moment(sync.finishedAt)}: ${news.join(", ")}.` });
  }
  if (sync.state === "FAILED") {
    return h("p", { class: "small", text: `The room sync was given up: ${valueInWords(sync.failureCode)}. What was read so far is kept; sync again.` });
  }
  const words = total ? `${done} of ${total} rooms` : `${done} rooms so far`;
  return h("div", {},
    h("p", { class: "small", text: sync.state === "DUE" ? "The room sync begins…" : `Reading the rooms: ${words}` }),
    h("progress", { "aria-label": "Room sync", ...(total ? { max: total, value: done } : {}) }));
}
