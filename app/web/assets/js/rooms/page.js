// Rooms and buildings: what there is, and for administrators what is made of it.

import { $ } from "../dom.js";
import { isAdministrator, viewer } from "../viewer.js";
import { startBuildings } from "./buildings.js";
import { startFilters } from "./filters.js";
import { startRooms } from "./list.js";

const tab = new URLSearchParams(window.location.search).get("tab") === "buildings" ? "buildings" : "rooms";
for (const part of document.querySelectorAll("[data-shows]")) part.hidden = part.dataset.shows !== tab;
for (const link of document.querySelectorAll("[data-tab]")) if (link.dataset.tab === tab) link.setAttribute("aria-current", "page");

// Asked each time: what could not be read is read again with whatever needs it.
const rights = () => viewer().then((who) => ({
  administers: isAdministrator(who),
  access: who.connection.status,
}));
if (tab === "buildings") startBuildings($("buildings"), $("new-building"), rights);
else {
  const filters = startFilters($("filters"), rights, () => list.again());
  const list = startRooms($("rooms"), filters, rights);
}
