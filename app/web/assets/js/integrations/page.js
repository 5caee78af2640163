// Settings › Integrations: each suite with a switch, and every step of the way with what it will do; and who did what.

import { $, h } from "../dom.js";
import { listen } from "../live.js";
import { Region } from "../region.js";
import { say } from "../say.js";
import { isAdministrator, viewer } from "../viewer.js";
import { approvedInWords } from "./approval.js";
import { startAudit } from "./audit.js";
import { card } from "./card.js";
import { read } from "./data.js";
import { startLog } from "./log.js";

const CHANGED = `subscription IntegrationChanged { integrationChanged { id status health } }`;
const A_MINUTE = 60_000;

const tab = new URLSearchParams(window.location.search).get("tab") === "log" ? "log" : "suites";
for (const part of document.querySelectorAll("[data-shows]")) part.hidden = part.dataset.shows !== tab;
for (const link of document.querySelectorAll("[data-tab]")) if (link.dataset.tab === tab) link.setAttribute("aria-current", "page");

// Asked each time: what could not be read is read again with it.
const suites = new Region($("suites"), async () => read(isAdministrator(await viewer())), show);
let audit = null;
let shown = null;

/** Whoever waits hears of an approval without looking: it is somebody else who gives it. */
function sayApproved({ id, suite, adminApprovalGivenAt: at }) {
  if (at && shown?.id === id && shown.adminApprovalGivenAt !== at) say(approvedInWords(suite, at));
}

/** Reads everything anew: something was done. */
function changed() {
  audit?.refresh();
  return suites.refresh();
}

function show(data) {
  sayApproved(data.integration);
  shown = data.integration;
  const cards = data.suites.map((suite) => card(suite, data, changed));
  if (data.isAdministrator) {
    startAdministration();
    return h("div", { class: "tiles wide" }, cards);
  }
  return [
    h("p", { class: "note", text: "Only subscription administrators of your organisation change integrations. This is how they stand." }),
    h("div", { class: "tiles" }, cards),
  ];
}

/** What stands below the suites, once it is known that it may be seen. */
function startAdministration() {
  if (audit) return;
  for (const section of document.querySelectorAll('[data-part="administration"]')) section.hidden = false;
  audit = startAudit($("audit"));
}

if (tab === "log") {
  const log = startLog($("log"), $("newest"));
  listen(CHANGED, () => log.refresh());
} else {
  suites.refresh();
  listen(CHANGED, () => changed());
  // Countdowns are told in words, which a minute changes.
  window.setInterval(() => {
    if (suites.data && !document.querySelector('dialog[open], button[aria-busy="true"]')) suites.draw();
  }, A_MINUTE);
}
