// The audit log, the latest first.

import { ask } from "../api.js";
import { badge, button, busy, h } from "../dom.js";
import { Region } from "../region.js";
import { attempt } from "../say.js";
import { moment } from "../time.js";
import { plainly, valueInWords } from "../words.js";

const AUDIT = `query AuditLog($after: String) {
  auditLog(first: 10, after: $after) {
    nodes { id action outcome at actor { name } details { name value } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const OUTCOMES = { SUCCEEDED: null, FAILED: ["failed", "refusal"], REFUSED: ["refused", "notice"] };

/** Shows it in this element; the region, to be refreshed after each act. */
export function startAudit(element) {
  const region = new Region(element, async () => (await ask(AUDIT, { after: null })).auditLog, (log) => show(log, region));
  region.refresh();
  return region;
}

function show({ nodes, pageInfo }, region) {
  if (!nodes.length) return { empty: "Nothing was done yet." };
  const more = async (event) => {
    const next = await busy(event.currentTarget, () => attempt(async () => (await ask(AUDIT, { after: pageInfo.endCursor })).auditLog));
    if (!next) return;
    region.data = { nodes: [...nodes, ...next.nodes], pageInfo: next.pageInfo };
    region.draw();
  };
  return [
    h(
      "div",
      { class: "table", tabindex: "0", role: "region", "aria-label": "Audit log" },
      h(
        "table",
        { class: "log" },
        h("thead", {}, h("tr", {}, ["When", "Who", "What"].map((text) => h("th", { scope: "col", text })))),
        h("tbody", {}, nodes.map(row)),
      ),
    ),
    pageInfo.hasNextPage ? button("Show more", more, { kind: "quiet tight", id: "more-audit" }) : null,
  ];
}

function row({ action, outcome, at, actor, details }) {
  const said = details.filter(({ value }) => value !== "").map(({ name, value }) => `${plainly(name)}: ${valueInWords(value)}`).join(", ");
  return h(
    "tr",
    {},
    h("td", { text: moment(at) }),
    h("td", { text: actor?.name ?? "the server" }),
    h("td", {}, plainly(action), OUTCOMES[outcome] ? [" ", badge(...OUTCOMES[outcome])] : null,
      said ? h("div", { class: "small soft", text: said }) : null),
  );
}
