// How far the room sync is, told as it goes.

import { $, h, replace } from "../dom.js";
import { listen } from "../live.js";
import { moment } from "../time.js";

const PROGRESS = `subscription RoomSyncProgress { roomSyncProgress { done total sync { state roomsRead roomsAdded roomsUnpaired failureCode finishedAt } } }`;
const PLACE = "room-sync";

/** How the last sync stands; what is heard meanwhile is shown in the same place. */
export function syncStanding(sync) {
  const place = h("div", { id: PLACE, "aria-live": "polite" });
  if (sync) replace(place, told({ sync, done: sync.roomsRead, total: null }));
  return place;
}

/** Listens from now on; `finished()` is called after the last word of each sync. */
export function watchSync(finished) {
  listen(PROGRESS, ({ roomSyncProgress }) => {
    if ($(PLACE)) replace($(PLACE), told(roomSyncProgress));
    if (["SUCCEEDED", "FAILED"].includes(roomSyncProgress.sync.state)) finished();
  });
}

function told({ sync, done, total }) {
  if (sync.state === "SUCCEEDED") {
    const news = [`${sync.roomsAdded} new`, sync.roomsUnpaired ? `${sync.roomsUnpaired} no longer paired` : ""].filter(Boolean);
    return h("p", { class: "small soft", text: `Rooms read on ${moment(sync.finishedAt)}: ${sync.roomsRead}, ${news.join(", ")}.` });
  }
  if (sync.state === "FAILED") {
    return h("p", { class: "small", text: `The room sync was given up (${sync.failureCode}). What was read so far is kept; sync again.` });
  }
  const words = total ? `${done} of ${total} rooms` : `${done} rooms so far`;
  return h("div", {},
    h("p", { class: "small", text: sync.state === "DUE" ? "The room sync begins…" : `Reading the rooms: ${words}` }),
    h("progress", { "aria-label": "Room sync", ...(total ? { max: total, value: done } : {}) }));
}
