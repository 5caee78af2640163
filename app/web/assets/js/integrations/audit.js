// The latest of the audit log, below the suites; all of it is a view of its own.

import { badge, h } from "../dom.js";
import { Region } from "../region.js";
import { moment } from "../time.js";
import { OUTCOMES, furtherDetails, readLog, whatWasDone, whoDidIt } from "./acts.js";

const LATEST = 10;

/** Shows it in this element; the region, to be refreshed after each act. */
export function startAudit(element) {
  const region = new Region(element, () => readLog(LATEST), show);
  region.refresh();
  return region;
}

function show({ nodes, pageInfo }) {
  if (!nodes.length) return { empty: "Nothing was done yet." };
  return [
    h(
      "div",
      { class: "table", tabindex: "0", role: "region", "aria-label": "Audit log" },
      h(
        "table",
        { class: "latest" },
        h("thead", {}, h("tr", {}, ["When", "Who", "What"].map((text) => h("th", { scope: "col", text })))),
        h("tbody", {}, nodes.map(row)),
      ),
    ),
    pageInfo.hasNextPage ? h("a", { class: "button quiet tight", id: "more-audit", href: "?tab=log", text: "Show all" }) : null,
  ];
}

function row(entry) {
  const said = furtherDetails(entry);
  return h(
    "tr",
    {},
    h("td", { text: moment(entry.at) }),
    h("td", { text: whoDidIt(entry) }),
    h("td", {}, whatWasDone(entry), entry.outcome === "SUCCEEDED" ? null : [" ", badge(...OUTCOMES[entry.outcome])],
      said ? h("div", { class: "small soft", text: said }) : null),
  );
}
